"""The maps of a head: a star-shaped surface, stored over all directions, and places on it.

Axes: x to the right of the picture, y down, z towards the viewer. A direction d is stored at the
stereographic coordinates u = dx / (1 + dz), v = dy / (1 + dz): the front of the head gets an undistorted
patch in the middle, and a ray can be looked up without trigonometry.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats
from mtfas.types import FloatArray

REACH = 1.9
"""u and v run over [-REACH, REACH]: everything up to 124 degrees away from the front."""
Window = tuple[slice, slice]
"""Rows and columns of a head's maps."""


@dataclass(frozen=True)
class Grid:
    """Directions of all texels of a head's maps, and where they meet the bare skull.

    x, y and z are the places that features are put by: with the person's asymmetry, so they differ a little
    from `skull` (the distance from the centre) times `direction`. `front` is 1 on the front, 0 behind the
    ears.
    """

    x: Floats
    y: Floats
    z: Floats
    direction: Floats
    front: Floats
    skull: Floats

    def cut(self, window: Window) -> "Grid":
        """Return the grid of a part of the maps (views, no copies)."""
        return Grid(
            self.x[window],
            self.y[window],
            self.z[window],
            self.direction[window],
            self.front[window],
            self.skull[window],
        )

    @property
    def texel(self) -> float:
        """Side of a texel in the middle of the face, head units; needs the whole grid."""
        return 2 * REACH / len(self.x) * 1.7


def step(value: FloatArray, low: float, high: float) -> Floats:
    """Return the smooth step from 0 at low to 1 at high; low > high turns it round."""
    part = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0.0, 1.0)
    return np.asarray(part * part * (3 - 2 * part), np.float32)


def bump(grid: Grid, x: float, y: float, wide: float, high: float) -> Floats:
    """Return a Gaussian hill of height 1 at (x, y) on the front of the head."""
    across, down = (grid.x - x) * np.float32(1 / wide), (grid.y - y) * np.float32(1 / high)
    return np.asarray(np.exp(-(across * across) - down * down), np.float32)


def pair(grid: Grid, x: float, y: float, wide: float, high: float) -> Floats:
    """Return two mirrored hills at (-x, y) and (x, y)."""
    across, down = (np.abs(grid.x) - x) * np.float32(1 / wide), (grid.y - y) * np.float32(1 / high)
    return np.asarray(np.exp(-(across * across) - down * down), np.float32)


