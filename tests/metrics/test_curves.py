import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score, roc_curve

from mtfas.metrics.curves import auc, bpcer_at_apcer, curve, normal_deviate

values = st.integers(0, 12).map(lambda step: step / 12) | st.floats(0, 1).map(lambda v: round(v, 6))
classes = st.tuples(st.lists(values, min_size=1, max_size=30), st.lists(values, min_size=1, max_size=30)).map(
    lambda pair: (np.array(pair[0]), np.array(pair[1]))
)


@given(classes)
def test_auc_is_scikit_learns_and_the_pair_count(pair):
    live, attack = pair
    labels = np.r_[np.zeros(live.size), np.ones(attack.size)]
    pairs = [(a > b) + 0.5 * (a == b) for a in attack for b in live]
    assert auc(live, attack) == pytest.approx(np.mean(pairs), abs=1e-12)
    assert auc(live, attack) == pytest.approx(roc_auc_score(labels, np.r_[live, attack]), abs=1e-12)


@given(classes)
def test_auc_survives_transforms_and_flipping_labels_with_scores(pair):
    live, attack = pair
    assert auc(np.exp(3 * live), np.exp(3 * attack)) == auc(live, attack)
    assert auc(-attack, -live) == auc(live, attack)
    assert auc(attack, live) == pytest.approx(1 - auc(live, attack), abs=1e-12)


@given(classes)
def test_curve_holds_every_point_of_scikit_learns_roc(pair):
    live, attack = pair
    labels = np.r_[np.zeros(live.size), np.ones(attack.size)]
    fpr, tpr, _ = roc_curve(labels, np.r_[live, attack], drop_intermediate=False)
    points = curve(live, attack)
    assert np.allclose(points.bpcer[::-1], fpr)
    assert np.allclose(1 - points.apcer[::-1], tpr)
    assert np.isfinite(points.thresholds).all()  # scikit-learn's first threshold is infinite
    assert (np.diff(points.thresholds) > 0).all()


def test_worst_species_curve_is_never_below_the_pooled_one():
    random = np.random.default_rng(3)
    live, attack = random.normal(0, 1, 50), random.normal(1, 1, 80)
    species = random.choice(["a", "b", "c"], 80)
    assert (curve(live, attack, species).apcer >= curve(live, attack).apcer).all()


def test_normal_deviates():
    assert normal_deviate(np.array([0.5, norm.cdf(-1.5)])) == pytest.approx([0, -1.5])
    assert normal_deviate(np.array([0.0, 1.0]), floor=0.01) == pytest.approx([norm.ppf(0.01), norm.ppf(0.99)])


def test_bpcer_at_apcer_by_hand():
    live = np.array([0.1, 0.2, 0.45, 0.7])
    attack = np.array([0.4, 0.6, 0.8, 0.9, 0.5, 0.95])
    species = ["print"] * 4 + ["replay"] * 2
    # no error: threshold under 0.4, two live refused; 25 % of print: under 0.5, one live refused
    assert bpcer_at_apcer(live, attack, species, 0.0).bpcer.value == 0.5
    rates = bpcer_at_apcer(live, attack, species, 0.25)
    assert (rates.bpcer.value, rates.apcer_worst, rates.threshold) == (0.25, 0.25, 0.475)
