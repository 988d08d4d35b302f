"""The convolutional network of Yang, Lei and Li: the first learned features for face anti-spoofing."""

from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.detector import STRIDE, Detector, DetectorOutput
from mtfas.models.layers import BatchNorm2d, conv

CHANNELS = 256
GRID = 6
"""Side of what the first fully connected layer sees."""


class YangCnn(Detector):
    """AlexNet with one output: five convolutions, three fully connected layers.

    Theirs: the layers, their widths and dropout of ½. The authors then train a support vector machine on the
    features of the last layers; here, as in later comparisons, the last layer decides by itself.

    Ours:
        - No local response normalisation, which later networks of this kind found useless, and no groups of
          channels, which split AlexNet between two cards.
        - Convolution and pooling are padded so that faces from 32 pixels up pass; where 6 × 6 positions are
          not what comes out of the last pool, they are interpolated.
        - A map, so that any supervision can be tried on this network: the last convolution's features,
          normalised (else a map may start as all zeros and stay so), a 1×1 convolution, interpolated from a
          sixteenth to an eighth of the image's side, ReLU. The loss is the mean squared error of the map plus
          the cross-entropy of the logit (`Detector.loss`). The score is the logit's alone.
        - Pixels in [-1, 1]; the authors subtract the mean of the training images.

    References:
        Yang, Lei & Li, "Learn convolutional neural network for face anti-spoofing", arXiv:1408.5601, 2014;
        Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", NeurIPS 2012.
    """

    scored_by = "logit"

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_conv_relu(3, 96, size=11, stride=4),
            _pool(),
            *_conv_relu(96, 256, size=5),
            _pool(),
            *_conv_relu(256, 384),
            *_conv_relu(384, 384),
            *_conv_relu(384, CHANNELS),
        )
        self.pool = _pool()
        self.whole = nn.Sequential(
            *_linear_relu_dropout(CHANNELS * GRID * GRID, 4096),
            *_linear_relu_dropout(4096, 4096),
            nn.Linear(4096, 1),
        )
        self.to_map = nn.Sequential(BatchNorm2d(CHANNELS), conv(CHANNELS, 1, size=1))

    def regress(self, images: Tensor) -> DetectorOutput:
        """Classify the images, and regress maps at an eighth of their sides."""
        features = self.body(images)
        grid = _resize(self.pool(features), GRID, GRID)
        logit = self.whole(grid.flatten(1)).squeeze(1)
        height, width = images.shape[-2:]
        maps = _resize(self.to_map(features), height // STRIDE, width // STRIDE)
        return DetectorOutput(maps.relu(), logit, features)


def _resize(features: Tensor, height: int, width: int) -> Tensor:
    """Interpolate [N, C, h, w]; nothing changes where the size is right."""
    return functional.interpolate(features, (height, width), mode="bilinear", align_corners=False)


def _pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, stride=2, padding=1)  # without the padding nothing would be left of 32 pixels


def _conv_relu(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> tuple[nn.Conv2d, nn.ReLU]:
    layer = nn.Conv2d(inputs, outputs, size, stride, padding=size // 2)
    _he(layer)
    return layer, nn.ReLU(inplace=True)


def _linear_relu_dropout(inputs: int, outputs: int) -> tuple[nn.Linear, nn.ReLU, nn.Dropout]:
    layer = nn.Linear(inputs, outputs)
    _he(layer)
    return layer, nn.ReLU(inplace=True), nn.Dropout(0.5)


def _he(layer: nn.Conv2d | nn.Linear) -> None:
    # Not AlexNet's N(0, 0.01²): nothing normalises between these layers, and what they pass on would fade.
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
