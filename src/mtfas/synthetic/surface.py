"""The shape of a head: a star-shaped surface, stored as distance from the centre over all directions.

Axes: x to the right of the picture, y down, z towards the viewer. A direction d is stored at the
stereographic coordinates u = dx / (1 + dz), v = dy / (1 + dz): the front of the head gets an undistorted
patch in the middle, and a ray can be looked up without trigonometry.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats, unit_length
from mtfas.types import FloatArray

REACH = 1.9
"""u and v run over [-REACH, REACH]: everything up to 124 degrees away from the front."""


@dataclass(frozen=True)
class Grid:
    """Directions of all texels of a head's maps, and where they meet the bare skull ellipsoid."""

    x: Floats
    y: Floats
    z: Floats
    direction: Floats
    front: Floats


@dataclass(frozen=True)
class Surface:
    """Shape maps [T, T]: distance from the head's centre, unit normals, and openness to light (0 to 1)."""

    radius: Floats
    normal: Floats
    openness: Floats


def step(value: FloatArray, low: float, high: float) -> Floats:
    """Return the smooth step from 0 at low to 1 at high; low > high turns it round."""
    part = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(part * part * (3 - 2 * part), np.float32)


def bump(grid: Grid, x: float, y: float, wide: float, high: float) -> Floats:
    """Return a Gaussian hill of height 1 at (x, y) on the front of the head."""
    return np.asarray(np.exp(-(((grid.x - x) / wide) ** 2) - ((grid.y - y) / high) ** 2), np.float32)


def pair(grid: Grid, x: float, y: float, wide: float, high: float) -> Floats:
    """Return two mirrored hills at (-x, y) and (x, y)."""
    across = np.abs(grid.x) - x
    return np.asarray(np.exp(-((across / wide) ** 2) - ((grid.y - y) / high) ** 2), np.float32)


def make_grid(person: Identity, side: int) -> Grid:
    """Return the texel directions and the person's skull without features."""
    line = np.linspace(-REACH, REACH, side, dtype=np.float32)
    u, v = np.meshgrid(line, line)
    square = u * u + v * v
    direction = np.stack([2 * u, 2 * v, 1 - square], axis=-1) / (1 + square)[..., None]
    axes = np.array([person.width, person.height, person.depth], np.float32)
    power = person.squareness
    parts = np.abs(direction / axes) ** power
    skull = (parts[..., 0] + parts[..., 1] + parts[..., 2]) ** (-1 / power)
    narrow = 1 - person.jaw * step(direction[..., 1], 0.25, 1.0) * np.abs(direction[..., 0]) * 1.6
    point = (direction * (skull * narrow)[..., None]).astype(np.float32)
    return Grid(
        point[..., 0],
        point[..., 1],
        point[..., 2],
        direction.astype(np.float32),
        step(direction[..., 2], 0.05, 0.35),
    )


def make_surface(person: Identity, grid: Grid, hair: Floats) -> Surface:
    """Return the head's shape with all features, hair included.

    Args:
        person: whose head.
        grid: from `make_grid`.
        hair: thickness of the hair over the skull, [T, T], head units.
    """
    bare = np.sqrt(grid.x**2 + grid.y**2 + grid.z**2)
    relief = grid.front * (_upper_face(person, grid) + _nose(person, grid) + _lower_face(person, grid))
    radius = (bare + relief + _ears(person, grid) + hair).astype(np.float32)
    return Surface(radius, normals(radius, grid.direction), _openness(radius))


def normals(radius: Floats, direction: Floats) -> Floats:
    """Return unit outward normals [T, T, 3] of the star-shaped surface."""
    point = radius[..., None] * direction
    across = cv2.Scharr(point, cv2.CV_32F, 1, 0)
    down = cv2.Scharr(point, cv2.CV_32F, 0, 1)
    (ax, ay, az), (dx, dy, dz) = np.moveaxis(across, -1, 0), np.moveaxis(down, -1, 0)
    return unit_length(np.stack([ay * dz - az * dy, az * dx - ax * dz, ax * dy - ay * dx], axis=-1))


