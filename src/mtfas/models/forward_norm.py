"""Batch normalisation whose forward pass and backward pass both know their directional derivatives.

Forward mode over a backward pass is how the exact hypergradient finds H v. torch has no formula of its own
for the derivative of batch normalisation's backward pass; it falls back to one made of elementary operations,
whose temporary tensors (about 14 of the layer's size) are most of the memory of a step. Here it takes four,
by three calls of torch's own kernel. With x̂ = (x − mean) r, r = 1/√(var + ε) and the projection
P(u) = u − mean(u) − x̂ mean(x̂ u), the Jacobian of x̂ is r P, which is symmetric:

    y = w x̂ + b               ẏ = w r P(ẋ) + ẇ x̂ + ḃ
    g_x = w r P(g)            ġ_x = w r P(ġ) + r P(g) (ẇ − w r m) − w r (x̂˙ mean(x̂ g) + x̂ mean(x̂˙ g))
    g_w = Σ x̂ g, g_b = Σ g    with x̂˙ = r P(ẋ) and m = mean(x̂ ẋ), since ṙ = −r² m
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

Kernel = tuple[Tensor, Tensor, Tensor]


def has_tangent(tensor: Tensor) -> bool:
    """Return whether a tensor carries a direction: whether forward mode is on and it takes part."""
    return forward_ad.unpack_dual(tensor).tangent is not None  # type: ignore[no-untyped-call]


def normalise(features: Tensor, weight: Tensor, bias: Tensor, epsilon: float) -> Tensor:
    """Normalise [N, C, h, w] by its own statistics, to be differentiated forward, backward or both.

    It cannot be differentiated twice backward.
    """
    normalised: Tensor = _forward(features, weight, bias, epsilon)
    return normalised


def _pull(slope: Tensor, x: Tensor, weight: Tensor | None, mean: Tensor, r: Tensor, epsilon: float) -> Kernel:
    """Return w r P(slope), Σ x̂ slope, Σ slope, by torch's kernel."""
    pulled: Kernel = torch.ops.aten.native_batch_norm_backward(
        slope, x, weight, None, None, mean, r, True, epsilon, [True, True, True]
    )
    return pulled


def _column(values: Tensor) -> Tensor:
    return values[:, None, None]


class _Forward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, epsilon: float) -> Tensor:
        y, mean, r = torch.ops.aten.native_batch_norm(x, weight, bias, None, None, True, 0.0, epsilon)
        ctx.save_for_backward(x, weight, mean, r)
        ctx.save_for_forward(x, weight, mean, r)
        ctx.epsilon = epsilon
        return y  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        x, weight, mean, r = ctx.saved_tensors
        return *_backward(slope, x, weight, mean, r, ctx.epsilon), None

    @staticmethod
    def jvp(ctx: Any, x_dot: Tensor | None, w_dot: Tensor, b_dot: Tensor, _: None) -> Tensor:
        x, weight, mean, r = ctx.saved_tensors
        y_dot = torch.zeros_like(x) if x_dot is None else _pull(x_dot, x, weight, mean, r, ctx.epsilon)[0]
        scale = w_dot * r
        return y_dot.addcmul_(x, _column(scale)).add_(_column(b_dot - mean * scale))


class _Backward(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, slope: Tensor, x: Tensor, weight: Tensor, mean: Tensor, r: Tensor, epsilon: float
    ) -> Kernel:
        ctx.save_for_forward(slope, x, weight, mean, r)
        ctx.epsilon = epsilon
        return _pull(slope, x, weight, mean, r, epsilon)

    @staticmethod
    def jvp(
        ctx: Any, slope_dot: Tensor | None, x_dot: Tensor | None, w_dot: Tensor | None, *_: None
    ) -> Kernel:
        slope, x, weight, mean, r = ctx.saved_tensors
        n = x.numel() / x.shape[1]
        slope_dot = torch.zeros_like(slope) if slope_dot is None else slope_dot
        result, by_weight, by_bias = _pull(slope_dot, x, weight, mean, r, ctx.epsilon)
        w_dot = torch.zeros_like(weight) if w_dot is None else w_dot
        projected, along, _sum = _pull(slope, x, None, mean, r, ctx.epsilon)  # r P(g), Σ x̂ g
        if x_dot is None:
            return result.addcmul_(projected, _column(w_dot)), by_weight, by_bias
        x_hat_dot, turned, _sum = _pull(x_dot, x, None, mean, r, ctx.epsilon)  # x̂˙, Σ x̂ ẋ
        result.addcmul_(projected, _column(w_dot - weight * r * turned / n))
        bent = projected.copy_(x_hat_dot).mul_(slope).sum((0, 2, 3))  # Σ x̂˙ g, in memory no longer needed
        scale = weight * r
        result.addcmul_(x_hat_dot, _column(-scale * along / n))
        fall = scale * bent / n * r
        result.addcmul_(x, _column(-fall)).add_(_column(fall * mean))
        return result, by_weight + bent, by_bias


# Function.apply has no types.
_forward: Callable[[Tensor, Tensor, Tensor, float], Tensor] = _Forward.apply
_backward: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, float], Kernel] = _Backward.apply
