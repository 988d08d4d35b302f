"""Values → parts: one for each word or single number, or bins of about as many presentations each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mtfas.data.sources.raw import natural_key
from mtfas.errors import BadSetting
from mtfas.evaluation.facevalues import SEVERAL
from mtfas.types import FloatArray

BINS = 5
"""A column of numbers is cut into so many parts with about as many presentations each."""

MOST_VALUES = 50
"""A column of words may have so many values."""

NOT_GIVEN = "(not given)"
"""The part of presentations for which the data set has no value."""

Bounds = tuple[float, float] | None
"""A part's lowest and highest number; None for words."""


@dataclass(frozen=True)
class Parts:
    """Which part of a column each presentation is in, [n], and what the parts are called."""

    of: npt.NDArray[np.int_]
    names: tuple[str, ...]
    bounds: tuple[Bounds, ...]


def parts_of(values: pl.Series, column: str) -> Parts:
    """Return the parts of a column.

    Args:
        values: [n] words or numbers, null where there is none.
        column: its name, for errors.

    Raises:
        BadSetting: more than MOST_VALUES different words.
    """
    return _of_words(values, column) if values.dtype == pl.String else _of_numbers(values)


def _of_words(values: pl.Series, column: str) -> Parts:
    words = set(values.drop_nulls().to_list())
    if len(words) > MOST_VALUES:
        raise BadSetting(
            f"column '{column}' has {len(words)} different values, at most {MOST_VALUES} can be told apart; "
            "give a column that says what presentations have in common."
        )
    names = sorted(words, key=lambda word: (word == SEVERAL, natural_key(word)))
    of = np.array([len(names) if word is None else names.index(word) for word in values], dtype=int)
    return _with_not_given(of, names, [None] * len(names))


def _of_numbers(values: pl.Series) -> Parts:
    given = values.is_not_null().to_numpy()
    numbers = values.to_numpy()[given]
    # a number that is a cut belongs below it; many equal numbers may leave parts empty, which are dropped
    found, part = np.unique(np.searchsorted(_cuts(numbers), numbers), return_inverse=True)
    bounds = [(float(numbers[part == k].min()), float(numbers[part == k].max())) for k in range(found.size)]
    of = np.full(len(values), found.size)
    of[given] = part
    return _with_not_given(of, [_range(*pair) for pair in bounds], bounds)


def _cuts(numbers: FloatArray) -> FloatArray:
    single = np.unique(numbers)
    few = single.size <= BINS
    return single[:-1] if few else np.asarray(np.quantile(numbers, np.arange(1, BINS) / BINS))


def _range(low: float, high: float) -> str:
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _with_not_given(of: npt.NDArray[np.int_], names: Sequence[str], bounds: Sequence[Bounds]) -> Parts:
    rest = bool((of == len(names)).any())
    return Parts(of, (*names, *[NOT_GIVEN] * rest), (*bounds, *[None] * rest))
