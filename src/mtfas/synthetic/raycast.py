"""Where the camera's rays meet a head or a sheet worn in front of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from mtfas.synthetic.noise import Floats
from mtfas.synthetic.surface import REACH

_STEPS = 12
_LATE_STEPS = 16
_STRIDE = 0.72
_ROW = 256
_NEAREST = 1.45
_EDGE = 0.035
_FINE = 0.006


@dataclass(frozen=True)
class View:
    """How the head stands before the camera.

    Attributes:
        side: side of the square canvas in pixels.
        unit: pixels per head unit at the distance of the head's centre.
        centre: where the head's centre falls, in pixels (right, down).
        rotation: [3, 3], head axes to camera axes.
        distance: from the camera to the head's centre, in head units.
        pose: yaw, pitch and roll in degrees, for the record.
    """

    side: int
    unit: float
    centre: tuple[float, float]
    rotation: Floats
    distance: float
    pose: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Hit:
    """Where each pixel's ray meets a head.

    `depth` is the coordinate towards the camera in head units, -inf where the ray misses; `across` and `down`
    are texel coordinates for `cv2.remap`; `point` [H, W, 3] lies in head axes.
    """

    covered: npt.NDArray[np.bool_]
    depth: Floats
    across: Floats
    down: Floats
    point: Floats


def rotation(yaw: float, pitch: float, roll: float) -> Floats:
    """Return the [3, 3] matrix of a head turned right by yaw, down by pitch and tilted by roll (degrees)."""
    (sa, sb, sc), (ca, cb, cc) = (
        np.sin(np.deg2rad([yaw, pitch, roll])),
        np.cos(np.deg2rad([yaw, pitch, roll])),
    )
    turn = np.array([[ca, 0, sa], [0, 1, 0], [-sa, 0, ca]])
    nod = np.array([[1, 0, 0], [0, cb, sb], [0, -sb, cb]])
    tilt = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    return np.asarray(tilt @ turn @ nod, np.float32)


Window = tuple[slice, slice]
"""Rows and columns of a canvas."""


def window_of(radius: Floats, view: View, margin: float) -> Window:
    """Return the rectangle of the canvas that holds the head and a margin (head units) around it."""
    coarse = radius[::8, ::8]
    line = np.linspace(-REACH, REACH, radius.shape[0], dtype=np.float32)[::8]
    u, v = np.meshgrid(line, line)
    square = u * u + v * v
    towards = np.stack([2 * u, 2 * v, 1 - square], axis=-1) / (1 + square)[..., None]
    x, y, z = np.moveaxis((towards * coarse[..., None]) @ view.rotation.T, -1, 0)
    nearer = view.unit / (1 - z / view.distance)
    across, down = (
        slice(max(0, round(at + part.min() - room)), max(0, min(view.side, round(at + part.max() + room))))
        for at, part, room in (
            (view.centre[0], x * nearer, margin * view.unit),
            (view.centre[1], y * nearer, margin * view.unit),
        )
    )
    return down, across


def rays(view: View, window: Window | None = None) -> tuple[Floats, Floats]:
    """Return A and B, each [H, W, 3]: the ray of a pixel is A + z B in head axes, z towards the camera."""
    line = np.arange(view.side, dtype=np.float32)
    rows, columns = window or (slice(None), slice(None))
    x = ((line[columns] - view.centre[0]) / view.unit)[None, :]
    y = ((line[rows] - view.centre[1]) / view.unit)[:, None]
    turned = view.rotation.astype(np.float32)
    start = x[..., None] * turned[0] + y[..., None] * turned[1]
    return start, np.asarray(turned[2] - start / np.float32(view.distance), np.float32)


def cast(radius: Floats, start: Floats, way: Floats) -> Hit:
    """Return where rays meet a star-shaped surface: step by the signed distance along the radius.

    Args:
        radius: [T, T], the surface's map.
        start: from `rays`, at z = 0.
        way: from `rays`, for each unit of z.
    """
    (ax, ay, az), (bx, by, bz) = (np.ascontiguousarray(np.moveaxis(part, -1, 0)) for part in (start, way))
    z = np.full(ax.shape, _NEAREST, np.float32)
    z = _march(radius, z, (ax, ay, az), (bx, by, bz), _STEPS)
    gap, across, down = _gap(radius, ax + z * bx, ay + z * by, az + z * bz)
    late = np.flatnonzero((gap > _FINE) & (gap < 0.3) & (z > -0.6))  # rays that grazed something before
    if late.size:
        rows = np.resize(late, (-(-late.size // _ROW), _ROW))
        origin, slope = ([part.ravel()[rows] for part in parts] for parts in ((ax, ay, az), (bx, by, bz)))
        further = _march(radius, z.ravel()[rows], origin, slope, _LATE_STEPS)
        z.ravel()[rows] = further
        ends = _gap(radius, *(o + further * s for o, s in zip(origin, slope, strict=True)))
        for whole, part in zip((gap, across, down), ends, strict=True):
            whole.ravel()[rows] = part
    covered = np.abs(gap) < _EDGE
    depth = np.where(covered, z, -np.inf).astype(np.float32)
    return Hit(covered, depth, across, down, np.stack([ax + z * bx, ay + z * by, az + z * bz], axis=-1))


def _march(radius: Floats, z: Floats, start: Sequence[Floats], way: Sequence[Floats], steps: int) -> Floats:
    for _ in range(steps):
        gap, _, _ = _gap(radius, *(s + z * w for s, w in zip(start, way, strict=True)))
        z = z - np.float32(_STRIDE) * gap
    return z


def shadow(radius: Floats, point: Floats, towards: Floats) -> Floats:
    """Return how much of a light reaches each point, [H, W] in [0, 1], past the head's own nose and brow.

    Args:
        radius: the surface's map.
        point: points on the surface, [H, W, 3], head axes.
        towards: unit direction of the light in head axes.
    """
    coarse = point[::2, ::2]
    buried = np.zeros(coarse.shape[:2], np.float32)
    for length in (0.07, 0.14, 0.25, 0.42):
        x, y, z = (coarse[..., i] + length * towards[i] for i in range(3))
        gap, _, _ = _gap(radius, x, y, z)
        buried = np.maximum(buried, -gap - 0.006)
    lit = np.clip(1 - buried / 0.045, 0, 1).astype(np.float32)
    return np.asarray(
        cv2.resize(lit, (point.shape[1], point.shape[0]), interpolation=cv2.INTER_LINEAR), np.float32
    )


def lookup(texture: Floats, hit: Hit) -> Floats:
    """Return a head's map [T, T] or [T, T, C] as the camera sees it."""
    return np.asarray(
        cv2.remap(texture, hit.across, hit.down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )


def meet_sheet(start: Floats, way: Floats, height: float, bend: float) -> tuple[Floats, Floats, Floats]:
    """Return depth, x and y where rays meet the sheet z = height - bend x² of head axes, each [H, W]."""
    z: Floats = np.full(start.shape[:2], height, np.float32)
    for _ in range(3):
        x = start[..., 0] + z * way[..., 0]
        z = np.asarray((height - bend * x * x - start[..., 2]) / way[..., 2], np.float32)
    return (
        np.asarray(z),
        np.asarray(start[..., 0] + z * way[..., 0]),
        np.asarray(start[..., 1] + z * way[..., 1]),
    )


def _gap(radius: Floats, x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
    """Return how far points lie outside the surface along its radius, and where they fall on its map."""
    scale = np.float32((radius.shape[0] - 1) / (2 * REACH))
    length = np.sqrt(x * x + y * y + z * z)
    factor = scale / np.maximum(length + z, np.float32(1e-4))
    across = x * factor + scale * np.float32(REACH)
    down = y * factor + scale * np.float32(REACH)
    surface = cv2.remap(radius, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(length - surface), across, down
