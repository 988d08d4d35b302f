"""SiW-M's leave-one-out: each attack species in turn is first met in the test, which has all its clips."""

from collections.abc import Iterator
from types import MappingProxyType

import polars as pl

from mtfas.data.protocols.roles import playing_or_all
from mtfas.data.protocols.rule import LIVE, Protocol, Rule, in_split, known_values
from mtfas.types import BONA_FIDE, Split

NEEDS = {"siw-m": "at least two attack species"}


def siw_m(rows: pl.DataFrame) -> Iterator[Rule]:
    """Yield one protocol for each attack species of SiW-M's rows.

    The test takes the held-out clips of every split, as published, except those of people who are in train or
    dev with something else.
    """
    rows = playing_or_all(rows, "siw-m")
    species = [name for name in known_values(rows, "species") if name != BONA_FIDE]
    for held in species if len(species) > 1 else []:
        yield _without(rows, held, [name for name in species if name != held])


def _without(rows: pl.DataFrame, held: str, others: list[str]) -> Rule:
    # An attack whose species is not known might be of the unseen one: it is in no part.
    seen = LIVE | pl.col("species").is_in(others)
    train, dev = (seen & in_split(split) for split in (Split.TRAIN, Split.DEV))
    met = rows.filter(train | dev)["subject"].unique().to_list()
    unseen = (pl.col("species") == held) & ~pl.col("subject").is_in(met)
    test = (LIVE & in_split(Split.TEST)) | unseen
    text = f"unseen attack species: '{held}' in the test only, the other {len(others)} before"
    conditions = {Split.TRAIN: train, Split.DEV: dev, Split.TEST: test}
    return Rule(Protocol(f"siw-m:{held}", text), rows, MappingProxyType(conditions))
