"""The contrast-depth loss against eight differences written out."""

import pytest
import torch
from torch import Tensor

from mtfas.models.contrast_depth import contrast_depth, contrast_depth_loss

STEPS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def contrasts(grid: Tensor, padded: bool) -> list[list[list[float]]]:
    """The eight contrasts of a map [h, w], by loops over pixels."""
    height, width = grid.shape

    def value(row: int, column: int) -> float:
        return float(grid[row, column]) if 0 <= row < height and 0 <= column < width else 0.0

    edge = 0 if padded else 1
    rows, columns = range(edge, height - edge), range(edge, width - edge)
    return [
        [[value(r + down, c + right) - value(r, c) for c in columns] for r in rows] for down, right in STEPS
    ]


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize(("height", "width"), [(4, 4), (3, 3), (5, 7)])
def test_contrasts_by_loops(height: int, width: int, padded: bool) -> None:
    maps = random(2, 1, height, width)
    expected = torch.tensor([contrasts(one, padded) for one in maps[:, 0]], dtype=torch.float64)
    assert torch.equal(contrast_depth(maps, padded), expected)
    assert expected.shape[2:] == ((height, width) if padded else (height - 2, width - 2))


@pytest.mark.parametrize("padded", [False, True])
def test_the_loss_by_loops(padded: bool) -> None:
    maps, target = random(3, 1, 4, 4), random(3, 1, 4, 4, seed=1)
    pairs = zip(maps[:, 0], target[:, 0], strict=True)
    gaps = [torch.tensor(contrasts(a, padded)) - torch.tensor(contrasts(b, padded)) for a, b in pairs]
    expected = torch.stack(gaps).square().mean()
    assert float(contrast_depth_loss(maps, target, padded)) == pytest.approx(float(expected), rel=1e-6)


def test_a_single_spike_by_hand() -> None:
    """One pixel wrong by d: its eight neighbours see it once each, it sees itself eight times."""
    target, maps = torch.zeros(1, 1, 5, 5), torch.zeros(1, 1, 5, 5)
    maps[0, 0, 2, 2] = 0.5
    assert float(contrast_depth_loss(maps, target)) == pytest.approx(16 * 0.25 / (8 * 9))
    assert float(contrast_depth_loss(maps, target, padded=True)) == pytest.approx(16 * 0.25 / (8 * 25))


def test_a_constant_offset_costs_nothing_but_at_padded_borders() -> None:
    target = random(1, 1, 4, 4)
    assert float(contrast_depth_loss(target + 0.25, target)) == pytest.approx(0.0, abs=1e-20)
    # A corner lacks five neighbours, an edge pixel three: 4·5 + 8·3 of 8·16 contrasts.
    assert float(contrast_depth_loss(target + 0.25, target, padded=True)) == pytest.approx(44 / 128 / 16)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 2), (2, 6), (6, 1)])
def test_maps_too_small_for_a_contrast(height: int, width: int) -> None:
    maps, target = random(2, 1, height, width).requires_grad_(), random(2, 1, height, width, seed=1)
    assert contrast_depth(maps).shape == (2, 8, max(height - 2, 0), max(width - 2, 0))
    loss = contrast_depth_loss(maps, target)
    (slope,) = torch.autograd.grad(loss, maps)
    assert float(loss.detach()) == 0.0
    assert torch.equal(slope, torch.zeros_like(slope))
    assert contrast_depth_loss(maps.detach(), target, padded=True) > 0


@pytest.mark.parametrize("padded", [False, True])
def test_gradients(padded: bool) -> None:
    maps, target = random(2, 1, 4, 5).requires_grad_(), random(2, 1, 4, 5, seed=1)
    assert torch.autograd.gradcheck(lambda m: contrast_depth_loss(m, target, padded), maps)
