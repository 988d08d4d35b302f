"""How things move within a clip: slow sways and quick blinks, as functions of time in seconds."""

import numpy as np

RATE = 6.0
"""Frames a second of a rendered clip."""

_BLINK = 0.16
"""Half the length of a blink, seconds."""


def sway(
    rng: np.random.Generator, time: float, size: float, period: tuple[float, float] = (1.5, 4.0)
) -> float:
    """Return a smooth movement about 0 at a time.

    Args:
        rng: fresh numbers of the presentation: the same ones for every frame of it.
        time: seconds from the clip's start.
        size: standard deviation of the movement.
        period: seconds of the slower of its two waves, shortest and longest.
    """
    slow, fast = rng.uniform(*period), rng.uniform(0.4, 1.2)
    first, second = rng.uniform(0, 2 * np.pi, 2)
    wave = np.sin(2 * np.pi * time / slow + first) + 0.4 * np.sin(2 * np.pi * time / fast + second)
    return float(size * wave / np.sqrt(0.58))


def eyelids(rng: np.random.Generator, time: float) -> float:
    """Return how far the eyes are closed at a time, 0 to 1: a blink every three seconds or so.

    Args:
        rng: fresh numbers of the presentation.
        time: seconds from the clip's start.
    """
    blinks = rng.uniform(0, 2) + np.cumsum(rng.uniform(1.5, 4.5, 4)) - 2.5
    nearest = float(np.abs(blinks - time).min())
    return float(np.clip(1.5 * (1 - nearest / _BLINK), 0, 1))
