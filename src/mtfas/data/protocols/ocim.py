"""The cross-domain protocols O, C, I, M: learn on three data sets, be tested on the fourth; and one beyond.

Three conventions are in use, and their figures are not comparable. Each gives dev to the sources, so that a
threshold from dev is an honest one; SSDG and SSAN published figures whose threshold was taken from the
target's own scores.

    ocim:oci-m        strict: train splits of the sources, their dev splits as dev, every split of the target
    ocim:oci-m:ssdg   SSDG: train and test of all four; published dev parts are dropped, here: the sources'
                      are dev. People whom we took out of a training part go back into it.
    ocim:oci-m:split  SSAN: train splits of the sources, their dev splits as dev, the target's test split only

Where SiW-M is among the rows too, `ocim:ocim-s` learns on all four and is tested on it: people, cameras,
sessions and every attack species are unseen, since what the sources have (prints, replays) is left out. It is
ours, not a published one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from mtfas.data.protocols.roles import ROLES, playing
from mtfas.data.protocols.rule import LIVE, Protocol, Rule, in_split
from mtfas.data.sources.raw import UNKNOWN
from mtfas.types import Split

SETS = {role.letter: family for family, role in ROLES.items() if role.letter in "ocim"}
BEYOND = "ocim:ocim-s"
TURNS = ("oci-m", "omi-c", "ocm-i", "icm-o")
"""The four protocols, sources-target, as published."""

NEEDS = {"ocim": f"faces of all of {', '.join(ROLES[family].words for family in SETS.values())}"}

ORACLE = "published thresholds are of the target's own scores: mtfas evaluate --threshold test-oracle"

Conditions = Mapping[Split, pl.Expr]


@dataclass(frozen=True)
class Convention:
    """Which rows of four data sets a cross-domain protocol takes.

    Attributes:
        ending: what a protocol's name ends with; "" for ours.
        conditions: from the letters of the sources and of the target to the parts.
        target: what of the target is tested on, in words.
        words: its name, and what to know about its published figures.
    """

    ending: str
    conditions: Callable[[str, str], Conditions]
    target: str
    words: str


def ocim(rows: pl.DataFrame) -> Iterator[Rule]:
    """Yield the cross-domain protocols by every convention, when the set has rows of all four data sets."""
    if all(playing(rows, family).height for family in SETS.values()):
        for convention in CONVENTIONS:
            for turn in TURNS:
                yield _turn(rows, turn, convention)
        if playing(rows, "siw-m").height:
            yield _beyond(rows)


def _beyond(rows: pl.DataFrame) -> Rule:
    """Return the protocol in which nothing of the test was seen, not even its attack species."""
    sources, target = _of("".join(SETS)), pl.col("dataset").is_in(ROLES["siw-m"].datasets)
    known = rows.filter(sources)["species"].unique().to_list()  # those of live faces among them
    unseen = LIVE | ~pl.col("species").is_in([*known, UNKNOWN])
    own = {part: sources & in_split(part) for part in (Split.TRAIN, Split.DEV)}
    names = ", ".join(ROLES[family].published for family in SETS.values())
    text = (
        f"unseen {ROLES['siw-m'].published}, every split, without the species of its sources {names}: "
        "people, cameras and attack species are all unseen (not a published protocol)"
    )
    conditions = MappingProxyType({**own, Split.TEST: target & unseen})
    return Rule(Protocol(BEYOND, text), rows, conditions)


def _turn(rows: pl.DataFrame, turn: str, convention: Convention) -> Rule:
    letters, _, target = turn.partition("-")
    sources = ", ".join(ROLES[SETS[letter]].published for letter in letters)
    text = (
        f"unseen {ROLES[SETS[target]].published}, {convention.target}; sources {sources} ({convention.words})"
    )
    conditions = MappingProxyType(convention.conditions(letters, target))
    return Rule(Protocol(f"ocim:{turn}{convention.ending}", text), rows, conditions)


def _strict(sources: str, target: str) -> dict[Split, pl.Expr]:
    own = {part: _of(sources) & in_split(part) for part in (Split.TRAIN, Split.DEV)}
    return {**own, Split.TEST: _of(target)}


def _ssdg(sources: str, target: str) -> dict[Split, pl.Expr]:
    published = "".join(letter for letter, family in SETS.items() if ROLES[family].published_dev)
    dropped = _of(published) & in_split(Split.DEV)
    return {
        Split.TRAIN: _of(sources) & ~dropped,
        Split.DEV: _of(sources) & dropped,
        Split.TEST: _of(target) & ~dropped,
    }


def _split(sources: str, target: str) -> dict[Split, pl.Expr]:
    return {**_strict(sources, target), Split.TEST: _of(target) & in_split(Split.TEST)}


def _of(letters: str) -> pl.Expr:
    names = [name for letter in letters for name in ROLES[SETS[letter]].datasets]
    return pl.col("dataset").is_in(names)


CONVENTIONS = (
    Convention("", _strict, "every split", "strict convention"),
    Convention(
        ":ssdg",
        _ssdg,
        "train and test",
        f"SSDG's convention: train and test of each; dev = the sources' published dev parts; {ORACLE}",
    ),
    Convention(":split", _split, "test split only", f"SSAN's convention, train splits of each; {ORACLE}"),
)
