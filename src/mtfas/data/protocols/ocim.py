"""The cross-domain protocols O, C, I, M: learn on three data sets, be tested on the fourth.

The convention is the strict one: train is the sources' train splits, dev (so the threshold) their dev splits,
test every split of the target. The usual one, SSDG's, takes the threshold from the target's own scores.
"""

from collections.abc import Iterator
from types import MappingProxyType

import polars as pl

from mtfas.data.protocols.roles import ROLES, playing
from mtfas.data.protocols.rule import Protocol, Rule, in_split
from mtfas.types import Split

SETS = {role.letter: family for family, role in ROLES.items() if role.letter in "ocim"}
TURNS = ("oci-m", "omi-c", "ocm-i", "icm-o")
"""The four protocols, sources-target, as published."""

NEEDS = {"ocim": f"faces of all of {', '.join(ROLES[family].words for family in SETS.values())}"}


def ocim(rows: pl.DataFrame) -> Iterator[Rule]:
    """Yield the four cross-domain protocols, when the set has rows of all four data sets."""
    if all(playing(rows, family).height for family in SETS.values()):
        for turn in TURNS:
            yield _turn(rows, turn)


def _turn(rows: pl.DataFrame, turn: str) -> Rule:
    letters, _, target = turn.partition("-")
    source = _of(letters)
    conditions = {
        Split.TRAIN: source & in_split(Split.TRAIN),
        Split.DEV: source & in_split(Split.DEV),
        Split.TEST: _of(target),
    }
    sources = ", ".join(ROLES[SETS[letter]].published for letter in letters)
    text = f"unseen {ROLES[SETS[target]].published}, every split; sources {sources} (strict convention)"
    return Rule(Protocol(f"ocim:{turn}", text), rows, MappingProxyType(conditions))


def _of(letters: str) -> pl.Expr:
    names = [name for letter in letters for name in ROLES[SETS[letter]].datasets]
    return pl.col("dataset").is_in(names)
