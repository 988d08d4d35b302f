"""Episodes: divisions of the training set, each of which hides another condition from its surrogate.

One division (`sampling.levels_of`) measures the teacher on one unseen species or camera only. Several, one
after the other, ask for what helps on all of them.
"""

from collections.abc import Iterator
from itertools import cycle, islice

import numpy as np
import polars as pl

from mtfas.data.sampling import HIGHER_BATCHES, Levels, levels_of
from mtfas.errors import BadSetting, unknown_name
from mtfas.runtime.seeds import stream
from mtfas.types import Label

MIXED = "unseen-conditions"
"""Cameras and species in turn."""
CONDITIONS = ("unseen-subjects", "unseen-species", "unseen-cameras", "unseen-datasets", MIXED)
"""What an episode can hide."""


def episodes_of(rows: pl.DataFrame, condition: str, count: int, seed: int) -> list[Levels]:
    """Return `count` divisions of the training rows; names are hidden in an order drawn by the seed.

    Where there are fewer species or cameras than episodes, names come again, with other subjects hidden.

    Args:
        rows: usable training rows.
        condition: a name of CONDITIONS.
        count: how many, ≥ 1.
        seed: draws the order, and each episode's subjects.

    Raises:
        BadSetting: the condition is unknown.
        BadData: the training set cannot be divided so.
    """
    if condition not in CONDITIONS:
        raise unknown_name("condition", condition, CONDITIONS)
    if count < 1:
        raise BadSetting(f"at least one episode is needed, got {count}.")
    hidden = _hidden(rows, condition, seed)
    own = stream(seed, "episodes").integers(2**31, size=count)
    return [levels_of(rows, kind, name, int(own[k])) for k, (kind, name) in enumerate(islice(hidden, count))]


def _hidden(rows: pl.DataFrame, condition: str, seed: int) -> Iterator[tuple[str, str | None]]:
    """Give (a name of HIGHER_BATCHES, what to hide), without end."""
    if condition == "unseen-subjects":
        return cycle([(condition, None)])
    named = {
        "unseen-species": _species(rows),
        "unseen-cameras": rows["camera"].unique().to_list(),
        "unseen-datasets": rows["dataset"].unique().to_list(),
    }
    kinds = ("unseen-cameras", "unseen-species") if condition == MIXED else (condition,)
    orders = [cycle([(kind, name) for name in _shuffled(named[kind], seed, kind)]) for kind in kinds]
    return (next(orders[k]) for k in cycle(range(len(orders))))


def _species(rows: pl.DataFrame) -> list[str]:
    return rows.filter(pl.col("label") == Label.ATTACK)["species"].unique().to_list()


def _shuffled(names: list[str], seed: int, kind: str) -> list[str]:
    order = stream(seed, "episodes", kind).permutation(len(names))
    return [sorted(names)[k] for k in np.asarray(order)]


assert {c for c in CONDITIONS if c != MIXED} <= set(HIGHER_BATCHES)
