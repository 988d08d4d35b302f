"""FAS-DR-BC: FAS-DR, or FAS-DR-Light, with a binary branch beside the map (Fig. 6, dashed)."""

from torch import Tensor, nn

from mtfas.models.detector import DetectorOutput
from mtfas.models.fas_dr import FasDr
from mtfas.models.fas_dr_light import FasDrLight
from mtfas.models.layers import BatchNorm2d


class FasDrBc(FasDr):
    """FAS-DR, and two convolutions of stride 2 on its joined features that end in one probability of attack.

    The figure fixes the stride and that there is a mean over the map; where the branch begins, its two
    convolutions and their 4N and 8N filters are our reading. The loss weighs both terms alike.

    Args:
        width: N of FAS-DR.
        head: of the map, as in FAS-DR.

    References:
        The paper, Sec. 4.2.3 and Fig. 6.
    """

    scored_by = "both"

    def __init__(self, width: int = 16, head: str = "relu") -> None:
        super().__init__(width, head)
        self.branch, self.decide = _branch(6 * width, width)

    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress maps at an eighth of the images' sides, and decide."""
        return _decided(super().regress(images), self.branch, self.decide)


class FasDrLightBc(FasDrLight):
    """FAS-DR-Light with the same branch on its own joined features: FAS-DR-BC for small computers; ours.

    Args:
        width: N of FAS-DR-Light.
        head: of the map, as in FAS-DR-Light, but a detector's by default.
    """

    scored_by = "both"

    def __init__(self, width: int = 8, head: str = "relu") -> None:
        super().__init__(width, head)
        self.branch, self.decide = _branch(7 * width, width)

    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress maps at an eighth of the images' sides, and decide."""
        return _decided(super().regress(images), self.branch, self.decide)


def _branch(inputs: int, width: int) -> tuple[nn.Sequential, nn.Linear]:
    halvings = nn.Sequential(_halving(inputs, 4 * width), _halving(4 * width, 8 * width))
    return halvings, nn.Linear(8 * width, 1)


def _decided(output: DetectorOutput, branch: nn.Module, decide: nn.Module) -> DetectorOutput:
    logits = decide(branch(output.features).mean((2, 3)))
    return DetectorOutput(output.map, logits[:, 0], output.features, output.parts)


def _halving(inputs: int, outputs: int) -> nn.Sequential:
    layer = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1)
    nn.init.xavier_uniform_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return nn.Sequential(layer, nn.ReLU(), BatchNorm2d(outputs))
