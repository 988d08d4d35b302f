"""One detector under every teacher and control: means by group of protocols, and paired differences of AUC.

A study is read from flat scores, one a finished cell, so that its digest (results.json) gives the same tables
as the run folders it was made from.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mtfas import __version__
from mtfas.data.manifest import PreparedSet
from mtfas.errors import BadFile
from mtfas.evaluation.reportjson import number
from mtfas.metrics.intervals import Interval
from mtfas.metrics.paired import Paired, paired
from mtfas.paper.cells import Measured, Place
from mtfas.paper.grid import Cell
from mtfas.runtime.files import sha256
from mtfas.runtime.record import hardware, versions

FEWEST_FOLDS = 3
"""With fewer protocols a draw of them says nothing of protocols; Student's interval stands alone then."""

HEADS = ("AUC", "EER on test*", "ACER, worst species", "BPCER")
_DATA_SAYS = ("dataset", "release", "preset", "seed", "manifest_sha256")
_FIGURES = ("auc", "eer_test", "acer", "bpcer")


@dataclass(frozen=True)
class Score:
    """What a finished cell is worth.

    Attributes:
        row: how the detector was supervised.
        protocol: trained and measured on.
        seed: of everything.
        auc: of test scores.
        eer_test: equal error rate of the test scores; a diagnostic, its threshold is test's own.
        acer: of the worst species at the dev threshold.
        worst_species: that species.
        bpcer: at the dev threshold.
        weights_sha256: of the detector.
        teacher_sha256: of the network its labels came from; None without one.
        seconds: wall time of the detector's run.
    """

    row: str
    protocol: str
    seed: int
    auc: float
    eer_test: float
    acer: float
    worst_species: str
    bpcer: float
    weights_sha256: str
    teacher_sha256: str | None
    seconds: float


def scores_of(found: Mapping[Place, Measured]) -> list[Score]:
    """Return the score of every finished cell, in the order given."""
    return [_score(place, measured) for place, measured in found.items()]


def _score(place: Place, measured: Measured) -> Score:
    rated, record = measured.evaluation, measured.record
    return Score(
        *place,
        auc=rated.auc,
        eer_test=rated.eer_test.rate,
        acer=rated.rates.acer_worst,
        worst_species=rated.rates.worst_species,
        bpcer=rated.rates.bpcer.value,
        weights_sha256=sha256((measured.cell.job.out / "weights.safetensors").read_bytes()),
        teacher_sha256=record.get("labels", {}).get("weights_sha256"),
        seconds=float(record["wall_seconds"]),
    )


@dataclass(frozen=True)
class Summary:
    """A row over a group of protocols.

    Attributes:
        row: how the detector was supervised.
        cells: finished runs the means are of.
        means: of auc, eer_test, acer and bpcer over the cells.
        sds: of the same figures over seeds: the root of the mean variance (ddof 1) within a protocol; NaN
            where no protocol has two seeds.
        against: AUC differences to each row that was asked for and has cells here.
    """

    row: str
    cells: int
    means: Mapping[str, float]
    sds: Mapping[str, float]
    against: Mapping[str, Paired]


def summarise(scores: Sequence[Score], rows: Iterable[str], against: Sequence[str] = ()) -> list[Summary]:
    """Return a summary of each row that has a finished cell among the scores, in the rows' order.

    Args:
        scores: of a group of protocols.
        rows: which, by name.
        against: rows that every other row's AUC is compared with, pair by pair.
    """
    by_row = {row: [score for score in scores if score.row == row] for row in rows}
    return [_summary(row, own, by_row, against) for row, own in by_row.items() if own]


def _summary(
    row: str, own: Sequence[Score], by_row: Mapping[str, Sequence[Score]], others: Sequence[str]
) -> Summary:
    against = {
        other: paired(_areas(own), _areas(by_row[other]))
        for other in others
        if other != row and by_row.get(other)
    }
    means = {figure: statistics.fmean(getattr(score, figure) for score in own) for figure in _FIGURES}
    sds = {figure: within_protocols(own, figure) for figure in _FIGURES}
    return Summary(row, len(own), means, sds, against)


