"""A printed photograph of a stranger's face, as large as life: what paper glasses and pieces are cut from."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mtfas.synthetic.camera import SOURCE_CAMERA, capture, expose
from mtfas.synthetic.head import bake
from mtfas.synthetic.light import draw_light
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.place import CEILING, DAYLIGHT
from mtfas.synthetic.printing import PRINTERS, print_picture
from mtfas.synthetic.raycast import View, rotation
from mtfas.synthetic.scene import render
from mtfas.synthetic.sitter import Sitter
from mtfas.synthetic.surface import step

_SPAN = 2.5
"""Side of the photograph, head units."""
_FAR = 7.0


@dataclass(frozen=True)
class Cut:
    """One piece of paper.

    Attributes:
        colour: reflectance, [h, w, 3].
        cover: 1 on the paper, [h, w].
        printer: the printer's name; `structure` how clearly its dots stand out, 0 to 1.
        shine: of the paper; `gloss` its exponent.
        rim: width of the bare edge, head units.
    """

    colour: Floats
    cover: Floats
    printer: str
    structure: float
    shine: float
    gloss: float
    rim: float


def cut_print(
    sitter: Sitter, x: Floats, y: Floats, inward: Floats, rng: np.random.Generator, larger: float = 1.0
) -> Cut:
    """Return a piece of the stranger's printed photograph.

    Args:
        sitter: who wears it.
        x: of the piece's texels on the photographed head, head units, [h, w].
        y: the same downwards.
        inward: how far inside the cut each texel lies, head units, negative outside.
        rng: printer, tone and cut.
        larger: 1 prints the face as large as life.
    """
    name = str(rng.choice(sorted(PRINTERS)))
    printer, structure = PRINTERS[name], float(rng.uniform(0.35, 0.9))
    picture = _look(sitter, x / larger, y / larger)
    # Whoever prints a face sees to it that it comes out neither black nor white.
    picture = picture * np.sqrt(np.float32(rng.uniform(0.12, 0.45)) / max(float(picture.mean()), 1e-3))
    grey = picture.mean(axis=-1, keepdims=True)
    picture = grey + np.float32(rng.uniform(0.65, 1.0)) * (picture - grey)  # drivers strengthen colours again
    unit = np.float32(sitter.framing.unit)
    printed = print_picture(printer, np.clip(picture, 0, 1), x * unit, y * unit, structure, rng)
    rim = float(rng.choice([0.0015, rng.uniform(0.003, 0.03)]))
    # The cut seldom runs along the picture's edge: bare paper shows on one side more than on the other.
    turn = rng.uniform(0, 2 * np.pi)
    uneven = 1 + 0.8 * np.tanh(4 * (np.cos(turn) * x + np.sin(turn) * (y - y.mean())))
    bare = step(inward / uneven, rim, 0.4 * rim)[..., None]
    white = np.asarray(printer.paper, np.float32)
    cover = step(inward, -0.5 / float(unit), 0.5 / float(unit))
    colour = np.asarray(printed + bare * (white - printed), np.float32)
    return Cut(colour, cover, name, structure, printer.shine, printer.gloss, rim)


def _look(sitter: Sitter, x: Floats, y: Floats) -> Floats:
    """Return the photograph's linear light at places of the head in it, [h, w, 3]."""
    picture = sitter.keep("stranger's photograph", lambda: _photograph(sitter))
    side, unit = picture.shape[0], np.float32(sitter.framing.unit)
    nearer = 1 / np.maximum(1 - 0.8 / _FAR, 0.1)
    across, down = (np.asarray(part * unit * nearer + (side - 1) / 2, np.float32) for part in (x, y))
    return np.asarray(
        cv2.remap(picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def _photograph(sitter: Sitter) -> Floats:
    """Return the stranger looking into a camera, [n, n, 3], linear light."""
    rng, unit = sitter.stream("stranger's photograph"), sitter.framing.unit
    side = 2 * round(_SPAN * unit / 2)
    light = draw_light(replace((DAYLIGHT, CEILING)[int(rng.integers(2))], coloured=0.0), rng)
    head = bake(sitter.stranger, sitter.texels // 2)
    view = View(side, unit, ((side - 1) / 2, (side - 1) / 2), rotation(*rng.normal(0, (3, 2, 1))), _FAR)
    scene = render(head, view, light, np.full((side, side, 3), 0.4, np.float32))
    photo = capture(SOURCE_CAMERA, scene.colour, side, expose(SOURCE_CAMERA, rng), rng)
    return np.asarray((photo.astype(np.float32) / 255) ** np.float32(2.2), np.float32)
