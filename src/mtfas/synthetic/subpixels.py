"""The lit cells of a display's pixels: stripes, diamonds and triads, as one period that tiles the screen."""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from mtfas.synthetic.noise import Floats

_TEXELS = 24
"""Texels along a display pixel."""
_FINEST = 0.45
"""Spread of a cell's edge in canvas pixels: finer structure could not be drawn without artefacts."""


def cells(layout: str, column: Floats, row: Floats, pitch: float) -> Floats:
    """Return how brightly red, green and blue cells shine at each point, [H, W, 3], mean 1.

    The cameras' own grids make moiré of it; nothing of the kind is painted.

    Args:
        layout: a name in LAYOUTS.
        column: position on the display in display pixels, whole numbers in their middles, [H, W].
        row: the same downwards.
        pitch: canvas pixels along a display pixel.
    """
    tile = _tile(layout, round(8 * pitch) / 8)
    side = tile.shape[0] - 1
    across, down = (_wrapped(part, side) for part in (column, row))
    return np.asarray(cv2.remap(tile, across, down, cv2.INTER_LINEAR), np.float32)


def _wrapped(position: Floats, side: int) -> Floats:
    turns = (position + np.float32(0.5)) * np.float32(_TEXELS / side)
    return np.asarray((turns - np.floor(turns)) * np.float32(side), np.float32)


def _stripe() -> Floats:
    tile = np.zeros((_TEXELS, _TEXELS, 3), np.float32)
    third = _TEXELS // 3
    for colour in range(3):
        tile[2:-2, colour * third + 1 : (colour + 1) * third - 1, colour] = 1
    return tile


def _reversed_stripe() -> Floats:
    return np.ascontiguousarray(_stripe()[..., ::-1])


def _diamond() -> Floats:
    """Green in every pixel, red and blue in every other one, all of them turned by 45 degrees."""
    side = 2 * _TEXELS
    y, x = np.mgrid[:side, :side].astype(np.float32) / _TEXELS
    tile = np.zeros((side, side, 3), np.float32)
    for colour, size, middles in (
        (1, 0.24, [(0.75, 0.75), (1.75, 0.75), (0.75, 1.75), (1.75, 1.75)]),
        (0, 0.34, [(0.25, 0.25), (1.25, 1.25)]),
        (2, 0.37, [(1.25, 0.25), (0.25, 1.25)]),
    ):
        for right, down in middles:
            far = [np.abs((part - at + 1) % 2 - 1) for part, at in ((x, right), (y, down))]
            tile[..., colour] += (far[0] + far[1] < size).astype(np.float32)
    return tile


def _triads() -> Floats:
    """Rows of stripes, every second one half a pixel aside."""
    one = _stripe()
    return np.concatenate([np.tile(one, (1, 2, 1)), np.roll(np.tile(one, (1, 2, 1)), _TEXELS // 2, axis=1)])


LAYOUTS: dict[str, Callable[[], Floats]] = {
    "stripe": _stripe,
    "reversed": _reversed_stripe,
    "diamond": _diamond,
    "triads": _triads,
}
"""One period of each layout, unblurred, [side, side, 3]."""


@cache
def _tile(layout: str, pitch: float) -> Floats:
    tile = LAYOUTS[layout]()
    room = tile.shape[0]
    wide = cv2.copyMakeBorder(tile, room, room, room, room, cv2.BORDER_WRAP)
    soft = cv2.GaussianBlur(wide, (0, 0), _FINEST * _TEXELS / pitch)[room:-room, room:-room]
    even = soft / soft.mean(axis=(0, 1))
    return np.asarray(cv2.copyMakeBorder(even, 0, 1, 0, 1, cv2.BORDER_WRAP), np.float32)
