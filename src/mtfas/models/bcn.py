"""BCN, the bilateral convolutional network: surfaces and their texture apart, at three levels."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.bilateral import bilateral_base, neighbours
from mtfas.models.depthnet import BLOCK, EPSILON, JOINED, STEM
from mtfas.models.detector import Detector, DetectorOutput
from mtfas.models.layers import BatchNorm2d, conv
from mtfas.models.pooling import MaxPool

WINDOW = 5
"""Side of the neighbourhood from which a level's pixels are put together anew."""

SQUEEZED = 20
"""Channels from which a pixel's kernel is predicted."""


class MacroMicro(nn.Module):
    """Split features into a smooth base (macro) and what is left (micro), and join the two by weights."""

    size, sigma_space, sigma_range = 3, 1.0, 0.5

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.join = conv_bn_relu(2 * channels, channels, size=1)

    def forward(self, features: Tensor) -> Tensor:
        """[N, C, h, w] → the same shape."""
        base = bilateral_base(features, self.size, self.sigma_space, self.sigma_range)
        joined: Tensor = self.join(torch.cat([base, features - base], dim=1))
        return joined


class Refine(nn.Module):
    """Put each pixel together anew from its neighbours, by weights that are read off the features there."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.kernels = nn.Sequential(conv(channels, SQUEEZED, 1), conv(SQUEEZED, WINDOW**2, 5), nn.Softmax(1))

    def forward(self, features: Tensor) -> Tensor:
        """[N, C, h, w] → the same shape; a pixel's weights are positive, sum to 1, and serve all channels."""
        kernels = self.kernels(features)
        refined = torch.zeros_like(features)
        for i, (_, _, neighbour) in enumerate(neighbours(features, WINDOW)):
            refined = refined + kernels[:, i : i + 1] * neighbour
        return refined


class Bcn(Detector):
    """The three blocks of the depth network, bilateral features after each, refined levels, two heads.

    Known from public descriptions: bilateral macro and micro features within the depth network, at low,
    middle and high level; refinement of the levels before they are joined; a depth map, a reflection map and
    a map of binary patch decisions as supervision. The reflection map is left out: its labels come from
    another network.

    Inferred, as the authors' code is not public:
        - The depth network's widths (64; 3 × 128, 196, 128), convolution–normalisation–ReLU, and 2×2 maximum
          pools as in FAS-DR, so that any side that is a multiple of 8 passes.
        - One stream: each block's pooled output is split into base and residual, and a 1×1 convolution over
          both feeds the next block and the level. The filter is 3 × 3, σ_space = 1 pixel, σ_range = ½ of a
          normalised feature's deviation.
        - Levels are averaged down to an eighth of the image's side first, then refined: 20 channels, a 5 × 5
          kernel a pixel by softmax, shared by all channels.
        - Both heads are 384 → 128 → 64 → 1 with 3 × 3 convolutions, at an eighth of the image's side; the
          losses weigh the same. The depth loss has no contrastive part, so that any supervision fits.

    References:
        Yu et al., "Face anti-spoofing with human material perception", ECCV 2020 (arXiv:2007.02157).
    """

    scored_by = "map"

    def __init__(self) -> None:
        super().__init__()
        low, high, last = BLOCK
        self.stem = conv_bn_relu(3, STEM)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                conv_bn_relu(inputs, low),
                conv_bn_relu(low, high),
                conv_bn_relu(high, last),
                MaxPool(),
                MacroMicro(last),
            )
            for inputs in (STEM, last, last)
        )
        self.refine = nn.ModuleList(Refine(last) for _ in self.blocks)
        self.to_map, self.to_patch = _head(JOINED), _head(JOINED)

    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress maps ≥ 0 and the logits of patches, [N, 1, H/8, W/8] each."""
        features, levels = self.stem(images), []
        for block in self.blocks:
            features = block(features)
            levels.append(features)
        first, second, third = levels
        levels = [functional.avg_pool2d(first, 4), functional.avg_pool2d(second, 2), third]
        joined = torch.cat([refine(a) for refine, a in zip(self.refine, levels, strict=True)], dim=1)
        return DetectorOutput(self.to_map(joined).relu(), None, joined, {"patch": self.to_patch(joined)})

    def loss(self, output: DetectorOutput, target: Tensor, labels: Tensor, progress: float = 1.0) -> Tensor:
        """Return the mean squared error of the map plus the cross-entropy of patches of the face's class.

        Args:
            output: for N faces.
            target: [N, 1, h, w].
            labels: [N], live = 0, attack = 1.
            progress: not used.
        """
        patch = output.parts["patch"]
        classes = labels.to(patch.dtype)[:, None, None, None].expand_as(patch)
        on_patch = functional.binary_cross_entropy_with_logits(patch, classes)
        return functional.mse_loss(output.map, target) + on_patch


def conv_bn_relu(inputs: int, outputs: int, size: int = 3) -> nn.Sequential:
    """Return a convolution that keeps the sides, batch normalisation, ReLU: the depth network's order."""
    return nn.Sequential(conv(inputs, outputs, size), BatchNorm2d(outputs, EPSILON), nn.ReLU())


def _head(inputs: int) -> nn.Sequential:
    return nn.Sequential(conv_bn_relu(inputs, 128), conv_bn_relu(128, 64), conv(64, 1))
