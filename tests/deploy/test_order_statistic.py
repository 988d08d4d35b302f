"""Thresholds at order statistics: exact intervals against SciPy, simulation and slow loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mtfas.deploy.order_statistic import (
    accepting_threshold,
    allowed_errors,
    expected_rate,
    guaranteed_errors,
    needed_for_guarantee,
    needed_for_half_width,
    rate_interval,
    rejecting_threshold,
    upper_bound,
)
from mtfas.errors import BadSetting

tied = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=12)


@given(tied, st.data())
def test_the_lowest_threshold_that_rejects_few_enough(scores: list[float], data: st.DataObject) -> None:
    errors = data.draw(st.integers(0, len(scores) - 1))
    threshold = rejecting_threshold(np.array(scores), errors)
    assert sum(score > threshold for score in scores) <= errors
    # Every lower threshold that matters is a score below it.
    for lower in (score for score in scores if score < threshold):
        assert sum(score > lower for score in scores) > errors


@given(tied, st.data())
def test_the_highest_threshold_that_lets_few_enough_pass(scores: list[float], data: st.DataObject) -> None:
    errors = data.draw(st.integers(0, len(scores) - 1))
    threshold = accepting_threshold(np.array(scores), errors)
    assert sum(score <= threshold for score in scores) <= errors
    higher = min(score for score in scores if score > threshold)
    assert sum(score <= higher for score in scores) > errors


@given(st.integers(1, 400), st.floats(0.001, 0.999))
def test_how_many_may_err(n: int, wanted: float) -> None:
    assert allowed_errors(n, wanted) == max(e for e in range(n + 1) if e / n <= wanted)


@pytest.mark.parametrize(("n", "errors"), [(20, 1), (100, 5), (59, 0), (300, 12)])
def test_the_interval_is_the_beta_distribution_s(n: int, errors: int) -> None:
    beta = stats.beta(errors + 1, n - errors)
    found = rate_interval(n, errors, 0.9)
    assert [found.low, found.high] == pytest.approx([beta.ppf(0.05), beta.ppf(0.95)])
    assert upper_bound(n, errors, 0.95) == pytest.approx(beta.ppf(0.95))
    assert expected_rate(n, errors) == pytest.approx(beta.mean())


@pytest.mark.parametrize(("n", "wanted"), [(40, 0.05), (120, 0.1)])
def test_the_true_rate_lies_within_as_often_as_stated(n: int, wanted: float) -> None:
    """Of 4,000 calibrations on normal scores, whose true rate above a threshold is known."""
    rng, errors = np.random.default_rng(0), allowed_errors(n, wanted)
    thresholds = [rejecting_threshold(rng.normal(size=n), errors) for _ in range(4000)]
    true = stats.norm.sf(thresholds)
    found = rate_interval(n, errors, 0.95)
    inside = int(((true >= found.low) & (true <= found.high)).sum())
    below = int((true <= upper_bound(n, errors, 0.95)).sum())
    for count in (inside, below):
        assert stats.binom.ppf(1e-4, 4000, 0.95) <= count <= stats.binom.ppf(1 - 1e-4, 4000, 0.95)


def test_with_ties_the_upper_bound_still_holds() -> None:
    """Scores of five values: fewer than e + 1 lie above the threshold in truth, never more."""
    rng, n, errors = np.random.default_rng(1), 60, 3
    values, chances = np.linspace(0, 1, 5), np.array([0.4, 0.3, 0.2, 0.07, 0.03])
    thresholds = [rejecting_threshold(rng.choice(values, n, p=chances), errors) for _ in range(2000)]
    true = np.array([chances[values > one].sum() for one in thresholds])
    assert (true <= upper_bound(n, errors, 0.95)).mean() >= 0.94


def test_how_many_a_guarantee_needs() -> None:
    """1 − 0.95^59 is the first above 0.95."""
    assert needed_for_guarantee(0.05, 0.95) == 59
    for wanted, confidence in ((0.01, 0.95), (0.1, 0.99), (0.5, 0.5), (0.003, 0.9)):
        n = needed_for_guarantee(wanted, confidence)
        assert 1 - (1 - wanted) ** n >= confidence
        assert 1 - (1 - wanted) ** (n - 1) < confidence
        assert guaranteed_errors(n, wanted, confidence) == 0
        assert guaranteed_errors(n - 1, wanted, confidence) is None


@pytest.mark.parametrize("n", [59, 93, 200, 1000])
def test_a_guarantee_allows_the_most_errors_it_can(n: int) -> None:
    errors = guaranteed_errors(n, 0.05, 0.95)
    assert errors is not None
    assert stats.beta.ppf(0.95, errors + 1, n - errors) <= 0.05
    assert stats.beta.ppf(0.95, errors + 2, n - errors - 1) > 0.05


def test_how_many_a_narrow_interval_needs() -> None:
    n = needed_for_half_width(0.1, 0.05, 0.95)
    widths = [rate_interval(k, allowed_errors(k, 0.1), 0.95) for k in range(n, n + 60)]
    assert all(found.high - found.low <= 0.1 for found in widths)
    before = rate_interval(n - 1, allowed_errors(n - 1, 0.1), 0.95)
    assert before.high - before.low > 0.1
    with pytest.raises(BadSetting, match=r"give 0\.001 or more"):
        needed_for_half_width(0.1, 1e-5, 0.95)
