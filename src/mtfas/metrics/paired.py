"""Two systems compared pair by pair: both on the same fold (test data) and seed (initial weights)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from mtfas.errors import BadSetting
from mtfas.metrics.intervals import Interval
from mtfas.runtime.seeds import stream
from mtfas.types import FloatArray

Pair = tuple[str, int]
"""(fold, seed): a fold is a protocol, or whatever fixes the test data."""

REPEATS = 2000


@dataclass(frozen=True)
class Paired:
    """The differences first − second over the pairs that both systems have.

    Attributes:
        pairs: how many; 0 leaves everything below NaN.
        folds: different folds among them.
        seeds: different seeds among them.
        unpaired: values of one system without a partner; they are left out.
        mean: of the differences.
        sd: their sample standard deviation (ddof 1); NaN for one pair.
        t: Student's interval of the mean, which takes the pairs as independent. It is what is printed for
            one fold, where pairs differ in the seed only, and beside `drawn` elsewhere, where it is too
            narrow: pairs of one fold share test data, pairs of one seed share initial weights.
        drawn: interval of the two-way bootstrap, which draws folds and seeds. It is what is read where there
            are several folds. With few folds or seeds (three, say) its percentiles are themselves too
            narrow by about √((n − 1) / n), so neither interval alone proves a difference.
    """

    pairs: int
    folds: int
    seeds: int
    unpaired: int
    mean: float
    sd: float
    t: Interval
    drawn: Interval


def paired(
    first: Mapping[Pair, float],
    second: Mapping[Pair, float],
    seed: int = 0,
    repeats: int = REPEATS,
    level: float = 0.95,
) -> Paired:
    """Compare two systems by the mean of their differences.

    Args:
        first: value of one system by (fold, seed); not NaN.
        second: the same figure of the other.
        seed: of the bootstrap.
        repeats: resamples, >= 1.
        level: coverage of the intervals, in (0, 1).

    Raises:
        BadSetting: the level or the number of repeats is out of range.

    Example:
        >>> paired({("a", 0): 0.9, ("a", 1): 0.8}, {("a", 0): 0.7, ("a", 1): 0.8}).mean.__round__(3)
        0.1
    """
    if not 0.0 < level < 1.0 or repeats < 1:
        raise BadSetting(
            f"a paired interval needs a level inside (0, 1) and at least 1 repeat, got {level} and {repeats}."
        )
    both = sorted(first.keys() & second.keys())
    gaps = np.array([first[pair] - second[pair] for pair in both])
    return Paired(
        pairs=len(both),
        folds=len({fold for fold, _ in both}),
        seeds=len({drawn for _, drawn in both}),
        unpaired=len(first.keys() ^ second.keys()),
        mean=float(gaps.mean()) if gaps.size else math.nan,
        sd=float(gaps.std(ddof=1)) if gaps.size > 1 else math.nan,
        t=t_interval(gaps, level),
        drawn=two_way_interval({pair: float(gap) for pair, gap in zip(both, gaps, strict=True)},
                               seed, repeats, level),
    )  # fmt: skip


def t_interval(values: FloatArray, level: float = 0.95) -> Interval:
    """Return mean ± t · s / √n, with Student's t of n − 1 degrees of freedom and s with ddof 1.

    Args:
        values: [n], taken as independent; fewer than two have no interval (NaN).
        level: coverage.
    """
    if values.size < 2:
        return Interval(math.nan, math.nan)
    quantile = float(stdtrit(values.size - 1, (1 + level) / 2))
    half = quantile * float(values.std(ddof=1)) / math.sqrt(values.size)
    return Interval(float(values.mean()) - half, float(values.mean()) + half)


def two_way_interval(
    values: Mapping[Pair, float], seed: int, repeats: int = REPEATS, level: float = 0.95
) -> Interval:
    """Return the percentile interval of the mean when folds and seeds are drawn, each with replacement.

    A value counts as often as its fold was drawn times as often as its seed was. Of a factor with one level
    only that level can be drawn, so the interval then says nothing of it. One value has no interval (NaN);
    draws that hit no value (where pairs are missing) are left out.

    References:
        Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1(2), 2007.
    """
    if len(values) < 2:
        return Interval(math.nan, math.nan)
    folds, seeds = (sorted({pair[side] for pair in values}, key=str) for side in (0, 1))
    table = np.full((len(folds), len(seeds)), np.nan)
    for (fold, drawn), value in values.items():
        table[folds.index(fold), seeds.index(drawn)] = value
    random = stream(seed, "two-way bootstrap")
    weights = _counts(random, len(folds), repeats)[:, :, None] * _counts(random, len(seeds), repeats)[:, None]
    there = weights * ~np.isnan(table)
    total = there.sum(axis=(1, 2))
    means = (there * np.nan_to_num(table)).sum(axis=(1, 2))[total > 0] / total[total > 0]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def _counts(random: np.random.Generator, levels: int, repeats: int) -> FloatArray:
    """How often each level is drawn: [repeats, levels], every row summing to `levels`."""
    return random.multinomial(levels, np.full(levels, 1 / levels), size=repeats).astype(np.float64)
