"""Values in parts, against counting."""

import numpy as np
import polars as pl
import pytest

from mtfas.errors import BadSetting
from mtfas.evaluation.bins import NOT_GIVEN, parts_of
from mtfas.evaluation.facevalues import SEVERAL


def members(values: list) -> dict[str, list]:
    """For each part: its values."""
    parts = parts_of(pl.Series(values), "camera")
    assert len(parts.of) == len(values)
    return {
        name: [v for v, k in zip(values, parts.of, strict=True) if k == i]
        for i, name in enumerate(parts.names)
    }


def test_words_stand_in_the_order_people_count_in() -> None:
    found = members(["c10", "c2", None, SEVERAL, "c2"])
    assert found == {"c2": ["c2", "c2"], "c10": ["c10"], SEVERAL: [SEVERAL], NOT_GIVEN: [None]}
    assert list(found) == ["c2", "c10", SEVERAL, NOT_GIVEN]


def test_too_many_words_are_refused() -> None:
    assert len(members([f"c{i}" for i in range(50)])) == 50
    with pytest.raises(BadSetting, match="column 'camera' has 51 different values, at most 50"):
        members([f"c{i}" for i in range(51)])


def test_few_numbers_are_told_one_by_one() -> None:
    assert members([3.0, 1.0, 3.0, None]) == {"1": [1.0], "3": [3.0, 3.0], NOT_GIVEN: [None]}


def test_many_numbers_are_cut_at_their_quantiles() -> None:
    values = np.random.default_rng(3).normal(0, 20, 100).tolist()
    found = members(values)
    assert [len(part) for part in found.values()] == [20] * 5
    assert [v for part in found.values() for v in sorted(part)] == sorted(values)
    assert list(found) == [f"{min(part):.4g} to {max(part):.4g}" for part in found.values()]


def test_many_equal_numbers_make_fewer_parts() -> None:
    found = members([0.0] * 30 + [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert {name: len(part) for name, part in found.items()} == {"0": 30, "1 to 6": 6}


def test_a_column_without_any_number() -> None:
    parts = parts_of(pl.Series([None, None], dtype=pl.Float64), "yaw")
    assert (parts.names, parts.bounds, parts.of.tolist()) == ((NOT_GIVEN,), (None,), [0, 0])
