"""A bilateral filter on feature maps: smooth within a surface, sharp at its edges."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional


def bilateral_base(
    features: Tensor, size: int = 5, sigma_space: float = 1.0, sigma_range: float = 1.0
) -> Tensor:
    """Smooth each channel for itself within its surfaces; the residual is the features minus this.

    base(p) = Σ_q w(p, q) f(q) / Σ_q w(p, q) over the size × size neighbours q of p, with
    w(p, q) = exp(−|p − q|² / 2σ_space²) · exp(−(f(p) − f(q))² / 2σ_range²). Beyond the border the nearest
    pixel is repeated. One neighbour after the other is added up, so nothing of size² times the features'
    size exists at once, except in training, where the way back needs each neighbour's weights.

    Args:
        features: [N, C, h, w], any range; σ_range is in their unit.
        size: an odd number of pixels.
        sigma_space: > 0, in pixels; infinity is a box.
        sigma_range: > 0; infinity is a Gaussian blur.

    Returns:
        [N, C, h, w], within the range of each channel's neighbourhood.

    Raises:
        ValueError: the size is not odd or a sigma not positive.

    References:
        Tomasi & Manduchi, "Bilateral filtering for gray and color images", ICCV 1998; used on features by
        Yu et al., "Face anti-spoofing with human material perception", ECCV 2020.
    """
    if size < 1 or size % 2 == 0 or not sigma_space > 0 or not sigma_range > 0:
        raise ValueError(
            f"a bilateral filter needs an odd size and positive sigmas, but came with size {size}, "
            f"sigma_space {sigma_space}, sigma_range {sigma_range}; try 5, 1 and 1."
        )
    change, weights = torch.zeros_like(features), torch.ones_like(features)  # the pixel itself: weight 1
    for down, right, neighbour in neighbours(features, size):
        if down or right:
            gap = neighbour - features
            weight = _gauss(math.hypot(down, right), sigma_space) * torch.exp(
                gap.square() * _rate(sigma_range)
            )
            # The change, not the sum: what is flat then stays so to the last bit.
            change, weights = change + weight * gap, weights + weight
    return features + change / weights


def neighbours(features: Tensor, size: int) -> Iterator[tuple[int, int, Tensor]]:
    """Give the features moved by each offset of a size × size window, row by row.

    Args:
        features: [N, C, h, w].
        size: odd.

    Yields:
        (down, right, [N, C, h, w] whose pixel (y, x) is the features' (y + down, x + right)), the border
        repeated; views of one padded tensor.
    """
    reach = size // 2
    height, width = features.shape[-2:]
    padded = functional.pad(features, (reach, reach, reach, reach), mode="replicate")
    for top in range(size):
        for left in range(size):
            yield top - reach, left - reach, padded[..., top : top + height, left : left + width]


def _rate(sigma: float) -> float:
    return -0.5 / sigma**2


def _gauss(distance: float, sigma: float) -> float:
    return math.exp(distance**2 * _rate(sigma))