def _areas(scores: Sequence[Score]) -> dict[tuple[str, int], float]:
    return {(score.protocol, score.seed): score.auc for score in scores}


def within_protocols(scores: Sequence[Score], figure: str) -> float:
    """Return a figure's standard deviation over seeds, pooled over the protocols that have at least two."""
    protocols = dict.fromkeys(score.protocol for score in scores)
    values = [[getattr(s, figure) for s in scores if s.protocol == name] for name in protocols]
    variances = [statistics.variance(own) for own in values if len(own) > 1]
    return math.sqrt(statistics.fmean(variances)) if variances else math.nan


def markdown(title: str, summaries: Sequence[Summary]) -> str:
    """Return a group's table: per cent, and AUC differences in percentage points."""
    against = list(dict.fromkeys(other for summary in summaries for other in summary.against))
    differences = [
        head for other in against for head in (f"AUC − {other}", "95 % t", "95 % two-way", "pairs")
    ]
    heads = ["supervision", "cells", *HEADS, *differences]
    lines = [f"### {title}", "", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for summary in summaries:
        cells = [_mean_words(summary, figure) for figure in _FIGURES]
        cells += [word for other in against for word in _difference_words(summary.against.get(other))]
        lines.append(f"| {summary.row} | {summary.cells} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


LEGEND = (
    "Per cent; AUC differences in percentage points. Mean over the cells ± standard deviation over seeds "
    "within a protocol (pooled). Thresholds are dev's. * EER on test takes its threshold from the test set: "
    "a diagnostic. Differences are paired by protocol and seed. 95 % t: Student's interval, the pairs taken "
    "as independent. 95 % two-way: bootstrap that draws protocols and seeds, since pairs of one protocol "
    "share test data and pairs of one seed share initial weights; with few protocols or seeds it is too "
    "narrow itself, with fewer than three protocols it is not given. Rows with different numbers of cells "
    "have means over different cells; their pairs are common ones."
)


def _mean_words(summary: Summary, figure: str) -> str:
    mean, sd = 100 * summary.means[figure], 100 * summary.sds[figure]
    return f"{mean:.1f}" if math.isnan(sd) else f"{mean:.1f} ± {sd:.1f}"


def _difference_words(found: Paired | None) -> tuple[str, str, str, str]:
    if found is None or not found.pairs:
        return ("–", "–", "–", "0" if found else "–")
    drawn = _range(found.drawn) if found.folds >= FEWEST_FOLDS else "–"
    return (f"{100 * found.mean:+.1f}", _range(found.t), drawn, str(found.pairs))


def _range(interval: Interval) -> str:
    if math.isnan(interval.low):
        return "–"
    return f"{100 * interval.low:+.1f} … {100 * interval.high:+.1f}"


def how_made(prepared: PreparedSet, cells: Iterable[Cell], **asked: Any) -> dict[str, Any]:
    """Return what a reader needs to make a study again, and no path.

    Args:
        prepared: the data.
        cells: of the study, run or not.
        asked: what was asked of the script, by name; JSON values.
    """
    iterations = {getattr(cell.job.settings, "iterations", None) for cell in cells}
    return {
        "mtfas": __version__,
        "data": {name: prepared.info.get(name) for name in _DATA_SAYS},
        **asked,
        "iterations": iterations.pop() if len(iterations) == 1 else None,
        "versions": versions(),
        "hardware": hardware(),
    }


def digest(settings: Mapping[str, Any], scores: Sequence[Score]) -> dict[str, Any]:
    """Return results.json: how the study was made, and every finished cell. It holds no paths."""
    return {
        "settings": dict(settings),
        "cells": [
            {name: number(value) if isinstance(value, float) else value for name, value in asdict(s).items()}
            for s in scores
        ],
    }


def scores_from(content: Mapping[str, Any]) -> list[Score]:
    """Return the scores of a digest.

    Raises:
        BadFile: the content is no digest of a study.
    """
    try:
        return [Score(**cell) for cell in content["cells"]]
    except (KeyError, TypeError) as error:
        raise BadFile(
            "expected the digest of a study (cells with row, protocol, seed, auc …), got something else "
            f"({error}); give a file that a study of benchmarks/ wrote."
        ) from error
