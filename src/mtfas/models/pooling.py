"""Maximum pooling that remembers little: where each maximum was, not what it was chosen from.

torch's own keeps its input for the way back, only to read its shape, and the positions as 64-bit numbers. In
the detectors here pooling follows the largest tensors, so that is nearly half of a training pass's graph.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE = 2


class MaxPool(nn.Module):
    """The maximum of each 2 × 2 square, [N, C, H, W] → [N, C, H/2, W/2]; differentiable twice and forward."""

    torchs_own = False
    """Whether torch's function is used in any case (`layers.use_torchs_layers`)."""

    def forward(self, features: Tensor) -> Tensor:
        """Pool; where nothing need be remembered by torch's own function, which exporters know."""
        remembers = self.training and torch.is_grad_enabled() and not self.torchs_own
        return _pool(features)[0] if remembers else functional.max_pool2d(features, SIDE)


def _scatter(slope: Tensor, positions: Tensor, shape: torch.Size) -> Tensor:
    """Put every number where its maximum was, zeros elsewhere."""
    # Only its shape and memory format are read: memory that is never written to costs nothing.
    like = torch.empty(shape, dtype=slope.dtype, device=slope.device, memory_format=_format(positions))
    scattered: Tensor = torch.ops.aten.max_pool2d_with_indices_backward(
        slope, like, [SIDE, SIDE], [SIDE, SIDE], [0, 0], [1, 1], False, positions.long()
    )
    return scattered


def _format(tensor: Tensor) -> torch.memory_format:
    last = tensor.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format


def _gather(values: Tensor, positions: Tensor) -> Tensor:
    """Take from [N, C, H, W] what stands where the maxima were."""
    if _format(positions) == torch.contiguous_format:
        return values.flatten(2).gather(2, positions.long().flatten(2)).view(positions.shape)
    places, wanted = (a.permute(0, 2, 3, 1).flatten(1, 2) for a in (values, positions.long()))  # no copies
    n, channels, height, width = positions.shape
    return places.gather(1, wanted).view(n, height, width, channels).permute(0, 3, 1, 2)


class _Pool(torch.autograd.Function):
    @staticmethod
    def forward(features: Tensor) -> tuple[Tensor, Tensor]:
        pooled, positions = torch.ops.aten.max_pool2d_with_indices(features, [SIDE, SIDE], [SIDE, SIDE])
        return pooled, positions.int()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: tuple[Tensor, Tensor]) -> None:
        positions = output[1]
        ctx.mark_non_differentiable(positions)
        ctx.save_for_backward(positions)
        ctx.save_for_forward(positions)
        ctx.shape = inputs[0].shape

    @staticmethod
    def backward(ctx: Any, slope: Tensor, _: Tensor) -> Tensor:
        return _unpool(slope, ctx.saved_tensors[0], ctx.shape)

    @staticmethod
    def jvp(ctx: Any, features_dot: Tensor) -> tuple[Tensor, None]:
        return _gather(features_dot, ctx.saved_tensors[0]), None


class _Unpool(torch.autograd.Function):
    @staticmethod
    def forward(slope: Tensor, positions: Tensor, shape: torch.Size) -> Tensor:
        return _scatter(slope, positions, shape)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, positions, ctx.shape = inputs
        ctx.save_for_backward(positions)
        ctx.save_for_forward(positions)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        return _gather(slope, ctx.saved_tensors[0]), None, None

    @staticmethod
    def jvp(ctx: Any, slope_dot: Tensor, *_: None) -> Tensor:
        return _scatter(slope_dot, ctx.saved_tensors[0], ctx.shape)


# Function.apply has no types.
_pool: Callable[[Tensor], tuple[Tensor, Tensor]] = _Pool.apply
_unpool: Callable[[Tensor, Tensor, torch.Size], Tensor] = _Unpool.apply
