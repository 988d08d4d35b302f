"""OULU-NPU's protocols: unseen session, unseen instruments, unseen camera, and all three at once.

What is unseen is the last value of a column (sorted naturally), or each camera in turn. On OULU-NPU that is
session 3, printer 2, display 2 and each of the six phones: the published lists. There it stays so when a copy
lacks a phone, a session or an instrument; a protocol whose test would be empty is then not offered.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from mtfas.data.protocols.roles import playing_or_all
from mtfas.data.protocols.rule import ATTACK, LIVE, Protocol, Rule, by_split, known_values
from mtfas.data.sources.raw import UNKNOWN

NEEDS = {
    "oulu:1": "faces of at least two known sessions",
    "oulu:2": "an attack species with at least two known media",
    "oulu:3": "faces of at least two known cameras",
    "oulu:4": "at least two known sessions, two known cameras and a species with two known media",
}

DATASET = "oulu-npu"


@dataclass(frozen=True)
class Values:
    """The sessions, the cameras, and for each attack species the media, in order; the last is unseen."""

    sessions: list[str]
    cameras: list[str]
    media: dict[str, list[str]]


PUBLISHED = Values(
    sessions=[f"session-{n}" for n in (1, 2, 3)],
    cameras=[f"phone-{n}" for n in range(1, 7)],
    media={"print": ["printer-1", "printer-2"], "replay": ["display-1", "display-2"]},
)
"""The values of OULU-NPU's own rows, whichever of them a copy has."""

Pair = tuple[pl.Expr, pl.Expr]
"""What is seen before the test, and what the test holds out."""


def oulu(rows: pl.DataFrame) -> Iterator[Rule]:
    """Yield the protocols that the columns of OULU-NPU's rows allow."""
    rows = playing_or_all(rows, "oulu")
    known = _values(rows)
    sessions, cameras, media = known.sessions, known.cameras, known.media
    session, instrument = _last("session", sessions), _instruments(media)
    if len(sessions) > 1:
        yield _rule(rows, "1", f"unseen session: test on '{sessions[-1]}' only", session)
    if media:
        held = ", ".join(f"{species}: '{owned[-1]}'" for species, owned in media.items())
        yield _rule(rows, "2", f"unseen instruments: test on {held}", instrument)
    turns = list(enumerate(cameras, 1)) if len(cameras) > 1 else []
    for k, camera in turns:
        text = f"unseen camera {k} of {len(cameras)}: test on '{camera}' only"
        yield _rule(rows, f"3.{k}", text, _one("camera", camera, cameras))
    for k, camera in turns if len(sessions) > 1 and media else []:
        text = f"unseen session '{sessions[-1]}', instruments and camera '{camera}' at once"
        yield _rule(rows, f"4.{k}", text, session, instrument, _one("camera", camera, cameras))


def _values(rows: pl.DataFrame) -> Values:
    if DATASET in rows["dataset"]:
        return PUBLISHED
    return Values(known_values(rows, "session"), known_values(rows, "camera"), _media(rows))


def _rule(rows: pl.DataFrame, number: str, text: str, *pairs: Pair) -> Rule:
    seen, held_out = (pl.all_horizontal(*conditions) for conditions in zip(*pairs, strict=True))
    return by_split(Protocol(f"oulu:{number}", text), rows, seen, held_out)


def _media(rows: pl.DataFrame) -> dict[str, list[str]]:
    """Return the media of each attack species that has at least two."""
    attacks = rows.filter(ATTACK)
    owned = {
        name: known_values(attacks.filter(pl.col("species") == name), "medium")
        for name in known_values(attacks, "species")
    }
    return {species: media for species, media in owned.items() if len(media) > 1}


def _one(column: str, value: str, known: list[str]) -> Pair:
    # A face whose value is not known might be of the unseen one: it is in no part.
    return pl.col(column).is_in([name for name in known if name != value]), pl.col(column) == value


def _last(column: str, known: list[str]) -> Pair:
    return _one(column, known[-1] if known else UNKNOWN, known)


def _instruments(media: dict[str, list[str]]) -> Pair:
    seen, held = LIVE, LIVE
    for species, owned in media.items():
        before, last = _last("medium", owned)
        seen |= (pl.col("species") == species) & before
        held |= (pl.col("species") == species) & last
    return seen, held
