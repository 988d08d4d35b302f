"""Lines of age and of expression: grooves in the skin, head units deep."""

import numpy as np

from mtfas.runtime.seeds import stream
from mtfas.synthetic.grid import Grid, band, step
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats
from mtfas.types import FloatArray


def aged(person: Identity) -> float:
    """Return how far age has lined the skin, 0 (none before about 30) to 1."""
    return float(np.clip((person.age - 28) / 45 * person.weathering, 0, 1))


def grooves(person: Identity, grid: Grid, texel: float) -> Floats:
    """Return the depth of all lines over a part of the maps, [h, w], in units of the deepest usual line."""
    rng, age = stream(person.texture_seed, "wrinkles"), aged(person)
    thin = max(0.0105, 0.75 * texel)
    faint = np.float32(min(1.0, 0.0105 / texel))
    happy, total = max(0.0, person.smile), np.zeros(grid.x.shape, np.float32)
    forehead, eyes, mouth = (band(grid, *rows) for rows in ((-0.7, -0.26), (-0.35, 0.2), (0.3, 0.86)))
    total[forehead] += _forehead(grid.cut(forehead), rng, thin, max(age, 0.7 * max(0.0, person.brow_raise)))
    part = grid.cut(eyes)
    total[eyes] += _between_brows(part, thin, max(0.7 * age, person.frown))
    total[eyes] += _crows_feet(person, part, rng, thin, max(age, 0.6 * happy, 0.5 * person.squint))
    total[eyes] += _under_eyes(person, part, thin, age)
    total[mouth] += _folds(person, grid.cut(mouth), thin, 0.2 + 0.8 * max(age, 0.9 * happy))
    return np.asarray(total * faint * grid.front, np.float32)


def _line(distance: FloatArray, thin: float) -> Floats:
    part = np.asarray(distance, np.float32) * np.float32(1 / thin)
    return np.asarray(np.exp(-(part * part)), np.float32)


def _forehead(grid: Grid, rng: np.random.Generator, thin: float, strength: float) -> Floats:
    total = np.zeros(grid.x.shape, np.float32)
    for number, phase in enumerate(rng.uniform(0, 6, int(rng.integers(2, 6)))):
        bent = -0.31 - 0.065 * number + 0.016 * np.sin(7 * grid.x + phase) + 0.06 * grid.x**2
        ends = step(np.abs(grid.x - 0.04 * np.sin(phase)), rng.uniform(0.3, 0.46), 0.18)
        total += _line(grid.y - bent, thin) * ends * np.float32(rng.uniform(0.5, 1))
    return total * np.float32(strength)


def _between_brows(grid: Grid, thin: float, strength: float) -> Floats:
    at = np.abs(grid.x) - 0.045 - 0.08 * (grid.y + 0.17)
    return np.asarray(strength * _line(at, thin) * np.exp(-(((grid.y + 0.19) / 0.075) ** 2)), np.float32)


def _crows_feet(
    person: Identity, grid: Grid, rng: np.random.Generator, thin: float, strength: float
) -> Floats:
    corner = person.eye_distance + person.eye_width + 0.015
    out, total = np.abs(grid.x) - corner, np.zeros(grid.x.shape, np.float32)
    fan = step(out, 0.0, 0.04) * step(out, 0.13, 0.06)
    for slope in (-0.55, -0.15, 0.25, 0.65):
        bent = -0.01 + slope * out + 0.6 * slope * out**2 + rng.normal(0, 0.006)
        total += _line(grid.y - bent, thin) * fan * np.float32(rng.uniform(0.5, 1))
    return total * np.float32(0.6 * strength)


def _folds(person: Identity, grid: Grid, thin: float, strength: float) -> Floats:
    """Return the lines from the nose's wings past the mouth's corners, and below them."""
    start, end = person.nose_width + 0.055, person.mouth_width * (1 + 0.2 * max(0.0, person.smile)) + 0.06
    part = np.clip((grid.y - 0.34) / 0.27, 0, 1.4)
    at = start + (end - start) * part**1.2
    nose = _line(np.abs(grid.x) - at, 2.2 * thin) * step(grid.y, 0.31, 0.39) * step(grid.y, 0.66, 0.54)
    below = _line(np.abs(grid.x) - end + 0.03 + 0.1 * (grid.y - 0.62), 1.6 * thin)
    below *= step(grid.y, 0.60, 0.66) * step(grid.y, 0.84, 0.70)
    return np.asarray(strength * (nose + 0.8 * max(0.0, strength - 0.5) * below), np.float32)


def _under_eyes(person: Identity, grid: Grid, thin: float, strength: float) -> Floats:
    out = (np.abs(grid.x) - person.eye_distance) / 0.13
    total = np.zeros(grid.x.shape, np.float32)
    for drop in (0.07, 0.11):
        bent = drop - 0.03 * out * out
        total += _line(grid.y - bent, 1.2 * thin) * step(np.abs(out), 1.1, 0.6)
    return total * np.float32(0.7 * strength)
