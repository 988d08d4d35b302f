"""Stage wounds and age: scars, bruises, burns, painted wrinkles; and pieces glued on: noses, beards."""

import numpy as np

from mtfas.synthetic.brows import AREAS
from mtfas.synthetic.grid import bump, step
from mtfas.synthetic.identity import CHINSTRAP, FULL, GOATEE, MOUSTACHE
from mtfas.synthetic.makeup.colours import foundation
from mtfas.synthetic.makeup.cosmetic import Canvas
from mtfas.synthetic.makeup.layer import Layer
from mtfas.synthetic.makeup.strokes import patch, ragged, stroke
from mtfas.synthetic.mouth import find_lips
from mtfas.synthetic.noise import Floats, grain
from mtfas.synthetic.palette import HAIR, linear

Piece = tuple[list[Layer], Floats | None]
"""Layers, and the relief they have, [h, w], head units."""


def scars(face: Canvas, rng: np.random.Generator) -> Piece:
    """Return one to three raised or sunken scars with reddened edges."""
    layers, total = [], np.zeros(face.shape, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        start = rng.uniform((-0.45, -0.5), (0.45, 0.7))
        turn, length = rng.uniform(0, np.pi), rng.uniform(0.2, 0.5)
        bends = np.cumsum(np.r_[0.0, rng.normal(0, 0.3, 3)]) + turn
        steps = np.stack([np.cos(bends), np.sin(bends)], axis=1) * length / 4
        points = [(float(x), float(y)) for x, y in np.vstack([start, start + np.cumsum(steps, axis=0)])]
        wide = max(float(rng.uniform(0.012, 0.03)), 1.2 * face.texel)
        line = stroke(face.grid.x, face.grid.y, points, wide, 0.2)
        flare = stroke(face.grid.x, face.grid.y, points, 3.2 * wide)
        red = _fleshy(face, rng.uniform((90, 10, 14), (160, 50, 50)), 0.6)
        flesh = _fleshy(face, rng.uniform((120, 40, 40), (225, 150, 140)), 0.5)
        layers.append(Layer(np.float32(0.6) * flare, red, shaded=0.4))
        layers.append(Layer(np.float32(0.92) * line, flesh, 0.05, 40.0, hides_hair=True))
        total += np.float32(rng.choice([-0.012, 0.018])) * line
    return layers, total


def bruises(face: Canvas, rng: np.random.Generator) -> Piece:
    """Return bruises: violet in the middle, green and yellow round it; a black eye is the usual one."""
    layers = []
    for number in range(int(rng.integers(1, 4))):
        side = float(rng.choice([-1, 1]))
        at = (
            (side * face.person.eye_distance, 0.05)
            if number == 0
            else (side * rng.uniform(0.2, 0.5), rng.uniform(-0.1, 0.6))
        )
        size = tuple(rng.uniform((0.13, 0.09), (0.24, 0.18)))
        far = patch(face.grid, at, size, rng.uniform(-0.5, 0.5)) + 0.12 * ragged(
            rng, face.grid, face.texel, 0.06
        )
        inner, outer = (rng.uniform((50, 14, 60), (95, 30, 85)), rng.uniform((110, 95, 20), (160, 130, 60)))
        tones = ((outer, 0.55, 1.15), (inner, rng.uniform(0.6, 0.9), 0.75))
        layers += [
            Layer(
                np.float32(strength) * step(far, edge, 0.4 * edge),
                np.asarray(linear(colour), np.float32),
                shaded=0.4,
            )
            for colour, strength, edge in tones
        ]
    return layers, None


def wrinkles(face: Canvas, rng: np.random.Generator) -> Piece:
    """Return the lines of an old face, painted dark with a light beside each, over greyish skin."""
    grid, wide, person = face.grid, np.abs(face.grid.x), face.person
    paths = [[(0.0, y), (0.2, y - 0.02), (0.4, y + 0.03)] for y in (-0.36, -0.45, -0.54)]
    paths += [[(0.16, 0.34), (0.27, 0.5), (0.3, 0.66)], [(0.05, -0.28), (0.045, -0.12)]]
    paths += [[(0.43, -0.01), (0.55, y)] for y in (-0.09, 0.0, 0.09)]
    paths += [[(0.2, 0.08), (0.3, 0.12), (0.4, 0.08)], [(0.33, 0.72), (0.24, 0.86)]]
    thin = max(float(rng.uniform(0.012, 0.022)), 1.1 * face.texel)
    line = np.max([stroke(wide, grid.y, path, thin) for path in paths], axis=0)
    beside = np.max([stroke(wide, grid.y - 0.6 * thin - 0.008, path, 1.3 * thin) for path in paths], axis=0)
    skin = np.asarray(person.skin, np.float32)
    grey = foundation(person, rng, 0.15) * np.array([0.92, 1.0, 1.02], np.float32)
    strength = float(rng.uniform(0.6, 0.95))
    whole = np.asarray(step(patch(grid, (0.0, 0.12), (0.56, 0.8), power=2.5), 1.0, 0.85), np.float32)
    layers = [
        Layer(np.float32(rng.uniform(0.4, 0.75)) * whole, grey, 0.004, fills=0.4, shaded=0.5),
        Layer(np.float32(0.5 * strength) * beside, skin * np.float32(1.5) + np.float32(0.03)),
        Layer(np.float32(strength) * line, skin * np.array([0.28, 0.2, 0.18], np.float32), hides_hair=True),
    ]
    return layers, None


def putty_nose(face: Canvas, rng: np.random.Generator) -> Piece:
    """Return a lump of nose putty: a broad tip or a hooked ridge, never quite of the skin's colour."""
    grid, tip = face.grid, face.person.nose_length
    kind, high = str(rng.choice(["tip", "hook", "broad"])), float(rng.uniform(0.03, 0.09))
    shapes = {
        "tip": bump(grid, 0, tip - 0.02, 0.13, 0.11),
        "hook": bump(grid, 0, tip - 0.2, 0.085, 0.16),
        "broad": np.maximum(bump(grid, 0, tip + 0.0, 0.19, 0.085), bump(grid, 0, tip - 0.15, 0.09, 0.17)),
    }
    lump = np.asarray(shapes[kind] * (1 + 0.05 * ragged(rng, grid, face.texel, 0.07)), np.float32)
    part = np.float32(0.96) * step(lump, 0.10, 0.22)
    colour = foundation(face.person, rng, 0.18)
    return [Layer(part, colour, 0.025, 12.0, fills=1.0, hides_hair=True, shaded=0.15)], np.float32(
        high
    ) * lump


def false_beard(face: Canvas, rng: np.random.Generator) -> Piece:
    """Return a beard or moustache of crepe hair glued on: thick, often of another colour than the hair."""
    grid = face.grid
    style = int(rng.choice([FULL, FULL, GOATEE, MOUSTACHE, CHINSTRAP]))
    lips = find_lips(face.person, grid, face.texel)
    bare = np.maximum(np.maximum(lips.upper, lips.lower), lips.inside)
    edge = grid.y + 0.015 * ragged(rng, grid, face.texel, 0.05)
    where = np.asarray(AREAS[style](face.person, grid, np.asarray(edge, np.float32)) * (1 - bare), np.float32)
    tall = (round(grid.x.shape[0] * 0.25) + 2, grid.x.shape[1])
    rows = np.linspace(0, tall[0] - 1, grid.x.shape[0]).astype(int)
    strands = grain(rng, tall, face.texel, max(0.014, 1.2 * face.texel))[rows]
    grey = rng.random() < 0.25
    dye = np.full(3, rng.uniform(110, 215)) if grey else HAIR[int(rng.integers(len(HAIR)))]
    hair = np.asarray(linear(dye), np.float32)
    colour = np.asarray(np.exp(0.45 * strands)[..., None] * hair, np.float32)
    thick = float(rng.uniform(0.02, 0.06))
    glued = Layer(
        np.float32(0.97) * step(where, 0.25, 0.6), colour, 0.012, 20.0, hides_hair=True, softness=0.5
    )
    return [glued], np.asarray(np.float32(thick) * step(where, 0.1, 0.9) * (1 + 0.15 * strands), np.float32)


def _fleshy(face: Canvas, srgb: np.ndarray, by: float) -> Floats:
    """Return a colour of wounds as it looks on the wearer's own skin, [3]."""
    skin, wound = np.asarray(face.person.skin, np.float32), np.asarray(linear(srgb), np.float32)
    bright = np.float32(0.7) * skin.mean() / wound.mean() + np.float32(0.3)
    return np.asarray(skin + np.float32(by) * (wound * bright - skin), np.float32)
