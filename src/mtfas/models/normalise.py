"""Batch normalisation by the batch's own statistics, with all its derivatives in closed form.

Why not torch's: on a CPU, in channels-last memory, its statistics are summed in single precision one after
the other (a standard deviation of a layer of 128 × 128 is off by up to 1e-3, which a perturbed pass takes for
a change), and its second derivatives are made of elementary operations with a dozen temporary tensors of the
layer's size (docs/decisions/0011-bilevel-cost.md).

With x̂ = (x − mean) r, r = 1/√(var + ε), and the projection P(u) = u − mean(u) − x̂ mean(x̂ u), the Jacobian
of x̂ is r P, which is symmetric. So, for a slope g and a direction (ẋ, ẇ, ḃ, ġ):

    y = w x̂ + b            ẏ = w r P(ẋ) + ẇ x̂ + ḃ
    g_x = w r P(g)         ġ_x = w r P(ġ) + r P(g) (ẇ − w r mean(x̂ ẋ)) − w r (x̂˙ mean(x̂ g) + x̂ mean(x̂˙ g))
    g_w = Σ x̂ g            ġ_w = Σ x̂ ġ + Σ x̂˙ g,   x̂˙ = r P(ẋ)
    g_b = Σ g              ġ_b = Σ ġ

and for slopes (u, u_w, u_b) of (g_x, g_w, g_b) the second backward pass is

    by g: w r P(u) + u_w x̂ + u_b        by w: r Σ u P(g)
    by x: r P(g) (u_w − w r mean(x̂ u)) − w r² (P(u) mean(x̂ g) + x̂ mean(u P(g)))

Everything is a sum over a channel or an affine map of a channel, and those are fast.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

Three = tuple[Tensor, Tensor, Tensor]
BLOCK = 1024
"""Numbers added in single precision before the sum goes on in double."""


def has_tangent(tensor: Tensor) -> bool:
    """Return whether a tensor carries a direction: whether forward mode is on and it takes part."""
    return forward_ad.unpack_dual(tensor).tangent is not None  # type: ignore[no-untyped-call]


def normalise(features: Tensor, weight: Tensor, bias: Tensor, epsilon: float) -> Tensor:
    """Normalise [N, C, h, w] by its own statistics; differentiable twice backward, forward, and both.

    Args:
        features: [N, C, h, w].
        weight: [C].
        bias: [C].
        epsilon: added to the variance.
    """
    return _forward(features, weight, bias, epsilon)[0]


def channel_sums(a: Tensor) -> Tensor:
    """Return Σ a over faces and places, [C], float64."""
    rows, channels = a.numel() // a.shape[1], a.shape[1]
    if not a.is_contiguous(memory_format=torch.channels_last) or rows % BLOCK:
        return a.sum((0, 2, 3), dtype=_single(a)).double()
    blocks = a.permute(0, 2, 3, 1).reshape(-1, BLOCK, channels).sum(1, dtype=_single(a))
    return blocks.double().sum(0)


def _single(a: Tensor) -> torch.dtype:
    """The tensor's type, or single precision for numbers of 16 bits."""
    return torch.promote_types(a.dtype, torch.float32)


@dataclass(frozen=True)
class _Seen:
    """What is summed of a tensor u beside x: Σ u and Σ x̂ u."""

    total: Tensor
    along: Tensor


@dataclass(frozen=True)
class _Mix:
    """s P(u) as numbers for each channel: `own` · u + `of_x` · x + `shift`."""

    own: Tensor
    of_x: Tensor
    shift: Tensor

    def times(self, factor: Tensor) -> "_Mix":
        return _Mix(self.own * factor, self.of_x * factor, self.shift * factor)


@dataclass(frozen=True)
class _Layer:
    """One normalisation: x, and its mean and r in float64, [C]."""

    x: Tensor
    mean: Tensor
    r: Tensor

    @property
    def count(self) -> float:
        return self.x.numel() / self.x.shape[1]

    def seen(self, u: Tensor) -> _Seen:
        total = channel_sums(u)
        return _Seen(total, self.r * (channel_sums(self.x * u) - self.mean * total))

    def projected(self, seen: _Seen, scale: Tensor) -> _Mix:
        """Return scale · P(u)."""
        of_x = -scale * self.r * seen.along / self.count
        return _Mix(scale, of_x, -scale * seen.total / self.count - of_x * self.mean)

    def x_hat(self, scale: Tensor) -> _Mix:
        """Return scale · x̂, which has no part in u."""
        return _Mix(torch.zeros_like(scale), scale * self.r, -scale * self.r * self.mean)

    def against(self, mix: _Mix, product: Tensor, seen: _Seen) -> Tensor:
        """Return Σ v (own · u + of_x · x + shift), of Σ u v and what was seen of v."""
        with_x = seen.along / self.r + self.mean * seen.total
        return mix.own * product + mix.of_x * with_x + mix.shift * seen.total

    def mixed(self, *parts: tuple[Tensor | None, _Mix]) -> Tensor:
        """Return the sum of the parts; x is read once, every u once."""
        of_x = sum((mix.of_x for _, mix in parts), torch.zeros_like(self.mean))
        shift = sum((mix.shift for _, mix in parts), torch.zeros_like(self.mean))
        result = affine(self.x, of_x, shift)
        for u, mix in parts:
            if u is not None:
                result.add_(affine(u, mix.own, None))
        return result


