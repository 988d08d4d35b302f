"""What a half mask shows: a plain stranger, an old man with folds and a big nose, or an animal's muzzle."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mtfas.synthetic.identity import Colour, Identity
from mtfas.synthetic.noise import Floats, smooth
from mtfas.synthetic.surface import Grid, bump, pair


@dataclass(frozen=True)
class Relief:
    """One kind of moulded face; height and tone are made on the cast's grid, [t, t].

    Attributes:
        person: how the features of the face it is moulded after are exaggerated.
        height: what is added to the shape, head units.
        tone: factor of the paint.
        colour: its own base colour.
        foreign: how much of that colour, 0 for the wearer's and the stranger's skin alone.
    """

    person: Callable[[Identity], Identity]
    height: Callable[[Grid, np.random.Generator], Floats]
    tone: Callable[[Grid, np.random.Generator], Floats]
    colour: Callable[[np.random.Generator], Colour]
    foreign: float


def _same(person: Identity) -> Identity:
    return person


def _aged(person: Identity) -> Identity:
    return replace(
        person,
        nose_height=1.45 * person.nose_height,
        nose_width=1.3 * person.nose_width,
        chin=person.chin + 0.05,
        brow=person.brow + 0.04,
        cheek=0.5 * person.cheek,
    )


def _none(grid: Grid, rng: np.random.Generator) -> Floats:
    return np.zeros(grid.x.shape, np.float32)


def _even(grid: Grid, rng: np.random.Generator) -> Floats:
    return np.ones(grid.x.shape, np.float32)


def _folds(grid: Grid) -> Floats:
    """Return where an old face is folded: across the forehead, beside nose and mouth, below the eyes."""
    forehead = np.clip(np.sin(55 * grid.y + 3 * np.cos(4 * grid.x)), 0, 1) ** 3 * bump(
        grid, 0, -0.48, 0.5, 0.17
    )
    beside = np.abs(grid.x) - 0.2 - 0.4 * (grid.y - 0.36)
    nasal = np.exp(-((beside / 0.022) ** 2) - ((grid.y - 0.47) / 0.16) ** 2)
    pouches = np.exp(-(((grid.y - 0.1 - 0.6 * (np.abs(grid.x) - 0.28) ** 2) / 0.018) ** 2)) * pair(
        grid, 0.28, 0.1, 0.12, 0.05
    )
    cheeks = np.clip(np.sin(38 * (np.abs(grid.x) - 0.3 * grid.y)), 0, 1) ** 3 * pair(
        grid, 0.5, 0.4, 0.12, 0.2
    )
    return np.asarray(forehead + nasal + pouches + 0.7 * cheeks, np.float32)


def _wrinkled(grid: Grid, rng: np.random.Generator) -> Floats:
    return np.asarray(-np.float32(rng.uniform(0.01, 0.025)) * _folds(grid) * grid.front, np.float32)


def _lined(grid: Grid, rng: np.random.Generator) -> Floats:
    spots = np.clip(smooth(rng, grid.x.shape[0], 34) - 1.3, 0, 1)
    return np.asarray(1 - np.float32(rng.uniform(0.15, 0.4)) * np.clip(_folds(grid), 0, 1) - 0.25 * spots)


def _muzzle(grid: Grid, rng: np.random.Generator) -> Floats:
    far = float(rng.uniform(0.13, 0.26))
    cheeks = 0.06 * pair(grid, 0.14, 0.47, 0.14, 0.11)
    return np.asarray(grid.front * (far * bump(grid, 0, 0.40, 0.27, 0.22) + cheeks), np.float32)


def _marked(grid: Grid, rng: np.random.Generator) -> Floats:
    nose = bump(grid, 0, 0.33, 0.10, 0.07)
    dark = np.clip(3 * nose - 0.9, 0, 1) * np.float32(rng.uniform(0.6, 0.95))
    fur = 1 + np.float32(rng.uniform(0.03, 0.14)) * smooth(rng, grid.x.shape[0], (44, 110))
    pale = 1 + np.float32(rng.uniform(0.0, 0.5)) * bump(grid, 0, 0.52, 0.2, 0.12)
    return np.asarray(fur * pale * (1 - dark), np.float32)


def _beast(rng: np.random.Generator) -> Colour:
    """Return a brown, grey, pink or tan: colours that skin has too."""
    choices = ((0.22, 0.12, 0.06), (0.2, 0.18, 0.16), (0.62, 0.34, 0.30), (0.45, 0.28, 0.13))
    red, green, blue = np.asarray(choices[int(rng.integers(len(choices)))]) * rng.uniform(0.7, 1.2)
    return float(red), float(green), float(blue)


RELIEFS: dict[str, Relief] = {
    "stranger": Relief(_same, _none, _even, _beast, 0.0),
    "old man": Relief(_aged, _wrinkled, _lined, _beast, 0.0),
    "animal": Relief(_same, _muzzle, _marked, _beast, 0.6),
}
"""The kinds of half mask."""
