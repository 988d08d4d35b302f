"""report.json: the figures of an evaluation as plain values, each with what it is."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mtfas.evaluation.presentations import NonResponses
from mtfas.metrics.intervals import Interval, clopper_pearson
from mtfas.metrics.rates import ErrorRates, Rate

if TYPE_CHECKING:
    from mtfas.evaluation.breakdown import Breakdown
    from mtfas.evaluation.report import Evaluation, OperatingPoint


def as_json(evaluation: "Evaluation") -> dict[str, Any]:
    """Return an evaluation as JSON values.

    APCER, BPCER and the non-response rates are ISO/IEC 30107-3 figures; what stands under `benchmark_only` by
    name is not. `by` is there where errors by columns of the data set were asked for. NaN becomes null.
    """
    rates, eer_dev = evaluation.rates, evaluation.eer_dev
    return {
        "unit": "presentation",
        "threshold": rates.threshold,
        "threshold_source": evaluation.threshold_source,
        "threshold_words": evaluation.threshold_words,
        "decision": "attack when score > threshold",
        "bpcer": rates.bpcer.value,
        "apcer": {
            "species": {name: number(rate.value) for name, rate in rates.apcer.items()},
            "worst": rates.apcer_worst,
            "worst_species": rates.worst_species,
            "pooled": rates.apcer_pooled.value,
            "n": {name: rate.n for name, rate in rates.apcer.items()},
            "errors": {name: rate.errors for name, rate in rates.apcer.items()},
        },
        "n": {
            "bona_fide": rates.bpcer.n,
            "attack": rates.apcer_pooled.n,
            "subjects": evaluation.subjects or None,
        },
        "non_response": _non_responses(evaluation.non_responses),
        "eer_dev": None if eer_dev is None else eer_dev.rate,
        "auc": evaluation.auc,
        "acer_worst": rates.acer_worst,
        "acer_pooled": rates.acer_pooled,
        "hter": rates.hter,
        **_with_non_responses(rates, evaluation.non_responses),
        "benchmark_only": {
            "figures": ["acer_worst", "acer_pooled", "hter", "eer_dev", "eer_test", "auc"],
            "note": "ACER, HTER, EER and AUC are benchmark figures, not terms of ISO/IEC 30107-3",
        },
        "eer_test": {
            "rate": evaluation.eer_test.rate,
            "threshold": evaluation.eer_test.threshold,
            "note": "diagnostic: its threshold is taken from the test set itself",
        },
        "bpcer_at_apcer": {
            "threshold_fixed_on_dev": _points(evaluation.points),
            "diagnostic_threshold_fixed_on_test": _points(evaluation.points_on_test),
        },
        "intervals": _intervals(evaluation),
        "warnings": list(evaluation.warnings),
        **_by(evaluation.by),
    }


def number(value: float) -> float | None:
    """Return a number JSON can carry: null for NaN."""
    return None if math.isnan(value) else value


def _by(tables: "tuple[Breakdown, ...]") -> dict[str, Any]:
    return {"by": {table.column: table.to_json() for table in tables}} if tables else {}


def _non_responses(missing: NonResponses) -> dict[str, Any]:
    return {
        "bona_fide": number(missing.bona_fide.value),
        "attack": number(missing.attack.value),
        "species": {name: number(rate.value) for name, rate in missing.species.items()},
        "count": {"bona_fide": missing.bona_fide.errors, "attack": missing.attack.errors},
    }


def _with_non_responses(rates: ErrorRates, missing: NonResponses) -> dict[str, Any]:
    """HTER when failures count: every one as an error, or as a refusal (wrong for bona fide only)."""
    refused = Rate(rates.bpcer.errors + missing.bona_fide.errors, missing.bona_fide.n).value
    accepted, n = rates.apcer_pooled.errors, missing.attack.n
    return {
        "hter_non_responses_as_errors": (Rate(accepted + missing.attack.errors, n).value + refused) / 2,
        "hter_non_responses_as_refusals": (Rate(accepted, n).value + refused) / 2,
    }


def _points(points: "tuple[OperatingPoint, ...]") -> dict[str, Any]:
    return {
        f"{point.wanted_apcer:g}": {
            "threshold": point.rates.threshold,
            "bpcer": point.rates.bpcer.value,
            "apcer_worst": point.rates.apcer_worst,
            "worst_species": point.rates.worst_species,
        }
        for point in points
    }


def _intervals(evaluation: "Evaluation") -> dict[str, Any]:
    drawn = dict(zip(evaluation.figures, evaluation.bootstrap.intervals, strict=True))
    exact: dict[str, Rate] = {"bpcer": evaluation.rates.bpcer, "apcer_pooled": evaluation.rates.apcer_pooled}
    exact |= {f"apcer:{name}": rate for name, rate in evaluation.rates.apcer.items()}
    return {
        "level": evaluation.level,
        "clopper_pearson": _pairs({n: clopper_pearson(r, evaluation.level) for n, r in exact.items()}),
        "bootstrap": {
            "unit": evaluation.bootstrap.unit,
            "units": evaluation.bootstrap.units,
            "repeats": evaluation.bootstrap.repeats,
            "seed": evaluation.seed,
            "note": "percentiles over resampled units; the threshold is held fixed",
            **_pairs(drawn),
        },
    }


def _pairs(intervals: Mapping[str, Interval]) -> dict[str, Any]:
    return {name: [number(pair.low), number(pair.high)] for name, pair in intervals.items()}
