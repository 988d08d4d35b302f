"""Error rates at one threshold: APCER of each PAI species, BPCER, and the benchmark figures made of them.

References:
    ISO/IEC 30107-3:2023 for APCER, BPCER, APNRR and BPNRR. ACER and HTER are not ISO terms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mtfas.errors import BadData
from mtfas.types import FloatArray, is_attack


@dataclass(frozen=True)
class Rate:
    """How many of n trials went wrong; the rate is undefined (NaN) when there was no trial."""

    errors: int
    n: int

    @property
    def value(self) -> float:
        """The share of errors in [0, 1], NaN when n = 0."""
        return self.errors / self.n if self.n else float("nan")


@dataclass(frozen=True)
class ErrorRates:
    """All rates at one threshold.

    Attributes:
        threshold: attack when score > threshold, strictly.
        apcer: for each PAI species, its attacks taken for bona fide.
        bpcer: bona fide presentations taken for attacks.
    """

    threshold: float
    apcer: Mapping[str, Rate]
    bpcer: Rate

    @property
    def worst_species(self) -> str:
        """The species with the highest APCER, the first by name among equals."""
        tried = {name: rate.value for name, rate in self.apcer.items() if rate.n}
        return min(tried, key=lambda name: (-tried[name], name))

    @property
    def apcer_worst(self) -> float:
        """APCER of the worst species, the headline number of the standard."""
        return self.apcer[self.worst_species].value

    @property
    def apcer_pooled(self) -> Rate:
        """Errors over all attacks together, whatever their species."""
        return Rate(sum(r.errors for r in self.apcer.values()), sum(r.n for r in self.apcer.values()))

    @property
    def acer_worst(self) -> float:
        """(worst APCER + BPCER) / 2, as OULU-NPU defines ACER; not an ISO figure."""
        return acer(self.apcer_worst, self.bpcer.value)

    @property
    def acer_pooled(self) -> float:
        """(pooled APCER + BPCER) / 2, as some papers print ACER; not an ISO figure."""
        return acer(self.apcer_pooled.value, self.bpcer.value)

    @property
    def hter(self) -> float:
        """(FAR + FRR) / 2 with FAR = pooled APCER and FRR = BPCER at this threshold."""
        return (self.apcer_pooled.value + self.bpcer.value) / 2


def apcer(attack_scores: FloatArray, threshold: float) -> Rate:
    """Return the attacks taken for bona fide (score <= threshold) among some attack scores."""
    return Rate(int(np.count_nonzero(~is_attack(attack_scores, threshold))), int(np.size(attack_scores)))


def apcer_by_species(
    attack_scores: FloatArray, species: Sequence[str] | np.ndarray, threshold: float
) -> dict[str, Rate]:
    """Return the APCER of each PAI species, in order of name.

    Raises:
        ValueError: as many scores as species are expected.
    """
    scores, names = np.asarray(attack_scores, dtype=np.float64), np.asarray(species)
    if scores.shape != names.shape:
        raise ValueError(f"{scores.size} scores but {names.size} species.")
    return {str(name): apcer(scores[names == name], threshold) for name in sorted(set(names.tolist()))}


def bpcer(live_scores: FloatArray, threshold: float) -> Rate:
    """Return the bona fide presentations taken for attacks (score > threshold)."""
    return Rate(int(np.count_nonzero(is_attack(live_scores, threshold))), int(np.size(live_scores)))


def acer(apcer_value: float, bpcer_value: float) -> float:
    """Return the mean of APCER and BPCER; say with it whether APCER is the worst or the pooled one."""
    return (apcer_value + bpcer_value) / 2


def error_rates(
    live_scores: FloatArray, attack_scores: FloatArray, species: Sequence[str] | np.ndarray, threshold: float
) -> ErrorRates:
    """Return all rates at one threshold.

    Args:
        live_scores: [n] spoof scores of bona fide presentations, higher = attack.
        attack_scores: [m] spoof scores of attack presentations.
        species: [m] PAI species of the attacks.
        threshold: attack when score > threshold.

    Raises:
        BadData: one class is empty or a score is not finite.

    Example:
        >>> rates = error_rates(np.array([0.1, 0.6]), np.array([0.4, 0.9]), ["print", "replay"], 0.5)
        >>> rates.apcer_worst, rates.worst_species, rates.apcer_pooled.value, rates.bpcer.value
        (1.0, 'print', 0.5, 0.5)
    """
    check_scores(live_scores, attack_scores)
    return ErrorRates(
        threshold, apcer_by_species(attack_scores, species, threshold), bpcer(live_scores, threshold)
    )


def non_response(responded: Sequence[bool] | np.ndarray) -> Rate:
    """Return the presentations without a score: APNRR of a species, or BPNRR of the bona fide."""
    flags = np.asarray(responded, dtype=bool)
    return Rate(int(np.count_nonzero(~flags)), int(flags.size))


def check_scores(live_scores: FloatArray, attack_scores: FloatArray) -> None:
    """Check that both classes have scores and that all are finite.

    Raises:
        BadData: one class is empty or a score is NaN or infinite.
    """
    live, attack = np.size(live_scores), np.size(attack_scores)
    if not live or not attack:
        raise BadData(
            f"error rates need scores of both classes, got {live} bona fide and {attack} attack; "
            "give a score file with both."
        )
    if not (np.isfinite(live_scores).all() and np.isfinite(attack_scores).all()):
        raise BadData("error rates need finite scores, got NaN or infinity; leave failed presentations out.")
