import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from mtfas.errors import BadSetting
from mtfas.metrics.intervals import Interval, clopper_pearson, subject_bootstrap
from mtfas.metrics.rates import Rate


@pytest.mark.parametrize(
    ("errors", "n", "low", "high"),
    [
        (0, 120, 0, 0.0303),
        (0, 240, 0, 0.0153),
        (1, 240, 0.0001, 0.0230),
        (0, 20, 0, 0.168),
        (9, 23, 0.197, 0.615),
    ],
)
def test_printed_intervals(errors, n, low, high):
    interval = clopper_pearson(Rate(errors, n))
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=6e-4)


@given(st.integers(1, 400), st.data())
def test_clopper_pearson_is_scipys(n, data):
    errors = data.draw(st.integers(0, n))
    level = data.draw(st.sampled_from([0.9, 0.95, 0.99]))
    expected = binomtest(errors, n).proportion_ci(level, method="exact")
    interval = clopper_pearson(Rate(errors, n), level)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert interval.low <= errors / n <= interval.high


def test_no_trial_has_no_interval():
    assert math.isnan(clopper_pearson(Rate(0, 0)).low)


def test_bootstrap_of_a_mean_agrees_with_its_standard_error():
    rows = np.random.default_rng(0).normal(5, 2, 200)
    result = subject_bootstrap(lambda i: np.array([rows[i].mean()]), ["unknown"] * 200, seed=1, repeats=2000)
    half = 1.96 * rows.std() / math.sqrt(200)
    assert result.unit == "presentation"
    assert result.intervals[0].low == pytest.approx(rows.mean() - half, abs=0.04)
    assert result.intervals[0].high == pytest.approx(rows.mean() + half, abs=0.04)


def test_copies_of_one_subject_add_no_certainty():
    rows = np.random.default_rng(0).normal(0, 1, 30)
    copied, subjects = np.repeat(rows, 10), np.repeat([f"s{i}" for i in range(30)], 10)

    def width(values, names):
        result = subject_bootstrap(lambda i: np.array([values[i].mean()]), names, seed=2, repeats=500)
        return result.intervals[0].high - result.intervals[0].low, result.unit, result.units

    by_subject, unit, units = width(copied, subjects)
    as_if_independent, _, _ = width(copied, ["unknown"] * 300)
    assert (unit, units) == ("subject", 30)
    assert by_subject == pytest.approx(width(rows, subjects[::10])[0], rel=1e-9)
    assert by_subject > 2 * as_if_independent


def test_half_known_subjects_are_said():
    result = subject_bootstrap(
        lambda i: np.array([i.mean()]), ["a", "a", "unknown", "unknown"], seed=0, repeats=9
    )
    assert (result.units, result.unit) == (3, "subject (presentation where the subject is unknown)")


def test_the_seed_decides():
    def draw(seed):
        return subject_bootstrap(lambda i: np.array([i.mean()]), list("abcdefgh"), seed, repeats=50).intervals

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_undefined_draws_are_left_out():
    result = subject_bootstrap(
        lambda i: np.array([np.nan if 0 in i else 1.0, np.nan]), list("abcd"), seed=0, repeats=50
    )
    assert result.intervals[0] == Interval(1.0, 1.0)
    assert math.isnan(result.intervals[1].low)


def test_overlap():
    assert Interval(0.1, 0.3).overlaps(Interval(0.3, 0.4))
    assert not Interval(0.1, 0.2).overlaps(Interval(0.3, 0.4))


@pytest.mark.parametrize("level", [0, 1, 95, float("nan")])
def test_levels_that_are_none(level):
    with pytest.raises(BadSetting, match=r"95 % is 0\.95"):
        clopper_pearson(Rate(1, 2), level)


def test_no_repeats():
    with pytest.raises(BadSetting, match="at least 1 repeat"):
        subject_bootstrap(lambda i: i, ["a"], seed=0, repeats=0)
