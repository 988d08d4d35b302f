"""Protocols: who may be seen in training and what is held out for the test.

They are the published protocols scaled to a set's own columns, not the published lists: subjects are kept
apart by the set's split column, and what is unseen is the last value of a column (sorted naturally), or each
value in turn.

    grandtest        everything, by the split column
    oulu:1           unseen session (OULU-NPU protocol 1)
    oulu:2           unseen instruments (OULU-NPU protocol 2)
    oulu:3.k         unseen camera k (OULU-NPU protocol 3_k)
    oulu:4.k         all three unseen (OULU-NPU protocol 4_k)
    siw-m:<species>  unseen attack species (SiW-M leave-one-out, which tests on all its clips)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from mtfas.data.manifest import PreparedSet
from mtfas.data.sources.raw import UNKNOWN, natural_key
from mtfas.errors import BadData, unknown_name
from mtfas.types import BONA_FIDE, Label, Split

NEEDS = {
    "oulu:1": "faces of at least two known sessions",
    "oulu:2": "an attack species with at least two known media",
    "oulu:3": "faces of at least two known cameras",
    "oulu:4": "at least two known sessions, two known cameras and a species with two known media",
    "siw-m": "at least two attack species",
}
"""What each family of protocols asks of a set's columns."""

SHOWN = 3


@dataclass(frozen=True)
class Protocol:
    """The name of a protocol, what it asks, and where its threshold is taken from."""

    name: str
    description: str
    threshold_source: str = "dev"


@dataclass(frozen=True)
class Selection:
    """The rows of a protocol.

    Attributes:
        protocol: which one.
        train: rows of the manifest with a usable face.
        dev: rows of the manifest, those without a usable face included.
        test: likewise.
    """

    protocol: Protocol
    train: pl.DataFrame
    dev: pl.DataFrame
    test: pl.DataFrame


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


@dataclass(frozen=True)
class _Rule:
    """A protocol as two conditions: what train and dev see, and what the test holds out."""

    protocol: Protocol
    seen: pl.Expr
    held_out: pl.Expr


def list_protocols(prepared: PreparedSet) -> list[ProtocolCounts]:
    """Return every protocol the set answers to: its columns allow it and every part has both classes."""
    listed = []
    for rule in _rules(prepared.rows):
        parts = _parts(prepared.rows, rule)
        if not _lacking(parts):
            presentations = {split: _presentations(rows) for split, rows in parts.items()}
            faces = {split: _usable(rows).height for split, rows in parts.items()}
            listed.append(ProtocolCounts(rule.protocol, presentations, faces))
    return listed


def select(prepared: PreparedSet, name: str) -> Selection:
    """Return the rows of one protocol.

    Raises:
        BadSetting: the set knows no such protocol.
        BadData: the set's columns do not allow it, a part lacks a class, or a subject, a presentation or an
            image is in two parts.
    """
    rules = {rule.protocol.name: rule for rule in _rules(prepared.rows)}
    if name not in rules:
        raise _no_such(prepared, name)
    parts = _parts(prepared.rows, rules[name])
    lacking = _lacking(parts)
    if lacking:
        raise BadData(f"protocol '{name}' of {prepared.folder} has {lacking}; {_offered(prepared)}.")
    _refuse_leaks(prepared, name, parts)
    train = _usable(parts[Split.TRAIN])
    return Selection(rules[name].protocol, train, parts[Split.DEV], parts[Split.TEST])


