"""Hue, saturation and value as tensors: some detectors see a face in RGB and HSV side by side."""

import torch
from torch import Tensor

SMALL = 1e-8
"""Below this a colour has no hue and black no saturation: both are then 0."""


def rgb_to_hsv(images: Tensor) -> Tensor:
    """Return hue, saturation and value in [0, 1], [N, 3, H, W], of RGB images in [0, 1] (Smith, 1978).

    Grey pixels have hue 0, black ones saturation 0, as in Pillow and colorsys; unlike Pillow's, the values
    are not rounded to 256 levels.
    """
    red, green, blue = images.unbind(1)
    value, least = images.amax(1), images.amin(1)
    spread = value - least
    grey = spread < SMALL
    safe = torch.where(grey, 1.0, spread)
    of_green, of_blue = 2.0 + (blue - red) / safe, 4.0 + (red - green) / safe
    sixths = torch.where(red == value, (green - blue) / safe, torch.where(green == value, of_green, of_blue))
    hue = torch.where(grey, 0.0, sixths / 6.0)
    hue = torch.where(hue < 0.0, hue + 1.0, hue)
    saturation = torch.where(value < SMALL, 0.0, spread / torch.where(value < SMALL, 1.0, value))
    return torch.stack([hue, saturation, value], 1)


def with_hsv(images: Tensor) -> Tensor:
    """Return RGB and HSV as six channels, [N, 6, H, W] in [0, 1]."""
    return torch.cat([images, rgb_to_hsv(images)], 1)
