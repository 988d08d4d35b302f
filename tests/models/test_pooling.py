"""Pooling and all its derivatives against torch's own and finite differences, in float64."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from mtfas.models.pooling import MaxPool

MEMORY = [torch.contiguous_format, torch.channels_last]


def features(memory: torch.memory_format) -> Tensor:
    rng = torch.Generator().manual_seed(0)
    return torch.randn(2, 3, 8, 4, generator=rng, dtype=torch.float64).contiguous(memory_format=memory)


def torchs(x: Tensor) -> Tensor:
    return functional.max_pool2d(x, 2)


@pytest.mark.parametrize("memory", MEMORY)
def test_derivatives_of_every_kind(memory: torch.memory_format) -> None:
    x = features(memory).requires_grad_()
    assert torch.autograd.gradcheck(MaxPool(), (x,), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(MaxPool(), (x,))


@pytest.mark.parametrize("memory", MEMORY)
def test_values_and_both_backward_passes_equal_torchs(memory: torch.memory_format) -> None:
    found = []
    for pool in (MaxPool(), torchs):
        x = features(memory).requires_grad_()
        y = pool(x)
        (slope,) = torch.autograd.grad(y.pow(3).sum(), x, create_graph=True)
        (again,) = torch.autograd.grad((slope.sin() * slope).sum(), x)
        found.append((y.detach(), slope.detach(), again))
    for mine, wanted in zip(*found, strict=True):
        assert torch.equal(mine, wanted)
        assert mine.is_contiguous(memory_format=memory)


def test_it_keeps_positions_and_not_its_input() -> None:
    x, kept = features(torch.channels_last).requires_grad_(), []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        MaxPool()(x)
    assert [(tensor.dtype, tensor.shape) for tensor in kept] == [(torch.int32, (2, 3, 4, 2))]
