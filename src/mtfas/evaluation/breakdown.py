"""Errors by what a presentation was like: its camera, its session, a parameter its face was rendered with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from mtfas.data.manifest import open_prepared
from mtfas.data.sources.raw import natural_key
from mtfas.errors import BadData, BadRun, BadSetting, unknown_name
from mtfas.evaluation.report import Evaluation
from mtfas.evaluation.reportjson import number
from mtfas.evaluation.runfolder import read_record
from mtfas.evaluation.scores import ScoreTable
from mtfas.metrics.intervals import Interval, clopper_pearson, subject_bootstrap
from mtfas.metrics.rates import Rate
from mtfas.runtime.files import read_json, write_json
from mtfas.types import FloatArray, Label, is_attack

BINS = 5
"""A column of numbers is cut into so many parts with about as many presentations each."""

MOST_VALUES = 50
"""A column of words may have so many values."""

NOT_GIVEN = "(not given)"
"""The row of presentations for which the data set has no value."""

SEVERAL = "(several)"
"""The row of presentations whose frames have different words."""


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
    bounds: tuple[float, float] | None
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


@dataclass(frozen=True)
class _Parts:
    """Which part of a column each presentation is in, [n], and what the parts are called."""

    of: npt.NDArray[np.int_]
    names: tuple[str, ...]
    bounds: tuple[tuple[float, float] | None, ...]


def break_down(
    evaluation: Evaluation, scores: ScoreTable, faces: pl.DataFrame, column: str, repeats: int = 1000
) -> Breakdown:
    """Return the errors by the values of one manifest column, at the evaluation's threshold.

    A presentation's number is the mean over its frames. Numbers are cut at their quantiles into BINS parts,
    or told one by one where there are no more than that. Where parts hold different species, their pooled
    APCERs differ for that reason too.

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
    values = _values(_joined(scores, faces, column))
    value = rated.join(values, on="presentation", how="left", maintain_order="left")["value"]
    parts = _parts_of_words(value, column) if value.dtype == pl.String else _parts_of_numbers(value)
    return _count(evaluation, column, parts, repeats)


def check_columns(faces: pl.DataFrame, columns: Sequence[str]) -> None:
    """Check that a manifest can be broken down by some columns.

    Raises:
        BadSetting: it has no such column, or not of numbers or words.
    """
    for column in columns:
        if column not in faces.columns:
            raise unknown_name("manifest column", column, faces.columns)
        kind = faces.schema[column]
        if not (kind.is_numeric() or kind in (pl.String, pl.Boolean)):
            raise BadSetting(f"column '{column}' holds neither numbers nor words ({kind}); give another one.")


def faces_of_run(run: Path, data: Path | None, columns: Sequence[str]) -> pl.DataFrame:
    """Return the manifest rows a run was made from.

    Args:
        run: the run folder.
        data: the prepared data set, where it has moved.
        columns: what it must have.

    Raises:
        BadRun: not a finished train run, or its data is not where the run says.
        BadFile: the data folder is no prepared data set.
        BadData: it holds other data than the run was made from.
        BadSetting: as `check_columns`.
    """
    named = read_record(run, "train").get("data", {})
    folder = data or (Path(named["folder"]) if named.get("folder") else None)
    if folder is None or not folder.is_dir():
        raise BadRun(f"the data of {run} is not in {folder or 'its record'}; say where it is with --data.")
    opened = open_prepared(folder)
    if opened.manifest_hash != named.get("manifest_sha256"):
        raise BadData(f"{folder} holds other data than {run} was made from; give the right one with --data.")
    check_columns(opened.rows, columns)
    return opened.rows