def leaks(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the values of a column that are in more than one split: [value, splits], sorted."""
    held = rows.filter(pl.col(column).is_not_null())
    spread = held.group_by(pl.col(column).alias("value")).agg(pl.col("split").unique().sort().alias("splits"))
    return spread.filter(pl.col("splits").list.len() > 1).sort("value")


def _rules(rows: pl.DataFrame) -> Iterator[_Rule]:
    everything = pl.lit(True)
    yield _Rule(Protocol("grandtest", "every face, by the set's own split"), everything, everything)
    sessions, cameras, media = _known(rows, "session"), _known(rows, "camera"), _media(rows)
    session = _last("session", sessions)
    instrument = _instruments(media)
    if len(sessions) > 1:
        yield _Rule(Protocol("oulu:1", f"unseen session: test on '{sessions[-1]}' only"), *session)
    if media:
        held = ", ".join(f"{species}: '{owned[-1]}'" for species, owned in media.items())
        yield _Rule(Protocol("oulu:2", f"unseen instruments: test on {held}"), *instrument)
    for k, camera in enumerate(cameras, 1):
        if len(cameras) > 1:
            text = f"unseen camera {k} of {len(cameras)}: test on '{camera}' only"
            yield _Rule(Protocol(f"oulu:3.{k}", text), *_one("camera", camera, cameras))
    for k, camera in enumerate(cameras, 1):
        if len(cameras) > 1 and len(sessions) > 1 and media:
            text = f"unseen session '{sessions[-1]}', instruments and camera '{camera}' at once"
            pairs = zip(session, instrument, _one("camera", camera, cameras), strict=True)
            yield _Rule(Protocol(f"oulu:4.{k}", text), *(a & b & c for a, b, c in pairs))
    yield from _leave_one_out(rows)


def _leave_one_out(rows: pl.DataFrame) -> Iterator[_Rule]:
    species = [name for name in _known(rows, "species") if name != BONA_FIDE]
    for held in species if len(species) > 1 else []:
        text = f"unseen attack species: '{held}' in the test only, the other {len(species) - 1} before"
        seen, live = pl.col("species") != held, pl.col("label") == Label.LIVE
        yield _Rule(Protocol(f"siw-m:{held}", text), seen, live | ~seen)


def _known(rows: pl.DataFrame, column: str) -> list[str]:
    return sorted(set(rows[column].drop_nulls().unique()) - {UNKNOWN, ""}, key=natural_key)


def _media(rows: pl.DataFrame) -> dict[str, list[str]]:
    """Return the media of each attack species that has at least two."""
    attacks = rows.filter(pl.col("label") == Label.ATTACK)
    owned = {
        name: _known(attacks.filter(pl.col("species") == name), "medium")
        for name in _known(attacks, "species")
    }
    return {species: media for species, media in owned.items() if len(media) > 1}


def _one(column: str, value: str, known: list[str]) -> tuple[pl.Expr, pl.Expr]:
    # A face whose value is not known might be of the unseen one: it is in no part.
    return pl.col(column).is_in([name for name in known if name != value]), pl.col(column) == value


def _last(column: str, known: list[str]) -> tuple[pl.Expr, pl.Expr]:
    return _one(column, known[-1] if known else UNKNOWN, known)


def _instruments(media: dict[str, list[str]]) -> tuple[pl.Expr, pl.Expr]:
    live = pl.col("label") == Label.LIVE
    seen, held = live, live
    for species, owned in media.items():
        before, last = _last("medium", owned)
        seen |= (pl.col("species") == species) & before
        held |= (pl.col("species") == species) & last
    return seen, held


def _parts(rows: pl.DataFrame, rule: _Rule) -> dict[str, pl.DataFrame]:
    condition = {Split.TRAIN: rule.seen, Split.DEV: rule.seen, Split.TEST: rule.held_out}
    return {str(split): rows.filter((pl.col("split") == str(split)) & condition[split]) for split in Split}


def _usable(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("reason").is_null())


def _presentations(rows: pl.DataFrame) -> dict[str, int]:
    usable = _usable(rows)
    names = {"bona_fide": Label.LIVE, "attack": Label.ATTACK}
    return {
        name: usable.filter(pl.col("label") == int(label))["presentation"].n_unique()
        for name, label in names.items()
    }


def _lacking(parts: dict[str, pl.DataFrame]) -> str:
    """Return which part has no usable face of which class, in words; "" when none."""
    lacking = [
        f"no usable {label.name.lower()} face in {split}"
        for split, rows in parts.items()
        for label in Label
        if _usable(rows).filter(pl.col("label") == int(label)).is_empty()
    ]
    return " and ".join(lacking)


def _refuse_leaks(prepared: PreparedSet, name: str, parts: dict[str, pl.DataFrame]) -> None:
    rows = pl.concat(list(parts.values()))
    found = []
    for column, what in (("subject", "subject"), ("presentation", "presentation"), ("sha256", "image")):
        torn = leaks(rows, column)
        if torn.height:
            examples = "; ".join(_where(rows, column, *pair) for pair in torn.head(SHOWN).iter_rows())
            found.append(f"{torn.height} {what}(s) in more than one part ({examples})")
    if found:
        raise BadData(
            f"protocol '{name}' of {prepared.folder} leaks: {', '.join(found)}; give every person one split "
            "and prepare the data again."
        )


def _where(rows: pl.DataFrame, column: str, value: str, splits: list[str]) -> str:
    shown = (
        value
        if column != "sha256"
        else " = ".join(rows.filter(pl.col("sha256") == value)["source"].to_list())
    )
    return f"'{shown}' in {' and '.join(splits)}"


def _offered(prepared: PreparedSet) -> str:
    names = [listed.protocol.name for listed in list_protocols(prepared)]
    return f"this set answers to {', '.join(names)}" if names else "this set answers to no protocol"


def _no_such(prepared: PreparedSet, name: str) -> Exception:
    offered = [listed.protocol.name for listed in list_protocols(prepared)]
    family = name.partition(":")[0] if name.startswith("siw-m") else name.partition(".")[0]
    if family in NEEDS and not any(known.startswith(family) for known in offered):
        return BadData(
            f"protocol '{name}' needs {NEEDS[family]}, which {prepared.folder} has not; {_offered(prepared)}."
        )
    return unknown_name("protocol", name, offered)
