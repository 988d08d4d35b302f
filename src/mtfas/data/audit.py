"""Look a prepared data set over before anything is learned from it: leaks, damage, gaps, balance."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from mtfas.data.cutting import reason_kind
from mtfas.data.manifest import PreparedSet, count, open_prepared
from mtfas.data.protocols import leaks
from mtfas.errors import BadFile
from mtfas.faces.image import read_grey, read_image
from mtfas.runtime.files import sha256
from mtfas.runtime.progress import track
from mtfas.types import Label, Split

RAREST_SHARE = 1 / 20
"""A split in which one class has less than this share of the other is reported."""

FEW_WITHOUT = 1 / 20
"""Attacks without a region are reported where at most this share of their species, or one alone, lacks it."""

FEWEST_WITH = 3
"""So many attacks of a species must have a region before one without is odd."""

UNSPLIT = "siw-m"
"""A data set whose attacks are in no test split: its protocols test those of the species that is left out."""

CLASSES = {"bona_fide": Label.LIVE, "attack": Label.ATTACK}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: its kind (one word), where, and a sentence with the next step."""

    kind: str
    where: str
    sentence: str


@dataclass(frozen=True)
class Audit:
    """What an audit found; `ok` when it found no problem."""

    problems: list[Problem]
    counts: dict[str, Any]

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        """Return {ok, problems: [{kind, where, sentence}], counts}."""
        return {
            "ok": self.ok,
            "problems": [asdict(problem) for problem in self.problems],
            "counts": self.counts,
        }


def audit(data: Path | PreparedSet) -> Audit:
    """Check a prepared data set, every image of it included.

    Raises:
        BadFile: the folder is not a prepared data set, or its manifest cannot be read.
    """
    prepared = data if isinstance(data, PreparedSet) else open_prepared(data, changed_allowed=True)
    problems = [
        *_changed_manifest(prepared),
        *_leaks(prepared.rows),
        *_contradictions(prepared.rows),
        *_balance(prepared.usable),
        *_lone_without_mask(prepared.usable),
        *_files(prepared),
    ]
    return Audit(problems, _counts(prepared.rows))


def _changed_manifest(prepared: PreparedSet) -> Iterator[Problem]:
    if sha256((prepared.folder / "manifest.parquet").read_bytes()) != prepared.info.get("manifest_sha256"):
        sentence = "manifest.parquet is not the one dataset.json names; prepare the data again."
        yield Problem("changed_manifest", "manifest.parquet", sentence)


def _leaks(rows: pl.DataFrame) -> Iterator[Problem]:
    for column in ("subject", "presentation"):
        for value, splits in leaks(rows, column).iter_rows():
            sentence = f"{column} '{value}' is in {' and '.join(splits)}; give it one split."
            yield Problem(f"leak_{column}", str(value), sentence)
    for value, splits in leaks(rows, "sha256").iter_rows():
        names = _sources(rows, value)
        sentence = f"the same image is in {' and '.join(splits)} ({', '.join(names)}); keep it in one split."
        yield Problem("leak_image", names[0], sentence)


def _contradictions(rows: pl.DataFrame) -> Iterator[Problem]:
    held = rows.filter(pl.col("sha256").is_not_null())
    labels = held.group_by("sha256").agg(pl.col("label").n_unique()).filter(pl.col("label") > 1)
    for value in labels["sha256"].sort():
        names = _sources(rows, value)
        sentence = (
            f"the same image is once live and once an attack ({', '.join(names)}); remove the wrong one."
        )
        yield Problem("two_labels", names[0], sentence)


def _sources(rows: pl.DataFrame, digest: str) -> list[str]:
    return sorted(rows.filter(pl.col("sha256") == digest)["source"].to_list())


def _balance(usable: pl.DataFrame) -> Iterator[Problem]:
    for split in map(str, Split):
        n = _by_class(usable.filter(pl.col("split") == split))
        empty = [name for name in CLASSES if not n[name]]
        if empty == ["attack"] and split == Split.TEST and set(usable["dataset"]) == {UNSPLIT}:
            continue
        if empty:
            sentence = f"{split} has no usable {' and no usable '.join(empty)} face; no protocol can use it."
            yield Problem("one_class", split, sentence)
        elif min(n.values()) < RAREST_SHARE * max(n.values()):
            sentence = (
                f"{split} has {n['bona_fide']} bona fide and {n['attack']} attack faces, more than "
                f"{1 / RAREST_SHARE:.0f} to 1; add faces of the rarer class."
            )
            yield Problem("imbalance", split, sentence)