def faces_of(data: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Return the manifest rows of a prepared data set that has some columns.

    Raises:
        BadFile: the folder is no prepared data set.
        BadSetting: as `check_columns`.
    """
    faces = open_prepared(data).rows
    check_columns(faces, columns)
    return faces


def add_to_report(folder: Path, breakdowns: Sequence[Breakdown]) -> None:
    """Add the tables to the report.json of a folder, as "by": {column: table}."""
    by = {found.column: found.to_json() for found in breakdowns}
    write_json(folder / "report.json", {**read_json(folder / "report.json"), "by": by})


def _count(evaluation: Evaluation, column: str, parts: _Parts, repeats: int) -> Breakdown:
    rated = evaluation.test.answered
    attack = rated["label"].to_numpy() == Label.ATTACK
    wrong = is_attack(rated["score"].to_numpy(), evaluation.rates.threshold) != attack
    n = len(parts.names)
    cell = np.where(attack, n, 0) + parts.of  # the bona fide of every part, then the attacks of every part

    def counts(index: npt.NDArray[np.int_]) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
        errors = cell[index][wrong[index]]
        return np.bincount(errors, minlength=2 * n), np.bincount(cell[index], minlength=2 * n)

    def shares(index: npt.NDArray[np.int_]) -> FloatArray:
        errors, trials = counts(index)
        with np.errstate(invalid="ignore"):
            return np.asarray(errors / trials)

    people = rated["subject"].to_numpy()
    boot = subject_bootstrap(shares, people, evaluation.seed, repeats, evaluation.level)
    rates = [Rate(int(e), int(t)) for e, t in zip(*counts(np.arange(cell.size)), strict=True)]
    columns = (rates[:n], rates[n:], boot.intervals[:n], boot.intervals[n:])
    rows = tuple(BreakdownRow(*row) for row in zip(parts.names, parts.bounds, *columns, strict=True))
    return Breakdown(column, rows, boot.unit, evaluation.level, evaluation.test.rows.height - rated.height)


def _joined(scores: ScoreTable, faces: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the scores' presentations and frames with the column's value, as "value"."""
    keys = ["presentation", "frame"]
    known = faces.select(*keys, pl.col(column).alias("value"), pl.col("label").alias("true"))
    joined = scores.rows.join(known, on=keys, how="left", maintain_order="left")
    strange = joined.filter(pl.col("true").is_null())
    if strange.height:
        raise BadData(
            f"{strange.height} of {scores.rows.height} scores of {scores.path} have no face in the data set, "
            f"e.g. {_first(strange)}; give the data set they were made from."
        )
    if joined.height > scores.rows.height:
        twice = joined.filter(pl.struct(keys).is_duplicated())
        raise BadData(f"the data set has {_first(twice)} more than once; prepare it again.")
    swapped = joined.filter(pl.col("label") != pl.col("true"))
    if swapped.height:
        raise BadData(
            f"{scores.path} and the data set disagree on {swapped.height} labels, e.g. {_first(swapped)}; "
            "give the data set the scores were made from."
        )
    return joined


def _first(rows: pl.DataFrame) -> str:
    return f"presentation '{rows['presentation'][0]}' frame {rows['frame'][0]}"


def _values(joined: pl.DataFrame) -> pl.DataFrame:
    """Return one value a presentation: the mean of numbers, the word all its frames have; null where none."""
    each = joined.group_by("presentation", maintain_order=True)
    if joined["value"].dtype.is_numeric():
        number = pl.col("value").cast(pl.Float64)
        return each.agg(number.filter(number.is_finite()).mean())
    words = pl.col("value").cast(pl.String).drop_nulls().unique()
    return each.agg(
        pl.when(words.len() > 1).then(pl.lit(SEVERAL)).otherwise(words.first()).first().alias("value")
    )


def _parts_of_words(values: pl.Series, column: str) -> _Parts:
    words = set(values.drop_nulls().to_list())
    if len(words) > MOST_VALUES:
        raise BadSetting(
            f"column '{column}' has {len(words)} different values, at most {MOST_VALUES} can be told apart; "
            "give a column that says what presentations have in common."
        )
    names = sorted(words, key=lambda word: (word == SEVERAL, natural_key(word)))
    of = np.array([len(names) if word is None else names.index(word) for word in values], dtype=int)
    return _with_not_given(of, names, [None] * len(names))


def _parts_of_numbers(values: pl.Series) -> _Parts:
    given = values.is_not_null().to_numpy()
    numbers = values.to_numpy()[given]
    single = np.unique(numbers)
    cuts = single[:-1] if single.size <= BINS else np.quantile(numbers, np.arange(1, BINS) / BINS)
    # a number that is a cut belongs below it; many equal numbers may leave parts empty, which are dropped
    found, part = np.unique(np.searchsorted(cuts, numbers), return_inverse=True)
    bounds = [(float(numbers[part == k].min()), float(numbers[part == k].max())) for k in range(found.size)]
    names = [f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}" for low, high in bounds]
    of = np.full(len(values), found.size)
    of[given] = part
    return _with_not_given(of, names, bounds)


def _with_not_given(
    of: npt.NDArray[np.int_], names: Sequence[str], bounds: Sequence[tuple[float, float] | None]
) -> _Parts:
    rest = bool((of == len(names)).any())
    return _Parts(of, (*names, *[NOT_GIVEN] * rest), (*bounds, *[None] * rest))
