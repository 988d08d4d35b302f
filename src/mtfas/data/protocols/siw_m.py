"""SiW-M's leave-one-out: each attack species in turn is first met in the test, which has all its clips.

There are two releases, of 13 and of 14 species and with other clips: their figures are not comparable, and a
mixture of them is neither.
"""

from collections.abc import Iterator
from types import MappingProxyType

import polars as pl

from mtfas.data.protocols.roles import playing, playing_or_all
from mtfas.data.protocols.rule import LIVE, Protocol, Rule, in_split, known_values
from mtfas.types import BONA_FIDE, Split

NEEDS = {"siw-m": "at least two attack species"}
RELEASES = {"v1", "v2"}
BOTH = "SiW-M v1 and v2, which are not comparable; prepare and join one of them"


def siw_m(rows: pl.DataFrame) -> Iterator[Rule]:
    """Yield one protocol for each attack species of SiW-M's rows.

    The test takes the held-out clips of every split, as published, except those of people who are in train or
    dev with something else. Where both releases are among the rows there is none.
    """
    if holds_both(rows):
        return
    rows = playing_or_all(rows, "siw-m")
    species = [name for name in known_values(rows, "species") if name != BONA_FIDE]
    for held in species if len(species) > 1 else []:
        yield _without(rows, held, [name for name in species if name != held])


def holds_both(rows: pl.DataFrame) -> bool:
    """Whether SiW-M's rows are of both its releases."""
    return set(playing(rows, "siw-m")["release"].unique()) >= RELEASES


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
