"""ROC and DET curves, the area under the ROC, and BPCER at fixed APCER."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from mtfas.metrics.rates import ErrorRates, check_scores, error_rates
from mtfas.metrics.thresholds import decision_thresholds, threshold_for_apcer, worst_apcer
from mtfas.types import FloatArray


@dataclass(frozen=True)
class Curve:
    """Every operating point the scores allow, by rising threshold.

    Attributes:
        thresholds: [k], from below all scores to the highest one; no infinities.
        apcer: [k] in [0, 1], rising from 0 to 1; pooled or of the worst species.
        bpcer: [k] in [0, 1], falling from 1 to 0.
    """

    thresholds: FloatArray
    apcer: FloatArray
    bpcer: FloatArray


def curve(
    live_scores: FloatArray, attack_scores: FloatArray, species: Sequence[str] | np.ndarray | None = None
) -> Curve:
    """Return the operating points; both ROC (1 − APCER over BPCER) and DET are drawn from them.

    Args:
        live_scores: [n] spoof scores.
        attack_scores: [m] spoof scores.
        species: [m] PAI species for the worst-species APCER at each threshold; None pools all attacks.

    Raises:
        BadData: one class is empty or a score is not finite.
    """
    check_scores(live_scores, attack_scores)
    thresholds = decision_thresholds(live_scores, attack_scores)
    accepted = np.searchsorted(np.sort(live_scores), thresholds, side="right")
    bpcer = (np.size(live_scores) - accepted) / np.size(live_scores)
    return Curve(thresholds, worst_apcer(attack_scores, species, thresholds), bpcer)


def normal_deviate(rates: FloatArray, floor: float = 1e-4) -> FloatArray:
    """Return rates as standard normal deviates, the axes of a DET plot.

    Args:
        rates: any shape, in [0, 1].
        floor: rates are kept within [floor, 1 − floor], for 0 and 1 lie infinitely far out.
    """
    return np.asarray(ndtri(np.clip(rates, floor, 1.0 - floor)))


def auc(live_scores: FloatArray, attack_scores: FloatArray) -> float:
    """Return P(attack score > live score) + P(equal) / 2, exactly, by ranks.

    Raises:
        BadData: one class is empty or a score is not finite.

    Example:
        >>> auc(np.array([0.1, 0.5]), np.array([0.5, 0.9]))
        0.875
    """
    check_scores(live_scores, attack_scores)
    live = np.sort(live_scores)
    # twice the rank of each attack among the live scores: whole numbers, so nothing is rounded before the end
    below = np.searchsorted(live, attack_scores, side="left").sum()
    not_above = np.searchsorted(live, attack_scores, side="right").sum()
    return float((below + not_above) / (2 * live.size * np.size(attack_scores)))


def bpcer_at_apcer(
    live_scores: FloatArray,
    attack_scores: FloatArray,
    species: Sequence[str] | np.ndarray,
    wanted: float,
) -> ErrorRates:
    """Return the rates where the worst species' APCER is at most the wanted one and BPCER is lowest.

    BPCER10, BPCER20 and BPCER100 are `.bpcer` at 0.10, 0.05 and 0.01. The threshold comes from the very
    scores that are rated: fine on a development set, a diagnostic on a test set.

    Raises:
        BadData: one class is empty or a score is not finite.
        BadSetting: the wanted rate is outside [0, 1].
    """
    threshold = threshold_for_apcer(live_scores, attack_scores, wanted, species)
    return error_rates(live_scores, attack_scores, species, threshold)
