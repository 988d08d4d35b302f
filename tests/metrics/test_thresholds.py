from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from sklearn.metrics import roc_curve

from mtfas.errors import BadData, BadSetting
from mtfas.metrics.thresholds import (
    decision_thresholds,
    eer_threshold,
    equal_error,
    interpolated_equal_error,
    threshold_for_apcer,
    threshold_for_bpcer,
)

# Worked with bob.measure: live, attack, EER, threshold, APCER, BPCER; last the interpolated EER.
BOB = {
    "overlap": ([0.1, 0.2, 0.25, 0.3, 0.55], [0.15, 0.45, 0.5, 0.6, 0.9], 0.2, 0.375, 0.2, 0.2, 0.2),
    "ties": ([0.1, 0.2, 0.2, 0.3, 0.5], [0.2, 0.4, 0.5, 0.6, 0.9], 0.2, 0.35, 0.2, 0.2, 0.2),
    "all equal": ([0.5, 0.5, 0.5], [0.5, 0.5], 0.5, 0.5, 1.0, 0.0, 0.5),
    "perfect": ([0.0, 0.1, 0.2], [0.8, 0.9, 1.0], 0.0, 0.5, 0.0, 0.0, 0.0),
    "inverted": ([0.8, 0.9], [0.1, 0.2], 1.0, 0.5, 1.0, 1.0, 1.0),
    "small": ([0.1, 0.2, 0.3, 0.4], [0.35, 0.6, 0.7], 7 / 24, 0.375, 1 / 3, 0.25, 0.25),
    "saturated": ([0, 0, 0, 1, 1], [1, 1, 1, 1, 0], 0.3, 0.5, 0.2, 0.4, 1 / 3),
}

grid = st.integers(0, 20).map(lambda step: step / 20)
smooth = st.floats(-5, 5, allow_nan=False).map(lambda value: round(value, 3))
classes = st.tuples(
    st.lists(grid | smooth, min_size=1, max_size=25), st.lists(grid | smooth, min_size=1, max_size=25)
).map(lambda pair: (np.array(pair[0]), np.array(pair[1])))


@pytest.mark.parametrize("name", BOB)
def test_equal_error_is_bobs(name):
    live, attack, rate, threshold, apcer, bpcer, _ = BOB[name]
    point = equal_error(np.array(live), np.array(attack))
    assert (point.rate, point.threshold) == pytest.approx((rate, threshold), abs=1e-15)
    assert (point.apcer, point.bpcer) == (apcer, bpcer)


@pytest.mark.parametrize("name", BOB)
def test_interpolated_equal_error(name):
    live, attack, *_, interpolated = BOB[name]
    assert interpolated_equal_error(np.array(live), np.array(attack)).rate == pytest.approx(
        interpolated, abs=1e-12
    )


def test_equally_close_points_take_the_lower_threshold():
    # below 0.5: BPCER 1/2, APCER 0; above: BPCER 1/2, APCER 1; both differ by 1/2
    assert equal_error(np.array([0.1, 0.9]), np.array([0.5])).threshold == 0.3


@given(classes)
def test_equal_error_against_a_slow_loop(pair):
    live, attack = pair
    distinct = sorted({*live.tolist(), *attack.tolist()})
    midpoints = [(a + b) / 2 for a, b in pairwise(distinct)] or distinct
    gaps = [abs(np.mean(live > t) - np.mean(attack <= t)) for t in midpoints]
    point = equal_error(live, attack)
    assert abs(point.bpcer - point.apcer) == pytest.approx(min(gaps), abs=1e-12)
    assert point.threshold == pytest.approx(midpoints[_first_within(gaps, min(gaps) + 1e-12)])
    assert (point.bpcer, point.apcer) == (np.mean(live > point.threshold), np.mean(attack <= point.threshold))


def _first_within(values, limit):
    return next(i for i, value in enumerate(values) if value <= limit)


@given(classes)
def test_interpolated_equal_error_against_scikit_learn(pair):
    live, attack = pair
    labels, scores = np.r_[np.zeros(live.size), np.ones(attack.size)], np.r_[live, attack]
    fpr, tpr, _ = roc_curve(labels, scores)
    # the vertical steps of the curve are followed by arc length, for tpr over fpr is not a function there
    arc = np.r_[0, np.cumsum(np.diff(fpr) + np.diff(tpr))]
    crossing = brentq(lambda s: interp1d(arc, 1 - tpr - fpr)(s), 0, arc[-1])
    expected = float(interp1d(arc, fpr)(crossing))
    assert interpolated_equal_error(live, attack).rate == pytest.approx(expected, abs=1e-9)


@given(classes)
def test_strictly_increasing_transforms_leave_both_rates(pair):
    live, attack = pair
    turned = [np.arctan(side) * 3 + side for side in (live, attack)]
    assert equal_error(*turned).rate == equal_error(live, attack).rate
    before, after = interpolated_equal_error(live, attack), interpolated_equal_error(*turned)
    assert after.rate == pytest.approx(before.rate, abs=1e-12)


@given(classes, st.randoms(use_true_random=False))
def test_order_never_matters(pair, random):
    live, attack = (side.tolist() for side in pair)
    random.shuffle(live)
    random.shuffle(attack)
    assert equal_error(np.array(live), np.array(attack)) == equal_error(*pair)


@given(classes, st.sampled_from([0.0, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0]), st.data())
def test_threshold_for_apcer_keeps_the_limit_and_is_the_best(pair, wanted, data):
    live, attack = pair
    species = np.array(
        data.draw(st.lists(st.sampled_from("abc"), min_size=attack.size, max_size=attack.size))
    )

    def worst(threshold):
        return max(np.mean(attack[species == name] <= threshold) for name in set(species.tolist()))

    threshold = threshold_for_apcer(live, attack, wanted, species)
    assert worst(threshold) <= wanted
    better = [t for t in decision_thresholds(live, attack) if np.mean(live > t) < np.mean(live > threshold)]
    assert all(worst(t) > wanted for t in better)
    pooled = threshold_for_apcer(live, attack, wanted)
    assert np.mean(attack <= pooled) <= wanted
    assert pooled >= threshold


@given(classes, st.sampled_from([0.0, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0]))
def test_threshold_for_bpcer_keeps_the_limit_and_is_the_best(pair, wanted):
    live, attack = pair
    threshold = threshold_for_bpcer(live, attack, wanted)
    assert np.mean(live > threshold) <= wanted
    better = [
        t for t in decision_thresholds(live, attack) if np.mean(attack <= t) < np.mean(attack <= threshold)
    ]
    assert all(np.mean(live > t) > wanted for t in better)


def test_neighbouring_floats_are_still_divided():
    low = 0.5
    high = np.nextafter(low, 1.0)
    threshold = eer_threshold(np.array([low]), np.array([high]))
    assert not low > threshold
    assert high > threshold


def test_huge_scores_do_not_overflow():
    assert np.isfinite(eer_threshold(np.array([1.6e308]), np.array([1.7e308])))


@pytest.mark.parametrize("wanted", [-0.1, 5, float("nan")])
def test_impossible_wishes(wanted):
    with pytest.raises(BadSetting, match="APCER must be in"):
        threshold_for_apcer(np.array([0.1]), np.array([0.9]), wanted)
    with pytest.raises(BadSetting, match="BPCER must be in"):
        threshold_for_bpcer(np.array([0.1]), np.array([0.9]), wanted)


def test_one_class_only():
    with pytest.raises(BadData, match="both classes"):
        equal_error(np.array([]), np.array([0.5]))
