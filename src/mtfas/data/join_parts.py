"""The parts of a joined data set: their names in it, and whether they may be joined at all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import leaks
from mtfas.data.protocols.siw_m import BOTH, holds_both
from mtfas.errors import BadData, BadFile, BadSetting

KINDS = {"image": "faces", "depth": "depth", "mask": "masks", "geometry": "geometry"}
"""From a column of the manifest that holds paths to the folder they lead into."""

PART = "part of a join"
"""A column beside the manifest's, while joining."""

LEADS_OUT = r"(^|/)\.\.(/|$)"


@dataclass(frozen=True)
class Part:
    """A prepared set to join, and what the folders of its images are called in the joined one."""

    name: str
    prepared: PreparedSet

    @property
    def info(self) -> dict[str, Any]:
        """The content of its dataset.json."""
        return self.prepared.info

    def moved(self, path: str, kind: str) -> str:
        """Return where an image of its manifest is in the joined set: faces/1.png in faces/<name>/1.png."""
        return f"{kind}/{self.name}/{path.removeprefix(f'{kind}/')}"

    def rows(self) -> pl.DataFrame:
        """Return its rows with the joined set's paths, and PART.

        Raises:
            BadFile: an image does not lie where a prepared set has its images.
        """
        rows = self.prepared.rows
        for column, kind in KINDS.items():
            path = pl.col(column)
            strange = rows.filter(~path.str.starts_with(f"{kind}/") | path.str.contains(LEADS_OUT))[column]
            if strange.len():
                raise BadFile(
                    f"{self.prepared.folder}/manifest.parquet: {column} '{strange[0]}' does not lie in "
                    f"{kind}/; prepare the data again."
                )
        moved = [
            pl.col(column).str.replace(f"{kind}/", f"{kind}/{self.name}/", literal=True)
            for column, kind in KINDS.items()
        ]
        return rows.with_columns(*moved, pl.lit(self.name).alias(PART))


def name_parts(sets: Sequence[PreparedSet]) -> list[Part]:
    """Return the sets named after their folders, a number behind where two have one name.

    No two names differ in case only: some file systems take these for the same.
    """
    parts: list[Part] = []
    for prepared in sets:
        stem = name = re.sub(r"[^\w.-]", "_", prepared.folder.resolve().name) or "set"
        number = 1
        while name.casefold() in {part.name.casefold() for part in parts}:
            number += 1
            name = f"{stem}-{number}"
        parts.append(Part(name, prepared))
    return parts


def refuse_other_recipes(parts: Sequence[Part]) -> None:
    """Refuse parts whose faces do not show the same.

    Raises:
        BadSetting: their crops are of different rules, or only some were prepared without depth.
    """
    first = parts[0]
    for part in parts[1:]:
        if part.info.get("crop") != first.info.get("crop"):
            raise BadSetting(
                f"faces of {first.prepared.folder} are cut by {_rule(first)}, those of "
                f"{part.prepared.folder} by {_rule(part)}; prepare them with the same size and scale, for "
                "what a crop shows around the face changes the results."
            )
    without = [part for part in parts if part.info.get("depth") == "none"]
    if 0 < len(without) < len(parts):
        # A live face without depth would be taught as flat, and that is what an attack is.
        raise BadSetting(
            f"{without[0].prepared.folder} was prepared without depth, other parts with; "
            "prepare all with depth or all without."
        )


def _rule(part: Part) -> str:
    crop = part.info.get("crop") or {}
    return ", ".join(f"{name} {value}" for name, value in crop.items()) or "a rule that nobody wrote down"


def refuse_clashes(rows: pl.DataFrame, parts: Sequence[Part]) -> None:
    """Refuse what must not be in one data set.

    Args:
        rows: of all parts, with PART.
        parts: for the messages.

    Raises:
        BadData: a presentation of one data set is in two parts, both releases of SiW-M are among them, or a
            person is in two splits.
    """
    twice = in_several_parts(rows, "dataset", "release", "presentation")
    if twice.height:
        dataset, release, presentation, holders = twice.row(0)
        raise BadData(
            f"{_folders(parts, holders)} hold the same presentations of {dataset} (release {release}), e.g. "
            f"'{presentation}'; join every data set once."
        )
    if holds_both(rows):
        raise BadData(f"{_folders(parts)} together hold {BOTH}.")
    torn = leaks(rows, "subject")
    if torn.height:
        subject, splits = torn.row(0)
        holders = rows.filter(pl.col("subject") == subject)[PART].unique().to_list()
        raise BadData(
            f"{torn.height} subject(s) are in more than one split, e.g. '{subject}' of "
            f"{_folders(parts, holders)} in {' and '.join(splits)}; give every person one name and one "
            "split, and prepare the data again."
        )


def in_several_parts(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Return the values of some columns that more than one part has: [*columns, PART], sorted."""
    spread = rows.group_by(columns).agg(pl.col(PART).unique().sort())
    return spread.filter(pl.col(PART).list.len() > 1).sort(columns)


def _folders(parts: Sequence[Part], names: Sequence[str] | None = None) -> str:
    held = [str(part.prepared.folder) for part in parts if names is None or part.name in names]
    return " and ".join(held)