def _lone_without_mask(usable: pl.DataFrame) -> Iterator[Problem]:
    """Find attacks without a region whose fellows have one: a live face may have got their label."""
    attacks = usable.filter(pl.col("label") == Label.ATTACK)
    # By data set, too: of joined ones, one may know its regions and another not.
    for (_, species), fellows in sorted(attacks.group_by("dataset", "species"), key=lambda pair: pair[0]):
        without = fellows.filter(pl.col("mask").is_null())
        having = fellows.height - without.height
        odd = having >= FEWEST_WITH and without.height <= max(1, FEW_WITHOUT * fellows.height)
        for image in without["image"] if odd else []:
            sentence = (
                f"{image} is labelled {species} but has no attack region, and {having} others of the species "
                "have one; check its label, or give it a mask."
            )
            yield Problem("no_mask", image, sentence)


def _files(prepared: PreparedSet) -> Iterator[Problem]:
    usable = prepared.usable
    columns = usable.select("image", "depth", "mask", "geometry", "label", "sha256").iter_rows(named=True)
    size = (prepared.info.get("crop") or {}).get("size")
    depth_wanted = prepared.info.get("depth") != "none"
    for row in track(columns, "checking faces", usable.height):
        yield from _face(prepared.folder, row, (size, size) if size else None)
        live = row["label"] == Label.LIVE
        if live and row["depth"] is None and depth_wanted:
            yield Problem(
                "no_depth", row["image"], f"{row['image']} is live but has no depth; prepare it again."
            )
        if not live and row["depth"] is not None:
            sentence = (
                f"{row['image']} is an attack but has a depth; an attack's depth is 0 everywhere (its shape "
                "is geometry): check its label, or remove the depth."
            )
            yield Problem("attack_depth", row["image"], sentence)
        if live and row["mask"] is not None:
            sentence = f"{row['image']} is live but has an attack region; check its label or remove the mask."
            yield Problem("live_mask", row["image"], sentence)


def _face(folder: Path, row: dict[str, Any], wanted: tuple[int, int] | None) -> Iterator[Problem]:
    image, problems = _read(folder, row["image"], "image", row["sha256"])
    yield from problems
    if image is None:
        return
    if wanted and image != wanted:
        yield _wrong_size("image", row["image"], image, wanted)
    for kind in ("depth", "mask", "geometry"):
        if row[kind] is not None:
            size, problems = _read(folder, row[kind], kind)
            yield from problems
            if size is not None and size != image:
                yield _wrong_size(kind, row[kind], size, image)


def _wrong_size(kind: str, name: str, size: tuple[int, int], wanted: tuple[int, int]) -> Problem:
    found, right = (" × ".join(map(str, reversed(pair))) for pair in (size, wanted))
    return Problem(
        f"{kind}_size", name, f"{name} is {found} pixels, expected {right}; prepare the data again."
    )


def _read(
    folder: Path, name: str, kind: str, digest: str | None = None
) -> tuple[tuple[int, int] | None, list[Problem]]:
    """Return (height, width) of an image, None where it cannot be had, and what is wrong with its file."""
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        return None, [Problem("outside", name, f"{name} leads out of the data set; prepare the data again.")]
    path = folder / name
    if not path.is_file():
        return None, [Problem("missing", name, f"{name} is missing; restore it or prepare the data again.")]
    problems = []
    if digest is not None and sha256(path.read_bytes()) != digest:
        sentence = f"{name} is not the file the manifest was made with; restore it or prepare the data again."
        problems.append(Problem("changed", name, sentence))
    try:
        pixels = read_image(path) if kind == "image" else read_grey(path)
    except BadFile as error:
        return None, [*problems, Problem("undecodable", name, str(error))]
    return (pixels.shape[0], pixels.shape[1]), problems


def _counts(rows: pl.DataFrame) -> dict[str, Any]:
    usable = rows.filter(pl.col("reason").is_null())
    by = {f"by_{column}": _by(usable, column) for column in ("species", "medium", "camera", "session")}
    return {**count(rows), "by_split": _by_split(rows), **by, "non_response": _non_responses(rows)}


def _by_split(rows: pl.DataFrame) -> dict[str, dict[str, int]]:
    parts = {str(split): rows.filter(pl.col("split") == str(split)) for split in Split}
    return {
        split: {**count(part), **_by_class(part.filter(pl.col("reason").is_null()))}
        for split, part in parts.items()
    }


def _by_class(rows: pl.DataFrame) -> dict[str, int]:
    return {name: rows.filter(pl.col("label") == int(label)).height for name, label in CLASSES.items()}


def _by(usable: pl.DataFrame, column: str) -> dict[str, dict[str, int]]:
    """Return, for each value of a column, the faces in each split."""
    values = sorted(usable[column].unique())
    parts = {str(value): usable.filter(pl.col(column) == value)["split"].to_list() for value in values}
    return {
        value: {str(split): splits.count(str(split)) for split in Split} for value, splits in parts.items()
    }


def _non_responses(rows: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Return, for each class, how many images gave no face, by the kind of reason."""
    failed = rows.filter(pl.col("reason").is_not_null())
    kinds = {
        name: Counter(map(reason_kind, failed.filter(pl.col("label") == int(label))["reason"]))
        for name, label in CLASSES.items()
    }
    return {name: dict(sorted(counter.items())) for name, counter in kinds.items()}
