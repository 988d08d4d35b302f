"""Coherent fraction, jackknife, label-space figures: against loops, closed forms, arrays made by hand."""

import numpy as np
import pytest

from mtfas.bench.coherence import (
    Level,
    Wanted,
    coherence,
    fractions_without_each,
    in_units,
    levels,
    regions,
)
from mtfas.types import FloatArray


def noisy(rng: np.random.Generator, batches: int, size: int, noise: float) -> FloatArray:
    """Gradients of length-1 signal and noise of mean square length noise²."""
    signal = np.full(size, size**-0.5)
    return np.asarray(signal + noise * size**-0.5 * rng.standard_normal((batches, size)))


def slow_fraction(gradients: FloatArray) -> float:
    count, pairs = len(gradients), 0.0
    for a in range(count):
        for b in range(count):
            if a != b:
                pairs += float((gradients[a] * gradients[b]).sum()) / (count * (count - 1))
    return pairs / (sum(float(np.square(one).sum()) for one in gradients) / count)


def test_the_fraction_is_the_mean_product_of_two_batches_over_the_mean_square() -> None:
    gradients = noisy(np.random.default_rng(1), 7, 50, 2.0)
    found = coherence(gradients @ gradients.T)
    assert found.fraction == pytest.approx(slow_fraction(gradients), rel=1e-12)
    assert found.norm == pytest.approx(np.sqrt(np.square(gradients).sum(1).mean()), rel=1e-12)


def test_leaving_each_out_is_what_a_loop_finds() -> None:
    gradients = noisy(np.random.default_rng(2), 6, 40, 3.0)
    gram = gradients @ gradients.T
    without = np.array([slow_fraction(np.delete(gradients, k, axis=0)) for k in range(6)])
    np.testing.assert_allclose(fractions_without_each(gram), without, rtol=1e-10)
    se = np.sqrt(5 / 6 * np.square(without - without.mean()).sum())
    assert coherence(gram).se == pytest.approx(se, rel=1e-10)


@pytest.mark.parametrize("noise", [0.5, 3.0])
def test_signal_and_known_noise(noise: float) -> None:
    """‖E g‖² = 1 and E‖g‖² = 1 + noise², so it is 1 / (1 + noise²); the jackknife sees its spread."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(400):
        gradients = noisy(rng, 24, 300, noise)
        found.append(coherence(gradients @ gradients.T))
    fractions = np.array([one.fraction for one in found])
    spread = fractions.std(ddof=1)
    assert fractions.mean() == pytest.approx(1 / (1 + noise**2), abs=4 * spread / 20)
    assert np.mean([one.se for one in found]) == pytest.approx(spread, rel=0.15)


def test_nothing_but_noise_is_zero_on_average() -> None:
    rng = np.random.default_rng(4)
    found = [coherence(g @ g.T).fraction for g in rng.standard_normal((400, 8, 100))]
    assert abs(np.mean(found)) < 4 * np.std(found) / 20
    assert min(found) < 0


def test_the_ends_of_the_fraction() -> None:
    alike = coherence(np.full((4, 4), 9.0))
    assert (alike.fraction, alike.norm, alike.batches_needed) == (1.0, 3.0, 0.0)
    assert alike.se == pytest.approx(0.0, abs=1e-12)
    apart = coherence(np.eye(4))
    assert apart.fraction == 0
    assert apart.batches_needed is None


def test_batches_needed_make_signal_and_noise_equal() -> None:
    # Products of 1 off the diagonal, squares of 4: signal 1, noise 3 in each batch.
    found = coherence(np.ones((5, 5)) + 3 * np.eye(5))
    assert found.fraction == pytest.approx(0.25)
    assert found.batches_needed == pytest.approx(3.0)


def test_the_wanted_change_goes_against_the_influence_in_units_of_its_size() -> None:
    influence = 1e-12 * np.array([[[3.0, -4.0]], [[0.0, 5.0]]])
    np.testing.assert_allclose(in_units(influence), [[[-3.0, 4.0]], [[0.0, -5.0]]] / np.sqrt(12.5))
    np.testing.assert_array_equal(in_units(np.zeros((2, 1, 2))), np.zeros((2, 1, 2)))


def batch(*faces: tuple[str, list[float], list[float]]) -> Wanted:
    names, changes, shares = zip(*faces, strict=True)
    side = (len(faces), 2, 2)
    return Wanted(
        np.reshape(np.array(changes), side), np.reshape(np.array(shares), side), np.array(names, object)
    )


LEFT, ALL, NONE = [1.0, 0.0, 1.0, 0.0], [1.0] * 4, [0.0] * 4

BATCHES = [
    batch(("glasses", [2, 0, 2, 0], LEFT), ("glasses", [0, 1, 0, 1], LEFT), ("print", [1, 2, 3, 4], ALL)),
    batch(("glasses", [0, 0, 1, 1], LEFT), ("print", [1, 1, 1, 1], ALL), ("print", [0, 0, 0, 4], ALL)),
    batch(("glasses", [4, 1, 4, 1], LEFT), ("mask", [2, 2, 2, 3], LEFT), ("mask", [0, 0, 0, 0], NONE)),
]
"""Correlations of glasses with their region: +1 and −1; 0; +1."""


def test_regions_by_hand() -> None:
    found = regions(BATCHES)
    assert set(found) == {"glasses", "mask"}, "a print covers everything: there is no where"
    # Deviations from the mean 1/4, summed in each batch: −1/2, −1/4, 3/4; three batches, four faces.
    se = np.sqrt(3 / 2 * (1 / 4 + 1 / 16 + 9 / 16)) / 4
    glasses, mask = found["glasses"], found["mask"]
    assert glasses.mean == pytest.approx(0.25)
    assert glasses.se == pytest.approx(se)
    assert glasses.faces == 4
    # Of mask only the first face has a region to point at: cells (−1, −1, −1, 3) against (1, −1, 1, −1).
    assert mask.mean == pytest.approx(-4 / np.sqrt(12 * 4))
    assert (mask.se, mask.faces) == (None, 1)
    assert regions([batch(("print", [1, 2, 3, 4], ALL))]) == {}


def test_with_one_face_a_batch_the_error_of_regions_is_the_usual_one() -> None:
    rng = np.random.default_rng(5)
    single = [batch(("glasses", list(rng.random(4)), LEFT)) for _ in range(9)]
    values = [float(np.corrcoef(one.change.ravel(), LEFT)[0, 1]) for one in single]
    found = regions(single)["glasses"]
    assert found.mean == pytest.approx(np.mean(values))
    assert found.se == pytest.approx(np.std(values, ddof=1) / 3)


def test_levels_by_hand() -> None:
    found = levels(BATCHES)
    # Means over pixels and faces of each batch. Glasses: 3/4, 1/2, 5/2; print: 5/2, 1; mask: 9/8.
    glasses = [0.75, 0.5, 2.5]
    assert list(found) == ["glasses", "mask", "print"]
    assert found["glasses"].mean == pytest.approx(np.mean(glasses))
    assert found["glasses"].se == pytest.approx(np.std(glasses, ddof=1) / np.sqrt(3))
    assert found["mask"] == Level(9 / 8, None)
    assert found["print"].mean == pytest.approx(1.75)
    assert found["print"].se == pytest.approx(0.75)
