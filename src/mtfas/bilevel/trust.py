"""What the validation loss wants of the labels, as a target within reach: a trust region in label space.

For a small α the one-step objective L_v(θ − α ∇L_t(P)) is linear in the labels P, so it has no best label:
descending on it drives every pixel to a bound. Here the wanted change −∂L_v/∂P of a batch, scaled to unit
size, is a noisy observation of a direction; a teacher that regresses `anchor + reach × change` averages the
noise over batches and cannot leave the anchor by more than `reach × clip`.
"""

import torch
from torch import Tensor

HIGHEST = 2.0
"""The largest label, of 2σ(g)."""


def wanted_change(influence: Tensor, clip: float, keep_level: bool) -> Tensor:
    """Return −∂L_v/∂P in units of its root mean square over the pixels given, cut off at ±clip.

    Args:
        influence: ∂L_v/∂P of a batch's attack faces, [n, 1, h, w].
        clip: in root mean squares, > 0.
        keep_level: take the mean over all pixels out first: labels change their place, not their level.

    Returns:
        [n, 1, h, w]; zeros where the influence is zero everywhere.
    """
    change = -influence
    if keep_level:
        change = change - change.mean()
    size = change.square().mean().sqrt()
    if size == 0:
        return torch.zeros_like(change)
    return (change / size).clamp(-clip, clip)


def target_within(anchor: Tensor, change: Tensor, reach: float) -> Tensor:
    """Return anchor + reach × change, within [0, 2].

    Args:
        anchor: [n, 1, h, w], the untaught labels.
        change: of `wanted_change`.
        reach: how far the labels may move for one root mean square of influence.
    """
    return (anchor + reach * change).clamp(0.0, HIGHEST)
