"""How a map becomes one number: the mean of the paper (Sec. 4.5.3), and other pools to compare it with.

Every pool works on evidence: cells turned so that higher = attack. In a live-high map the evidence of an
attack is then in the lowest cells. All but the mean are left as they are; the mean is clipped, as scores are.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from mtfas.errors import BadData, BadSetting
from mtfas.types import Direction, FloatArray, spoof_score

Pool = Callable[[FloatArray], FloatArray]
"""[n, cells] evidence → [n], higher = attack."""

TRIM = 0.25
"""Share of the cells that the trimmed mean leaves out at each end: what is left is the interquartile mean."""

SHARPNESS = 8.0
"""Of the softmax pool: a cell that is higher by 1 / SHARPNESS weighs e times as much."""


def evidence(maps: FloatArray, direction: Direction) -> FloatArray:
    """Return the cells of maps, turned so that higher = attack.

    Args:
        maps: [n, h, w], as predicted.
        direction: which way the maps point.

    Returns:
        [n, h · w] in double precision: the cells, or 1 − cell of live-high maps; not clipped.

    Raises:
        BadData: not a stack of maps, or a cell is not finite.
    """
    cells = np.asarray(maps, dtype=np.float64)
    if cells.ndim != 3 or not cells[0:1].size:
        raise BadData(f"pools need maps of shape [n, h, w] with n, h, w >= 1, got {list(cells.shape)}.")
    if not np.isfinite(cells).all():
        raise BadData("a map has a cell that is not finite, so it has no pool; make the run again.")
    flat = cells.reshape(len(cells), -1)
    return flat if direction is Direction.ATTACK_HIGH else 1.0 - flat


def mean_pool(cells: FloatArray) -> FloatArray:
    """Return the detector's score, the mean clipped to [0, 1] (paper Sec. 4.5.3; `types.spoof_score`)."""
    return spoof_score(plain_mean(cells), Direction.ATTACK_HIGH)


def plain_mean(cells: FloatArray) -> FloatArray:
    """Return the mean as it is: means above 1, which clipping makes equal, keep their order."""
    return np.asarray(cells.mean(axis=1))


def median_pool(cells: FloatArray) -> FloatArray:
    """Return the median cell; the mean of the middle two of an even number."""
    return np.asarray(np.median(cells, axis=1))


def trimmed_mean(cells: FloatArray, share: float = TRIM) -> FloatArray:
    """Return the mean of the cells that are neither among the lowest nor among the highest.

    Args:
        cells: [n, c].
        share: in [0, 0.5): ⌊share · c⌋ cells are left out at each end.

    Raises:
        BadSetting: the share is out of range.
    """
    if not 0.0 <= share < 0.5:
        raise BadSetting(f"the share trimmed at each end must be in [0, 0.5), got {share}.")
    count = cells.shape[1]
    out = int(share * count)
    return np.asarray(np.sort(cells, axis=1)[:, out : count - out].mean(axis=1))


def top_mean(cells: FloatArray, k: int) -> FloatArray:
    """Return the mean of the k cells that speak most for an attack; k = 1 is the maximum.

    Raises:
        BadSetting: there are fewer than k cells, or k < 1.
    """
    count = cells.shape[1]
    if not 1 <= k <= count:
        raise BadSetting(f"a mean of the top {k} cells needs maps of at least as many, got {count}.")
    return np.asarray(np.partition(cells, count - k, axis=1)[:, count - k :].mean(axis=1))


def softmax_pool(cells: FloatArray, sharpness: float = SHARPNESS) -> FloatArray:
    """Return Σ wᵢ eᵢ with wᵢ ∝ exp(sharpness · eᵢ): the mean at 0, towards the maximum as it rises.

    A power mean would need cells >= 0, which 1 − cell of an unbounded live-high map is not.
    """
    weights = np.exp(sharpness * (cells - cells.max(axis=1, keepdims=True)))
    return np.asarray((weights * cells).sum(axis=1) / weights.sum(axis=1))


MEAN = "mean"
POOLS: dict[str, Pool] = {
    MEAN: mean_pool,
    "mean, not clipped": plain_mean,
    "median": median_pool,
    "trimmed mean": trimmed_mean,
    "softmax": softmax_pool,
    "top 16": partial(top_mean, k=16),
    "top 4": partial(top_mean, k=4),
    "max": partial(top_mean, k=1),
}
"""Name → pool with nothing to learn; today's first."""


def means_by(values: FloatArray, names: Sequence[str]) -> tuple[list[str], FloatArray]:
    """Return the names in the order they first come, each once, and the mean of the rows of each.

    Args:
        values: [n, c].
        names: [n], e.g. the presentation of each frame.

    Returns:
        k names, and [k, c].
    """
    place = {name: number for number, name in enumerate(dict.fromkeys(names))}
    of = np.array([place[name] for name in names], dtype=int)
    sums = np.zeros((len(place), values.shape[1]))
    np.add.at(sums, of, values)
    return list(place), sums / np.bincount(of, minlength=len(place))[:, None]
