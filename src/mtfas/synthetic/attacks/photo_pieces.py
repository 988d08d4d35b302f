"""Pieces of a print on a photographed face: glasses cut from paper, eyes or a mouth of somebody else."""

from collections.abc import Callable

import cv2
import numpy as np

from mtfas.synthetic.attacks.prints import light_of
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.printing import PRINTERS, Printer, blank_paper, print_picture
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.surface import step
from mtfas.types import ByteImage

EYES_APART = 0.29
EYES_ABOVE = 0.20
MOUTH_BELOW = 0.50
"""Half the eyes' distance, their height over the box's middle, the mouth's under it, head units.

A detector's box is 1.7 head units wide.
"""
_PRINTERS = ("printer-1", "printer-2", "printer-3", "printer-5")

Shape = Callable[[Floats, Floats, np.random.Generator], Floats]
"""How far inside the paper each point lies, head units from the middle of the box, below 0 outside."""


def wear_piece(shape: Shape, live: Floats, donor: ByteImage, shot: Shot) -> Scene:
    """Return a live scene with a piece of somebody else's printed face over it.

    The photograph gives no geometry: the scene's depth is -inf everywhere.

    Args:
        shape: how the piece is cut.
        live: the scene without it, linear, [canvas, canvas, 3], the face's box in its middle.
        donor: another person's photograph in the same frame, RGB, [canvas, canvas, 3].
        shot: the conditions.
    """
    rng, unit = shot.stream("paper"), np.float32(shot.framing.unit)
    x, y = _sheet(shot)
    inward = shape(x, y, shot.stream("cut"))
    printer = PRINTERS[_PRINTERS[int(rng.integers(len(_PRINTERS)))]]
    strength, curl = float(rng.uniform(0.3, 0.8)), rng.normal(0, 0.2, 2)
    paper = print_picture(printer, light_of(donor), x * unit, y * unit, strength, shot.stream("ink"))
    paper = _edged(paper, printer, inward, float(rng.uniform(0.001, 0.03)))
    lit = _light(live, inward) * np.exp(np.float32(curl[0]) * x + np.float32(curl[1]) * x**2)[..., None]
    cover = step(inward, -0.5 / float(unit), 0.5 / float(unit))
    shaded = live * (1 - _shadow(cover, float(unit), float(rng.uniform(0.02, 0.06)), rng))[..., None]
    worn = shaded + cover[..., None] * (paper * lit - shaded)
    nothing = np.full(cover.shape, -np.inf, np.float32)
    made = {"structure": strength, "curl": float(curl[1]), "cover": float(cover.mean())}
    return Scene(np.asarray(worn, np.float32), nothing, cover > 0.5, made)


def glasses(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    """Two lenses, a bridge and arms."""
    y = y + np.float32(EYES_ABOVE)
    wide, high, power = rng.uniform(0.20, 0.32), rng.uniform(0.12, 0.23), rng.uniform(2.2, 5.0)
    lens = _blob((np.abs(x) - np.float32(EYES_APART)), y - np.float32(0.01), wide, high, power)
    bridge = np.minimum(0.06 - np.abs(y + 0.04), EYES_APART - np.abs(x))
    arms = np.minimum(0.03 - np.abs(y + 0.05), rng.uniform(0.5, 0.75) - np.abs(x))
    return np.asarray(np.maximum(lens, np.maximum(bridge, arms)), np.float32)


def eyes_piece(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    """A strip with both eyes, or a patch with one."""
    y = y + np.float32(EYES_ABOVE)
    if rng.random() < 0.7:
        return _blob(x, y, rng.uniform(0.52, 0.72), rng.uniform(0.16, 0.28), rng.uniform(3.0, 9.0))
    aside = np.float32(rng.choice([-1, 1]) * EYES_APART)
    return _blob(x - aside, y, rng.uniform(0.24, 0.32), rng.uniform(0.17, 0.25), rng.uniform(2.0, 9.0))


def mouth_piece(x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    """A patch with the mouth, sometimes up to the nose."""
    high = rng.uniform(0.16, 0.30)
    down = y - np.float32(MOUTH_BELOW - 0.4 * (high - 0.16))
    return _blob(x, down, rng.uniform(0.30, 0.48), high, rng.uniform(2.0, 9.0))


def _blob(x: Floats, y: Floats, wide: float, high: float, power: float) -> Floats:
    far = (np.abs(x / wide) ** power + np.abs(y / high) ** power) ** (1 / power)
    return np.asarray(high * (1 - far), np.float32)


def _edged(paper: Floats, printer: Printer, inward: Floats, width: float) -> Floats:
    """Return the paper with a bare edge where the cut missed the picture."""
    bare = step(inward, width, 0.0)[..., None]
    return np.asarray(paper + bare * (blank_paper(printer) - paper), np.float32)


def _light(live: Floats, inward: Floats) -> Floats:
    """Return the light on the piece, [H, W, 3]: the face's own light and shade, far out of focus."""
    side = live.shape[0]
    small = cv2.resize(live, (16, 16), interpolation=cv2.INTER_AREA)
    soft = cv2.resize(cv2.GaussianBlur(small, (0, 0), 2.0), (side, side), interpolation=cv2.INTER_LINEAR)
    grey = soft.mean(axis=-1)
    brightest = np.percentile(live.reshape(-1, 3), 95, axis=0).astype(np.float32)
    around = max(float(grey[inward > 0].mean()) if (inward > 0).any() else 1.0, 1e-4)
    return np.asarray(brightest * np.clip(grey / around, 0.5, 1.6)[..., None], np.float32)


def _shadow(cover: Floats, unit: float, blur: float, rng: np.random.Generator) -> Floats:
    """Return the shadow that the lifted piece throws on the face, [H, W]."""
    right, down = rng.normal(0, 0.02, 2) * unit
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float64)
    thrown = cv2.warpAffine(cover, matrix, (cover.shape[1], cover.shape[0]))
    soft = cv2.GaussianBlur(thrown, (0, 0), unit * blur)
    return np.asarray(np.float32(rng.uniform(0.2, 0.6)) * soft * (cover < 0.5), np.float32)


def _sheet(shot: Shot) -> tuple[Floats, Floats]:
    """Return where each pixel lies on the sheet, head units from the box's middle, right and down."""
    rng, hand = shot.stream("sheet"), shot.frame_stream("hand")
    side, unit = shot.framing.canvas, shot.framing.unit
    right, down = (float(part) for part in rng.normal(0, 0.025, 2) + hand.normal(0, 0.006, 2))
    roll = float(np.deg2rad(rng.normal(0, 4)))
    line = (np.arange(side, dtype=np.float32) - np.float32((side - 1) / 2)) / np.float32(unit)
    across, along = np.meshgrid(line - np.float32(right), line - np.float32(down))
    cosine, sine = np.float32(np.cos(roll)), np.float32(np.sin(roll))
    return np.asarray(cosine * across + sine * along), np.asarray(cosine * along - sine * across)
