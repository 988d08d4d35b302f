"""How sure a rate is: exact binomial intervals, and the bootstrap over subjects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from mtfas.errors import BadSetting
from mtfas.metrics.rates import Rate
from mtfas.runtime.seeds import stream
from mtfas.types import FloatArray

UNKNOWN_SUBJECT = "unknown"
"""The subject of a presentation nobody named."""


@dataclass(frozen=True)
class Interval:
    """Two bounds of a rate; both NaN where the rate is undefined."""

    low: float
    high: float

    def overlaps(self, other: "Interval") -> bool:
        """Return whether some value lies in both."""
        return self.low <= other.high and other.low <= self.high


@dataclass(frozen=True)
class Bootstrap:
    """Percentile intervals of some figures.

    Attributes:
        intervals: one for each figure, in the order of the statistic.
        unit: what was drawn: "subject", "presentation" (no subject is known), or both in words.
        units: how many such units there are.
        repeats: the number of resamples.
    """

    intervals: tuple[Interval, ...]
    unit: str
    units: int
    repeats: int


def clopper_pearson(rate: Rate, level: float = 0.95) -> Interval:
    """Return the exact two-sided binomial interval of a rate.

    Zero errors in n trials give about [0, 3.7 / n] at 95 % (one-sided: the rule of 3). It takes presentations
    as independent; those of one subject are not, see `subject_bootstrap`.

    Raises:
        BadSetting: the level is not inside (0, 1).

    Example:
        >>> round(clopper_pearson(Rate(0, 120)).high, 4)
        0.0303

    References:
        Clopper and Pearson 1934.
    """
    _check_level(level)
    if not rate.n:
        return Interval(float("nan"), float("nan"))
    tail, wrong, right = (1 - level) / 2, rate.errors, rate.n - rate.errors
    low = float(betaincinv(wrong, right + 1, tail)) if wrong else 0.0
    high = float(betaincinv(wrong + 1, right, 1 - tail)) if right else 1.0
    return Interval(low, high)


def subject_bootstrap(
    statistic: Callable[[np.ndarray], FloatArray],
    subjects: Sequence[str] | np.ndarray,
    seed: int,
    repeats: int = 1000,
    level: float = 0.95,
) -> Bootstrap:
    """Return percentile intervals from drawing whole subjects with replacement.

    A presentation whose subject is "unknown" is a unit of its own; `Bootstrap.unit` says so.

    Args:
        statistic: takes row numbers [k] (rows may repeat) and gives figures [f]; NaN where undefined, which
            is left out of the percentiles.
        subjects: [n] the subject of each row.
        seed: the same seed gives the same intervals.
        repeats: the number of resamples, >= 1.
        level: coverage in (0, 1).

    Raises:
        BadSetting: the level is not inside (0, 1) or repeats < 1.
    """
    _check_level(level)
    if repeats < 1:
        raise BadSetting(f"the bootstrap needs at least 1 repeat, got {repeats}.")
    groups, unit = _units(np.asarray(subjects))
    random = stream(seed, "bootstrap")
    draws = [
        statistic(np.concatenate([groups[i] for i in random.integers(len(groups), size=len(groups))]))
        for _ in range(repeats)
    ]
    return Bootstrap(tuple(_percentiles(np.asarray(draws), level)), unit, len(groups), repeats)


def _units(subjects: np.ndarray) -> tuple[list[np.ndarray], str]:
    known = subjects != UNKNOWN_SUBJECT
    groups = [np.flatnonzero(subjects == name) for name in sorted(set(subjects[known].tolist()))]
    alone = [np.array([row]) for row in np.flatnonzero(~known)]
    if not alone:
        return groups, "subject"
    if not groups:
        return alone, "presentation"
    return groups + alone, "subject (presentation where the subject is unknown)"


def _percentiles(draws: FloatArray, level: float) -> list[Interval]:
    tails = [(1 - level) / 2, (1 + level) / 2]
    bounds = []
    for column in draws.T:
        defined = column[~np.isnan(column)]
        low, high = np.quantile(defined, tails) if defined.size else (np.nan, np.nan)
        bounds.append(Interval(float(low), float(high)))
    return bounds


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise BadSetting(f"the level of an interval must be inside (0, 1), got {level}; 95 % is 0.95.")
