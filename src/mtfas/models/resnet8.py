"""ResNet-8: the other backbone of a meta-teacher (Sec. 4.4.5, Fig. 8)."""

from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.detector import Detector, DetectorOutput, check_head
from mtfas.models.layers import BatchNorm2d, conv
from mtfas.models.pooling import MaxPool


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions beside a 1×1 convolution, each batch-normalised; added, then ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.path = nn.Sequential(
            conv(inputs, outputs),
            BatchNorm2d(outputs),
            nn.ReLU(),
            conv(outputs, outputs),
            BatchNorm2d(outputs),
        )
        self.shortcut = nn.Sequential(conv(inputs, outputs, size=1), BatchNorm2d(outputs))

    def forward(self, features: Tensor) -> Tensor:
        """Transform [N, inputs, h, w] to [N, outputs, h, w]."""
        return functional.relu(self.path(features) + self.shortcut(features))


class ResNet8(Detector):
    """Four residual blocks of equal width, the first three max-pooled, and one convolution to the map.

    Args:
        width: N, the filters of every block; 16 in the paper.
        head: `linear` for a teacher, `relu` for a detector.

    References:
        The paper, Sec. 4.4.5 and Fig. 8; widths that do not grow are our reading of "N is set to 16".
    """

    def __init__(self, width: int = 16, head: str = "linear") -> None:
        super().__init__()
        check_head(head)
        self.blocks = nn.ModuleList(ResidualBlock(inputs, width) for inputs in (3, width, width, width))
        self.pool = MaxPool()
        self.top = conv(width, 1)
        self.rectified = head == "relu"

    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress maps at an eighth of the images' sides."""
        features = images
        for block in self.blocks[:3]:
            features = self.pool(block(features))
        features = self.blocks[3](features)
        maps = self.top(features)
        return DetectorOutput(functional.relu(maps) if self.rectified else maps, None, features)
