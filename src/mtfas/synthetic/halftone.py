"""Screens: in which order the points of a sheet get ink as a tone darkens, so that dots make tones."""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from mtfas.runtime.seeds import stream
from mtfas.synthetic.noise import Floats

_CELL = 32
_GRAINS = 64
_ROUNDS = 24
_FINER = 4


def dots(cover: Floats, threshold: Floats, edge: float) -> Floats:
    """Return the ink laid at each point, [H, W] in [0, 1]: dots where the wanted cover passes the threshold.

    The mean over a screen's period stays the wanted cover, but for the lightest and darkest tones.

    Args:
        cover: wanted share of ink, [H, W] in [0, 1].
        threshold: from `thresholds`, [H, W], evenly spread over [0, 1].
        edge: how steep a dot's edge is, at least 1; 1 gives soft spots, 6 hard ones.
    """
    steep = np.float32(edge)
    wanted = steep * cover
    at_ends = np.minimum(wanted, np.float32(0.5)) + np.maximum(wanted - steep + np.float32(0.5), 0)
    return np.asarray(np.clip(wanted + at_ends - steep * threshold, 0, 1), np.float32)


def thresholds(screen: str, x: Floats, y: Floats, pitch: float, angle: float, phase: Floats) -> Floats:
    """Return the threshold that each point of the sheet has, [H, W] in [0, 1].

    Args:
        screen: a name in SCREENS.
        x: position on the sheet, to the right, canvas pixels, [H, W]; it moves and bends with the sheet.
        y: the same downwards.
        pitch: canvas pixels from dot to dot.
        angle: turn of the screen, radians.
        phase: where the screen begins, [2], in pitches.
    """
    tile = _padded(screen)
    grains = tile.shape[0] - 1
    scale = np.float32(_per_pitch(screen) / pitch)
    cosine, sine = np.float32(np.cos(angle)) * scale, np.float32(np.sin(angle)) * scale
    start = np.float32(grains) * phase.astype(np.float32)
    across, down = cosine * x + sine * y + start[0], cosine * y - sine * x + start[1]
    for part in (across, down):
        part -= np.float32(grains) * np.floor(part * np.float32(1 / grains))
    return np.asarray(cv2.remap(tile, across, down, cv2.INTER_LINEAR), np.float32)


def _round_dots() -> Floats:
    turn = 2 * np.pi * np.arange(_CELL) / _CELL
    return np.asarray(np.cos(turn)[:, None] + np.cos(turn)[None, :] * 1.001, np.float32)


def _lines() -> Floats:
    turn = 2 * np.pi * np.arange(_CELL) / _CELL
    return np.asarray(np.cos(turn)[:, None] + 0.15 * np.cos(turn)[None, :], np.float32)


def _blue_noise() -> Floats:
    """Return noise without coarse grain, as error diffusion leaves it: sharpened and ranked many times."""
    grain = stream(0, "blue noise").random((_GRAINS, _GRAINS), dtype=np.float32)
    for _ in range(_ROUNDS):
        wrapped = cv2.copyMakeBorder(grain, 8, 8, 8, 8, cv2.BORDER_WRAP)
        grain = _ranked(grain - cv2.GaussianBlur(wrapped, (0, 0), 1.5)[8:-8, 8:-8])
    wrapped = cv2.copyMakeBorder(grain, 2, 2, 2, 2, cv2.BORDER_WRAP)
    side = _FINER * (_GRAINS + 4)
    finer = cv2.resize(wrapped, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(finer[2 * _FINER : -2 * _FINER, 2 * _FINER : -2 * _FINER], np.float32)


SCREENS: dict[str, Callable[[], Floats]] = {
    "rosette": _round_dots,
    "line": _lines,
    "stochastic": _blue_noise,
}
"""One period of each screen, unranked: dots on a square grid, lines, or dots strewn as inkjets strew them."""


@cache
def _padded(screen: str) -> Floats:
    ranked = _ranked(SCREENS[screen]())
    return np.asarray(cv2.copyMakeBorder(ranked, 0, 1, 0, 1, cv2.BORDER_WRAP), np.float32)


def _per_pitch(screen: str) -> int:
    return _FINER if screen == "stochastic" else _CELL


def _ranked(values: Floats) -> Floats:
    """Return the ranks of the values, evenly spread over (0, 1): a screen that keeps every tone's mean."""
    order = np.argsort(values, axis=None, kind="stable")
    ranks = np.empty(values.size, np.float32)
    ranks[order] = (np.arange(values.size, dtype=np.float32) + 0.5) / values.size
    return ranks.reshape(values.shape)
