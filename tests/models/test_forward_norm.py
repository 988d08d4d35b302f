"""Batch normalisation in forward mode against torch's own rules and finite differences, in float64."""

import pytest
import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.nn import functional

from mtfas.models.forward_norm import has_tangent, normalise
from mtfas.models.layers import EPSILON, BatchNorm2d

# torch builds its own forward-mode rule with a function that it has itself deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")


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


def test_the_layer_takes_it_in_forward_mode_only() -> None:
    layer = BatchNorm2d(3).double().train()
    x = inputs()[0]
    assert not has_tangent(layer.weight)
    assert type(layer(x).grad_fn).__name__ == "NativeBatchNormBackward0"
    with forward_ad.dual_level():
        weight = forward_ad.make_dual(layer.weight.detach().requires_grad_(), torch.ones(3).double())
        y = torch.func.functional_call(layer, {"weight": weight, "bias": layer.bias}, (x,))
        assert has_tangent(weight)
        assert type(y.grad_fn).__name__ == "_ForwardBackward"
