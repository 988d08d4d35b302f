"""Do unseen conditions agree on what labels should be? Pure mathematics of benchmarks/agreement.py.

A teacher is taught by conditions hidden within the training set, and is to help under conditions that nobody
has. That can only work as far as different conditions want the same of the same faces (docs/teaching.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np

from mtfas.paper.wishes import TEST, TOGETHER, Wish
from mtfas.types import FloatArray


@dataclass(frozen=True)
class Agreement:
    """How alike two wishes are on the faces that both surrogates were taught on.

    Attributes:
        seeds: of the two.
        whole: cosine.
        placed: correlation: the level common to all faces is taken out.
    """

    seeds: tuple[int, int]
    whole: float
    placed: float


@dataclass(frozen=True)
class Relation:
    """Which wishes are compared: those of these kinds, of one condition or of two."""

    one: str
    other: str
    same: bool = False


SELF = {
    "species": "one species, two surrogates",
    "camera": "one camera, two surrogates",
    "data set": "one data set, two surrogates",
    TOGETHER: "all hidden conditions together, two sets of surrogates",
    TEST: "the test part, two surrogates",
}
RELATIONS = {
    **{name: Relation(kind, kind, same=True) for kind, name in SELF.items()},
    "two species": Relation("species", "species"),
    "two cameras": Relation("camera", "camera"),
    "two data sets": Relation("data set", "data set"),
    "a species and a camera": Relation("species", "camera"),
    "a species and the test part": Relation("species", TEST),
    "a camera and the test part": Relation("camera", TEST),
    "a data set and the test part": Relation("data set", TEST),
    "all hidden conditions together and the test part": Relation(TOGETHER, TEST),
}
"""Surrogates of one seed share batches and first weights, so the wishes of a pair have different seeds."""


@dataclass(frozen=True)
class Estimate:
    """A number and its standard error by the jackknife over seeds; None where a seed less leaves no pair."""

    value: float
    se: float | None


@dataclass(frozen=True)
class Compared:
    """By how much the wishes of a relation agree.

    Attributes:
        pairs: how many.
        whole: mean cosine.
        placed: mean correlation, the common level taken out.
        corrected: the same divided by the geometric mean of what two surrogates agree on about *one* such
            condition: what would be left without the surrogates' own whims. None for those themselves, and
            where surrogates agree on nothing. May leave [-1, 1] by chance.
    """

    pairs: int
    whole: Estimate
    placed: Estimate
    corrected: Estimate | None


def agreement(one: Wish, other: Wish) -> Agreement:
    """Compare two wishes about the same probe, where both surrogates were taught."""
    both = one.known & other.known
    a, b = one.change[both], other.change[both]
    return Agreement((one.seed, other.seed), _cosine(a, b), _cosine(a - a.mean(), b - b.mean()))


def _cosine(a: FloatArray, b: FloatArray) -> float:
    size = np.sqrt(np.square(a).sum() * np.square(b).sum())
    return float((a * b).sum() / size) if size > 0 else float("nan")


def agreements(found: Sequence[Wish]) -> dict[str, list[Agreement]]:
    """Return by relation the agreement of every pair of wishes of different seeds, where there is a pair.

    Surrogates that were taught no attack face in common (each knows the species that the other has never
    seen, and there are two) make no pair.
    """
    common = [(a, b) for a, b in combinations(found, 2) if (a.known & b.known).any()]
    pairs = [(a, b) for a, b in common if a.seed != b.seed]
    by = {
        name: [agreement(a, b) for a, b in pairs if _stand_in(relation, a, b)]
        for name, relation in RELATIONS.items()
    }
    return {name: values for name, values in by.items() if values}


def _stand_in(relation: Relation, a: Wish, b: Wish) -> bool:
    kinds = {a.kind, b.kind} == {relation.one, relation.other}
    return kinds and (a.name == b.name) is relation.same


def compared(by: dict[str, list[Agreement]]) -> dict[str, Compared]:
    """Return the means of every relation, with errors, and without the surrogates' whims."""
    seeds = sorted({seed for values in by.values() for value in values for seed in value.seeds})
    return {name: _compared(by, name, seeds) for name in by}


def _compared(by: dict[str, list[Agreement]], name: str, seeds: Sequence[int]) -> Compared:
    def free(without: int | None) -> float:
        own = [_mean(by[SELF[kind]], "placed", without) for kind in (relation.one, relation.other)]
        return _mean(by[name], "placed", without) / np.sqrt(own[0] * own[1]) if min(own) > 0 else float("nan")

    relation = RELATIONS[name]
    whole, placed = (_jackknife(partial(_mean, by[name], reading), seeds) for reading in ("whole", "placed"))
    known = not relation.same and SELF[relation.one] in by and SELF[relation.other] in by
    corrected = _jackknife(free, seeds) if known else None
    found = corrected is not None and not np.isnan(corrected.value)
    return Compared(len(by[name]), whole, placed, corrected if found else None)


def _mean(values: Sequence[Agreement], reading: str, without: int | None) -> float:
    kept = [getattr(value, reading) for value in values if without not in value.seeds]
    return float(np.mean(kept)) if kept else float("nan")


def _jackknife(statistic: Callable[[int | None], float], seeds: Sequence[int]) -> Estimate:
    without = np.array([statistic(seed) for seed in seeds])
    spread = np.sqrt((len(seeds) - 1) / len(seeds) * np.square(without - without.mean()).sum())
    return Estimate(statistic(None), None if np.isnan(spread) else float(spread))
