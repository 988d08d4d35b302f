"""The shape of a head: skull, features and hair as distance from the centre, with normals and openness."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.synthetic.features import add_ears, relief
from mtfas.synthetic.grid import (
    REACH,
    Grid,
    bump,
    face_window,
    make_grid,
    normals,
    pair,
    step,
)
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats

__all__ = [
    "REACH",
    "Grid",
    "Surface",
    "bump",
    "make_grid",
    "make_surface",
    "normals",
    "openness",
    "pair",
    "step",
]


@dataclass(frozen=True)
class Surface:
    """Shape maps [T, T]: distance from the head's centre, unit normals, and openness to light (0 to 1)."""

    radius: Floats
    normal: Floats
    openness: Floats


def make_surface(person: Identity, grid: Grid, hair: Floats) -> Surface:
    """Return the head's shape with all features, hair included.

    Args:
        person: whose head.
        grid: from `make_grid`.
        hair: thickness of the hair over the skull, [T, T], head units.
    """
    radius = np.asarray(grid.skull + hair, np.float32)
    window = face_window(grid)
    radius[window] += relief(person, grid.cut(window), grid.texel)
    add_ears(person, grid, radius)
    return Surface(radius, normals(radius, grid.direction), openness(radius))


def openness(radius: Floats) -> Floats:
    """Return how much of the light from all round reaches each texel, [T, T], 0.25 to 1."""
    share = max(1, radius.shape[0] // 256)
    small = cv2.resize(radius, None, fx=1 / share, fy=1 / share, interpolation=cv2.INTER_AREA)
    reach = small.shape[0] / 24
    around = cv2.GaussianBlur(small, (0, 0), reach)
    close = cv2.GaussianBlur(small, (0, 0), reach / 4)
    buried = np.maximum(around - small, 0) * 7 + np.maximum(close - small, 0) * 12
    clear = np.clip(1 - buried, 0.25, 1.0).astype(np.float32)
    return np.asarray(cv2.resize(clear, radius.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
