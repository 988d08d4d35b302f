"""Errors by what a presentation was like: its camera, its session, a parameter its face was rendered with."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mtfas.evaluation.bins import Bounds, Parts, parts_of
from mtfas.evaluation.facevalues import check_columns, values_of
from mtfas.evaluation.reportjson import number
from mtfas.evaluation.scores import ScoreTable
from mtfas.metrics.intervals import Bootstrap, Interval, clopper_pearson, subject_bootstrap
from mtfas.metrics.rates import Rate
from mtfas.types import FloatArray, Label, is_attack

if TYPE_CHECKING:
    from mtfas.evaluation.report import Evaluation


@dataclass(frozen=True)
class BreakdownRow:
    """The presentations with one value, or with values in one bin, at the threshold already used.

    Attributes:
        value: the value, or the bin's lowest and highest value, in words.
        bounds: the same in numbers; None for words.
        bpcer: of the bona fide presentations.
        apcer: of all attacks pooled, whatever their species.
        bpcer_drawn: percentile interval over resampled subjects; `apcer_drawn` likewise.
    """

    value: str
    bounds: Bounds
    bpcer: Rate
    apcer: Rate
    bpcer_drawn: Interval
    apcer_drawn: Interval


@dataclass(frozen=True)
class Breakdown:
    """The errors of an evaluation by the values of one manifest column.

    Attributes:
        column: the manifest's column.
        rows: together every presentation that has a score, once each.
        unit: what was resampled for the drawn intervals.
        level: coverage of the intervals.
        non_responses: presentations without a score; they are in no row.
    """

    column: str
    rows: tuple[BreakdownRow, ...]
    unit: str
    level: float
    non_responses: int

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values; undefined numbers are null."""
        return {
            "unit": "presentation",
            "attacks": "pooled over species",
            "intervals": {"level": self.level, "bootstrap_unit": self.unit},
            "non_responses": self.non_responses,
            "rows": [self._row(row) for row in self.rows],
        }

    def _row(self, row: BreakdownRow) -> dict[str, Any]:
        return {
            "value": row.value,
            "bounds": None if row.bounds is None else list(row.bounds),
            "bona_fide": {"bpcer": number(row.bpcer.value), **self._rate(row.bpcer, row.bpcer_drawn)},
            "attack": {"apcer": number(row.apcer.value), **self._rate(row.apcer, row.apcer_drawn)},
        }

    def _rate(self, rate: Rate, drawn: Interval) -> dict[str, Any]:
        intervals = {"clopper_pearson": clopper_pearson(rate, self.level), "bootstrap": drawn}
        pairs = {name: [number(pair.low), number(pair.high)] for name, pair in intervals.items()}
        return {"n": rate.n, "errors": rate.errors, **pairs}


def with_breakdowns(
    evaluation: "Evaluation", scores: ScoreTable, faces: pl.DataFrame, columns: Iterable[str]
) -> "Evaluation":
    """Return the evaluation with its errors by some columns, once each, in the order given.

    Raises:
        BadSetting, BadData: as `break_down`.
    """
    tables = [break_down(evaluation, scores, faces, column) for column in dict.fromkeys(columns)]
    return replace(evaluation, by=tuple(tables))


def break_down(
    evaluation: "Evaluation", scores: ScoreTable, faces: pl.DataFrame, column: str, repeats: int = 1000
) -> Breakdown:
    """Return the errors by the values of one manifest column, at the evaluation's threshold.

    A presentation's number is the mean over its frames. Numbers are cut at their quantiles into
    `bins.BINS` parts, or told one by one where there are no more than that. Where parts hold different
    species, their pooled APCERs differ for that reason too.

    Args:
        evaluation: of the test scores.
        scores: the test scores, for their frames.
        faces: the manifest rows of the data set they were made from.
        column: any column of numbers or words, e.g. "camera" or "made.yaw".
        repeats: bootstrap resamples, >= 1.

    Raises:
        BadSetting: the manifest has no such column, or it has no numbers or too many words.
        BadData: a score has no face in the manifest, or they disagree on a label.
    """
    check_columns(faces, [column])
    rated = evaluation.test.answered
    values = values_of(scores, faces, column)
    value = rated.join(values, on="presentation", how="left", maintain_order="left")["value"]
    parts = parts_of(value, column)
    groups = _Groups.of(evaluation, parts)
    boot = subject_bootstrap(
        groups.shares, rated["subject"].to_numpy(), evaluation.seed, repeats, evaluation.level
    )
    silent = evaluation.test.rows.height - rated.height
    return Breakdown(column, _rows(parts, groups, boot), boot.unit, evaluation.level, silent)


def _rows(parts: Parts, groups: "_Groups", boot: Bootstrap) -> tuple[BreakdownRow, ...]:
    n, rates = len(parts.names), groups.rates()
    columns = (rates[:n], rates[n:], boot.intervals[:n], boot.intervals[n:])
    return tuple(BreakdownRow(*row) for row in zip(parts.names, parts.bounds, *columns, strict=True))


@dataclass(frozen=True)
class _Groups:
    """The presentations [n] in 2 k groups: the bona fide of each of k parts, then the attacks of each."""

    group: npt.NDArray[np.int_]
    wrong: npt.NDArray[np.bool_]
    count: int

    @classmethod
    def of(cls, evaluation: "Evaluation", parts: Parts) -> "_Groups":
        rated, k = evaluation.test.answered, len(parts.names)
        attack = rated["label"].to_numpy() == Label.ATTACK
        wrong = is_attack(rated["score"].to_numpy(), evaluation.rates.threshold) != attack
        return cls(np.where(attack, k, 0) + parts.of, wrong, 2 * k)

    def rates(self) -> list[Rate]:
        errors, trials = self._counts(np.arange(self.group.size))
        return [Rate(int(e), int(t)) for e, t in zip(errors, trials, strict=True)]

    def shares(self, index: npt.NDArray[np.int_]) -> FloatArray:
        """Return the share of errors in each group among some presentations; NaN where it has none."""
        errors, trials = self._counts(index)
        with np.errstate(invalid="ignore"):
            return np.asarray(errors / trials)

    def _counts(self, index: npt.NDArray[np.int_]) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
        group, wrong = self.group[index], self.wrong[index]
        return np.bincount(group[wrong], minlength=self.count), np.bincount(group, minlength=self.count)
