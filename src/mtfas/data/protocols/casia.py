"""CASIA-MFSD's seven scenarios, and the cross-validation that stands for the dev part it has not.

The release names qualities by number; here they are the frame sizes, for sources disagree which of the two
small ones is the low and which the normal quality.
"""

from collections.abc import Iterator
from types import MappingProxyType

import polars as pl

from mtfas.data.protocols.own_split import whole
from mtfas.data.protocols.roles import ROLES, playing
from mtfas.data.protocols.rule import LIVE, Protocol, Rule, by_split, in_split, known_values
from mtfas.types import Split

DATASET = "casia-mfsd"
QUALITIES = ("640x480", "480x640", "720x1280")
"""Frame sizes, width × height, as published; a camera each."""

SPECIES = ("warped_photo", "cut_photo", "replay")

FOLDS = ((10, 14, 16, 20), (8, 13, 18, 19), (1, 6, 11, 17), (4, 5, 7, 15), (2, 3, 9, 12))
"""Clients of train_release that are dev in turn: the folds of Idiap's interface to the data set."""

NEEDS = {"casia": f"faces of {ROLES['casia'].words}"}


def casia(rows: pl.DataFrame) -> Iterator[Rule]:
    """Yield CASIA-MFSD's protocols, when the set has its rows."""
    held = playing(rows, "casia")
    yield from whole(rows, "casia")
    yield from _qualities(held)
    if held.height:
        for species in SPECIES:
            wanted = LIVE | (pl.col("species") == species)
            yield _scenario(held, species, f"attacks by {species} only", wanted)
    yield from _folds(held.filter(pl.col("dataset") == DATASET))


def _qualities(held: pl.DataFrame) -> Iterator[Rule]:
    known = known_values(held, "camera")
    for quality in QUALITIES:
        if quality in known:
            yield _scenario(held, quality, f"quality {quality} only", pl.col("camera") == quality)


def _scenario(held: pl.DataFrame, name: str, words: str, wanted: pl.Expr) -> Rule:
    protocol = Protocol(f"casia:{name}", f"{ROLES['casia'].published}'s own split, {words}")
    return by_split(protocol, held, wanted, wanted)


def _folds(held: pl.DataFrame) -> Iterator[Rule]:
    # A stand-in has other people, so only the published clients can be dealt by number.
    for k, clients in enumerate(FOLDS if held.height else (), 1):
        dev = pl.col("subject").is_in([f"{DATASET}:train-{client:02d}" for client in clients])
        learning = pl.col("subject").str.starts_with(f"{DATASET}:train-")
        conditions = {
            Split.TRAIN: learning & ~dev,
            Split.DEV: dev,
            Split.TEST: in_split(Split.TEST) & ~learning,
        }
        whose = f"clients {', '.join(map(str, clients))} of train_release"
        text = f"{ROLES['casia'].published}'s cross-validation, fold {k} of {len(FOLDS)}; dev = {whose}"
        yield Rule(Protocol(f"casia:fold-{k}", text), held, MappingProxyType(conditions))
