"""The contrast-depth loss: a map's steps from pixel to pixel must be right, not only its values."""

import torch
from torch import Tensor
from torch.nn import functional

NEIGHBOURS = tuple((row, column) for row in range(3) for column in range(3) if (row, column) != (1, 1))
"""The eight neighbours in a 3×3 window, row by row; (1, 1) is the centre."""


def contrast_depth(maps: Tensor, padded: bool = False) -> Tensor:
    """Return each pixel's eight neighbours less the pixel itself.

    Args:
        maps: [N, 1, h, w].
        padded: whether pixels at the border count too, with zeros for the neighbours they lack.

    Returns:
        [N, 8, h, w] where padded, else [N, 8, h − 2, w − 2]; nothing is left of maps below 3×3 (h − 2 is then
        0), e.g. those of faces of 16 pixels.

    References:
        Wang et al., "Deep spatial gradient and temporal depth learning for face anti-spoofing", CVPR 2020.
    """
    maps = functional.pad(maps, (1, 1, 1, 1)) if padded else maps
    centre = _shifted(maps, 1, 1)
    return torch.cat([_shifted(maps, row, column) - centre for row, column in NEIGHBOURS], 1)


def _shifted(maps: Tensor, row: int, column: int) -> Tensor:
    """Return one pixel of every whole 3×3 window."""
    height, width = (max(side - 2, 0) for side in maps.shape[-2:])
    return maps[..., row : row + height, column : column + width]


def contrast_depth_loss(maps: Tensor, target: Tensor, padded: bool = False) -> Tensor:
    """Return the mean squared error between the contrasts of two maps, [N, 1, h, w] each.

    It is 0 where there is no contrast to compare (maps below 3×3, not padded).
    """
    # Contrast is linear: that of the difference is the difference of the two.
    errors = contrast_depth(maps - target, padded).square()
    return errors.sum() / max(errors.numel(), 1)
