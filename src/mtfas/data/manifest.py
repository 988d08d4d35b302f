"""The prepared data set: the folder that everything before training writes and everything after it reads.

manifest.parquet   one row a face (schema below), rows without a usable face included
faces/…            RGB crops, PNG
depth/…            uint8 depth, PNG, live faces only: 0 = background, 255 = nearest
masks/…            uint8 attack region, PNG, attacks only where known: 255 = attack
geometry/…         uint8 exact depth of what stood there, live or attack, PNG, rendered faces only
dataset.json       source, recipe, versions, crop rule, counts, manifest hash
cache/…            decoded faces, made by training; may be removed at any time (data/cache.py)
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from mtfas import __version__
from mtfas.errors import BadFile
from mtfas.runtime.files import read_json, sha256, write_bytes, write_json
from mtfas.types import BONA_FIDE, Label, Split

MADE = "made."
"""How the names of the columns begin that hold generating parameters."""

CLIP = "clip."
"""How the names of the columns begin that say more of a published set's clips: frames, light, support, …"""

EXTRAS = {"made": MADE, "clip": CLIP}
"""From a row's field with values by name to the beginning of their columns' names."""

Parameter = float | str
"""The value of a generating parameter, or of what is known about a clip."""

_PART = 4096
"""Rows that are turned into columns at a time."""

FORMAT = 1
"""Version of the folder's format; raised when an old reader would misread a new folder."""


@dataclass(frozen=True)
class FaceRow:
    """One row of the manifest: one face, or one presentation from which no face could be had.

    Paths are relative to the folder. `image` is None exactly when `reason` says why there is no face (a
    non-response). Unknown camera, session or medium are "unknown"; `box` is [left, top, width, height] in
    pixels of the source image. `geometry` is a depth map of the live face or attack as it really stood there;
    `depth_by` names what gave the depth (a name in faces.depth.DEPTH_BACKENDS). `made` holds the parameters a
    face was rendered with, `clip` what is known about the clip; each becomes a column "made.<name>" or
    "clip.<name>".
    """

    image: str | None
    depth: str | None
    mask: str | None
    dataset: str
    release: str
    split: str
    subject: str
    session: str
    camera: str
    medium: str
    species: str
    label: int
    presentation: str
    frame: int
    box: list[float] | None
    detector: str
    sha256: str | None
    source: str
    reason: str | None = None
    geometry: str | None = None
    depth_by: str | None = None
    made: Mapping[str, Parameter] = field(default_factory=dict)
    clip: Mapping[str, Parameter] = field(default_factory=dict)


SCHEMA: dict[str, Any] = {
    "image": pl.String,
    "depth": pl.String,
    "mask": pl.String,
    "dataset": pl.String,
    "release": pl.String,
    "split": pl.String,
    "subject": pl.String,
    "session": pl.String,
    "camera": pl.String,
    "medium": pl.String,
    "species": pl.String,
    "label": pl.Int8,
    "presentation": pl.String,
    "frame": pl.Int32,
    "box": pl.List(pl.Float64),
    "detector": pl.String,
    "sha256": pl.String,
    "source": pl.String,
    "reason": pl.String,
    "geometry": pl.String,
    "depth_by": pl.String,
}

OPTIONAL = {"geometry", "depth_by"}
"""Columns that an older prepared set may lack; they are read as unknown."""


@dataclass(frozen=True)
class PreparedSet:
    """An opened prepared data set: its folder, all its rows, and the content of dataset.json."""

    folder: Path
    rows: pl.DataFrame
    info: dict[str, Any]

    @property
    def usable(self) -> pl.DataFrame:
        """The rows that have a face."""
        return self.rows.filter(pl.col("reason").is_null())

    @property
    def manifest_hash(self) -> str:
        """The hash that names this data set in every run made from it."""
        return str(self.info["manifest_sha256"])


def write_manifest(folder: Path, rows: Iterable[FaceRow] | pl.DataFrame, info: dict[str, Any]) -> None:
    """Write manifest.parquet and dataset.json.

    Args:
        folder: the prepared data set, its images already written.
        rows: one for each face or non-response, in the order to keep, or the table made of them.
        info: source, recipe and crop rule; counts, version and hash are added here. The same rows and info
            give the same bytes.
    """
    table = rows if isinstance(rows, pl.DataFrame) else make_table(rows)
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", statistics=False)
    content = buffer.getvalue()
    write_bytes(folder / "manifest.parquet", content)
    summary = {"format": FORMAT, "mtfas": __version__, **info, "counts": count(table)}
    write_json(folder / "dataset.json", {**summary, "manifest_sha256": sha256(content)})


