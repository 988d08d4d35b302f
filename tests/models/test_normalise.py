"""Batch normalisation and its derivatives against finite differences and torch's own rules, in float64."""

import pytest
import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.nn import functional

from mtfas.models.layers import EPSILON, BatchNorm2d
from mtfas.models.normalise import channel_sums, has_tangent, normalise


def inputs() -> list[Tensor]:
    rng = torch.Generator().manual_seed(0)
    sizes = ((4, 3, 5, 2), (3,), (3,))
    x, weight, bias = (torch.randn(size, generator=rng, dtype=torch.float64) for size in sizes)
    weight[1] = 0.0  # a channel that is switched off must not become NaN
    return [3.0 + 2.0 * x, weight, bias]


def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return normalise(x, weight, bias, EPSILON)


def torchs(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return functional.batch_norm(x, None, None, weight, bias, training=True, eps=EPSILON)


def test_finite_differences_of_every_kind() -> None:
    leaves = [tensor.requires_grad_() for tensor in inputs()]
    assert torch.autograd.gradcheck(ours, leaves, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(ours, leaves)


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("side", [8, 32])
def test_values_and_both_backward_passes_equal_torchs(side: int, memory: torch.memory_format) -> None:
    rng = torch.Generator().manual_seed(2)
    x = 3 * torch.randn(4, 5, side, side, generator=rng, dtype=torch.float64) + 1
    start = [x.contiguous(memory_format=memory), *torch.randn(2, 5, generator=rng, dtype=torch.float64)]
    found = []
    for function in (ours, torchs):
        leaves = [tensor.clone().requires_grad_() for tensor in start]
        y = function(*leaves)
        slopes = torch.autograd.grad(y.sin().square().sum(), leaves, create_graph=True)
        again = torch.autograd.grad(sum((slope.cos() * slope).sum() for slope in slopes), leaves)
        found.append([y, *slopes, *again])
    for mine, wanted in zip(*found, strict=True):
        torch.testing.assert_close(mine, wanted, rtol=1e-9, atol=1e-9)


def test_statistics_are_summed_precisely_in_channels_last_memory() -> None:
    """A bug of torch 2.13 on a CPU that a perturbed pass must not meet: errors of 1e-4 to 1e-3."""
    x = torch.randn(40, 8, 64, 64, generator=torch.Generator().manual_seed(0)).relu()
    last = x.contiguous(memory_format=torch.channels_last)
    wanted = x.double().sum((0, 2, 3))
    assert float(((channel_sums(last) - wanted) / wanted).abs().max()) < 3e-7
    one, zero = torch.ones(8), torch.zeros(8)
    exact = torchs(x.double(), one.double(), zero.double())
    assert float((ours(last, one, zero) - exact).abs().max()) < 3e-6


@pytest.mark.parametrize("moving", [(True, True, True), (False, True, True), (True, False, False)])
def test_forward_over_backward_equals_torchs_own_rule(moving: tuple[bool, bool, bool]) -> None:
    rng = torch.Generator().manual_seed(1)
    directions = [torch.randn(t.shape, generator=rng, dtype=t.dtype) for t in inputs()]
    found = []
    for function in (ours, torchs):
        with forward_ad.dual_level():
            there = [
                forward_ad.make_dual(tensor.requires_grad_(), direction) if moves else tensor.requires_grad_()
                for tensor, direction, moves in zip(inputs(), directions, moving, strict=True)
            ]
            slopes = torch.autograd.grad((function(*there).sin() ** 2).sum(), there)
            found.append([forward_ad.unpack_dual(slope).tangent for slope in slopes])
    for mine, wanted in zip(*found, strict=True):
        torch.testing.assert_close(mine, wanted, rtol=1e-10, atol=1e-12)


def test_the_layer_takes_it_on_a_cpu_and_in_forward_mode() -> None:
    layer = BatchNorm2d(3).double().train()
    x = inputs()[0]
    assert not has_tangent(layer.weight)
    assert type(layer(x).grad_fn).__name__ == "_ForwardBackward"
    with forward_ad.dual_level():
        weight = forward_ad.make_dual(layer.weight.detach().requires_grad_(), torch.ones(3).double())
        y = torch.func.functional_call(layer, {"weight": weight, "bias": layer.bias}, (x,))
        assert has_tangent(weight)
        assert type(y.grad_fn).__name__ == "_ForwardBackward"


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_numbers_of_16_bits_are_summed_in_more(memory: torch.memory_format) -> None:
    """As precise as torch's own: sums rounded to bfloat16 would triple the error."""
    rng = torch.Generator().manual_seed(3)
    x = (2 + torch.randn(16, 8, 64, 64, generator=rng)).relu().bfloat16().contiguous(memory_format=memory)
    weight, bias = 1 + torch.rand(8, generator=rng), torch.rand(8, generator=rng)
    exact = torchs(x.double(), weight.double(), bias.double())
    errors = [float((function(x, weight, bias).double() - exact).abs().mean()) for function in (ours, torchs)]
    assert errors[0] < 1.2 * errors[1]
