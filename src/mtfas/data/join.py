"""Join prepared data sets into one, as a cross-domain protocol needs them.

The images of a joined set are hard links to those of its parts, or copies where the file system has no links:
it takes little room, and it stays whole when a part is removed. Files of prepared sets are replaced but never
changed in place, so a shared file is safe.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mtfas.data.join_parts import (
    KINDS,
    PART,
    Part,
    in_several_parts,
    name_parts,
    refuse_clashes,
    refuse_other_recipes,
)
from mtfas.data.manifest import SCHEMA, count, open_prepared, write_manifest
from mtfas.errors import BadFile, BadSetting
from mtfas.runtime.files import new_folder, refuse_existing
from mtfas.runtime.progress import track

RENDERED = ("built-in", "from-photos")
"""What dataset.json calls sets of rendered faces or simulated attacks; reports of runs from them say so.

A joined set with such a part has its name too, the first where there are several.
"""

RECIPE = ("frames", "own_boxes", "depth")
"""What parts may be prepared with differently; a difference between them then has one more cause."""

KEPT = (
    *("mtfas", "source", "recipe", "preset", "detector", "own_boxes", "boxes", "frames", "depth", "seed"),
    *("tallies", "deviations", "parts"),
)
"""What of each part's dataset.json is repeated in the joined set's."""


@dataclass(frozen=True)
class JoinSummary:
    """What was joined.

    Attributes:
        folder: the joined set, a prepared data set like any other.
        counts: as in dataset.json.
        datasets: the values of the manifest's `dataset`, in the order of the parts.
        warnings: what the user should know, one sentence each.
    """

    folder: Path
    counts: dict[str, int]
    datasets: list[str]
    warnings: list[str]


def join(out: Path, folders: Sequence[Path]) -> JoinSummary:
    """Make one prepared data set of several; rows keep their order and whatever else they say.

    The same sets in the same order give the same bytes of the manifest.

    Args:
        out: the folder to make; it appears only when everything went well.
        folders: the prepared data sets, two or more.

    Raises:
        BadSetting: there are fewer than two, their faces were cut by different rules, only some were prepared
            without depth, or `out` exists.
        BadFile: a folder is not a prepared data set, or one of its images is missing.
        BadData: a presentation is in two of them, a person is in two splits, or both releases of SiW-M are
            among them.
    """
    if len(folders) < 2:
        raise BadSetting(f"{len(folders)} data set(s) are given to join; give two or more prepared ones.")
    refuse_existing(out)
    parts = name_parts([open_prepared(folder) for folder in folders])
    refuse_other_recipes(parts)
    rows = pl.concat([part.rows() for part in parts], how="diagonal_relaxed")
    refuse_clashes(rows, parts)
    table, renamed = _told_apart(rows)
    datasets = table["dataset"].unique(maintain_order=True).to_list()
    warnings = [*_warnings(parts), *renamed]
    with new_folder(out) as scratch:
        files = list(_files(parts))
        for source, target in track(files, "joining images", len(files)):
            _bring(source, scratch / target)
        write_manifest(scratch, table, _info(parts, datasets))
    return JoinSummary(out, count(table), datasets, warnings)


def _told_apart(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return the manifest, and a sentence where names of presentations had to be changed.

    Presentations of different data sets may have one name, e.g. live/1.jpg, and must not become one.
    """
    shared = in_several_parts(rows, "presentation")["presentation"].to_list()
    own = pl.concat_str(PART, "presentation", separator=":")
    names = pl.when(pl.col("presentation").is_in(shared)).then(own).otherwise(pl.col("presentation"))
    more = sorted(set(rows.columns) - {*SCHEMA, PART})
    table = rows.with_columns(names.alias("presentation")).select(*SCHEMA, *more)
    if not shared:
        return table, []
    sentence = (
        f"{len(shared)} presentation(s) have one name in several parts, e.g. '{shared[0]}'; "
        "the part's name was put before it."
    )
    return table, [sentence]


def _files(parts: Sequence[Part]) -> Iterator[tuple[Path, str]]:
    """Yield every image with its place in the joined set; cache/ is made anew by training."""
    for part in parts:
        for column, kind in KINDS.items():
            for path in part.prepared.rows[column].drop_nulls().unique(maintain_order=True):
                yield part.prepared.folder / path, part.moved(path, kind)


def _bring(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BadFile(f"{source} is missing; restore it or prepare that data set again.")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def _info(parts: Sequence[Part], datasets: list[str]) -> dict[str, Any]:
    rendered = [name for name in RENDERED if name in {part.info.get("dataset") for part in parts}]
    depths = list(dict.fromkeys(part.info.get("depth") for part in parts))
    return {
        "source": "joined by mtfas join",
        "dataset": rendered[0] if rendered else " + ".join(datasets),
        "datasets": datasets,
        "crop": parts[0].info.get("crop"),
        "depth": depths[0] if len(depths) == 1 else "as the parts",
        "parts": [_about(part) for part in parts],
    }


def _about(part: Part) -> dict[str, Any]:
    rows = part.prepared.rows
    about = {
        "name": part.name,
        "datasets": rows["dataset"].unique(maintain_order=True).to_list(),
        "releases": rows["release"].unique(maintain_order=True).to_list(),
        "rendered": _rendered(part),
        "manifest_sha256": part.prepared.manifest_hash,
    }
    return about | {key: part.info[key] for key in KEPT if key in part.info}


def _warnings(parts: Sequence[Part]) -> list[str]:
    rendered = [part.name for part in parts if _rendered(part)]
    real = [part for part in parts if not _rendered(part)]
    said = [
        f"{', '.join(rendered)}: rendered faces or simulated attacks, the other parts are real; every report "
        "of a run from the joined set will say that its data are not real."
    ]
    return [*(said if rendered and real else []), *_differences(real)]


def _differences(parts: Sequence[Part]) -> Iterator[str]:
    for key in RECIPE:
        values = {part.name: str(part.info[key]) for part in parts if part.info.get(key) is not None}
        if len(set(values.values())) > 1:
            listing = ", ".join(f"{name}: {value}" for name, value in values.items())
            yield (
                f"the parts were prepared with different {key} ({listing}); their results may differ by that "
                "alone."
            )


def _rendered(part: Part) -> bool:
    return part.info.get("dataset") in RENDERED
