"""MADDG: an extractor whose features no discriminator can tell from any one domain's (Shao et al., 2019)."""

from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.colour import with_hsv
from mtfas.models.depthnet import EPSILON
from mtfas.models.detector import Detector, DetectorOutput
from mtfas.models.layers import BatchNorm2d
from mtfas.models.rf_meta_fas import Extractor, ShrinkingPool, depth_estimator, unit

SMALLEST = 16
"""Side of the maps that the discriminators need; smaller ones (of faces below 128 px) are enlarged."""


class Embedder(nn.Module):
    """[N, 128, h, w] → an embedding of length 1, [N, 512], and logits [N], positive = attack."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            unit(128, 128, False), ShrinkingPool(), unit(128, 256, False), ShrinkingPool(),
            unit(256, 512, False),
        )  # fmt: skip
        self.hidden, self.norm = nn.Linear(512, 128), BatchNorm2d(128, EPSILON)
        self.decide = nn.Linear(128, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return the embedding and the logits."""
        pooled = self.body(features).mean((2, 3))
        hidden = functional.relu(self.norm(self.hidden(pooled)[..., None, None])[..., 0, 0])
        return functional.normalize(pooled, dim=1), self.decide(hidden)[:, 0]


class DomainNetwork(nn.Module):
    """Extractor and depth estimator of one source domain; trained first, then frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.extractor, self.depth = Extractor(bias=False), depth_estimator(bias=False)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the map [N, 1, h, w] and the last level's features [N, 128, h, w] of RGB in [0, 1]."""
        joined, last = self.extractor(with_hsv(images))
        return self.depth(joined), last


class Discriminator(nn.Module):
    """Tells one domain's features from the shared extractor's: [N, 128, h, w] → [N, 1, h', w']."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in ((128, 128), (128, 256), (256, 512)):
            layers += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=False),
                       BatchNorm2d(outputs, EPSILON), nn.LeakyReLU(0.2)]  # fmt: skip
        self.body = nn.Sequential(*layers, nn.Conv2d(512, 1, 4, padding=1, bias=False))

    def forward(self, features: Tensor) -> Tensor:
        """Return a verdict a patch, 1 = the domain's own."""
        size = [max(side, SMALLEST) for side in features.shape[-2:]]
        verdict: Tensor = self.body(functional.interpolate(features, size=size))
        return verdict


class Maddg(Detector):
    """RGB and HSV in [0, 1] → a depth map, and a decision, which alone is the score.

    How it learns is its method: `training.learners.maddg`.

    References:
        Shao, Lan, Li, Yuen: "Multi-adversarial discriminative deep domain generalization for face
        presentation attack detection", CVPR 2019.
    """

    scored_by = "logit"

    def __init__(self) -> None:
        super().__init__()
        self.extractor = Extractor(bias=False)
        self.depth = depth_estimator(bias=False)
        self.embedder = Embedder()

    def normalise(self, images: Tensor) -> Tensor:
        """Put hue, saturation and value beside RGB, all in [0, 1]."""
        return with_hsv(images)

    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress maps at an eighth of the images' sides, and decide."""
        joined, last = self.extractor(images)
        embedding, logit = self.embedder(last)
        return DetectorOutput(self.depth(joined), logit, joined, {"last": last, "embedding": embedding})
