"""DeepPixBiS: a pretrained DenseNet's features, a probability for each pixel, and one for the whole face."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.densenet import CHANNELS, DenseNetTrunk, load_imagenet
from mtfas.models.detector import STRIDE, Detector, DetectorOutput, cross_entropy
from mtfas.models.layers import conv

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""Of ImageNet's pixels, RGB in [0, 1]."""

GRID = 14
"""Side of the map at the authors' 224 pixels; the whole-face layer has a weight for each of 14 × 14."""


class DeepPixBis(Detector):
    """DenseNet-161 to its second transition, one 1×1 convolution, a sigmoid; the map itself is classified.

    The network's own map has a sixteenth of the image's side. It is handed out at an eighth, each pixel as
    four: the cross-entropy is linear in its target, so that is the loss of the small map against the target
    averaged over 2 × 2 pixels (where the side is a multiple of 16), and the mean, which is the score, is the
    same. Where the small map is not 14 × 14 it is interpolated to that for the whole-face layer. Both are
    ours, for faces of other sizes than 224; a target of another scale than [0, 1] is clamped.

    The authors call live 1 and attack 0; here the supervision says which way the map points, and a positive
    logit is an attack.

    Args:
        weights: a local safetensors file for `densenet.load_imagenet`; None starts from random weights,
            which the authors never do.

    References:
        George & Marcel, "Deep pixel-wise binary supervision for face presentation attack detection", ICB
        2019; layers and score as in the authors' public library (bob.pad.face).
    """

    scored_by = "map"
    mean: Tensor
    std: Tensor

    def __init__(self, weights: str | None = None) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(STD)[:, None, None], persistent=False)
        self.trunk = DenseNetTrunk()
        self.to_map = conv(CHANNELS, 1, size=1)
        self.whole = nn.Linear(GRID * GRID, 1)
        if weights is not None:
            load_imagenet(self.trunk, weights)

    def normalise(self, images: Tensor) -> Tensor:
        """Scale images [N, 3, H, W] from [0, 1] by ImageNet's mean and deviation."""
        return (images - self.mean) / self.std

    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress maps in [0, 1] at an eighth of the images' sides, and a logit."""
        features = self.trunk(images)
        small: Tensor = self.to_map(features)
        grid = functional.interpolate(small.sigmoid(), (GRID, GRID), mode="bilinear", align_corners=False)
        logit = self.whole(grid.flatten(1)).squeeze(1)
        height, width = images.shape[-2:]
        large = functional.interpolate(small, (height // STRIDE, width // STRIDE), mode="nearest")
        return DetectorOutput(large.sigmoid(), logit, features, {"map_logits": large})

    def loss(self, output: DetectorOutput, target: Tensor, labels: Tensor, progress: float = 1.0) -> Tensor:
        """Return half the cross-entropy of the pixels plus half that of the whole face.

        Args:
            output: for N faces.
            target: [N, 1, h, w]; what lies outside [0, 1] counts as 0 or 1.
            labels: [N], live = 0, attack = 1.
            progress: not used.
        """
        assert output.logit is not None
        # From the logits: the logarithm of a sigmoid that has reached 0 is no longer finite.
        pixels = functional.binary_cross_entropy_with_logits(
            output.parts["map_logits"], target.clamp(0.0, 1.0)
        )
        return 0.5 * pixels + 0.5 * cross_entropy(output.logit, labels)