def window_at(grid: Grid, right: tuple[float, float], down: tuple[float, float]) -> Window:
    """Return the rows and columns that hold the front of the head between these x and between these y."""
    stride = max(1, grid.x.shape[0] // 64)
    x, y = grid.x[::stride, ::stride], grid.y[::stride, ::stride]
    inside = (x > right[0]) & (x < right[1]) & (y > down[0]) & (y < down[1])
    inside &= grid.direction[::stride, ::stride, 2] > 0
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return (
        slice(max(0, int(rows[0] - 1) * stride), int(rows[-1] + 1) * stride + 1),
        slice(max(0, int(columns[0] - 1) * stride), int(columns[-1] + 1) * stride + 1),
    )


def face_window(grid: Grid) -> Window:
    """Return the rows and columns outside which no feature of the face lies."""
    return window_at(grid, (-0.72, 0.72), (-0.78, 1.12))


def band(grid: Grid, low: float, high: float) -> Window:
    """Return the rows of a part of the maps that hold the front of the head between two y."""
    y = grid.y[:, grid.y.shape[1] // 2]
    rows = np.flatnonzero((y > low - 0.05) & (y < high + 0.05))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(None)


def make_grid(person: Identity, side: int) -> Grid:
    """Return the texel directions and the person's skull without features."""
    sphere = _sphere(side)
    skull = _skull(person, side)
    x, y, z = (skull * sphere.direction[..., axis] for axis in range(3))
    tilt, shift, bend = (np.float32(part) for part in person.asymmetry)
    return Grid(x + tilt * y + bend * x * x - shift, y + tilt * x, z, sphere.direction, sphere.front, skull)


def normals(radius: Floats, direction: Floats) -> Floats:
    """Return unit outward normals [T, T, 3] of the star-shaped surface.

    Args:
        radius: [T, T].
        direction: unit vectors of the texels, [T, T, 3]: those of `make_grid`.
    """
    sphere = _sphere(radius.shape[0])
    return normals_in((slice(0, radius.shape[0]), slice(0, radius.shape[1])), radius, sphere)


def normals_in(window: Window, radius: Floats, sphere: "Sphere") -> Floats:
    """Return the unit outward normals of a window of the maps; `radius` is that window's, [h, w].

    The stereographic map keeps angles, so a normal is d - (d ln r / du) e_u - (d ln r / dv) e_v with
    orthogonal tangents e of equal length.
    """
    u, v = sphere.line[None, window[1]], sphere.line[window[0], None]
    slope = np.log(radius)
    scale = 1 / (32 * float(sphere.line[1] - sphere.line[0]))
    across = cv2.Scharr(slope, cv2.CV_32F, 1, 0, scale=scale)
    down = cv2.Scharr(slope, cv2.CV_32F, 0, 1, scale=scale)
    stretch = 0.5 * (1 + u * u + v * v)
    along = across * u + down * v
    length = 1 / np.sqrt(1 + (across * across + down * down) * (stretch * stretch))
    direction = sphere.direction[window]
    return np.asarray(
        cv2.merge(
            [
                (direction[..., 0] - across * stretch + u * along) * length,
                (direction[..., 1] - down * stretch + v * along) * length,
                (direction[..., 2] + along) * length,
            ]
        ),
        np.float32,
    )


@dataclass(frozen=True)
class Sphere:
    """The directions of all texels, alike for every head: `line` holds u and v, [T]."""

    line: Floats
    direction: Floats
    front: Floats


def sphere_of(side: int) -> Sphere:
    """Return the texel directions of maps with `side` texels along an edge."""
    return _sphere(side)


@lru_cache(maxsize=4)
def _sphere(side: int) -> Sphere:
    line = np.linspace(-REACH, REACH, side, dtype=np.float32)
    direction = _directions(line)
    return Sphere(line, direction, step(direction[..., 2], 0.05, 0.35))


def _directions(line: Floats) -> Floats:
    u, v = np.meshgrid(line, line)
    square = u * u + v * v
    return np.asarray(np.dstack([2 * u, 2 * v, 1 - square]) / (1 + square)[..., None], np.float32)


def _skull(person: Identity, side: int) -> Floats:
    """Return the skull's radius [T, T], computed on a coarser grid whose cells lie over whole texels."""
    share = 4 if side % 4 == 0 and side >= 512 else 2 if side % 2 == 0 and side >= 128 else 1
    x, y, z = _coarse_directions(side, share)
    # The cranium, and in front of and below it the face with jaws that narrow towards the chin.
    cranium = _ellipsoid(
        (x, y, z), (-0.17 * person.height, -0.05), (person.width, 0.82 * person.height, person.depth + 0.02)
    )
    taper = 1 + 1.2 * person.jaw * step(y, 0.35, 1.0) * step(z, -0.3, 0.4)
    wide = 0.77 * person.width + 0.10 * (person.squareness - 2.35)
    jaws = _ellipsoid(
        (x * taper, y, z), (0.35 * person.height, 0.25), (wide, 0.67 * person.height, 0.63 * person.depth)
    )
    both = (cranium**14 + jaws**14) ** np.float32(1 / 14)
    return _smoothly_enlarged(both.astype(np.float32), share)


def _smoothly_enlarged(coarse: Floats, share: int) -> Floats:
    """Return a map `share` times as large as a cubic spline, so that normals show no trace of its grid."""
    if share == 1:
        return coarse
    side = coarse.shape[0] * share
    linear = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_LINEAR)
    once = cv2.blur(linear, (share, share), anchor=(share // 2 - 1,) * 2, borderType=cv2.BORDER_REPLICATE)
    twice = cv2.blur(once, (share, share), anchor=(share // 2,) * 2, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(twice, np.float32)


@lru_cache(maxsize=4)
def _coarse_directions(side: int, share: int) -> tuple[Floats, Floats, Floats]:
    fine = np.linspace(-REACH, REACH, side)
    x, y, z = np.moveaxis(_directions(fine.reshape(-1, share).mean(axis=1).astype(np.float32)), -1, 0)
    return np.ascontiguousarray(x), np.ascontiguousarray(y), np.ascontiguousarray(z)


def _ellipsoid(
    way: tuple[Floats, Floats, Floats], centre: tuple[float, float], axes: tuple[float, float, float]
) -> Floats:
    """Return how far an ellipsoid's surface lies along directions; its centre is (0, y, z)."""
    (x, y, z), (wide, high, deep) = way, (1 / axis**2 for axis in axes)
    square = x * x * wide + y * y * high + z * z * deep
    dot = y * (centre[0] * high) + z * (centre[1] * deep)
    inside = centre[0] ** 2 * high + centre[1] ** 2 * deep - 1
    return np.asarray((dot + np.sqrt(dot * dot - square * inside)) / square, np.float32)
