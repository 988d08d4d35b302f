"""The prepared data set: the folder that everything before training writes and everything after it reads.

manifest.parquet   one row a face (schema below), rows without a usable face included
faces/…            RGB crops, PNG
depth/…            uint8 depth, PNG, live faces only: 0 = background, 255 = nearest
masks/…            uint8 attack region, PNG, attacks only where known: 255 = attack
dataset.json       source, recipe, versions, crop rule, counts, manifest hash
"""

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mtfas import __version__
from mtfas.errors import BadFile
from mtfas.runtime.files import read_json, sha256, write_bytes, write_json
from mtfas.types import BONA_FIDE, Label, Split

FORMAT = 1
"""Version of the folder's format; raised when an old reader would misread a new folder."""


@dataclass(frozen=True)
class FaceRow:
    """One row of the manifest: one face, or one presentation from which no face could be had.

    Paths are relative to the folder. `image` is None exactly when `reason` says why there is no face (a
    non-response). Unknown camera, session or medium are "unknown"; `box` is [left, top, width, height] in
    pixels of the source image.
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
}


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


def write_manifest(folder: Path, rows: Sequence[FaceRow], info: dict[str, Any]) -> None:
    """Write manifest.parquet and dataset.json.

    Args:
        folder: the prepared data set, its images already written.
        rows: one for each face or non-response, in the order to keep.
        info: source, recipe and crop rule; counts, version and hash are added here. The same rows and info
            give the same bytes.
    """
    table = pl.DataFrame([asdict(row) for row in rows], schema=SCHEMA)
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", statistics=False)
    content = buffer.getvalue()
    write_bytes(folder / "manifest.parquet", content)
    summary = {"format": FORMAT, "mtfas": __version__, **info, "counts": count(table)}
    write_json(folder / "dataset.json", {**summary, "manifest_sha256": sha256(content)})


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
    missing = [name for name in SCHEMA if name not in rows.columns]
    if missing:
        raise BadFile(f"{path} has no column {', '.join(missing)}; prepare the data again.")
    _check_values(path, rows)
    return rows


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
