"""What a protocol's parts hold, and what they lack."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from mtfas.data.protocols.rule import ATTACK, LIVE, Parts, Protocol, Rule
from mtfas.types import Label

CLASSES = {"bona_fide": LIVE, "attack": ATTACK}


@dataclass(frozen=True)
class ProtocolCounts:
    """How many presentations of each class a protocol's parts hold, and how many faces.

    A presentation counts when at least one of its faces is usable.
    """

    protocol: Protocol
    presentations: dict[str, dict[str, int]]
    faces: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return {name, train, dev, test: {bona_fide, attack}, threshold_source, description, faces}."""
        return {
            "name": self.protocol.name,
            **self.presentations,
            "threshold_source": self.protocol.threshold_source,
            "description": self.protocol.description,
            "faces": self.faces,
        }


def count_parts(rule: Rule, parts: Parts) -> ProtocolCounts:
    """Return the counts of a protocol's parts."""
    presentations = {part: _presentations(rows) for part, rows in parts.items()}
    faces = {part: usable(rows).height for part, rows in parts.items()}
    return ProtocolCounts(rule.protocol, presentations, faces)


def _presentations(rows: pl.DataFrame) -> dict[str, int]:
    faces = usable(rows)
    return {name: faces.filter(label)["presentation"].n_unique() for name, label in CLASSES.items()}


def usable(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that have a face."""
    return rows.filter(pl.col("reason").is_null())


def lacking(parts: Parts) -> str:
    """Return which part has no usable face of which class, in words; "" when none."""
    found = [
        f"no usable {label.name.lower()} face in {part}"
        for part, rows in parts.items()
        for label in Label
        if usable(rows).filter(pl.col("label") == int(label)).is_empty()
    ]
    return " and ".join(found)
