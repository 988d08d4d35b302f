"""Colours of make-up, linear reflectance."""

import numpy as np

from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.palette import linear

LIPS = np.array(
    [[180, 12, 36], [200, 40, 90], [120, 10, 40], [90, 14, 60], [225, 90, 60], [70, 20, 24], [160, 60, 70]]
)
"""Red, pink, wine, plum, coral, nearly black, rosewood."""
SHADOWS = np.array(
    [[40, 34, 36], [70, 40, 90], [30, 60, 130], [20, 90, 90], [130, 70, 40], [190, 140, 70], [190, 80, 120]]
)
"""Smoky black, violet, blue, teal, bronze, gold, pink."""
PAINTS = np.array(
    [
        [236, 234, 230],
        [16, 16, 18],
        [170, 24, 26],
        [30, 60, 140],
        [40, 84, 40],
        [92, 74, 44],
        [226, 190, 40],
        [120, 118, 116],
        [180, 90, 40],
        [90, 40, 110],
    ]
)
"""Face paint: white, black, red, blue, green, brown, yellow, grey, orange, violet."""


def pick(table: np.ndarray, rng: np.random.Generator, spread: float = 14.0) -> Floats:
    """Return one of a table's colours, a little changed, [3]."""
    chosen = table[int(rng.integers(len(table)))] + rng.normal(0, spread, 3)
    return np.asarray(linear(np.clip(chosen, 6, 245)), np.float32)


def foundation(person: Identity, rng: np.random.Generator, spread: float) -> Floats:
    """Return a foundation's colour near the skin's, less red, [3]; `spread` is how wrong the tone may be."""
    lighter, redder = float(np.exp(rng.normal(0.04, spread))), float(rng.normal(-0.03, 0.04))
    return np.asarray(person.skin, np.float32) * np.array(
        [lighter * (1 + redder), lighter, lighter * (1 - redder * 0.6)], np.float32
    )


def darker(person: Identity, by: float) -> Floats:
    """Return the skin's colour darkened and browned, [3]: what contours are painted with."""
    return np.asarray(
        np.asarray(person.skin, np.float32) * np.array([1.0, 0.86, 0.78]) * (1 - by), np.float32
    )


def lighter(person: Identity, by: float) -> Floats:
    """Return the skin's colour lightened towards ivory, [3]: what lights are painted with."""
    skin = np.asarray(person.skin, np.float32)
    return np.asarray(skin * (1 + 1.5 * by) + 0.1 * by * np.array([1.0, 0.9, 0.75], np.float32), np.float32)