def affine(a: Tensor, scale: Tensor, shift: Tensor | None) -> Tensor:
    """Return a · scale + shift, by channel; one pass by torch's normalisation in evaluation mode."""
    scale = scale.to(_single(a))
    shift = torch.zeros_like(scale) if shift is None else shift.to(_single(a))
    result: Tensor = torch.ops.aten.native_batch_norm(
        a, scale, shift, torch.zeros_like(scale), torch.ones_like(scale), False, 0.0, 0.0
    )[0]
    return result


class _Forward(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor, epsilon: float) -> Three:
        count = x.numel() / x.shape[1]
        mean = channel_sums(x) / count
        variance = (channel_sums(x * x) / count - mean.square()).clamp_min_(0.0)
        r = torch.rsqrt(variance + epsilon)
        scale = weight * r
        return affine(x, scale, bias - mean * scale), mean, r

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Three) -> None:
        (x, weight, _, _), (_, mean, r) = inputs, output
        ctx.mark_non_differentiable(mean, r)
        ctx.save_for_backward(x, weight, mean, r)
        ctx.save_for_forward(x, weight, mean, r)

    @staticmethod
    def backward(ctx: Any, slope: Tensor, *_: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        return *_backward(slope, *ctx.saved_tensors), None

    @staticmethod
    def jvp(
        ctx: Any, x_dot: Tensor | None, w_dot: Tensor, b_dot: Tensor, _: None
    ) -> tuple[Tensor, None, None]:
        x, weight, mean, r = ctx.saved_tensors
        layer, turned = _Layer(x, mean, r), _Mix(torch.zeros_like(r), w_dot * r, b_dot - mean * w_dot * r)
        if x_dot is None:
            return layer.mixed((None, turned)), None, None
        moved = layer.projected(layer.seen(x_dot), weight * r)
        return layer.mixed((x_dot, moved), (None, turned)), None, None


class _Backward(torch.autograd.Function):
    @staticmethod
    def forward(g: Tensor, x: Tensor, weight: Tensor, mean: Tensor, r: Tensor) -> Three:
        layer = _Layer(x, mean, r)
        of_g = layer.seen(g)
        by_x = layer.mixed((g, layer.projected(of_g, weight * r)))
        return by_x, of_g.along.to(weight.dtype), of_g.total.to(weight.dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Three) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, u: Tensor, u_w: Tensor, u_b: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        g, x, weight, mean, r = ctx.saved_tensors
        layer, n = _Layer(x, mean, r), x.numel() / x.shape[1]
        of_g, of_u = layer.seen(g), layer.seen(u)
        flat_g, flat_u = layer.projected(of_g, r), layer.projected(of_u, r)  # r P(g), r P(u)
        shared = layer.against(flat_g, channel_sums(u * g), of_u)  # r Σ u P(g)
        lifted = layer.x_hat(u_w.double())
        lifted = _Mix(lifted.own, lifted.of_x, lifted.shift + u_b)
        by_g = layer.mixed((u, flat_u.times(weight)), (None, lifted))
        by_x = layer.mixed(
            (g, flat_g.times(u_w - weight * r * of_u.along / n)),
            (u, flat_u.times(-weight * r * of_g.along / n)),
            (None, layer.x_hat(-weight * r * shared / n)),
        )
        return by_g, by_x, shared.to(weight.dtype), None, None

    @staticmethod
    def jvp(ctx: Any, g_dot: Tensor | None, x_dot: Tensor | None, w_dot: Tensor | None, *_: None) -> Three:
        g, x, weight, mean, r = ctx.saved_tensors
        layer, n, nothing = _Layer(x, mean, r), x.numel() / x.shape[1], torch.zeros_like(r)
        of_g = layer.seen(g)
        of_g_dot = _Seen(nothing, nothing) if g_dot is None else layer.seen(g_dot)
        along, turned = of_g_dot.along, nothing if w_dot is None else w_dot.double()
        parts = [(g_dot, layer.projected(of_g_dot, weight * r))]
        if x_dot is not None:
            of_x_dot = layer.seen(x_dot)
            x_hat_dot = layer.projected(of_x_dot, r)
            bent = layer.against(x_hat_dot, channel_sums(x_dot * g), of_g)  # Σ x̂˙ g
            along, turned = along + bent, turned - weight * r * of_x_dot.along / n
            parts.append((x_dot, x_hat_dot.times(-weight * r * of_g.along / n)))
            parts.append((None, layer.x_hat(-weight * r * bent / n)))
        by_x = layer.mixed(*parts, (g, layer.projected(of_g, r * turned)))
        return by_x, along.to(weight.dtype), of_g_dot.total.to(weight.dtype)


# Function.apply has no types.
_forward: Callable[[Tensor, Tensor, Tensor, float], Three] = _Forward.apply
_backward: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Three] = _Backward.apply
