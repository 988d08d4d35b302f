"""A threshold for one's own camera: from its bona fide presentations, or from attacks before it.

Errors are counted among presentations that got a response; those that got none are counted apart (BPNRR,
APNRR of ISO/IEC 30107-3).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mtfas.deploy.order_statistic import (
    accepting_threshold,
    allowed_errors,
    guaranteed_errors,
    needed_for_guarantee,
    rate_interval,
    rejecting_threshold,
    upper_bound,
)
from mtfas.deploy.presented import Presented
from mtfas.errors import BadData, BadSetting, unknown_name
from mtfas.metrics.intervals import UNKNOWN_SUBJECT, Bootstrap, Interval, clopper_pearson, subject_bootstrap
from mtfas.metrics.rates import Rate, apcer, bpcer
from mtfas.types import BONA_FIDE, FloatArray

RATES = {"bpcer": "BPCER", "apcer": "APCER"}
FEW_PERSONS = 10
"""Persons below which drawing them again says little of persons who were not there."""

REPEATS = 1000


@dataclass(frozen=True)
class Wanted:
    """What the threshold is to do.

    Attributes:
        kind: "bpcer": reject at most this share of the bona fide presentations; "apcer": let at most this
            share of every PAI species pass.
        rate: the share, in (0, 1).
        confidence: of every interval, in (0, 1).
        guaranteed: the wanted rate is not to be passed on new presentations either, at that confidence,
            instead of on those at hand.

    Raises:
        BadSetting: a number is out of range, or the kind is unknown.
    """

    kind: str = "bpcer"
    rate: float = 0.05
    confidence: float = 0.95
    guaranteed: bool = False

    def __post_init__(self) -> None:
        if self.kind not in RATES:
            raise unknown_name("rate", self.kind, RATES)
        for name, value in ((f"the wanted {RATES[self.kind]}", self.rate), ("confidence", self.confidence)):
            if not 0.0 < value < 1.0:
                raise BadSetting(f"{name} must be inside (0, 1), got {value}; 5 % is 0.05.")


@dataclass(frozen=True)
class Estimate:
    """An error rate at hand, and the interval in which the true one lies."""

    rate: Rate
    interval: Interval


@dataclass(frozen=True)
class AtThreshold:
    """What a threshold does; apcer is empty where there are no attacks."""

    threshold: float
    bpcer: Estimate
    apcer: dict[str, Estimate]


@dataclass(frozen=True)
class Laid:
    """A threshold laid at an order statistic.

    Attributes:
        threshold: a presentation is an attack when its score is above.
        by: whose scores fixed it: "bona_fide", or a PAI species.
        n: how many they are.
        errors: how many of them may err; the threshold is the next score.
        made: how many do; fewer where scores are tied.
    """

    threshold: float
    by: str
    n: int
    errors: int
    made: int

    def interval(self, confidence: float) -> Interval:
        """Return where the error rate on new presentations lies, two-sided."""
        return rate_interval(self.n, self.errors, confidence, self.made)


@dataclass(frozen=True)
class Calibration:
    """A threshold for a camera, and what is known of it.

    Attributes:
        wanted: what was asked for.
        laid: the threshold.
        before, after: what the bundle's own threshold does on this camera, and the new one. Of the rate that
            was wanted, `after` holds the interval of the order statistic; all others are Clopper-Pearson.
        upper: one-sided bound of the wanted rate on new presentations.
        by_person: the same by drawing whole persons: intervals of threshold and BPCER; None where fewer than
            two persons are known.
        bona_fide: the presentations that were judged.
        attacks: likewise.
    """

    wanted: Wanted
    laid: Laid
    before: AtThreshold
    after: AtThreshold
    upper: float
    by_person: Bootstrap | None
    bona_fide: Presented
    attacks: Presented

    @property
    def persons(self) -> int | None:
        """How many persons answered presentations are of; None where that is not known of all."""
        names = set(self.bona_fide.answered.persons.tolist())
        return None if UNKNOWN_SUBJECT in names else len(names)


def calibrate(judged: Presented, wanted: Wanted, own_threshold: float, seed: int = 0) -> Calibration:
    """Lay a threshold.

    Args:
        judged: the camera's presentations; attacks may be missing where a BPCER is wanted.
        wanted: what it is to do.
        own_threshold: the bundle's.
        seed: of the bootstrap over persons.

    Raises:
        BadData: a class has no response, or there are too few for a guarantee.
    """
    live = judged.of(BONA_FIDE)
    attacks = judged.part(judged.species != BONA_FIDE)
    laid = lay(live, attacks, wanted)
    before, after = (at_threshold(live, attacks, at, wanted) for at in (own_threshold, laid.threshold))
    own = Estimate(Rate(laid.made, laid.n), laid.interval(wanted.confidence))
    if wanted.kind == "bpcer":
        after = AtThreshold(after.threshold, own, after.apcer)
    else:
        after = AtThreshold(after.threshold, after.bpcer, after.apcer | {laid.by: own})
    upper = upper_bound(laid.n, laid.errors, wanted.confidence)
    return Calibration(
        wanted, laid, before, after, upper, _by_person(live, laid, wanted, seed), live, attacks
    )


def lay(live: Presented, attacks: Presented, wanted: Wanted) -> Laid:
    """Return the threshold that does what is wanted.

    For a BPCER it is the lowest that does; for an APCER the highest that does for every species.

    Raises:
        BadData: as `calibrate`.
    """
    if not live.answered.scores.size:
        raise BadData(
            f"none of {len(live.scores)} bona fide presentations got a response "
            f"({_counted(live.why_not) or 'there is none'}), so no BPCER is known; record others."
        )
    if wanted.kind == "bpcer":
        scores = live.answered.scores
        errors = _errors(scores.size, wanted, "bona fide presentations")
        threshold = rejecting_threshold(scores, errors)
        return Laid(threshold, BONA_FIDE, scores.size, errors, bpcer(scores, threshold).errors)
    if not attacks.kinds:
        raise BadData("a threshold for a wanted APCER is laid by attacks; give a folder of them.")
    return min((_of_species(attacks, name, wanted) for name in attacks.kinds), key=lambda one: one.threshold)


def at_threshold(live: Presented, attacks: Presented, threshold: float, wanted: Wanted) -> AtThreshold:
    """Return the error rates of a threshold with their Clopper-Pearson intervals."""

    def estimate(rate: Rate) -> Estimate:
        return Estimate(rate, clopper_pearson(rate, wanted.confidence))

    passed = {name: apcer(attacks.of(name).answered.scores, threshold) for name in attacks.kinds}
    return AtThreshold(
        threshold,
        estimate(bpcer(live.answered.scores, threshold)),
        {name: estimate(rate) for name, rate in passed.items()},
    )


def _of_species(attacks: Presented, name: str, wanted: Wanted) -> Laid:
    scores = attacks.of(name).answered.scores
    if not scores.size:
        raise BadData(f"no attack of species '{name}' got a response; record others, or leave it out.")
    errors = _errors(scores.size, wanted, f"attack presentations of species '{name}'")
    threshold = accepting_threshold(scores, errors)
    return Laid(threshold, name, scores.size, errors, apcer(scores, threshold).errors)


def _errors(n: int, wanted: Wanted, what: str) -> int:
    if not wanted.guaranteed:
        return allowed_errors(n, wanted.rate)
    errors = guaranteed_errors(n, wanted.rate, wanted.confidence)
    if errors is None:
        needed = needed_for_guarantee(wanted.rate, wanted.confidence)
        raise BadData(
            f"{n} {what} with a response cannot guarantee that the {RATES[wanted.kind]} is within "
            f"{wanted.rate:.2%} at {wanted.confidence:.0%} confidence, {needed} are needed; record "
            f"{needed - n} more, or leave the guarantee out; nothing was written."
        )
    return errors


def _by_person(live: Presented, laid: Laid, wanted: Wanted, seed: int) -> Bootstrap | None:
    """Return intervals of threshold and BPCER: persons drawn again lay the threshold for all."""
    found = live.answered
    known = set(found.persons.tolist()) - {UNKNOWN_SUBJECT}
    if len(known) < 2:
        return None
    statistic = _relaid(found.scores, wanted) if laid.by == BONA_FIDE else _rejected(found.scores, laid)
    return subject_bootstrap(statistic, found.persons, seed, REPEATS, wanted.confidence)


def _relaid(scores: FloatArray, wanted: Wanted) -> Callable[[np.ndarray], FloatArray]:
    def statistic(rows: np.ndarray) -> FloatArray:
        drawn = scores[rows]
        # Fewer presentations than a guarantee needs may be drawn; the threshold is then the highest score.
        guaranteed = guaranteed_errors(drawn.size, wanted.rate, wanted.confidence) or 0
        errors = guaranteed if wanted.guaranteed else allowed_errors(drawn.size, wanted.rate)
        threshold = rejecting_threshold(drawn, errors)
        return np.array([threshold, bpcer(scores, threshold).value])

    return statistic


def _rejected(scores: FloatArray, laid: Laid) -> Callable[[np.ndarray], FloatArray]:
    return lambda rows: np.array([laid.threshold, bpcer(scores[rows], laid.threshold).value])


def _counted(reasons: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in reasons.items())
