"""What a data set says of the presentations that have scores: one value of one manifest column for each."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from mtfas.data.manifest import open_prepared
from mtfas.errors import BadData, BadSetting, unknown_name
from mtfas.evaluation.scores import ScoreTable

SEVERAL = "(several)"
"""The value of presentations whose frames have different words."""

KEYS = ["presentation", "frame"]
"""What a score and its face have in common."""


def faces_of(data: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Return the manifest rows of a prepared data set that has some columns.

    Raises:
        BadFile: the folder is no prepared data set.
        BadSetting: as `check_columns`.
    """
    faces = open_prepared(data).rows
    check_columns(faces, columns)
    return faces


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


def values_of(scores: ScoreTable, faces: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return one row a presentation, in the order of the scores: presentation, value.

    A number is the mean over the presentation's frames, words are what all its frames say; null where the
    data set has none.

    Raises:
        BadData: a score has no face in the manifest or several, or they disagree on a label.
    """
    known = faces.select(*KEYS, pl.col(column).alias("value"), pl.col("label").alias("true"))
    joined = scores.rows.join(known, on=KEYS, how="left", maintain_order="left")
    _check_joined(joined, scores)
    each = joined.group_by("presentation", maintain_order=True)
    return each.agg(_mean() if joined["value"].dtype.is_numeric() else _common_word())


def _mean() -> pl.Expr:
    number = pl.col("value").cast(pl.Float64)
    return number.filter(number.is_finite()).mean()


def _common_word() -> pl.Expr:
    words = pl.col("value").cast(pl.String).drop_nulls().unique()
    common = pl.when(words.len() > 1).then(pl.lit(SEVERAL)).otherwise(words.first())
    return common.first().alias("value")


def _check_joined(joined: pl.DataFrame, scores: ScoreTable) -> None:
    strange = joined.filter(pl.col("true").is_null())
    if strange.height:
        raise BadData(
            f"{strange.height} of {scores.rows.height} scores of {scores.path} have no face in the data set, "
            f"e.g. {_first(strange)}; give the data set they were made from."
        )
    if joined.height > scores.rows.height:
        twice = joined.filter(pl.struct(KEYS).is_duplicated())
        raise BadData(f"the data set has {_first(twice)} more than once; prepare it again.")
    swapped = joined.filter(pl.col("label") != pl.col("true"))
    if swapped.height:
        raise BadData(
            f"{scores.path} and the data set disagree on {swapped.height} labels, e.g. {_first(swapped)}; "
            "give the data set the scores were made from."
        )


def _first(rows: pl.DataFrame) -> str:
    return f"presentation '{rows['presentation'][0]}' frame {rows['frame'][0]}"
