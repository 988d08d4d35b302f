"""Paper glasses on a photographed face: another person's printed eyes, laid over the live picture."""

import cv2
import numpy as np

from mtfas.synthetic.attacks.paper_glasses import glasses_shape
from mtfas.synthetic.attacks.prints import light_of
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.printing import PRINTERS, print_picture
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.surface import step
from mtfas.types import ByteImage

EYES_APART = 0.29
EYES_ABOVE = 0.20
"""Half the eyes' distance, and their height over the box's middle, in head units (a box is 1.7 wide)."""


def wear_photo_glasses(live: Floats, donor: ByteImage, shot: Shot) -> Scene:
    """Return a live scene with paper glasses over its eyes.

    Args:
        live: the scene without them, linear, [canvas, canvas, 3], the face's box in its middle.
        donor: another person's photograph in the same frame, RGB, [canvas, canvas, 3].
        shot: the conditions.
    """
    rng, hand = shot.stream("paper"), shot.frame_stream("hand")
    right, down = rng.normal(0, 0.02, 2) + hand.normal(0, 0.008, 2)
    x, y = _sheet(shot, float(right), float(down), float(np.deg2rad(rng.normal(0, 3))))
    shape = glasses_shape(x, y, EYES_APART, rng)
    unit = np.float32(shot.framing.unit)
    printer = PRINTERS["printer-1" if rng.random() < 0.5 else "printer-2"]
    paper = print_picture(printer, light_of(donor), x * unit, y * unit, float(rng.uniform(0.2, 0.9)), rng)
    white = step(shape, float(rng.uniform(0.001, 0.03)), 0.0)[..., None]
    paper = paper + white * (np.asarray(printer.paper, np.float32) - paper)
    brightest = np.percentile(live.reshape(-1, 3), 95, axis=0).astype(np.float32)
    bent = (1 - 0.35 * rng.uniform(0.3, 1) * x**2 + 0.15 * rng.normal() * x)[..., None]
    cover = step(shape, -0.5 / float(unit), 0.5 / float(unit))
    shadow = 0.3 * cv2.GaussianBlur(cover, (0, 0), float(unit) * 0.03) * (cover < 0.5)
    shaded = live * (1 - shadow)[..., None]
    worn = shaded + cover[..., None] * (paper * brightest * bent - shaded)
    nothing = np.full(cover.shape, -np.inf, np.float32)
    return Scene(np.asarray(worn, np.float32), nothing, cover > 0.5)


def _sheet(shot: Shot, shift_right: float, shift_down: float, roll: float) -> tuple[Floats, Floats]:
    side, unit = shot.framing.canvas, shot.framing.unit
    line = (np.arange(side, dtype=np.float32) - np.float32((side - 1) / 2)) / np.float32(unit)
    right, down = np.meshgrid(line - np.float32(shift_right), line + np.float32(EYES_ABOVE - shift_down))
    cosine, sine = np.float32(np.cos(roll)), np.float32(np.sin(roll))
    return np.asarray(cosine * right + sine * down), np.asarray(cosine * down - sine * right)
