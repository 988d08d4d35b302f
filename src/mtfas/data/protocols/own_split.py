"""Protocols that keep a set's own split: everything, one data set of it, or some of its instruments."""

from collections.abc import Iterator

import polars as pl

from mtfas.data.protocols.roles import ROLES, playing
from mtfas.data.protocols.rule import EVERYTHING, LIVE, Protocol, Rule, by_split

PRINT = "print"
INSTRUMENTS: dict[str, tuple[str, ...]] = {
    "print": (PRINT,),
    "mobile": ("mobile-photo", "mobile-video"),
    "highdef": ("highdef-photo", "highdef-video"),
    "photo": (PRINT, "mobile-photo", "highdef-photo"),
    "video": ("mobile-video", "highdef-video"),
    "digitalphoto": ("mobile-photo", "highdef-photo"),
}
"""The attacks of Replay-Attack's partial protocols: prints by their species, the others by their medium."""

NEEDS = {family: f"faces of {ROLES[family].words}" for family in ("replay", "msu")}


def grandtest(rows: pl.DataFrame) -> Iterator[Rule]:
    """Yield the protocol that every set answers to."""
    yield by_split(Protocol("grandtest", "every face, by the set's own split"), rows)


def msu(rows: pl.DataFrame) -> Iterator[Rule]:
    """Yield MSU-MFSD's protocol, when the set has its rows."""
    return whole(rows, "msu")


def whole(rows: pl.DataFrame, family: str) -> Iterator[Rule]:
    """Yield the protocol of all rows of a data set that has no published dev part, when there are any."""
    held = playing(rows, family)
    if held.height:
        # Without a published dev part, whoever prepares the set takes people out of train.
        text = f"{ROLES[family].published}'s own split; dev = people taken out of its training part"
        yield by_split(Protocol(family, text), held)


def replay(rows: pl.DataFrame) -> Iterator[Rule]:
    """Yield Replay-Attack's seven protocols, when the set has its rows; all have every live face."""
    held = playing(rows, "replay")
    if held.height:
        yield _attacks(held, "grandtest", EVERYTHING, "all attacks")
        kind = pl.when(pl.col("species") == PRINT).then(pl.lit(PRINT)).otherwise(pl.col("medium"))
        for name, kinds in INSTRUMENTS.items():
            yield _attacks(held, name, LIVE | kind.is_in(kinds), f"attacks by {', '.join(kinds)} only")


def _attacks(rows: pl.DataFrame, name: str, wanted: pl.Expr, words: str) -> Rule:
    protocol = Protocol(f"replay:{name}", f"{ROLES['replay'].published}'s own split, {words}")
    return by_split(protocol, rows, wanted, wanted)
