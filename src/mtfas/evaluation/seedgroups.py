"""Runs side by side: means over seeds, and whether two names can be told apart. No name is put first."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import stdtrit

from mtfas.evaluation.html import percent, percent_range
from mtfas.evaluation.report import Evaluation
from mtfas.evaluation.runfolder import EvaluatedRun
from mtfas.metrics.intervals import Interval, clopper_pearson

FIGURES: dict[str, Callable[[Evaluation], float]] = {
    "acer_worst": lambda e: e.rates.acer_worst,
    "bpcer": lambda e: e.rates.bpcer.value,
    "apcer_worst": lambda e: e.rates.apcer_worst,
    "apcer_pooled": lambda e: e.rates.apcer_pooled.value,
    "hter": lambda e: e.rates.hter,
    "eer_dev": lambda e: e.eer_dev.rate if e.eer_dev else math.nan,
    "auc": lambda e: e.auc,
}
"""What is averaged over seeds."""


@dataclass(frozen=True)
class NamedRun:
    """A run and what the comparison calls it; several runs of one name are its seeds."""

    name: str
    run: EvaluatedRun


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation (ddof 1; NaN for one run) over the runs of one name."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Group:
    """The runs of one name."""

    name: str
    runs: int
    spreads: dict[str, Spread]


@dataclass(frozen=True)
class Pair:
    """Two names, and what their ACER (worst species) says about them."""

    first: str
    second: str
    sentence: str
    distinguishable: bool


def groups(runs: Sequence[NamedRun]) -> list[Group]:
    """Return mean and standard deviation of each name, in the order given."""
    found = []
    for name in dict.fromkeys(run.name for run in runs):
        mine = [run.run.evaluation for run in runs if run.name == name]
        values = {figure: np.array([of(e) for e in mine]) for figure, of in FIGURES.items()}
        spreads = {figure: spread(value) for figure, value in values.items()}
        found.append(Group(name, len(mine), spreads))
    return found


def spread(values: np.ndarray) -> Spread:
    """Return mean and standard deviation with ddof 1."""
    return Spread(float(values.mean()), float(values.std(ddof=1)) if values.size > 1 else math.nan)


def pairs(runs: Sequence[NamedRun]) -> list[Pair]:
    """Return a sentence for every two names: can they be told apart by ACER of the worst species?"""
    names = list(dict.fromkeys(run.name for run in runs))
    by_name = {name: [run.run for run in runs if run.name == name] for name in names}
    return [_pair(a, by_name[a], b, by_name[b]) for a, b in combinations(names, 2)]


def _pair(a: str, first: list[EvaluatedRun], b: str, second: list[EvaluatedRun]) -> Pair:
    if len(first) == len(second) == 1:
        return _single(a, first[0].evaluation, b, second[0].evaluation)
    return _by_seed(a, first, b, second)


def _single(a: str, first: Evaluation, b: str, second: Evaluation) -> Pair:
    one, other = acer_interval(first), acer_interval(second)
    apart = not one.overlaps(other)
    words = "do not overlap" if apart else "overlap: not distinguishable at this sample size"
    values = [
        f"{percent(e.rates.acer_worst)} ({percent_range((interval.low, interval.high))})"
        for e, interval in ((first, one), (second, other))
    ]
    return Pair(a, b, f"ACER {values[0]} and {values[1]}; the intervals {words}.", apart)


def acer_interval(evaluation: Evaluation) -> Interval:
    """Return a cautious interval of ACER (worst species).

    It covers the bootstrap interval and the mean of the exact bounds of BPCER and the worst species' APCER:
    the bootstrap of a rate of zero has no width.
    """
    rates, level = evaluation.rates, evaluation.level
    drawn = evaluation.interval("acer_worst")
    live, attack = (clopper_pearson(rate, level) for rate in (rates.bpcer, rates.apcer[rates.worst_species]))
    return Interval(
        min(drawn.low, (live.low + attack.low) / 2), max(drawn.high, (live.high + attack.high) / 2)
    )


def _by_seed(a: str, first: list[EvaluatedRun], b: str, second: list[EvaluatedRun]) -> Pair:
    """Compare run by run under the same seed; a 95 % t interval of the mean difference."""
    theirs = {run.seed: run.evaluation for run in second if run.seed is not None}
    both = [(run.evaluation, theirs[run.seed]) for run in first if run.seed in theirs]
    if len(both) < 2:
        return Pair(a, b, f"{len(both)} seeds in common: too few to compare by seed.", False)
    gaps = np.array([y.rates.acer_worst - x.rates.acer_worst for x, y in both])
    gap = spread(gaps)
    half = float(stdtrit(len(gaps) - 1, 0.975)) * gap.sd / math.sqrt(len(gaps))
    apart = abs(gap.mean) > half
    verdict = "excludes zero" if apart else "includes zero: not distinguishable at this sample size"
    low, high = 100 * (gap.mean - half), 100 * (gap.mean + half)
    measured = f"{100 * gap.mean:+.1f} ± {100 * gap.sd:.1f} percentage points (mean ± sd)"
    sentence = f"ACER difference over {len(gaps)} paired seeds {measured}"
    return Pair(a, b, f"{sentence}; its 95 % interval, {low:+.1f} … {high:+.1f}, {verdict}.", apart)
