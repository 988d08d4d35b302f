"""Something worn or held before a face, bent round it: spectacles, joke glasses, pieces of paper."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from mtfas.synthetic.light import Light, ambient, diffuse, highlight
from mtfas.synthetic.noise import Floats, unit_length
from mtfas.synthetic.raycast import View, meet_sheet

BEND = 0.30
"""Curvature of what is worn before the eyes, per head unit."""
_COARSE = 8
_STEPS, _LAST_STEPS = 8, 3
_APART = 4
"""Pixels between the rays that are followed first."""
_STRIDE = 0.6
_RATES = (0.5, 4.0)
"""How fast the distance to a sheet may change along a ray, for the secant that finds it."""
_DARKEST = 0.45
"""Most of the light that a shadow takes; below one half, so that a shadow never counts as the sheet."""
_PENUMBRA = 0.022
"""Softness of a shadow, head units."""


@dataclass(frozen=True)
class Sheet:
    """A worn sheet.

    Attributes:
        cover: how opaque it is, [h, w]; the middle of the map lies at `place`.
        colour: reflectance, [h, w, 3].
        texels: texels per head unit.
        height: distance of its middle from the head's centre, head units.
        bend: curvature, z = height - bend x², x from the middle of the head.
        shine: strength of its highlight, one number or [h, w].
        attack: whether what it covers is an attack region.
        relief: how far it stands out over that bend, head units, [h, w], or nothing.
        gloss: exponent of its highlight.
        place: right and down from the middle between the eyes, head units, and a turn, radians.
        eyewear: whether it takes the place of spectacles.
    """

    cover: Floats
    colour: Floats
    texels: float
    height: float
    bend: float
    shine: Floats | float
    attack: bool
    relief: Floats | None = None
    gloss: float = 30.0
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    eyewear: bool = False

    @cached_property
    def slope(self) -> Floats:
        """The relief's slope to the right and downwards, [h, w, 2]."""
        if self.relief is None:
            return np.zeros((*self.cover.shape, 2), np.float32)
        parts = [
            cv2.Scharr(self.relief, cv2.CV_32F, *way, scale=self.texels / 32) for way in ((1, 0), (0, 1))
        ]
        return np.asarray(cv2.merge(parts), np.float32)

    @cached_property
    def umbra(self) -> Floats:
        """Cover as a soft shadow shows it, [h, w]."""
        return np.asarray(cv2.GaussianBlur(self.cover, (0, 0), max(0.5, _PENUMBRA * self.texels)), np.float32)

    def turned(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return places of the head's axes on the sheet, head units from its middle."""
        right, down, turn = (np.float32(part) for part in self.place)
        x, y = x - right, y - down
        cosine, sine = np.cos(turn), np.sin(turn)
        return np.asarray(cosine * x + sine * y), np.asarray(cosine * y - sine * x)

    def look(self, texture: Floats, x: Floats, y: Floats, fill: bool = False) -> Floats:
        """Return a map at places of the head's axes; off the sheet 0, or its edge's value to `fill`."""
        high, wide = self.cover.shape
        right, down = self.turned(x, y)
        across = np.clip(right * np.float32(self.texels) + np.float32((wide - 1) / 2), -9, wide + 9)
        along = np.clip(down * np.float32(self.texels) + np.float32((high - 1) / 2), -9, high + 9)
        border = cv2.BORDER_REPLICATE if fill else cv2.BORDER_CONSTANT
        return np.asarray(cv2.remap(texture, across, along, cv2.INTER_LINEAR, borderMode=border), np.float32)


def sheet_grid(texels: float, wide: float = 0.85, high: float = 0.5) -> tuple[Floats, Floats]:
    """Return x and y (head units, eyes at y = 0) of a sheet, each [h, w]; by default of any glasses.

    Args:
        texels: per head unit.
        wide: half the width, head units.
        high: half the height, head units.
    """
    half_wide, half_high = round(wide * texels), round(high * texels)
    x = np.arange(-half_wide, half_wide + 1, dtype=np.float32) / np.float32(texels)
    y = np.arange(-half_high, half_high + 1, dtype=np.float32) / np.float32(texels)
    across, down = np.meshgrid(x, y)
    return across, down


def see_sheet(
    sheet: Sheet, view: View, light: Light, behind: Floats, start: Floats, way: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return how far a sheet covers each pixel [H, W], its radiance there [H, W, 3] and its depth [H, W].

    The shadow that it throws on what is behind counts as cover, never more than _DARKEST, without light.

    Args:
        sheet: what is worn.
        view: the head's pose.
        light: what lights it.
        behind: depth of the head, which may stick out (a nose), [H, W].
        start: the pixels' rays at z = 0, [H, W, 3].
        way: their change for each unit of z, [H, W, 3].
    """
    cover, shown = np.zeros(behind.shape, np.float32), np.zeros((*behind.shape, 3), np.float32)
    depth = np.full(behind.shape, -np.inf, np.float32)
    box = _box(sheet, start, way)
    if box is not None:
        z, x, y = _meet(sheet, start[box], way[box])
        # Paper that the camera sees from behind its steepest fold shows nothing of its front.
        cover[box] = sheet.look(sheet.cover, x, y) * (z > behind[box])
        shown[box] = _radiance(sheet, view, light, x, y)
        depth[box] = z
    shade = _shadow(sheet, view, light, behind, start, way)
    total = np.asarray(cover + (1 - cover) * shade, np.float32)
    shown *= (cover / np.maximum(total, 1e-4))[..., None]
    return total, shown, depth


def _radiance(sheet: Sheet, view: View, light: Light, x: Floats, y: Floats) -> Floats:
    paint = sheet.look(sheet.colour, x, y, fill=True)
    outward = np.dstack([2 * np.float32(sheet.bend) * x, np.zeros_like(x), np.ones_like(x)])
    if sheet.relief is not None:
        across, along = cv2.split(sheet.look(sheet.slope, x, y))
        cosine, sine = np.float32(np.cos(sheet.place[2])), np.float32(np.sin(sheet.place[2]))
        outward[..., 0] -= cosine * across - sine * along
        outward[..., 1] -= sine * across + cosine * along
    normal = unit_length(outward) @ view.rotation.T
    shine = sheet.look(sheet.shine, x, y) if isinstance(sheet.shine, np.ndarray) else sheet.shine
    lit = diffuse(light, normal, 0.0) + ambient(light, normal[..., 1])
    return np.asarray(paint * lit + highlight(light, normal, shine, sheet.gloss), np.float32)


def _meet(sheet: Sheet, start: Floats, way: Floats) -> tuple[Floats, Floats, Floats]:
    """Return depth, x and y where rays meet the sheet with its relief, each [H, W]."""
    if sheet.relief is None:
        return meet_sheet(start, way, sheet.height, sheet.bend)
    front = np.float32(sheet.height + max(0.0, float(sheet.relief.max())))
    few = (slice(None, None, _APART), slice(None, None, _APART))
    coarse = _search(sheet, start[few], way[few], np.full(start[few].shape[:2], front), _STEPS)
    matrix = np.array([[_APART, 0, 0], [0, _APART, 0]], np.float64)
    size = (start.shape[1], start.shape[0])
    near = cv2.warpAffine(coarse, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    z = _search(sheet, start, way, np.asarray(near, np.float32), _LAST_STEPS)
    return z, start[..., 0] + z * way[..., 0], start[..., 1] + z * way[..., 1]


def _search(sheet: Sheet, start: Floats, way: Floats, z: Floats, steps: int) -> Floats:
    """Return depths nearer to where rays meet a sheet with relief: by the secant, from depths before it."""
    assert sheet.relief is not None
    bend, (ax, ay, az), (bx, by, bz) = np.float32(sheet.bend), cv2.split(start), cv2.split(way)
    rate, before, last = np.full(z.shape, 1 / _STRIDE, np.float32), z, None
    for _ in range(steps):
        x, y = np.clip(ax + z * bx, -1, 1), ay + z * by  # no sheet reaches further, but a parabola would
        gap = (
            az + z * bz - np.float32(sheet.height) + bend * x * x - sheet.look(sheet.relief, x, y, fill=True)
        )
        if last is not None:
            moved = z - before
            still = np.abs(moved) < np.float32(1e-4)
            secant = (gap - last) / np.where(still, np.float32(1e-4), moved)
            rate = np.where(still, rate, np.clip(secant, *_RATES))
        before, last = z, gap
        z = np.clip(z - gap / rate, -2, 3)
    return np.asarray(z, np.float32)


def _box(sheet: Sheet, start: Floats, way: Floats) -> tuple[slice, slice] | None:
    """Return the rows and columns that hold all of the sheet, or None where none of it is seen."""
    _, x, y = _meet(sheet, start[::_COARSE, ::_COARSE], way[::_COARSE, ::_COARSE])
    right, down = sheet.turned(x, y)
    high, wide = (np.float32((side / 2) / sheet.texels) for side in sheet.cover.shape)
    inside = (np.abs(right) < wide) & (np.abs(down) < high)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not rows.size:
        return None
    first, last = (max(0, part[0] - 1) * _COARSE for part in (rows, columns)), (rows[-1], columns[-1])
    down_, across = (slice(int(a), int(b + 2) * _COARSE) for a, b in zip(first, last, strict=True))
    return down_, across


def _shadow(sheet: Sheet, view: View, light: Light, behind: Floats, start: Floats, way: Floats) -> Floats:
    """Return the share of light that the sheet takes from what is behind it, [H, W]."""
    stride = max(1, round(view.unit / 60))
    deep = behind[::stride, ::stride]
    hit = np.isfinite(deep)
    z = np.where(hit, deep, np.float32(0))[..., None]
    point = start[::stride, ::stride] + z * way[::stride, ::stride]
    lamp = np.asarray(light.towards @ view.rotation, np.float32)
    x, y, far = _towards(sheet, np.asarray(point, np.float32), lamp)
    share = 0.7 * float(light.lamp.mean())
    strength = 0.9 * share / max(share + 0.6 * float(light.above.mean()), 1e-6)
    taken = sheet.look(sheet.umbra, x, y) * (hit & (far > 0)) * np.float32(strength)
    size = (behind.shape[1], behind.shape[0])
    grown = cv2.resize(taken.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.minimum(grown, _DARKEST) * np.isfinite(behind), np.float32)


def _towards(sheet: Sheet, point: Floats, lamp: Floats) -> tuple[Floats, Floats, Floats]:
    """Return x and y where the ways from points to the lamp pass the sheet, and how far that is."""
    slope = max(float(lamp[2]), 0.2)
    far = np.zeros(point.shape[:2], np.float32)
    for _ in range(3):
        x = np.clip(point[..., 0] + far * lamp[0], -1, 1)
        far = (np.float32(sheet.height) - np.float32(sheet.bend) * x * x - point[..., 2]) / np.float32(slope)
    return point[..., 0] + far * lamp[0], point[..., 1] + far * lamp[1], np.asarray(far, np.float32)
