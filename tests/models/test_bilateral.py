"""The bilateral filter against its formula, written as slow loops."""

import math

import numpy as np
import pytest
import torch

from mtfas.models.bilateral import bilateral_base, neighbours


def features(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def slow_base(plane: np.ndarray, size: int, space: float, spread: float) -> np.ndarray:
    height, width = plane.shape
    reach, result = size // 2, np.empty_like(plane)
    for y in range(height):
        for x in range(width):
            total = weights = 0.0
            for v in range(y - reach, y + reach + 1):
                for u in range(x - reach, x + reach + 1):
                    value = plane[min(max(v, 0), height - 1), min(max(u, 0), width - 1)]
                    near = math.exp(-((v - y) ** 2 + (u - x) ** 2) / (2 * space**2))
                    alike = math.exp(-((value - plane[y, x]) ** 2) / (2 * spread**2))
                    total, weights = total + near * alike * value, weights + near * alike
            result[y, x] = total / weights
    return result


@pytest.mark.parametrize(("size", "space", "spread"), [(3, 1.0, 0.5), (5, 2.0, 1.5), (1, 1.0, 1.0)])
def test_formula(size: int, space: float, spread: float) -> None:
    values = features(2, 3, 6, 7)
    base = bilateral_base(values, size, space, spread)
    for n in range(2):
        for c in range(3):
            expected = slow_base(values[n, c].numpy(), size, space, spread)
            np.testing.assert_allclose(base[n, c].numpy(), expected, rtol=1e-10, atol=1e-12)


def test_what_is_flat_stays_to_the_last_bit() -> None:
    flat = torch.full((1, 2, 5, 5), 0.1)
    assert torch.equal(bilateral_base(flat, 5, 1.0, 0.3), flat)


def test_edges_stay_and_noise_goes() -> None:
    step = torch.zeros(1, 1, 12, 12, dtype=torch.float64)
    step[..., 6:] = 10.0
    noisy = step + 0.1 * features(1, 1, 12, 12)
    base = bilateral_base(noisy, 5, 2.0, 0.5)
    assert (base - step).abs().max() < 0.3
    assert (base - step).std() < 0.5 * (noisy - step).std()
    blurred = bilateral_base(noisy, 5, 2.0, math.inf)
    assert (blurred - step).abs().max() > 2.0


def test_without_a_range_it_is_a_gaussian_blur() -> None:
    values = features(1, 2, 8, 9)
    line = torch.tensor([math.exp(-(d**2) / (2 * 1.5**2)) for d in (-2, -1, 0, 1, 2)], dtype=torch.float64)
    kernel = torch.outer(line, line) / line.sum() ** 2
    padded = torch.nn.functional.pad(values, (2, 2, 2, 2), mode="replicate")
    expected = torch.nn.functional.conv2d(padded, kernel.expand(2, 1, 5, 5), groups=2)
    torch.testing.assert_close(bilateral_base(values, 5, 1.5, math.inf), expected)
    torch.testing.assert_close(bilateral_base(values, 5, 1.5, 1e6), expected)


def test_derivatives() -> None:
    values = features(1, 1, 3, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda a: bilateral_base(a, 3, 1.0, 0.7), values)
    assert torch.autograd.gradgradcheck(lambda a: bilateral_base(a, 3, 1.0, 0.7), values)


def test_neighbours_are_moved_copies_with_a_repeated_border() -> None:
    values = torch.arange(12.0).view(1, 1, 3, 4)
    moved = {(down, right): plane for down, right, plane in neighbours(values, 3)}
    assert list(moved)[:4] == [(-1, -1), (-1, 0), (-1, 1), (0, -1)]
    assert moved[0, 1].flatten().tolist() == [1, 2, 3, 3, 5, 6, 7, 7, 9, 10, 11, 11]
    assert moved[-1, 0].flatten().tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("wrong", [(4, 1.0, 1.0), (0, 1.0, 1.0), (3, 0.0, 1.0), (3, 1.0, -1.0)])
def test_wrong_settings_are_refused(wrong: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match="odd size and positive sigmas"):
        bilateral_base(torch.zeros(1, 1, 4, 4), *wrong)
