"""A protocol as a rule: which rows of a manifest are its train, dev and test part."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from mtfas.data.sources.raw import UNKNOWN, natural_key
from mtfas.types import Label, Split

EVERYTHING = pl.lit(True)
LIVE = pl.col("label") == int(Label.LIVE)
ATTACK = pl.col("label") == int(Label.ATTACK)

Parts = dict[str, pl.DataFrame]
"""The rows of "train", "dev" and "test", those without a usable face included."""


@dataclass(frozen=True)
class Protocol:
    """The name of a protocol, what it asks, and where its threshold is taken from."""

    name: str
    description: str
    threshold_source: str = "dev"


@dataclass(frozen=True, eq=False)
class Rule:
    """A protocol and how its parts are chosen.

    A part need not be the split of that name: a cross-domain test takes every split of its target.

    Attributes:
        protocol: which one.
        rows: those it speaks of.
        conditions: for each part which of the rows it takes.
    """

    protocol: Protocol
    rows: pl.DataFrame
    conditions: Mapping[Split, pl.Expr]

    def parts(self) -> Parts:
        """Return the rows of each part, in the manifest's order."""
        return {str(part): self.rows.filter(self.conditions[part]) for part in Split}


def in_split(split: Split) -> pl.Expr:
    """Return the condition "of this split"."""
    return pl.col("split") == str(split)


def by_split(
    protocol: Protocol, rows: pl.DataFrame, seen: pl.Expr = EVERYTHING, held_out: pl.Expr = EVERYTHING
) -> Rule:
    """Return the rule whose parts are within the splits of the same name.

    Args:
        protocol: which one.
        rows: those it speaks of.
        seen: what train and dev take of their split.
        held_out: what the test takes of its split.
    """
    wanted = {Split.TRAIN: seen, Split.DEV: seen, Split.TEST: held_out}
    conditions = {split: in_split(split) & condition for split, condition in wanted.items()}
    return Rule(protocol, rows, MappingProxyType(conditions))


def known_values(rows: pl.DataFrame, column: str) -> list[str]:
    """Return the values of a column that somebody wrote down, sorted naturally."""
    return sorted(set(rows[column].drop_nulls().unique()) - {UNKNOWN, ""}, key=natural_key)