def _upper_face(person: Identity, grid: Grid) -> Floats:
    brow = person.brow * pair(grid, 0.24, -0.20, 0.26, 0.09)
    sockets = -0.085 * pair(grid, person.eye_distance, -0.03, 0.16, 0.11)
    balls = 0.055 * pair(grid, person.eye_distance, -0.02, 0.10, 0.075)
    bridge = 0.05 * bump(grid, 0, -0.06, 0.08, 0.15)
    temples = -0.04 * pair(grid, 0.66, -0.28, 0.14, 0.25)
    return np.asarray(brow + sockets + balls + bridge + temples, np.float32)


def _nose(person: Identity, grid: Grid) -> Floats:
    tip = -0.02 + person.nose_length
    along = np.clip((grid.y + 0.10) / (tip + 0.10), 0.0, 1.0)
    width = 0.055 + (person.nose_width - 0.03) * along**2
    under = np.exp(-((np.maximum(grid.y - tip, 0) / 0.055) ** 2))
    ridge = person.nose_height * along**1.4 * under * np.exp(-((grid.x / width) ** 2))
    wings = 0.075 * pair(grid, person.nose_width, tip + 0.02, 0.05, 0.055)
    return np.asarray(ridge + wings, np.float32)


def _lower_face(person: Identity, grid: Grid) -> Floats:
    wide, mouth = person.mouth_width, 0.585
    cheeks = person.cheek * pair(grid, 0.38, 0.18, 0.17, 0.19) * (1 + max(0.0, person.smile))
    mound = 0.05 * bump(grid, 0, mouth, 0.30, 0.16)
    curve = mouth - 0.25 * person.smile * grid.x**2
    upper = 0.035 * np.exp(-((grid.x / wide) ** 2) - ((grid.y - curve + 0.6 * person.lip) / person.lip) ** 2)
    lower = 0.045 * np.exp(
        -((grid.x / (0.8 * wide)) ** 2) - ((grid.y - curve - 0.7 * person.lip) / person.lip) ** 2
    )
    seam = -0.025 * np.exp(-((grid.x / (0.85 * wide)) ** 4) - ((grid.y - curve) / 0.016) ** 2)
    philtrum = -0.012 * bump(grid, 0, 0.47, 0.03, 0.05)
    fold = -0.02 * np.exp(
        -(((np.abs(grid.x) - 0.17 - 0.35 * (grid.y - 0.36)) / 0.035) ** 2) - ((grid.y - 0.45) / 0.12) ** 2
    )
    chin = person.chin * bump(grid, 0, 0.86, 0.2, 0.13) - 0.03 * bump(grid, 0, 0.72, 0.18, 0.05)
    return np.asarray(cheeks + mound + upper + lower + seam + philtrum + fold + chin, np.float32)


def _ears(person: Identity, grid: Grid) -> Floats:
    shell = np.exp(-(((grid.z + 0.02) / 0.075) ** 2) - (np.abs(grid.y - 0.12) / 0.21) ** 3)
    hollow = 0.35 * np.exp(-(((grid.z - 0.02) / 0.035) ** 2) - ((grid.y - 0.1) / 0.1) ** 2)
    return np.asarray(person.ear * (shell - hollow) * step(np.abs(grid.x), 0.3, 0.5), np.float32)


def _openness(radius: Floats) -> Floats:
    reach = radius.shape[0] / 24
    around = cv2.GaussianBlur(radius, (0, 0), reach)
    close = cv2.GaussianBlur(radius, (0, 0), reach / 4)
    buried = np.maximum(around - radius, 0) * 7 + np.maximum(close - radius, 0) * 12
    return np.asarray(np.clip(1 - buried, 0.25, 1.0), np.float32)
