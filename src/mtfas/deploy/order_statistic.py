"""A threshold laid at an order statistic, and the error rate it will have on new presentations.

Of n scores from a continuous distribution, the share of the population above the (e+1)-th highest follows
Beta(e + 1, n − e), whatever the distribution. With ties that share is smaller, never larger: the upper bounds
stand.

References:
    Wilks, Determination of sample sizes for setting tolerance limits, Annals of Mathematical Statistics 12
    (1941); David and Nagaraja, Order Statistics, 3rd ed., Sec. 7.2.
"""

import math

import numpy as np
from scipy.special import betaincinv

from mtfas.errors import BadSetting
from mtfas.metrics.intervals import Interval
from mtfas.types import FloatArray

NARROWEST = 1e-3
"""Smallest half width that `needed_for_half_width` counts for: below it a million presentations are few."""


def allowed_errors(n: int, wanted: float) -> int:
    """Return the most errors e with e / n <= wanted.

    Example:
        >>> allowed_errors(100, 0.29)  # 0.29 * 100 is 28.999999999999996
        29
    """
    guess = math.floor(n * wanted)
    return guess + 1 if (guess + 1) / n <= wanted else guess


def expected_rate(n: int, errors: int) -> float:
    """Return the mean of the error rate on new presentations, (e + 1) / (n + 1)."""
    return (errors + 1) / (n + 1)


def upper_bound(n: int, errors: int, confidence: float) -> float:
    """Return the rate that the true one is not above, at a one-sided confidence."""
    return float(betaincinv(errors + 1, n - errors, confidence))


def rate_interval(n: int, errors: int, confidence: float, apart: int | None = None) -> Interval:
    """Return the two-sided interval of the error rate on new presentations.

    Args:
        n: scores the threshold was laid by.
        errors: e: the threshold is the (e+1)-th of them from the side of errors.
        confidence: in (0, 1).
        apart: errors really made. Fewer than e where scores are tied at the threshold; the lower bound is
            then the one of so many errors (Clopper-Pearson), and 0 for none.
    """
    tail = (1 - confidence) / 2
    high = upper_bound(n, errors, 1 - tail)
    if apart is None or apart == errors:
        return Interval(float(betaincinv(errors + 1, n - errors, tail)), high)
    return Interval(float(betaincinv(apart, n - apart + 1, tail)) if apart else 0.0, high)


def guaranteed_errors(n: int, wanted: float, confidence: float) -> int | None:
    """Return the most errors whose upper bound is within the wanted rate; None where n is too small."""
    if n < needed_for_guarantee(wanted, confidence):
        return None
    errors = np.arange(allowed_errors(n, wanted) + 1)
    return int(np.flatnonzero(betaincinv(errors + 1, n - errors, confidence) <= wanted)[-1])


def needed_for_guarantee(wanted: float, confidence: float) -> int:
    """Return the fewest presentations that can show a rate to be within the wanted one: none of them errs.

    Example:
        >>> needed_for_guarantee(0.05, 0.95)
        59
    """
    n = max(1, math.ceil(math.log1p(-confidence) / math.log1p(-wanted)) - 1)
    while upper_bound(n, 0, confidence) > wanted:
        n += 1
    return n


def needed_for_half_width(wanted: float, half_width: float, confidence: float) -> int:
    """Return the number of presentations from which on the two-sided interval is as narrow as asked.

    Args:
        wanted: the rate the threshold is laid for, in (0, 1).
        half_width: half of the interval's width, from NARROWEST.
        confidence: in (0, 1).

    Raises:
        BadSetting: the half width is below NARROWEST.
    """
    if half_width < NARROWEST:
        raise BadSetting(f"a half width of {half_width} is asked for; give {NARROWEST} or more.")
    most = 64
    while _half_widths(np.array([most]), wanted, confidence)[0] > half_width / 2:
        most *= 2  # up to here every n that is too small has been passed: the width falls as 1 / sqrt(n)
    counts = np.arange(1, most + 1)
    wide = np.flatnonzero(_half_widths(counts, wanted, confidence) > half_width)
    return int(counts[wide[-1]]) + 1 if wide.size else 1


def rejecting_threshold(live_scores: FloatArray, errors: int) -> float:
    """Return the lowest threshold that rejects at most so many bona fide scores: score > threshold."""
    return float(np.sort(np.asarray(live_scores, np.float64))[np.size(live_scores) - errors - 1])


def accepting_threshold(attack_scores: FloatArray, errors: int) -> float:
    """Return the highest threshold that lets at most so many attacks pass: score <= threshold."""
    return float(np.nextafter(np.sort(np.asarray(attack_scores, np.float64))[errors], -np.inf))


def _half_widths(counts: np.ndarray, wanted: float, confidence: float) -> FloatArray:
    tail = (1 - confidence) / 2
    errors = np.floor(counts * wanted)
    errors += (errors + 1) / counts <= wanted
    low, high = (betaincinv(errors + 1, counts - errors, part) for part in (tail, 1 - tail))
    return np.asarray((high - low) / 2)
