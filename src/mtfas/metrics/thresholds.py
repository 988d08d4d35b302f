"""Where the threshold comes from: equal error, or a wanted APCER or BPCER.

Every threshold lies between two neighbouring scores (or outside all of them), so it never matters for the
given scores whether the decision is > or >=. With a strict score > threshold, APCER grows with the threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtfas.errors import BadSetting
from mtfas.metrics.rates import check_scores
from mtfas.types import FloatArray


@dataclass(frozen=True)
class EqualError:
    """The point where APCER (pooled) and BPCER are closest.

    Attributes:
        rate: the equal error rate, (APCER + BPCER) / 2 at the threshold.
        threshold: attack when score > threshold.
        apcer: pooled APCER there.
        bpcer: BPCER there.
    """

    rate: float
    threshold: float
    apcer: float
    bpcer: float


def equal_error(live_scores: FloatArray, attack_scores: FloatArray) -> EqualError:
    """Return the equal error rate and its threshold by the rule of bob.measure.

    The threshold is the midpoint of two neighbouring distinct scores with the smallest |APCER − BPCER|; among
    equals the lowest (bob's scale is live-high, there it is the highest). When all scores are the same it is
    that score. Differences are compared as whole numbers, so equal means equal.

    Raises:
        BadData: one class is empty or a score is not finite.

    Example:
        >>> equal_error(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.35, 0.6, 0.7])).threshold
        0.375
    """
    check_scores(live_scores, attack_scores)
    thresholds = _midpoints(live_scores, attack_scores)
    if not thresholds.size:
        thresholds = np.asarray(live_scores, dtype=np.float64)[:1]
    live_errors, attack_errors = _errors(live_scores, attack_scores, thresholds)
    n_live, n_attack = np.size(live_scores), np.size(attack_scores)
    best = int(np.argmin(np.abs(live_errors * n_attack - attack_errors * n_live)))
    bpcer, apcer = float(live_errors[best] / n_live), float(attack_errors[best] / n_attack)
    return EqualError((apcer + bpcer) / 2, float(thresholds[best]), apcer, bpcer)


def eer_threshold(live_scores: FloatArray, attack_scores: FloatArray) -> float:
    """Return the threshold of `equal_error`."""
    return equal_error(live_scores, attack_scores).threshold


def interpolated_equal_error(live_scores: FloatArray, attack_scores: FloatArray) -> EqualError:
    """Return the crossing of APCER and BPCER on the ROC drawn as straight lines between its points.

    Several toolkits print this one. No threshold need reach it; the threshold given is interpolated as well.

    Raises:
        BadData: one class is empty or a score is not finite.
    """
    check_scores(live_scores, attack_scores)
    distinct = np.unique(np.concatenate([live_scores, attack_scores]).astype(np.float64))[::-1]
    # "attack when score >= s" for each distinct s, after "attack never"
    cuts = np.concatenate([distinct[:1], distinct])
    bpcer = np.concatenate([[0.0], _share_at_least(live_scores, distinct)])
    apcer = 1.0 - np.concatenate([[0.0], _share_at_least(attack_scores, distinct)])
    after = int(np.argmax(bpcer >= apcer))
    gap_before, gap_after = apcer[after - 1] - bpcer[after - 1], apcer[after] - bpcer[after]
    share = gap_before / (gap_before - gap_after)
    rate = float(bpcer[after - 1] + share * (bpcer[after] - bpcer[after - 1]))
    threshold = float(cuts[after - 1] + share * (cuts[after] - cuts[after - 1]))
    return EqualError(rate, threshold, rate, rate)


def threshold_for_apcer(
    live_scores: FloatArray,
    attack_scores: FloatArray,
    wanted: float,
    species: Sequence[str] | np.ndarray | None = None,
) -> float:
    """Return the threshold with the lowest BPCER whose APCER is at most the wanted one.

    Args:
        live_scores: [n] spoof scores; they only place the threshold between neighbours.
        attack_scores: [m] spoof scores.
        wanted: the APCER not to be passed, in [0, 1].
        species: [m] PAI species: the worst species keeps the limit. None: all attacks pooled.

    Raises:
        BadData: one class is empty or a score is not finite.
        BadSetting: the wanted rate is outside [0, 1].
    """
    check_scores(live_scores, attack_scores)
    _check_wanted("APCER", wanted)
    thresholds = decision_thresholds(live_scores, attack_scores)
    allowed = worst_apcer(attack_scores, species, thresholds) <= wanted
    return float(thresholds[allowed][-1])


def threshold_for_bpcer(live_scores: FloatArray, attack_scores: FloatArray, wanted: float) -> float:
    """Return the threshold with the lowest APCER whose BPCER is at most the wanted one.

    Raises:
        BadData: one class is empty or a score is not finite.
        BadSetting: the wanted rate is outside [0, 1].
    """
    check_scores(live_scores, attack_scores)
    _check_wanted("BPCER", wanted)
    thresholds = decision_thresholds(live_scores, attack_scores)
    live_errors, _ = _errors(live_scores, attack_scores, thresholds)
    return float(thresholds[live_errors / np.size(live_scores) <= wanted][0])


def decision_thresholds(live_scores: FloatArray, attack_scores: FloatArray) -> FloatArray:
    """Return, rising, one threshold for each different way to divide the scores.

    The first is below all scores (everything is an attack), the last is the highest score (nothing is).
    """
    scores = np.concatenate([live_scores, attack_scores]).astype(np.float64)
    below = np.nextafter(scores.min(), -np.inf)
    return np.concatenate([[below], _midpoints(live_scores, attack_scores), [scores.max()]])


def worst_apcer(
    attack_scores: FloatArray, species: Sequence[str] | np.ndarray | None, thresholds: FloatArray
) -> FloatArray:
    """Return the APCER of the worst species (pooled when species is None) at each threshold."""
    scores = np.asarray(attack_scores, dtype=np.float64)
    if species is None:
        return _share_at_most(scores, thresholds)
    names = np.asarray(species)
    each = [_share_at_most(scores[names == name], thresholds) for name in set(names.tolist())]
    return np.asarray(np.max(each, axis=0))


def _midpoints(live_scores: FloatArray, attack_scores: FloatArray) -> FloatArray:
    distinct = np.unique(np.concatenate([live_scores, attack_scores]).astype(np.float64))
    lower, upper = distinct[:-1], distinct[1:]
    middle = lower / 2 + upper / 2  # halves first: the sum of two large scores may overflow
    # between two neighbouring floats there is no number: the lower one divides them just as well
    return np.where((middle > lower) & (middle < upper), middle, lower)


def _errors(
    live_scores: FloatArray, attack_scores: FloatArray, thresholds: FloatArray
) -> tuple[np.ndarray, np.ndarray]:
    live = np.size(live_scores) - np.searchsorted(np.sort(live_scores), thresholds, side="right")
    attack = np.searchsorted(np.sort(attack_scores), thresholds, side="right")
    return live.astype(np.int64), attack.astype(np.int64)


def _share_at_most(scores: FloatArray, cuts: FloatArray) -> FloatArray:
    return np.searchsorted(np.sort(scores), cuts, side="right") / np.size(scores)


def _share_at_least(scores: FloatArray, cuts: FloatArray) -> FloatArray:
    return (np.size(scores) - np.searchsorted(np.sort(scores), cuts, side="left")) / np.size(scores)


def _check_wanted(name: str, wanted: float) -> None:
    if not 0.0 <= wanted <= 1.0:
        raise BadSetting(f"the wanted {name} must be in [0, 1], got {wanted}; 5 % is 0.05.")
