"""Print attack: a photograph of the subject on paper, held before the camera."""

import numpy as np

from mtfas.synthetic.attacks.bend import Bend
from mtfas.synthetic.attacks.glare import draw_glare, gloss, unevenness
from mtfas.synthetic.attacks.plane import Plane, hold, lay, light_paper
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.printing import PRINTERS, Printer, blank_paper, print_picture
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import PHOTOS, Sitter
from mtfas.types import ByteImage

LAMP_SHARE = 0.35
"""Share of presentations in which glossy paper mirrors a lamp into the camera."""


def stage_print(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of a print of the subject."""
    number = int(shot.stream("print").integers(PHOTOS))
    return recapture_print(sitter.photo(number), shot)


def recapture_print(photo: ByteImage, shot: Shot) -> Scene:
    """Return the scene of any photograph printed by the printer that the shot names.

    Args:
        photo: RGB, [n, n, 3], in canvas pixels, the face in its middle.
        shot: conditions; `shot.medium` is one of PRINTERS.
    """
    rng = shot.stream("sheet")
    bend = Bend(float(rng.uniform(-0.6, 0.6)), float(rng.normal(0, 0.05)))
    plane = hold(shot, bend)
    shown, made = show_print(photo, plane, shot)
    return Scene(lay(plane, shown, shot.background()), plane.depth, plane.region, {**plane.made, **made})


def show_print(photo: ByteImage, plane: Plane, shot: Shot) -> tuple[Floats, dict[str, float | str]]:
    """Return the radiance of a photograph printed on a held sheet, [H, W, 3], and what it was made with.

    Args:
        photo: RGB, [n, n, 3], in canvas pixels.
        plane: the sheet.
        shot: conditions; `shot.medium` is one of PRINTERS.
    """
    printer, rng = PRINTERS[shot.medium], shot.stream("paper")
    strength, shine = float(rng.uniform(0.3, 0.8)), printer.shine * float(rng.uniform(0.3, 2.0))
    reflectance = _with_margin(_printed(printer, photo, plane, strength, shot), printer, plane, rng)
    uneven = unevenness(shot.framing.canvas, float(rng.uniform(0, 0.16)), rng)
    glare = draw_glare(shot.light, 0.6 / float(np.sqrt(printer.gloss)), LAMP_SHARE, rng)
    shown = light_paper(plane, reflectance, shot.light, uneven)
    shown += gloss(plane, glare, shot.light, shine, printer.gloss)
    return shown, {"structure": strength, "shine": shine, "lamp": glare.lamp[2]}


def light_of(photo: ByteImage) -> Floats:
    """Return the linear light that an 8-bit picture stands for, in [0, 1]."""
    return _LIGHT[photo]


def _printed(printer: Printer, photo: ByteImage, plane: Plane, strength: float, shot: Shot) -> Floats:
    return print_picture(printer, plane.show(light_of(photo)), plane.x, plane.y, strength, shot.stream("ink"))


def _with_margin(reflectance: Floats, printer: Printer, plane: Plane, rng: np.random.Generator) -> Floats:
    """Return the print with a blank margin along its edges, which half of the prints have."""
    margin = float(rng.choice([0.0, rng.uniform(0.01, 0.05)])) * plane.x.shape[0]
    blank = (plane.edge < margin)[..., None]
    return np.where(blank, blank_paper(printer), reflectance) if margin else reflectance


_LIGHT = ((np.arange(256, dtype=np.float32) / 255) ** 2.2).astype(np.float32)

PRINT = Attack("print", stage_print)
