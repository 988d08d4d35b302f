"""All families of protocols, and what each asks of a set."""

from collections.abc import Callable, Iterator

import polars as pl

from mtfas.data.protocols import casia, ocim, oulu, own_split, siw_m
from mtfas.data.protocols.roles import ROLES, has_roles
from mtfas.data.protocols.rule import Rule

FAMILIES: dict[str, Callable[[pl.DataFrame], Iterator[Rule]]] = {
    "grandtest": own_split.grandtest,
    "oulu": oulu.oulu,
    "siw-m": siw_m.siw_m,
    "casia": casia.casia,
    "replay": own_split.replay,
    "msu": own_split.msu,
    "ocim": ocim.ocim,
}
"""From a family to the rules it finds in a manifest's rows, in the order they are listed."""

NEEDS = {**oulu.NEEDS, **siw_m.NEEDS, **casia.NEEDS, **own_split.NEEDS, **ocim.NEEDS}
"""What each family of protocols asks of a set; OULU-NPU's four have different columns to ask for."""


def rules_of(rows: pl.DataFrame) -> Iterator[Rule]:
    """Yield every protocol that the rows' data sets and columns allow."""
    for rules in FAMILIES.values():
        yield from rules(rows)


def need_of(name: str, rows: pl.DataFrame) -> tuple[str, str] | None:
    """Return how the names of a protocol's family begin and what it asks of these rows, or None.

    Args:
        name: of a protocol, known or not.
        rows: of a manifest.
    """
    family = name.partition(":")[0]
    begin = name.partition(".")[0] if family == "oulu" else family
    if begin not in NEEDS:
        return None
    # Where somebody plays a role, only the rows of OULU-NPU's or SiW-M's are asked.
    among = (
        f" among those of {ROLES[family].words}" if family in ("oulu", "siw-m") and has_roles(rows) else ""
    )
    return begin, NEEDS[begin] + among


def barred(name: str, rows: pl.DataFrame) -> str:
    """Return what among these rows forbids every protocol of a name's family, in words; "" when nothing."""
    return siw_m.BOTH if name.partition(":")[0] == "siw-m" and siw_m.holds_both(rows) else ""
