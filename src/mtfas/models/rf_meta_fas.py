"""RFMetaFAS: a feature extractor, a depth estimator, and a meta learner that decides (Shao et al., 2020)."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from mtfas.models.colour import with_hsv
from mtfas.models.depthnet import BLOCK, EPSILON, JOINED, STEM
from mtfas.models.detector import Detector, DetectorOutput
from mtfas.models.layers import BatchNorm2d
from mtfas.models.pooling import MaxPool


def unit(inputs: int, outputs: int, bias: bool = True) -> nn.Sequential:
    """Return 3×3 convolution, batch normalisation, ReLU: [N, inputs, h, w] → [N, outputs, h, w]."""
    layer = nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)
    nn.init.xavier_normal_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return nn.Sequential(layer, BatchNorm2d(outputs, EPSILON), nn.ReLU())


class Extractor(nn.Module):
    """Three blocks of three convolutions, each pooled: [N, 6, H, W] → the three levels of 128 channels."""

    def __init__(self, bias: bool = True) -> None:
        super().__init__()
        low, high, last = BLOCK
        self.stem = unit(6, STEM, bias)
        self.blocks = nn.ModuleList(
            nn.Sequential(unit(inputs, low, bias), unit(low, high, bias), unit(high, last, bias), MaxPool())
            for inputs in (STEM, last, last)
        )

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the levels joined at an eighth of the side, [N, 384, h, w], and the last level alone."""
        features, levels = self.stem(images), []
        for block in self.blocks:
            features = block(features)
            levels.append(features)
        first, second, third = levels
        pooled = [functional.avg_pool2d(first, 4), functional.avg_pool2d(second, 2), third]
        return torch.cat(pooled, 1), third


def depth_estimator(bias: bool = True) -> nn.Sequential:
    """Return 384 → 128 → 64 → 1; the last layer, too, ends in batch normalisation and ReLU."""
    return nn.Sequential(unit(JOINED, 128, bias), unit(128, 64, bias), unit(64, 1, bias))


class MetaLearner(nn.Module):
    """Decides from the last level: [N, 128, h, w] → logits [N], positive = attack."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            unit(128, 128), ShrinkingPool(), unit(128, 256), ShrinkingPool(), unit(256, 512)
        )
        self.decide = nn.Linear(512, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return the logits."""
        logits: Tensor = self.decide(self.body(features).mean((2, 3)))
        return logits[:, 0]


class ShrinkingPool(MaxPool):
    """Maximum pooling that leaves a map of a single row or column, of faces below 64 px, as it is."""

    def forward(self, features: Tensor) -> Tensor:
        """Pool [N, C, h, w], or return it."""
        return super().forward(features) if min(features.shape[-2:]) > 1 else features


class RfMetaFas(Detector):
    """RGB and HSV in [0, 1] → a depth map, and a decision, which alone is the score.

    How it learns is its method: `training.learners.rf_meta`. Under other supervisions the map changes, the
    decision does not (the paper, Sec. 4.2.3).

    References:
        Shao, Lan, Yuen: "Regularized fine-grained meta face anti-spoofing", AAAI 2020.
    """

    scored_by = "logit"

    def __init__(self) -> None:
        super().__init__()
        self.extractor = Extractor()
        self.depth = depth_estimator()
        self.meta_learner = MetaLearner()

    def normalise(self, images: Tensor) -> Tensor:
        """Put hue, saturation and value beside RGB, all in [0, 1]."""
        return with_hsv(images)

    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress maps at an eighth of the images' sides, and decide."""
        joined, last = self.extractor(images)
        return DetectorOutput(self.depth(joined), self.meta_learner(last), joined, {"last": last})

    def decide(self, params: Mapping[str, Tensor], last: Tensor) -> Tensor:
        """Return the logits of the meta learner with other parameters."""
        logits: Tensor = functional_call(self.meta_learner, dict(params), (last,))
        return logits
