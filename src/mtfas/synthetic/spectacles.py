"""Ordinary spectacles, which live people wear too."""

from dataclasses import replace

import numpy as np

from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.sheet import BEND, Sheet, sheet_grid
from mtfas.synthetic.surface import step

_HINGE_SLOPE = 1.6
"""How steeply the arms run back behind the hinges."""


def make_spectacles(person: Identity, texels: int, rng: np.random.Generator) -> tuple[Sheet, ...]:
    """Return the person's spectacles as a sheet, or nothing; kind 1 is round, kind 2 angular."""
    if person.spectacles == 0:
        return ()
    density = texels / 7.0
    x, y = sheet_grid(density)
    power = 2.2 if person.spectacles == 1 else 5.0
    wide, high = rng.uniform(0.19, 0.23), rng.uniform(0.14, 0.18)
    across = (np.abs(x) - person.eye_distance) / wide
    distance = (np.abs(across) ** power + np.abs((y - 0.02) / high) ** power) ** (1 / power)
    rim = rng.uniform(0.07, 0.15)
    frame = step(distance, 1 - rim, 1 - 0.6 * rim) * step(distance, 1 + 0.6 * rim, 1 + 0.3 * rim)
    bridge = (np.abs(y + 0.03) < 0.02) & (np.abs(x) < person.eye_distance - 0.9 * wide)
    hinge = person.eye_distance + wide
    arms = (np.abs(y + 0.05) < 0.02) & (np.abs(x) > hinge) & (np.abs(x) < person.width)
    lens = step(distance, 1.0, 0.97) * np.float32(0.07)
    solid = np.maximum(frame, bridge | arms)
    tint = rng.uniform(0.01, 0.3) * np.array([1, rng.uniform(0.6, 1), rng.uniform(0.4, 1)])
    colour = np.where((solid > lens)[..., None], tint, 0.5).astype(np.float32)
    cover = np.maximum(solid, lens).astype(np.float32)
    worn = Sheet(cover, colour, density, person.depth + 0.12, BEND, shine=0.04, attack=False, eyewear=True)
    return (replace(worn, relief=arms_back(x, hinge)),)


def arms_back(x: Floats, hinge: float) -> Floats:
    """Return the relief of glasses whose arms run back along the temples behind their hinges, [h, w].

    Args:
        x: of `sheet_grid`.
        hinge: distance of a hinge from the middle, head units.
    """
    beyond = np.maximum(np.abs(x) - np.float32(hinge), 0)
    return np.asarray(-_HINGE_SLOPE * np.maximum(beyond - 0.02 * np.tanh(beyond / 0.02), 0), np.float32)
