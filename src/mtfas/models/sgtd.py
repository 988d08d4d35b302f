"""FAS-SGTD, first stage: depth of a single frame, from convolutions beside spatial gradients."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.contrast_depth import contrast_depth_loss
from mtfas.models.depthnet import JOINED, ThreeBlockNet, subsample
from mtfas.models.detector import DetectorOutput
from mtfas.models.layers import BatchNorm2d, conv
from mtfas.models.pooling import MaxPool

BLOCK = (128, 192, 128)

CONTRAST = 0.5
"""Weight of the contrast-depth loss."""

STEADY = 1e-8
"""Added below the root, whose slope would be infinite at a flat spot."""

SOBEL = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))


class GradientMagnitude(nn.Module):
    """The length of every channel's Sobel gradient, with zeros beyond the border; nothing is learned."""

    kernels: Tensor

    def __init__(self) -> None:
        super().__init__()
        across = torch.tensor(SOBEL)
        # Known by the code alone: no part of a saved state.
        self.register_buffer("kernels", torch.stack([across, across.T])[:, None], persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return √(gx² + gy² + 1e-8) of [N, C, h, w]; same shape."""
        channels = features.shape[1]
        across, down = (
            functional.conv2d(features, kernel.expand(channels, 1, 3, 3), padding=1, groups=channels)
            for kernel in self.kernels
        )
        return torch.sqrt(across.square() + down.square() + STEADY)


class GradientUnit(nn.Module):
    """Residual spatial gradient block: a 3×3 convolution, plus a 1×1 of the gradient magnitudes.

    The latter is batch-normalised by itself, then both together; ReLU ends it. Biases and 1e-3 below the
    variance as in the public code (slim's defaults), which lacks the normalisation's factor that is learned
    here.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = conv(inputs, outputs)
        self.gradient = nn.Sequential(
            GradientMagnitude(), conv(inputs, outputs, size=1), BatchNorm2d(outputs)
        )
        self.norm = BatchNorm2d(outputs)

    def forward(self, features: Tensor) -> Tensor:
        """Transform [N, inputs, h, w] to [N, outputs, h, w]."""
        return functional.relu(self.norm(self.conv(features) + self.gradient(features)))


class FasSgtd(ThreeBlockNet):
    """DepthNet's topology from residual spatial gradient blocks: 64; three times 128, 192, 128; 128, 64, 1.

    The second stage, which compares the frames of a video, is not built.

    Args:
        head: `relu` as the authors have it, or `linear` where the network is a teacher.

    References:
        Wang et al., "Deep spatial gradient and temporal depth learning for face anti-spoofing", CVPR 2020,
        and its public code for a single frame.
    """

    def __init__(self, head: str = "relu") -> None:
        top = nn.Sequential(GradientUnit(JOINED, 128), GradientUnit(128, 64), conv(64, 1))
        pools = [MaxPool() for _ in range(3)]
        super().__init__(GradientUnit, top, head, subsample, blocks=(BLOCK,) * 3, pools=pools)

    def normalise(self, images: Tensor) -> Tensor:
        """Scale images [N, 3, H, W] from [0, 1] to [-0.5, 0.5]."""
        return images - 0.5

    def loss(self, output: DetectorOutput, target: Tensor, labels: Tensor, progress: float = 1.0) -> Tensor:
        """Return the mean squared error of the map and half that of its contrasts, borders included."""
        contrasts = contrast_depth_loss(output.map, target, padded=True)
        return functional.mse_loss(output.map, target) + CONTRAST * contrasts
