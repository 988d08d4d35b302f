"""From score tables to figures: the threshold is fixed elsewhere, then applied to the test set once."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mtfas.errors import BadSetting, unknown_name
from mtfas.evaluation.breakdown import Breakdown
from mtfas.evaluation.caveats import caveats
from mtfas.evaluation.presentations import (
    NonResponses,
    Presentations,
    check_apart,
    check_scored,
    known_subjects,
    non_responses,
)
from mtfas.evaluation.reportjson import as_json
from mtfas.evaluation.scores import ScoreTable, presentations
from mtfas.metrics.curves import auc, bpcer_at_apcer
from mtfas.metrics.intervals import Bootstrap, Interval, subject_bootstrap
from mtfas.metrics.rates import ErrorRates, Rate, acer, error_rates
from mtfas.metrics.thresholds import EqualError, equal_error
from mtfas.types import FloatArray, Label

WANTED_APCER = (0.01, 0.05, 0.10)
"""The fixed APCER at which BPCER is printed: BPCER100, BPCER20 and BPCER10."""

THRESHOLD_WORDS = {
    "dev": "equal error rate of the development set",
    "source": "equal error rate of held-out source domains",
    "fixed": "given beforehand",
    "test-oracle": "TEST ORACLE: equal error rate of the test set itself, not available in use",
}


@dataclass(frozen=True)
class OperatingPoint:
    """BPCER at a fixed worst-species APCER: the threshold, and the rates it gives on the test set."""

    wanted_apcer: float
    rates: ErrorRates


@dataclass(frozen=True)
class Evaluation:
    """One system on one test set. The unit is the presentation.

    Attributes:
        threshold_source: "dev", "source", "fixed:T" or "test-oracle".
        rates: on test at the threshold, over presentations with a score.
        eer_dev: of the scores that came with the test set to fix thresholds; None without such.
        eer_test: a diagnostic, never a threshold.
        points: thresholds fixed on dev, rates on test; empty without dev.
        points_on_test: thresholds fixed on test itself: a diagnostic.
        level: coverage of all intervals.
        test: the test presentations, for figures.
        by: the errors by columns of the data set; empty unless asked for, see `breakdown.with_breakdowns`.
    """

    threshold_source: str
    rates: ErrorRates
    eer_dev: EqualError | None
    eer_test: EqualError
    auc: float
    non_responses: NonResponses
    points: tuple[OperatingPoint, ...]
    points_on_test: tuple[OperatingPoint, ...]
    bootstrap: Bootstrap
    figures: tuple[str, ...]
    seed: int
    level: float
    subjects: int
    warnings: tuple[str, ...]
    test: Presentations
    by: tuple[Breakdown, ...] = ()

    @property
    def oracle(self) -> bool:
        """Whether the threshold was taken from the test scores."""
        return self.threshold_source == "test-oracle"

    @property
    def threshold_words(self) -> str:
        """Where the threshold comes from, in words."""
        return THRESHOLD_WORDS[self.threshold_source.partition(":")[0]]

    def interval(self, figure: str) -> Interval:
        """Return the bootstrap interval of a figure by name, e.g. "acer_worst" or "apcer:print"."""
        return self.bootstrap.intervals[self.figures.index(figure)]

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values; undefined numbers are null."""
        return as_json(self)


def evaluate(
    dev: ScoreTable | None,
    test: ScoreTable,
    threshold: str = "dev",
    seed: int = 0,
    repeats: int = 1000,
    level: float = 0.95,
) -> Evaluation:
    """Evaluate a system on a test set at a threshold that was fixed elsewhere.

    Args:
        dev: scores that fix the threshold: of a development set, or for "source" of held-out sources.
        test: the scores to rate.
        threshold: "dev" or "source" (equal error of `dev`), "fixed:T" (T on the file's own scale), or
            "test-oracle" (equal error of the test set, labelled so in everything).
        seed: of the bootstrap.
        repeats: bootstrap resamples.
        level: coverage of the intervals.

    Raises:
        BadSetting: the threshold source is unknown, or needs dev scores that are not given, or only one of
            the two files says which way its scores point.
        BadData: dev and test share presentations or subjects, or a class has no score at all.
    """
    _check_directions(dev, test)
    rated = Presentations(presentations(test))
    fixing = None if dev is None else Presentations(presentations(dev))
    check_scored(rated, test)
    shared: list[str] = []
    if dev is not None and fixing is not None:
        check_scored(fixing, dev)
        shared = check_apart(fixing.rows, rated.rows, threshold)
    cut = _threshold(threshold, fixing, rated, test.turned)
    rates = _rates(rated, cut)
    figures, bootstrap = _bootstrap(rated, cut, seed, repeats, level)
    missing = non_responses(rated)
    given = [*(dev.warnings if dev else ()), *test.warnings, *shared]
    return Evaluation(
        threshold_source=threshold,
        rates=rates,
        eer_dev=None if fixing is None else equal_error(fixing.live, fixing.attack),
        eer_test=equal_error(rated.live, rated.attack),
        auc=auc(rated.live, rated.attack),
        non_responses=missing,
        points=() if fixing is None else tuple(_point(wanted, fixing, rated) for wanted in WANTED_APCER),
        points_on_test=tuple(_point(wanted, rated, rated) for wanted in WANTED_APCER),
        bootstrap=bootstrap,
        figures=figures,
        seed=seed,
        level=level,
        subjects=known_subjects(rated.rows).n_unique(),
        warnings=tuple(
            dict.fromkeys(
                [*given, *caveats(rates, missing, bootstrap, threshold, auc(rated.live, rated.attack))]
            )
        ),
        test=rated,
    )


