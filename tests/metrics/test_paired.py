import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t, ttest_rel

from mtfas.errors import BadSetting
from mtfas.metrics.paired import paired, t_interval, two_way_interval


def grid(values: np.ndarray) -> dict[tuple[str, int], float]:
    """[folds, seeds] as a mapping."""
    return {(f"fold-{i}", j): float(values[i, j]) for i, j in np.ndindex(values.shape)}


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 10_000), st.sampled_from([0.9, 0.95, 0.99]))
def test_the_t_interval_is_scipys(folds: int, seeds: int, drawn: int, level: float) -> None:
    a, b = np.random.default_rng(drawn).normal(size=(2, folds, seeds))
    found = paired(grid(a), grid(b), repeats=5, level=level)
    assert (found.pairs, found.folds, found.seeds, found.unpaired) == (folds * seeds, folds, seeds, 0)
    assert found.mean == pytest.approx((a - b).mean())
    if folds * seeds < 2:
        assert math.isnan(found.sd)
        assert math.isnan(found.t.low)
        return
    expected = ttest_rel(a.ravel(), b.ravel()).confidence_interval(level)
    assert (found.t.low, found.t.high) == pytest.approx((expected.low, expected.high))
    assert found.sd == pytest.approx(np.std((a - b).ravel(), ddof=1))


def test_two_values_in_closed_form() -> None:
    """n = 2: the mean ± t_1 · |x − y| / 2, and t_1(0.975) = tan(0.475 π)."""
    found = t_interval(np.array([1.0, 3.0]))
    half = math.tan(0.475 * math.pi)
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half))
    assert half == pytest.approx(t.ppf(0.975, 1))


def test_pairs_that_one_system_lacks_are_left_out_and_counted() -> None:
    first = {("a", 0): 0.9, ("a", 1): 0.7, ("b", 0): 0.5}
    second = {("a", 0): 0.8, ("b", 0): 0.5, ("c", 0): 0.1}
    found = paired(first, second)
    assert (found.pairs, found.unpaired, found.folds, found.seeds) == (2, 2, 2, 1)
    assert found.mean == pytest.approx(0.05)


def test_nothing_in_common_is_not_a_number() -> None:
    found = paired({("a", 0): 1.0}, {("b", 0): 1.0})
    assert (found.pairs, found.unpaired) == (0, 2)
    assert math.isnan(found.mean)
    assert math.isnan(found.drawn.high)


def exact_two_way(values: np.ndarray) -> dict[float, float]:
    """Every mean that a draw of folds and seeds can give, with its probability, by enumeration."""
    folds, seeds = values.shape
    chances: dict[float, float] = {}
    for rows in product(range(folds), repeat=folds):
        for columns in product(range(seeds), repeat=seeds):
            mean = round(float(values[np.ix_(rows, columns)].mean()), 12)
            chances[mean] = chances.get(mean, 0.0) + 1 / (folds**folds * seeds**seeds)
    return chances


def test_the_two_way_bootstrap_against_enumeration() -> None:
    values = np.random.default_rng(4).normal(size=(3, 3))
    chances = exact_two_way(values)
    found = two_way_interval(grid(values), seed=1, repeats=40_000, level=0.8)
    for bound, tail in ((found.low, 0.1), (found.high, 0.9)):
        below = sum(chance for mean, chance in chances.items() if mean < bound - 1e-9)
        up_to = sum(chance for mean, chance in chances.items() if mean <= bound + 1e-9)
        assert below <= tail + 0.01  # a quantile: at most so much lies below it, at least so much up to it
        assert up_to >= tail - 0.01


def test_a_fold_effect_widens_the_two_way_interval_beyond_the_t_interval() -> None:
    """Pairs of one fold that agree are one observation, not eight."""
    values = np.repeat(np.random.default_rng(0).normal(size=(6, 1)), 8, axis=1)
    values = values + np.random.default_rng(1).normal(0, 0.01, values.shape)
    found = paired(grid(values), grid(np.zeros_like(values)))
    assert found.drawn.high - found.drawn.low > 1.5 * (found.t.high - found.t.low)


def test_a_missing_pair_is_no_zero() -> None:
    values = grid(np.full((3, 2), 5.0))
    del values["fold-1", 0]
    assert two_way_interval(values, seed=0) == two_way_interval(grid(np.full((3, 2), 5.0)), seed=0)
    assert two_way_interval(values, seed=0).low == pytest.approx(5.0)


def test_same_seed_same_interval() -> None:
    values = grid(np.random.default_rng(2).normal(size=(4, 3)))
    assert two_way_interval(values, seed=7) == two_way_interval(values, seed=7)
    assert two_way_interval(values, seed=7) != two_way_interval(values, seed=8)


@pytest.mark.parametrize("wrong", [{"level": 0.0}, {"level": 1.0}, {"repeats": 0}])
def test_bad_numbers_are_told(wrong: dict[str, float]) -> None:
    with pytest.raises(BadSetting, match="paired interval needs"):
        paired({("a", 0): 1.0}, {("a", 0): 0.5}, **wrong)  # type: ignore[arg-type]
