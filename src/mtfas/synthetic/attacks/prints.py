"""Print attack: a photograph of the subject on paper, held before the camera."""

import numpy as np

from mtfas.synthetic.attacks.plane import hold, lay, light_paper
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.printing import PRINTERS, print_picture
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import PHOTOS, Sitter
from mtfas.types import ByteImage


def stage_print(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of a print of the subject."""
    rng = shot.stream("print")
    photo = sitter.photo(int(rng.integers(PHOTOS)))
    return recapture_print(photo, shot)


def recapture_print(photo: ByteImage, shot: Shot) -> Scene:
    """Return the scene of any photograph printed by the printer that the shot names.

    Args:
        photo: RGB, [n, n, 3], in canvas pixels, the face in its middle.
        shot: conditions; `shot.medium` is one of PRINTERS.
    """
    printer = PRINTERS[shot.medium]
    rng = shot.stream("paper")
    plane = hold(shot.framing, 0.5, rng, shot.frame_stream("hand"))
    picture = plane.show(light_of(photo))
    strength = float(rng.uniform(0.2, 0.9))
    reflectance = print_picture(printer, picture, plane.x, plane.y, strength, rng)
    margin = float(rng.choice([0.0, rng.uniform(0.01, 0.05)])) * shot.framing.canvas
    reflectance = np.where(
        (plane.edge < margin)[..., None], np.asarray(printer.paper, np.float32), reflectance
    )
    shown = light_paper(
        plane, reflectance, shot.light, printer.shine * float(rng.uniform(0.3, 2)), printer.gloss
    )
    return Scene(lay(plane, shown, shot.background()), plane.depth, plane.region)


def light_of(photo: ByteImage) -> Floats:
    """Return the linear light that an 8-bit picture stands for, in [0, 1]."""
    return _LIGHT[photo]


_LIGHT = ((np.arange(256, dtype=np.float32) / 255) ** 2.2).astype(np.float32)

PRINT = Attack("print", stage_print)
