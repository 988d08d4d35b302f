"""Make-up that hides who one is: face paint, stage wounds, false noses and beards, mixed anew each time."""

from collections.abc import Callable

import numpy as np

from mtfas.data.manifest import Parameter
from mtfas.synthetic.grid import step
from mtfas.synthetic.head import Head
from mtfas.synthetic.makeup.colours import PAINTS, pick
from mtfas.synthetic.makeup.cosmetic import Canvas
from mtfas.synthetic.makeup.layer import Layer, Makeup
from mtfas.synthetic.makeup.strokes import face_area, patch, ragged, stroke
from mtfas.synthetic.makeup.wounds import Piece, bruises, false_beard, putty_nose, scars, wrinkles
from mtfas.synthetic.noise import Floats


def dazzle(face: Canvas, rng: np.random.Generator) -> Piece:
    """Return large asymmetrical patches in two to four strong colours, brushed on."""
    grid, layers = face.grid, []
    colours = [pick(PAINTS, rng) for _ in range(int(rng.integers(2, 5)))]
    for number in range(int(rng.integers(3, 7))):
        at = (float(rng.uniform(-0.5, 0.5)), float(rng.uniform(-0.5, 0.85)))
        wide, high = rng.uniform((0.15, 0.12), (0.42, 0.32))
        far = patch(
            grid, at, (float(wide), float(high)), float(rng.uniform(0, np.pi)), float(rng.uniform(1.2, 6.0))
        )
        far = np.asarray(far + 0.05 * ragged(rng, grid, face.texel, 0.05), np.float32)
        layers.append(_paint(face, step(far, 1.03, 0.95), colours[number % len(colours)], rng))
    return layers, None


def camouflage(face: Canvas, rng: np.random.Generator) -> Piece:
    """Return soldiers' blotches: greens, browns and black, over the whole face."""
    whole = face_area(face.grid)
    green, brown, black = pick(PAINTS[[4]], rng), pick(PAINTS[[5, 8]], rng), pick(PAINTS[[1]], rng, 6)
    size = float(rng.uniform(0.14, 0.26))
    layers = [_paint(face, whole, green, rng)]
    for colour in (brown, black):
        blotch = step(ragged(rng, face.grid, face.texel, size), 0.25, 0.45)
        layers.append(_paint(face, whole * blotch, colour, rng))
    return layers, None


def stripes(face: Canvas, rng: np.random.Generator) -> Piece:
    """Return war paint: bands across the cheeks, the nose, the forehead or one half of the face."""
    grid, layers = face.grid, []
    colours = [pick(PAINTS, rng) for _ in range(2)]
    if rng.random() < 0.5:
        line = float(rng.uniform(-0.1, 0.1)) + 0.03 * ragged(rng, grid, face.texel, 0.2)
        half = face_area(grid) * step((grid.x - line) * float(rng.choice([-1, 1])), -0.01, 0.01)
        layers.append(_paint(face, half, colours[0], rng))
    level, tilt = float(rng.uniform(-0.1, 0.35)), float(rng.normal(0, 0.12))
    for number in range(int(rng.integers(1, 4))):
        y = level + 0.17 * number
        band = stroke(
            grid.x,
            grid.y,
            [(-0.6, y - tilt), (0.0, y + 0.04), (0.6, y + tilt)],
            float(rng.uniform(0.06, 0.12)),
            0.7,
        )
        layers.append(_paint(face, band, colours[1], rng))
    return layers, None


def clown(face: Canvas, rng: np.random.Generator) -> Piece:
    """Return a mime's or skull's face: one pale ground, dark sockets, a mouth much too large."""
    grid, person = face.grid, face.person
    ground, mark = pick(PAINTS[[0, 6, 7, 9]], rng), pick(PAINTS[[1, 2, 3, 9]], rng)
    layers = [_paint(face, face_area(grid), ground, rng)]
    size = rng.uniform((0.13, 0.10), (0.2, 0.22))
    for side in (-1, 1):
        far = patch(grid, (side * person.eye_distance, -0.03), (float(size[0]), float(size[1])))
        layers.append(_paint(face, step(far, 1.05, 0.9), mark, rng))
    mouth = patch(grid, (0, 0.6), (float(rng.uniform(0.25, 0.42)), float(rng.uniform(0.08, 0.14))), power=2.5)
    layers.append(_paint(face, step(mouth, 1.05, 0.95), mark, rng))
    return layers, None


ELEMENTS: dict[str, Callable[[Canvas, np.random.Generator], Piece]] = {
    "putty nose": putty_nose,
    "dazzle": dazzle,
    "camouflage": camouflage,
    "stripes": stripes,
    "clown": clown,
    "wrinkles": wrinkles,
    "bruises": bruises,
    "scars": scars,
    "false beard": false_beard,
}
"""What hides a face, from the skin outwards: paint goes over putty, wounds and beards over paint."""
_GROUNDS = ("dazzle", "camouflage", "stripes", "clown", "wrinkles")
_EXTRAS = ("bruises", "scars", "putty nose", "false beard")


def draw_obfuscation(head: Head, rng: np.random.Generator) -> Makeup:
    """Return a disguise: a ground over much of the face, and one or two extras."""
    face = Canvas.of(head)
    ground = str(rng.choice(_GROUNDS, p=[0.25, 0.12, 0.16, 0.12, 0.35]))
    least = 1 if ground == "wrinkles" else 0
    extras = [str(name) for name in rng.permutation(_EXTRAS)[: int(rng.integers(least, 3))]]
    layers: list[Layer] = []
    total = np.zeros(face.shape, np.float32)
    order = sorted([ground, *extras], key=list(ELEMENTS).index)
    for name in order:
        more, shape = ELEMENTS[name](face, rng)
        layers += more
        total = total if shape is None else np.maximum(total, shape) + np.minimum(shape, 0)
    made: dict[str, Parameter] = {"ground": ground, "extras": "+".join(sorted(extras)) or "none"}
    made |= {"layers": float(len(layers)), "thickest": float(total.max())}
    return Makeup(tuple(layers), head.person, total if total.any() else None, made)


def _paint(face: Canvas, part: Floats, colour: Floats, rng: np.random.Generator) -> Layer:
    """Return paint that is worn thin in places; greasy or dry."""
    strength, thin = float(rng.uniform(0.65, 0.95)), float(rng.uniform(0.03, 0.15))
    worn = strength - thin * np.abs(ragged(rng, face.grid, face.texel, 0.03))
    greasy = float(rng.choice([0.004, rng.uniform(0.02, 0.06)]))
    cover = np.asarray(part * np.clip(worn, 0, 1), np.float32)
    return Layer(cover, colour, greasy, 18.0, fills=0.5, shaded=0.3)
