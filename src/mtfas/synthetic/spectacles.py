"""Ordinary spectacles, which live people wear too."""

import numpy as np

from mtfas.synthetic.identity import Identity
from mtfas.synthetic.sheet import BEND, Sheet, sheet_grid
from mtfas.synthetic.surface import step


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
    arms = (np.abs(y + 0.05) < 0.02) & (np.abs(x) > person.eye_distance + wide) & (np.abs(x) < person.width)
    lens = step(distance, 1.0, 0.97) * np.float32(0.07)
    solid = np.maximum(frame, bridge | arms)
    tint = rng.uniform(0.01, 0.3) * np.array([1, rng.uniform(0.6, 1), rng.uniform(0.4, 1)])
    colour = np.where((solid > lens)[..., None], tint, 0.5).astype(np.float32)
    cover = np.maximum(solid, lens).astype(np.float32)
    return (Sheet(cover, colour, density, person.depth + 0.12, BEND, shine=0.04, attack=False),)