def make_table(rows: Iterable[FaceRow]) -> pl.DataFrame:
    """Return the manifest of some rows; an iterator of many is taken in parts, so that memory stays small."""
    rest = iter(rows)
    parts = []
    while part := list(islice(rest, _PART)):
        parts.append(_part(part))
    if not parts:
        return _part([])
    whole = pl.concat(parts, how="diagonal_relaxed")
    more = sorted(name for name in whole.columns if name.startswith(tuple(EXTRAS.values())))
    return whole.select(*SCHEMA, *more)


def _part(rows: Sequence[FaceRow]) -> pl.DataFrame:
    fixed = pl.DataFrame([{name: getattr(row, name) for name in SCHEMA} for row in rows], schema=SCHEMA)
    return fixed.with_columns(column for extra in EXTRAS for column in _columns(rows, extra))


def _columns(rows: Sequence[FaceRow], extra: str) -> Iterator[pl.Series]:
    held = [getattr(row, extra) for row in rows]
    for name in sorted({name for values in held for name in values}):
        column = [values.get(name) for values in held]
        yield pl.Series(EXTRAS[extra] + name, column, dtype=_type_of(column), strict=False)


def _type_of(values: Sequence[Parameter | None]) -> Any:
    return pl.String if any(isinstance(value, str) for value in values) else pl.Float64


def count(rows: pl.DataFrame) -> dict[str, int]:
    """Return how many faces, live, attacks, subjects, presentations and non-responses the rows hold."""
    usable = rows.filter(pl.col("reason").is_null())
    return {
        "faces": usable.height,
        "live": usable.filter(pl.col("label") == Label.LIVE).height,
        "attack": usable.filter(pl.col("label") == Label.ATTACK).height,
        "subjects": rows["subject"].n_unique(),
        "presentations": rows["presentation"].n_unique(),
        "non_responses": rows.height - usable.height,
    }


def open_prepared(folder: Path, changed_allowed: bool = False) -> PreparedSet:
    """Open a prepared data set and check that its manifest is the one dataset.json names.

    Args:
        folder: the prepared data set.
        changed_allowed: open it although the manifest was changed by hand (an audit tells more).

    Raises:
        BadFile: the folder is not a prepared data set, is of another format, or its manifest is damaged or
            changed.
    """
    if not (folder / "dataset.json").is_file():
        raise BadFile(
            f"{folder} is not a prepared data set (no dataset.json); "
            "make one with 'mtfas prepare' or 'mtfas synthesize'."
        )
    info = read_json(folder / "dataset.json")
    if not isinstance(info, dict) or info.get("format") != FORMAT:
        found = info.get("format") if isinstance(info, dict) else None
        raise BadFile(
            f"{folder}/dataset.json has format {found}, this mtfas reads format {FORMAT}; "
            "prepare the data again."
        )
    rows = _read_rows(folder / "manifest.parquet")
    named = info.get("manifest_sha256")
    if not changed_allowed and sha256((folder / "manifest.parquet").read_bytes()) != named:
        raise BadFile(
            f"{folder}/manifest.parquet is not the one dataset.json names: it was changed; "
            f"run 'mtfas audit {folder}', or prepare the data again."
        )
    return PreparedSet(folder, rows, info)


def _read_rows(path: Path) -> pl.DataFrame:
    try:
        rows = pl.read_parquet(path)
    except FileNotFoundError as error:
        raise BadFile(f"{path} is missing; prepare the data again.") from error
    except Exception as error:  # polars raises many kinds on a damaged file
        raise BadFile(f"{path} is damaged ({error}); prepare the data again.") from error
    missing = [name for name in SCHEMA if name not in rows.columns and name not in OPTIONAL]
    if missing:
        raise BadFile(f"{path} has no column {', '.join(missing)}; prepare the data again.")
    _check_values(path, rows)
    unknown = [pl.lit(None, SCHEMA[name]).alias(name) for name in sorted(OPTIONAL - set(rows.columns))]
    return rows.with_columns(unknown)


def _check_values(path: Path, rows: pl.DataFrame) -> None:
    splits = sorted(set(rows["split"].unique()) - {str(split) for split in Split})
    if splits:
        raise BadFile(f"{path}: split is {', '.join(map(repr, splits))}; expected train, dev or test.")
    if not rows["label"].is_in([int(label) for label in Label]).all():
        raise BadFile(f"{path}: label must be {int(Label.LIVE)} (live) or {int(Label.ATTACK)} (attack).")
    wrong = rows.filter((pl.col("label") == Label.LIVE) != (pl.col("species") == BONA_FIDE))
    if wrong.height:
        raise BadFile(
            f"{path}: {wrong.height} rows whose label and species disagree, e.g. {wrong['source'][0]}; "
            f"live faces have species '{BONA_FIDE}'."
        )
