"""What can be asked of a prepared set, and the rows of one answer."""

from dataclasses import dataclass

import polars as pl

from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols.counts import ProtocolCounts, count_parts, lacking, usable
from mtfas.data.protocols.families import barred, need_of, rules_of
from mtfas.data.protocols.leak import describe_leaks
from mtfas.data.protocols.rule import Protocol
from mtfas.errors import BadData, unknown_name
from mtfas.types import Split


@dataclass(frozen=True)
class Selection:
    """The rows of a protocol; the part a row is in need not be its split.

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


def list_protocols(prepared: PreparedSet) -> list[ProtocolCounts]:
    """Return every protocol the set answers to: its rows allow it and every part has both classes."""
    pairs = ((rule, rule.parts()) for rule in rules_of(prepared.rows))
    return [count_parts(rule, parts) for rule, parts in pairs if not lacking(parts)]


def select(prepared: PreparedSet, name: str) -> Selection:
    """Return the rows of one protocol.

    Raises:
        BadSetting: the set knows no such protocol.
        BadData: the set's rows do not allow it or hold two releases that do not mix, a part lacks a class, or
            a subject, a presentation or an image is in two parts.
    """
    if both := barred(name, prepared.rows):
        raise BadData(f"protocol '{name}' has no answer: {prepared.folder} holds {both}.")
    rules = {rule.protocol.name: rule for rule in rules_of(prepared.rows)}
    if name not in rules:
        raise _no_such(prepared, name)
    parts = rules[name].parts()
    if missing := lacking(parts):
        raise BadData(f"protocol '{name}' of {prepared.folder} has {missing}; {_offered(prepared)}.")
    if torn := describe_leaks(parts):
        raise BadData(
            f"protocol '{name}' of {prepared.folder} leaks: {torn}; give every person one name "
            "and one split, and prepare the data again."
        )
    return Selection(rules[name].protocol, usable(parts[Split.TRAIN]), parts[Split.DEV], parts[Split.TEST])


def _offered(prepared: PreparedSet) -> str:
    names = [listed.protocol.name for listed in list_protocols(prepared)]
    return f"this set answers to {', '.join(names)}" if names else "this set answers to no protocol"


def _no_such(prepared: PreparedSet, name: str) -> Exception:
    offered = [listed.protocol.name for listed in list_protocols(prepared)]
    asked = need_of(name, prepared.rows)
    if asked and not any(rule.protocol.name.startswith(asked[0]) for rule in rules_of(prepared.rows)):
        return BadData(
            f"protocol '{name}' needs {asked[1]}, which {prepared.folder} has not; {_offered(prepared)}."
        )
    return unknown_name("protocol", name, offered)
