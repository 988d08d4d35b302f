"""By how much wishes agree: hand-made wishes, and made ones whose truth is known."""

from collections.abc import Sequence

import numpy as np
import pytest
from made_wishes import wish

from mtfas.paper.agreement import Agreement, agreement, agreements, compared
from mtfas.paper.wishes import TEST, TOGETHER


def test_agreement_by_hand() -> None:
    found = agreement(wish([1, 2, 3, 4], seed=5), wish([2, 1, 4, 3], seed=6))
    assert found.seeds == (5, 6)
    assert found.whole == pytest.approx(28 / 30)
    assert found.placed == pytest.approx(3 / 5)
    assert np.isnan(agreement(wish([1, 1, 1, 1]), wish([2, 1, 4, 3])).placed)


def test_faces_that_one_of_them_was_not_taught_on_count_nothing() -> None:
    one, other = wish([1, 2, 3, 4], [True, True, True, False]), wish([1, 2, 3, -50])
    assert agreement(one, other).placed == pytest.approx(1.0)


def test_pairs_are_of_different_seeds_and_each_has_one_relation() -> None:
    kinds = [("species", "a"), ("species", "b"), ("camera", "c"), (TEST, TEST), (TOGETHER, TOGETHER)]
    every = [wish([1, 2, 3, 4], kind=kind, name=name, seed=seed) for seed in (0, 1) for kind, name in kinds]
    count = {name: len(values) for name, values in agreements(every).items()}
    assert count == {
        "one species, two surrogates": 2,
        "one camera, two surrogates": 1,
        "all hidden conditions together, two sets of surrogates": 1,
        "the test part, two surrogates": 1,
        "two species": 2,
        "a species and a camera": 4,
        "a species and the test part": 4,
        "a camera and the test part": 2,
        "all hidden conditions together and the test part": 2,
    }


def test_surrogates_without_a_face_in_common_are_no_pair() -> None:
    """Of two species in all, each surrogate knows the attack faces that the other does not."""
    halves = {"a": [False, False, True, True], "b": [True, True, False, False]}
    every = [
        wish([1, 2, 3, 4], known, name=name, seed=seed) for seed in (0, 1) for name, known in halves.items()
    ]
    assert {name: len(values) for name, values in agreements(every).items()} == {
        "one species, two surrogates": 2
    }


def test_the_correction_finds_what_the_whims_of_surrogates_hide() -> None:
    """Wishes of the species are s + noise, of the test −s + noise: both seen through noise."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=4000)

    def noisy(sign: int) -> Sequence[float]:
        return list(sign * truth + 2.0 * rng.normal(size=4000))

    known = (True,) * 4000
    every = [
        made
        for seed in range(4)
        for made in (
            wish(noisy(1), known, name="a", seed=seed),
            wish(noisy(1), known, name="b", seed=seed),
            wish(noisy(-1), known, kind=TEST, name=TEST, seed=seed),
        )
    ]
    found = compared(agreements(every))
    alone, test = found["one species, two surrogates"], found["a species and the test part"]
    assert alone.placed.value == pytest.approx(1 / 5, abs=0.03)
    assert alone.corrected is None
    assert test.placed.value == pytest.approx(-1 / 5, abs=0.03)
    assert test.corrected is not None
    assert test.corrected.value == pytest.approx(-1.0, abs=0.15)
    two = found["two species"].corrected
    assert two is not None
    assert two.value == pytest.approx(1.0, abs=0.15)


def test_errors_are_those_of_leaving_seeds_out() -> None:
    pairs = {(0, 1): 0.1, (0, 2): 0.3, (1, 2): 0.5}
    by = {"two species": [Agreement(seeds, value, value) for seeds, value in pairs.items()]}
    found = compared(by)["two species"]
    without = np.array([0.5, 0.3, 0.1])  # the pair that is left without 0, without 1, without 2
    assert found.pairs == 3
    assert found.whole.value == pytest.approx(0.3)
    assert found.placed.se == pytest.approx(np.sqrt(2 / 3 * np.square(without - 0.3).sum()))
    assert found.corrected is None  # nobody asked two surrogates about one species


def test_two_seeds_have_no_error() -> None:
    found = compared({"two species": [Agreement((0, 1), 0.2, 0.1)]})["two species"]
    assert found.whole.value == pytest.approx(0.2)
    assert found.whole.se is None
