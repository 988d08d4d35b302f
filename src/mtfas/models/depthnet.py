"""DepthNet, which regresses a face's depth, and the topology that it shares with its descendants."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.colour import with_hsv
from mtfas.models.detector import Detector, DetectorOutput, check_head
from mtfas.models.layers import BatchNorm2d, conv

EPSILON = 1e-5
"""Added to the variance, in the public code of DepthNet (stated there) and CDCN (PyTorch's default)."""

STEM = 64
BLOCK = (128, 196, 128)
JOINED = 3 * BLOCK[-1]
"""Channels of the three blocks side by side; every block ends in 128."""

Unit = Callable[[int, int], nn.Module]
"""Makes a layer: a convolution with all that follows it, from the channels in and out."""

Resize = Callable[[Tensor, int], Tensor]
"""Shrinks [N, C, h, w] by a whole factor to [N, C, h/factor, w/factor]."""


def subsample(features: Tensor, factor: int) -> Tensor:
    """Keep every factor-th pixel, from the first: what TensorFlow 1 does when it shrinks bilinearly."""
    return features[..., ::factor, ::factor]


def bilinear(features: Tensor, factor: int) -> Tensor:
    """Interpolate between pixel centres without smoothing first, as PyTorch does.

    A factor of 2 averages 2×2 pixels; 4 averages the inner 2×2 of each 4×4 and never looks at the others.
    """
    if factor == 1:
        return features
    return functional.interpolate(features, scale_factor=1 / factor, mode="bilinear", align_corners=False)


def overlapping_max_pool() -> nn.Module:
    """Return the maximum of 3×3 pixels at every second one: h → h/2."""
    return nn.MaxPool2d(3, stride=2, padding=1)


class ThreeBlockNet(Detector):
    """Three pooled blocks of layers; their outputs, shrunk to the last one's size, are regressed to one map.

    Args:
        unit: makes the layers of the stem and of the blocks.
        top: from the joined features, [N, 384, h, w], to maps [N, 1, h, w] before the final ReLU.
        head: `relu` or `linear`.
        resize: shrinks the first two blocks' outputs, by 4 and by 2.
        inputs: channels of the normalised images.
        blocks: the filters of each block's layers; the last is 128.
        pools: ends each block, halving the sides; by default overlapping maxima.
    """

    def __init__(
        self,
        unit: Unit,
        top: nn.Module,
        head: str,
        resize: Resize,
        inputs: int = 3,
        blocks: Sequence[Sequence[int]] = (BLOCK,) * 3,
        pools: Sequence[nn.Module] | None = None,
    ) -> None:
        super().__init__()
        check_head(head)
        self.stem = unit(inputs, STEM)
        entries = (STEM, *(widths[-1] for widths in blocks[:-1]))
        self.blocks = nn.ModuleList(
            stack(unit, entry, widths) for entry, widths in zip(entries, blocks, strict=True)
        )
        self.pools = nn.ModuleList(pools or [overlapping_max_pool() for _ in blocks])
        self.top = top
        self.resize = resize
        self.rectified = head == "relu"

    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress maps at an eighth of the images' sides."""
        levels = self.attend(self.levels(images))
        joined = torch.cat(
            [self.resize(level, factor) for level, factor in zip(levels, (4, 2, 1), strict=True)], 1
        )
        maps = self.top(joined)
        return DetectorOutput(functional.relu(maps) if self.rectified else maps, None, joined)

    def levels(self, images: Tensor) -> list[Tensor]:
        """Return the outputs of the three blocks, [N, 128, ·, ·] at 1/2, 1/4 and 1/8 of the sides."""
        features, levels = self.stem(images), []
        for block, pool in zip(self.blocks, self.pools, strict=True):
            features = pool(block(features))
            levels.append(features)
        return levels

    def attend(self, levels: list[Tensor]) -> list[Tensor]:
        """Weigh the blocks' outputs before they are joined; here not at all."""
        return levels


def stack(unit: Unit, inputs: int, widths: Sequence[int]) -> nn.Sequential:
    """Return layers one after the other, of these numbers of filters."""
    entries = (inputs, *widths[:-1])
    return nn.Sequential(*(unit(entry, width) for entry, width in zip(entries, widths, strict=True)))


def elu_unit(inputs: int, outputs: int) -> nn.Module:
    """Return a 3×3 convolution without bias, batch normalisation and ELU."""
    layer = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    nn.init.xavier_uniform_(layer.weight)
    return nn.Sequential(layer, BatchNorm2d(outputs, EPSILON), nn.ELU())


class DepthNet(ThreeBlockNet):
    """The network of "Auxiliary (depth only)": depth from RGB and HSV, trained by mean absolute error.

    Layers and pooling follow the group's later public code (see References); there a pooling window begins at
    its pixel, here it is centred on it. xavier weights, where that code draws from N(0, 0.02²).

    Args:
        head: `linear` as in the public code, or `relu`.

    References:
        Liu et al., "Learning deep models for face anti-spoofing: binary or auxiliary supervision", CVPR 2018
        (the network); Jourabloo et al., "Face de-spoofing", ECCV 2018 (the layers in detail).
    """

    def __init__(self, head: str = "linear") -> None:
        # Zeros beyond the border are no part of an average.
        average = nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
        top = nn.Sequential(elu_unit(JOINED, 128), nn.Dropout(0.2), elu_unit(128, 64), conv(64, 1))
        pools = [overlapping_max_pool(), overlapping_max_pool(), average]
        super().__init__(elu_unit, top, head, subsample, inputs=6, pools=pools)

    def normalise(self, images: Tensor) -> Tensor:
        """Return RGB and HSV, [N, 6, H, W] in [0, 1]."""
        return with_hsv(images)

    def loss(self, output: DetectorOutput, target: Tensor, labels: Tensor, progress: float = 1.0) -> Tensor:
        """Return the mean absolute error of the map."""
        return functional.l1_loss(output.map, target)
