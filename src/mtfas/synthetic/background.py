"""What stands behind a person: one family of backgrounds, used for live faces and attacks alike."""

from collections.abc import Callable

import cv2
import numpy as np

from mtfas.synthetic.light import Light
from mtfas.synthetic.noise import Floats, fractal, smooth


def draw_background(kind: str, light: Light, side: int, rng: np.random.Generator) -> Floats:
    """Return a lit background [side, side, 3].

    Args:
        kind: a name in BACKGROUNDS.
        light: what lights it.
        side: its side in pixels.
        rng: everything else.
    """
    half = side // 2  # out of focus anyway
    sharp = cv2.GaussianBlur(BACKGROUNDS[kind](half, rng), (0, 0), half * rng.uniform(0.004, 0.02))
    reflectance = cv2.resize(sharp, (side, side), interpolation=cv2.INTER_LINEAR)
    lit = 0.5 * light.lamp + 0.7 * light.above + 0.3 * light.below
    slope = np.linspace(-1, 1, side, dtype=np.float32) * np.sign(light.towards[0]) * np.float32(0.2)
    tint = lit * np.float32(rng.uniform(0.5, 1.1))
    return np.asarray(reflectance * (1 + slope)[None, :, None] * tint, np.float32)


def _colour(rng: np.random.Generator, low: float, high: float, spread: float = 0.12) -> Floats:
    level = rng.uniform(low, high)
    return np.asarray(np.clip(level * (1 + rng.uniform(-spread, spread, 3)), 0.01, 0.95), np.float32)


def _wall(side: int, rng: np.random.Generator) -> Floats:
    tone = 1 + 0.04 * fractal(rng, side, 4)
    return np.asarray(tone[..., None] * _colour(rng, 0.15, 0.8), np.float32)


def _office(side: int, rng: np.random.Generator) -> Floats:
    picture = _wall(side, rng)
    for _ in range(int(rng.integers(3, 8))):
        left, top = rng.integers(-side // 4, side, 2)
        wide, high = rng.integers(side // 12, side // 2, 2)
        colour = _colour(rng, 0.03, 0.7, 0.5)
        cv2.rectangle(
            picture, (int(left), int(top)), (int(left + wide), int(top + high)), colour.tolist(), -1
        )
    return picture


def _window(side: int, rng: np.random.Generator) -> Floats:
    picture = _wall(side, rng)
    left = int(rng.integers(-side // 3, side // 2))
    pane = _colour(rng, 0.8, 0.95) * np.array([0.92, 1.0, 1.08], np.float32) * np.float32(1.5)
    cv2.rectangle(
        picture, (left, -side), (left + side // 2, int(side * rng.uniform(0.4, 1.0))), pane.tolist(), -1
    )
    cv2.line(
        picture,
        (left + side // 4, -side),
        (left + side // 4, side),
        _colour(rng, 0.2, 0.6).tolist(),
        max(1, side // 50),
    )
    return picture


def _curtain(side: int, rng: np.random.Generator) -> Floats:
    folds = smooth(rng, side, (2, int(rng.integers(10, 26))))
    return np.asarray(
        (1 + 0.28 * folds).clip(0.3, 1.8)[..., None] * _colour(rng, 0.06, 0.45, 0.4), np.float32
    )


def _lamps(side: int, rng: np.random.Generator) -> Floats:
    picture = _wall(side, rng) * np.float32(0.3)
    for _ in range(int(rng.integers(3, 12))):
        x, y = rng.integers(0, side, 2)
        radius = int(rng.integers(side // 40 + 1, side // 10 + 2))
        cv2.circle(picture, (int(x), int(y)), radius, _colour(rng, 0.3, 1.1, 0.5).tolist(), -1, cv2.LINE_AA)
    return picture


def _shelf(side: int, rng: np.random.Generator) -> Floats:
    picture = _wall(side, rng) * np.float32(0.6)
    boards = int(rng.integers(3, 6))
    for row in range(boards):
        bottom, x = (row + 1) * side // boards, 0
        while x < side:
            wide = int(rng.integers(side // 40 + 1, side // 12 + 3))
            top = bottom - int(side / boards * rng.uniform(0.5, 0.9))
            cv2.rectangle(picture, (x, top), (x + wide, bottom), _colour(rng, 0.03, 0.5, 0.7).tolist(), -1)
            x += wide + 1
        cv2.line(picture, (0, bottom), (side, bottom), _colour(rng, 0.05, 0.3).tolist(), max(1, side // 60))
    return picture


BACKGROUNDS: dict[str, Callable[[int, np.random.Generator], Floats]] = {
    "wall": _wall,
    "office": _office,
    "window": _window,
    "curtain": _curtain,
    "lamps": _lamps,
    "shelf": _shelf,
}
"""What may stand behind a person, unlit."""