def check_threshold_source(threshold: str) -> None:
    """Check the name of a threshold source.

    Raises:
        BadSetting: it is none of dev, source, fixed:T, test-oracle.
    """
    name, _, value = threshold.partition(":")
    if name == "fixed":
        _fixed(value)
    elif threshold not in THRESHOLD_WORDS:
        raise unknown_name("threshold source", threshold, ["dev", "source", "fixed:T", "test-oracle"])


def _fixed(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadSetting(f"threshold 'fixed:{value}' needs a number after the colon, e.g. fixed:0.5.")
    return number


def _check_directions(dev: ScoreTable | None, test: ScoreTable) -> None:
    """One file that says its direction beside one that does not: the silent one would be guessed."""
    if dev is None or dev.stated == test.stated:
        return
    silent, said = (test, dev) if dev.stated else (dev, test)
    raise BadSetting(
        f"{said.path} says which way its scores point ({said.direction}), {silent.path} does not; "
        "write '# direction: …' in its first line, or give --direction for both."
    )


def _threshold(source: str, dev: Presentations | None, test: Presentations, turned: bool) -> float:
    check_threshold_source(source)
    if source.startswith("fixed"):
        given = _fixed(source.partition(":")[2])
        return 1.0 - given if turned else given  # the scores were turned round, so is the user's threshold
    if source == "test-oracle":
        return equal_error(test.live, test.attack).threshold
    if dev is None:
        raise BadSetting(
            f"threshold '{source}' needs development scores; give them (--dev), or a threshold with fixed:T."
        )
    return equal_error(dev.live, dev.attack).threshold


def _point(wanted: float, fixing: Presentations, test: Presentations) -> OperatingPoint:
    found = bpcer_at_apcer(fixing.live, fixing.attack, fixing.attack_species, wanted)
    return OperatingPoint(wanted, _rates(test, found.threshold))


def _rates(part: Presentations, threshold: float) -> ErrorRates:
    """Return the rates, a species without any score included as 0 of 0."""
    rates = error_rates(part.live, part.attack, part.attack_species, threshold)
    return replace(rates, apcer={name: rates.apcer.get(name, Rate(0, 0)) for name in part.species})


def _bootstrap(
    part: Presentations, threshold: float, seed: int, repeats: int, level: float
) -> tuple[tuple[str, ...], Bootstrap]:
    """Resample subjects; the threshold stays as it is."""
    rows = part.answered
    scores, attack = rows["score"].to_numpy(), rows["label"].to_numpy() == Label.ATTACK
    names = sorted(set(part.attack_species.tolist()))
    kind = np.array(
        [names.index(s) if a else len(names) for s, a in zip(rows["species"], attack, strict=True)]
    )
    wrong = (scores > threshold) != attack

    def statistic(index: np.ndarray) -> FloatArray:
        trials = np.bincount(kind[index], minlength=len(names) + 1)
        errors = np.bincount(kind[index], weights=wrong[index], minlength=len(names) + 1)
        with np.errstate(invalid="ignore"):
            rates = errors / trials
            pooled = errors[:-1].sum() / trials[:-1].sum()
        live, attacks = scores[index][~attack[index]], scores[index][attack[index]]
        both = live.size and attacks.size
        worst = np.nanmax(rates[:-1]) if attacks.size else np.nan
        area = auc(live, attacks) if both else np.nan
        acers = acer(worst, rates[-1]), acer(pooled, rates[-1])
        return np.array([rates[-1], worst, pooled, *acers, acers[1], area, *rates[:-1]])

    fixed = ("bpcer", "apcer_worst", "apcer_pooled", "acer_worst", "acer_pooled", "hter", "auc")
    drawn = subject_bootstrap(statistic, rows["subject"].to_numpy(), seed, repeats, level)
    return (*fixed, *(f"apcer:{name}" for name in names)), drawn
