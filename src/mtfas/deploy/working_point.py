"""The threshold a bundle decides by, where it comes from, how sure it is, and the errors it makes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mtfas.errors import BadSetting
from mtfas.evaluation.presentations import NonResponses, Presentations, non_responses
from mtfas.evaluation.reportjson import number
from mtfas.evaluation.runfolder import EvaluatedRun, read_run_scores
from mtfas.evaluation.scores import presentations, read_scores
from mtfas.metrics.intervals import Interval, clopper_pearson, subject_bootstrap
from mtfas.metrics.rates import ErrorRates, Rate, error_rates
from mtfas.metrics.thresholds import equal_error
from mtfas.types import FloatArray, Label

LEVEL = 0.95
REPEATS = 1000


@dataclass(frozen=True)
class WorkingPoint:
    """A threshold and what it does.

    Attributes:
        run: the run's record and test scores.
        dev: the presentations that fixed it.
        threshold: as bundle.json has it: value, source, words, interval, …
        errors: of "dev" and "test", as bundle.json has them.
    """

    run: EvaluatedRun
    dev: Presentations
    threshold: dict[str, Any]
    errors: dict[str, Any]


def working_point(run: Path, source: str | None = None, seed: int = 0) -> WorkingPoint:
    """Take the threshold of a run by the source its evaluation uses; nothing is written.

    Args:
        run: a finished run of `mtfas train`.
        source: "dev", "source" or "fixed:T"; None takes the one the run's protocol names.
        seed: of the bootstrap.

    Raises:
        BadSetting: the source is unknown, or takes the threshold from the test set.
        BadRun, BadFile, BadData: as `evaluation.runfolder.read_run_scores`.
    """
    if source == "test-oracle":
        raise BadSetting(
            "a threshold chosen on the test set is not available in use; take dev, source or fixed:T."
        )
    found = read_run_scores(run, source, seed)
    rated, value = found.evaluation, found.evaluation.rates.threshold
    dev = Presentations(presentations(read_scores(run / "scores" / "dev.csv")))
    rates = error_rates(dev.live, dev.attack, dev.attack_species, value)
    fixed = rated.threshold_source.startswith("fixed")
    threshold = {
        "value": value,
        "source": rated.threshold_source,
        "words": rated.threshold_words,
        "interval": None if fixed else threshold_interval(dev, seed),
        "n": {"bona_fide": len(dev.live), "attack": len(dev.attack)},
    }
    errors = {
        "dev": errors_json(rates, non_responses(dev)),
        "test": errors_json(rated.rates, rated.non_responses),
    }
    return WorkingPoint(found, dev, threshold, errors)


def threshold_interval(dev: Presentations, seed: int = 0, repeats: int = REPEATS) -> dict[str, Any]:
    """Return how far the threshold of equal error moves when other people of dev are drawn.

    Args:
        dev: the presentations that fix the threshold.
        seed: of the bootstrap over subjects.
        repeats: the number of resamples.
    """
    rows = dev.answered
    scores, attack = rows["score"].to_numpy(), rows["label"].to_numpy() == Label.ATTACK

    def statistic(index: np.ndarray) -> FloatArray:
        drawn, kind = scores[index], attack[index]
        if kind.all() or not kind.any():
            return np.array([np.nan])
        return np.array([equal_error(drawn[~kind], drawn[kind]).threshold])

    drawn = subject_bootstrap(statistic, rows["subject"].to_numpy(), seed, repeats, LEVEL)
    about = {"level": LEVEL, "unit": drawn.unit, "units": drawn.units, "repeats": repeats, "seed": seed}
    return {"low": number(drawn.intervals[0].low), "high": number(drawn.intervals[0].high), **about}


def errors_json(rates: ErrorRates, missing: NonResponses) -> dict[str, Any]:
    """Return error rates at a threshold as JSON values, each with its exact binomial interval."""
    return {
        "bpcer": _rate(rates.bpcer),
        "apcer": {name: _rate(rate) for name, rate in rates.apcer.items()},
        "apcer_worst": {"species": rates.worst_species, "value": number(rates.apcer_worst)},
        "non_response": {"bona_fide": _rate(missing.bona_fide), "attack": _rate(missing.attack)},
        "interval": f"Clopper-Pearson, {LEVEL:.0%}, presentations taken as independent",
    }


def _rate(rate: Rate) -> dict[str, Any]:
    bounds: Interval = clopper_pearson(rate, LEVEL)
    interval = None if not rate.n else [bounds.low, bounds.high]
    return {"value": number(rate.value), "errors": rate.errors, "n": rate.n, "interval": interval}
