"""Words everyone uses, and the two decisions about direction, taken once.

Labels: live = 0, attack = 1. Every score is a *spoof score*: in [0, 1], higher = attack. A face is called an
attack when score > threshold, strictly, everywhere (paper Sec. 4.5.3).
"""

import enum
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
ByteImage = npt.NDArray[np.uint8]
"""An 8-bit image: [H, W, 3] in RGB order, or [H, W] for depth and masks."""

BONA_FIDE = "bona_fide"
"""The species of every live face."""


class Label(enum.IntEnum):
    """What was presented to the camera."""

    LIVE = 0
    ATTACK = 1


class Direction(enum.StrEnum):
    """Which way a map points: is a high mean an attack or a live face?"""

    ATTACK_HIGH = "attack_high"
    LIVE_HIGH = "live_high"


class Split(enum.StrEnum):
    """The three parts of a prepared data set; a subject is in one of them only."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


@dataclass(frozen=True)
class Box:
    """A face box in pixels of the upright image; left and top may be negative, width and height are > 0."""

    left: float
    top: float
    width: float
    height: float

    def as_list(self) -> list[float]:
        """Return [left, top, width, height], the order of every file that carries a box."""
        return [self.left, self.top, self.width, self.height]


def spoof_score(map_mean: FloatArray, direction: Direction) -> FloatArray:
    """Turn mean map values into spoof scores in [0, 1], higher = attack.

    Args:
        map_mean: mean of each predicted map, any shape; values outside [0, 1] are clipped.
        direction: which way the supervision's maps point.

    Example:
        >>> spoof_score(np.array([0.25, 1.5]), Direction.LIVE_HIGH).tolist()
        [0.75, 0.0]
    """
    turned = map_mean if direction is Direction.ATTACK_HIGH else 1.0 - map_mean
    return np.clip(turned, 0.0, 1.0)


def is_attack(score: FloatArray, threshold: float) -> npt.NDArray[np.bool_]:
    """Return the decision: attack when score > threshold (strict)."""
    return np.asarray(score) > threshold
