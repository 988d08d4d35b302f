import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtfas.errors import BadData
from mtfas.metrics.rates import Rate, apcer_by_species, bpcer, error_rates, non_response

LIVE = np.array([0.1, 0.2, 0.5, 0.8])
ATTACK = np.array([0.5, 0.9, 0.3, 0.4, 0.95])
SPECIES = ["print", "print", "replay", "replay", "replay"]

scores = st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=30)


def test_a_case_counted_by_hand():
    # at 0.5: of the live only 0.8 is refused; print 0.5 passes (not > 0.5), replay 0.3 and 0.4 pass
    rates = error_rates(LIVE, ATTACK, SPECIES, 0.5)
    assert rates.bpcer == Rate(1, 4)
    assert rates.apcer == {"print": Rate(1, 2), "replay": Rate(2, 3)}
    assert rates.worst_species == "replay"
    assert rates.apcer_worst == 2 / 3
    assert rates.apcer_pooled == Rate(3, 5)
    assert rates.acer_worst == (2 / 3 + 1 / 4) / 2
    assert rates.acer_pooled == (3 / 5 + 1 / 4) / 2 == rates.hter


def test_a_score_on_the_threshold_is_bona_fide():
    assert bpcer(np.array([0.5]), 0.5).errors == 0
    assert apcer_by_species(np.array([0.5]), ["print"], 0.5)["print"].errors == 1


def test_equally_bad_species_are_named_in_alphabetical_order():
    assert error_rates(LIVE, np.array([0.1, 0.1]), ["replay", "print"], 0.5).worst_species == "print"


def test_non_response_counts_what_has_no_score():
    assert non_response([True, False, True, False]) == Rate(2, 4)
    assert math.isnan(non_response([]).value)


@pytest.mark.parametrize(
    ("live", "attack", "sentence"),
    [
        ([], [0.5], "0 bona fide and 1 attack"),
        ([0.5], [], "1 bona fide and 0 attack"),
        ([float("nan")], [0.5], "NaN or infinity"),
        ([0.5], [float("inf")], "NaN or infinity"),
    ],
)
def test_scores_that_cannot_be_rated(live, attack, sentence):
    with pytest.raises(BadData, match=sentence):
        error_rates(np.array(live), np.array(attack), ["print"] * len(attack), 0.5)


def test_scores_and_species_of_different_length():
    with pytest.raises(ValueError, match="2 scores but 1 species"):
        apcer_by_species(np.array([0.1, 0.2]), ["print"], 0.5)


@given(
    scores, st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abc")), min_size=1, max_size=40), st.data()
)
def test_worst_is_at_least_each_and_order_never_matters(live, attacks, data):
    threshold = data.draw(st.sampled_from([*live, *(s for s, _ in attacks), 0.5]))
    shuffled = data.draw(st.permutations(attacks))
    one = error_rates(np.array(live), *_columns(attacks), threshold)
    other = error_rates(np.array(live[::-1]), *_columns(shuffled), threshold)
    assert one == other
    assert all(one.apcer_worst >= rate.value for rate in one.apcer.values())
    assert one.apcer_worst >= one.apcer_pooled.value
    assert one.apcer_pooled.errors == sum(score <= threshold for score, _ in attacks)
    assert one.bpcer.errors == sum(score > threshold for score in live)


def _columns(attacks):
    return np.array([score for score, _ in attacks]), [species for _, species in attacks]
