"""CDCN and CDCN++: DepthNet built from central difference convolutions."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.central_difference import THETA, CentralDifferenceConv
from mtfas.models.contrast_depth import contrast_depth_loss
from mtfas.models.depthnet import EPSILON, JOINED, ThreeBlockNet, Unit, bilinear
from mtfas.models.detector import DetectorOutput
from mtfas.models.layers import BatchNorm2d

PLUS_BLOCKS = ((128, 204, 128), (153, 128, 179, 128), (128, 153, 128))
"""The blocks of CDCN++, found by search: widths of 1.2, 1.4 and 1.6 times 128, cut to whole numbers."""

ATTENTION_SIZES = (7, 5, 3)
"""Sides of the attention kernels, from the first block (fine details) to the third."""


def difference_unit(theta: float) -> Unit:
    """Return a maker of layers: central difference convolution, batch normalisation, ReLU."""

    def unit(inputs: int, outputs: int) -> nn.Module:
        layer = CentralDifferenceConv(inputs, outputs, theta)
        return nn.Sequential(layer, BatchNorm2d(outputs, EPSILON), nn.ReLU(inplace=True))

    return unit


class _DifferenceNet(ThreeBlockNet):
    """What CDCN and CDCN++ have in common: the scaling of their input and their loss."""

    def normalise(self, images: Tensor) -> Tensor:
        """Scale images [N, 3, H, W] in [0, 1] as the authors do, (v − 127.5) / 128 of v in 0–255."""
        return (images * 255.0 - 127.5) / 128.0

    def loss(self, output: DetectorOutput, target: Tensor, labels: Tensor, progress: float = 1.0) -> Tensor:
        """Return the mean squared error of the map and, in equal parts, of its contrasts."""
        return functional.mse_loss(output.map, target) + contrast_depth_loss(output.map, target)


class Cdcn(_DifferenceNet):
    """DepthNet's topology with central differences: 64; three times 128, 196, 128; 128, 64, 1.

    Args:
        theta: θ of the central differences.
        head: `relu` as the authors have it, or `linear` where the network is a teacher.

    References:
        Yu et al., "Searching central difference convolutional networks for face anti-spoofing", CVPR 2020.
    """

    def __init__(self, theta: float = THETA, head: str = "relu") -> None:
        unit = difference_unit(theta)
        top = nn.Sequential(unit(JOINED, 128), unit(128, 64), CentralDifferenceConv(64, 1, theta))
        super().__init__(unit, top, head, bilinear)


class SpatialAttention(nn.Module):
    """Weigh every position by a sigmoid of the mean and the maximum over the channels around it."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, size, padding=size // 2, bias=False)
        nn.init.xavier_uniform_(self.conv.weight)

    def forward(self, features: Tensor) -> Tensor:
        """Weigh [N, C, h, w]; same shape."""
        summary = torch.cat([features.mean(1, keepdim=True), features.amax(1, keepdim=True)], 1)
        return torch.sigmoid(self.conv(summary)) * features


class CdcnPlus(_DifferenceNet):
    """CDCN++: the searched blocks, and attention on what is joined (not on what the next block gets).

    The result of the authors' architecture search is built here; the search is not.

    Args:
        theta: θ of the central differences.
        head: `relu` as the authors have it, or `linear` where the network is a teacher.

    References:
        As `Cdcn`; the attention is the paper's multiscale attention fusion module (MAFM).
    """

    def __init__(self, theta: float = THETA, head: str = "relu") -> None:
        unit = difference_unit(theta)
        top = nn.Sequential(unit(JOINED, 128), CentralDifferenceConv(128, 1, theta))
        super().__init__(unit, top, head, bilinear, blocks=PLUS_BLOCKS)
        self.attentions = nn.ModuleList(SpatialAttention(size) for size in ATTENTION_SIZES)

    def attend(self, levels: list[Tensor]) -> list[Tensor]:
        """Weigh each block's output by its own attention."""
        return [attention(level) for attention, level in zip(self.attentions, levels, strict=True)]
