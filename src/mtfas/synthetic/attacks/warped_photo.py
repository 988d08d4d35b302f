"""Warped photo attack: a print bent round the holder's face, back and forth, to look like a solid head."""

import numpy as np

from mtfas.synthetic.attacks.bend import Bend
from mtfas.synthetic.attacks.plane import HAND, hold, lay
from mtfas.synthetic.attacks.prints import show_print
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.motion import sway
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import PHOTOS, Sitter
from mtfas.types import ByteImage

_CURVES = (0.45, 0.95)
"""Curvature per head unit: weakest and strongest; a head's own is about 1.2."""
_UPRIGHT, _DIAGONAL = 0.12, (0.4, 0.9)
"""Axis of the bend, radians: spread about upright, or how far a diagonal one leans."""


def stage_warped_photo(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of a print of the subject, bent strongly and otherwise in every frame."""
    number = int(shot.stream("print").integers(PHOTOS))
    return recapture_warped(sitter.photo(number), shot)


def recapture_warped(photo: ByteImage, shot: Shot) -> Scene:
    """Return the scene of any photograph, printed and bent.

    Args:
        photo: RGB, [n, n, 3], in canvas pixels, the face in its middle.
        shot: conditions; `shot.medium` is one of PRINTERS.
    """
    bend = draw_bend(shot)
    plane = hold(shot, bend, HAND)
    shown, made = show_print(photo, plane, shot)
    made = {**plane.made, **made, "axis": bend.axis}
    return Scene(lay(plane, shown, shot.background()), plane.depth, plane.region, made)


def draw_bend(shot: Shot) -> Bend:
    """Return how the sheet is bent at the shot's time: towards the camera mostly, upright or diagonal."""
    rng = shot.stream("bend")
    lean = rng.normal(0, _UPRIGHT) if rng.random() < 0.6 else rng.choice([-1, 1]) * rng.uniform(*_DIAGONAL)
    sign = 1.0 if rng.random() < 0.75 else -1.0
    pressed = float(rng.uniform(*_CURVES)) * (1 + sway(shot.stream("bend", "curve"), shot.time, 0.22))
    buckled = float(rng.uniform(0.0, 0.4)) + sway(shot.stream("bend", "wave"), shot.time, 0.05)
    turned = sway(shot.stream("bend", "axis"), shot.time, 0.06)
    return Bend(
        axis=float(lean + turned),
        curve=sign * float(np.clip(pressed, 0.2, 1.1)),
        wave=buckled,
        length=float(rng.uniform(1.2, 2.6)),
        phase=float(rng.uniform(0, 2 * np.pi)) + sway(shot.stream("bend", "phase"), shot.time, 0.3),
    )


WARPED_PHOTO = Attack("warped_photo", stage_warped_photo)
