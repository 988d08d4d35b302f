"""The shape that a mask is moulded after, and how its maps fit the wearer's."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mtfas.synthetic.head import bald
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.surface import REACH, Grid, Surface, make_grid, make_surface

_FINE = 256
"""Casts are smooth: half the texels of the head's maps are enough, where these are more than this."""


@dataclass(frozen=True)
class Cast:
    """A face to mould after: coarse maps [t, t] and the side of the maps they are made for.

    Attributes:
        person: whose face.
        grid: its texels.
        surface: its shape.
        side: T, side of the wearer's maps.
    """

    person: Identity
    grid: Grid
    surface: Surface
    side: int

    def fitted(self, coarse: Floats) -> Floats:
        """Return a coarse map [t, t] or [t, t, C] in the size of the wearer's."""
        return enlarged(coarse, self.side)

    def smoothed(self, softness: float) -> Floats:
        """Return the shape's radius [T, T], blurred by this length (head units): moulds lose fine relief."""
        spread = max(0.6, softness * self.grid.x.shape[0] / 6.7)
        return self.fitted(np.asarray(cv2.GaussianBlur(self.surface.radius, (0, 0), spread), np.float32))

    @property
    def openness(self) -> Floats:
        """Openness of the shape to light, [T, T]."""
        return self.fitted(self.surface.openness)


def enlarged(coarse: Floats, side: int) -> Floats:
    """Return a map [t, t] or [t, t, C] with `side` texels along an edge; corner stays on corner."""
    if coarse.shape[0] == side:
        return coarse
    line = np.linspace(0, coarse.shape[0] - 1, side, dtype=np.float32)
    across, down = np.meshgrid(line, line)
    return np.asarray(cv2.remap(coarse, across, down, cv2.INTER_LINEAR), np.float32)


def directions(side: int) -> Floats:
    """Return the unit directions of the texels of a head's maps, [side, side, 3]; they suit every head."""
    line = np.linspace(-REACH, REACH, side, dtype=np.float32)
    u, v = np.meshgrid(line, line)
    square = u * u + v * v
    return np.asarray(np.dstack([2 * u, 2 * v, 1 - square]) / (1 + square)[..., None], np.float32)


def cast_face(person: Identity, side: int) -> Cast:
    """Return the cast of a face without hair, for maps with `side` texels along an edge."""
    coarse = max(side // 2, min(side, _FINE))
    grid = make_grid(person, coarse)
    return Cast(person, grid, make_surface(person, grid, np.zeros((coarse, coarse), np.float32)), side)


def disguised(person: Identity, stranger: Identity, foreign: float) -> Identity:
    """Return a face with the stranger's features over the wearer's skull and eyes.

    Args:
        person: the wearer.
        stranger: whose features.
        foreign: 0 for a mask tinted like the wearer's skin, 1 like the stranger's.
    """
    return replace(
        bald(stranger),
        skin=blended(person.skin, stranger.skin, foreign),
        width=person.width,
        height=person.height,
        depth=person.depth,
        squareness=person.squareness,
        eye_distance=person.eye_distance,
        eye_opening=person.eye_opening,
        eye_width=person.eye_width,
        smile=0.0,
    )


def blended(
    one: tuple[float, float, float], other: tuple[float, float, float], part: float
) -> tuple[float, float, float]:
    """Return a colour between two: 0 gives the one, 1 the other."""
    red, green, blue = ((1 - part) * a + part * b for a, b in zip(one, other, strict=True))
    return red, green, blue
