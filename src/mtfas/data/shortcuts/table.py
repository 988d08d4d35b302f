"""The cues of every face of a data set, as one table of numbers for each group."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mtfas.data.manifest import MADE, PreparedSet
from mtfas.data.shortcuts.cues import CUES, Look, off_ellipse, off_geometry
from mtfas.errors import BadData, BadFile
from mtfas.faces.image import read_grey, read_image
from mtfas.runtime.progress import track
from mtfas.types import FloatArray

PARAMETERS = "parameters"
EVERYTHING = "all"

MOST_VALUES = 50
"""A generating parameter in words that has more values than this is a name, not a condition."""

BACKGROUNDS = {
    "geometry": "pixels that are neither person nor attack instrument, from the geometry files",
    "ellipse": "pixels outside the largest ellipse of the crop, since not every face has a geometry file",
}
"""Where the background is taken from, in words."""


@dataclass(frozen=True)
class CueTable:
    """The cues of n faces.

    Attributes:
        rows: the n manifest rows that were read.
        groups: for each group [n, k]; NaN where a face does not show it (background) or has no such
            parameter.
        parameters: [k] the manifest column of each column of the group "parameters".
        background_from: a name in BACKGROUNDS.
        unreadable: what is wrong with the faces that could not be read, a sentence each.
        left_out: manifest columns of generating parameters that are no condition (too many values).
    """

    rows: pl.DataFrame
    groups: Mapping[str, FloatArray]
    parameters: np.ndarray
    background_from: str
    unreadable: tuple[str, ...]
    left_out: tuple[str, ...]


def read_cues(prepared: PreparedSet) -> CueTable:
    """Read every usable face once and measure its cues.

    A face that cannot be read is left out and told of.

    Raises:
        BadData: no face can be read.
    """
    usable = prepared.usable
    with_geometry = bool(usable.height) and usable["geometry"].null_count() == 0
    measured, kept, unreadable = [], [], []
    faces = usable.select("image", "geometry").iter_rows(named=True)
    for number, row in enumerate(track(faces, "measuring cues", usable.height)):
        try:
            measured.append(_measure(prepared.folder, row, with_geometry))
            kept.append(number)
        except BadFile as error:
            unreadable.append(str(error))
    if not measured:
        raise BadData(f"{prepared.folder} has no face that can be read; prepare the data again.")
    rows = usable[kept]
    groups = {name: np.array([face[name] for face in measured]) for name in CUES}
    values, names, left_out = parameter_values(rows)
    groups |= {PARAMETERS: values} if names.size else {}
    groups[EVERYTHING] = np.hstack(list(groups.values()))
    where = "geometry" if with_geometry else "ellipse"
    return CueTable(rows, groups, names, where, tuple(unreadable), left_out)


def _measure(folder: Path, row: dict[str, Any], with_geometry: bool) -> dict[str, list[float]]:
    path = folder / row["image"]
    image = read_image(path)
    size = image.shape[:2]
    behind = off_geometry(read_grey(folder / row["geometry"])) if with_geometry else off_ellipse(*size)
    if behind.shape != size:
        raise BadFile(f"{folder / row['geometry']} is not of the size of its face; prepare the data again.")
    look = Look(image, behind, path.stat().st_size)
    return {name: cue(look) for name, cue in CUES.items()}


def parameter_values(rows: pl.DataFrame) -> tuple[FloatArray, np.ndarray, tuple[str, ...]]:
    """Return the generating parameters as numbers, words as one column a value.

    Returns:
        [n, k] values, NaN where a face has none; [k] the manifest column each comes from; the columns that
        have too many values to be a condition.
    """
    parts: list[FloatArray] = []
    names: list[str] = []
    left_out = []
    for column in (name for name in rows.columns if name.startswith(MADE)):
        if rows[column].drop_nulls().n_unique() > MOST_VALUES and rows[column].dtype == pl.String:
            left_out.append(column)
            continue
        values = _numbers(rows[column])
        parts.append(values)
        names += [column] * values.shape[1]
    together = np.hstack(parts) if parts else np.empty((rows.height, 0))
    return np.where(np.isfinite(together), together, np.nan), np.array(names, dtype=str), tuple(left_out)


def _numbers(column: pl.Series) -> FloatArray:
    if column.dtype != pl.String:
        return column.cast(pl.Float64).to_numpy()[:, None]
    values = sorted(column.drop_nulls().unique())
    each = [(column == value).cast(pl.Float64).to_numpy() for value in values]
    return np.column_stack(each) if each else np.empty((len(column), 0))
