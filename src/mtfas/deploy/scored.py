"""A detector as one module from 8-bit crops to spoof scores: what a bundle's model.onnx holds."""

from typing import TYPE_CHECKING

from mtfas.deploy.graph import BATCHES, TRACED, difference, drawn_faces, trace
from mtfas.types import Direction

if TYPE_CHECKING:
    from torch import Tensor, nn

    from mtfas.models import Detector

OUTPUTS = ("score", "map")


def scored(net: "Detector", direction: Direction) -> "nn.Module":
    """Return a module that scores faces as `training.scoring.score_faces` does, in single precision.

    It takes uint8 [N, H, W, 3] RGB and gives scores [N] in [0, 1], higher = attack, and attack-high maps
    [N, h, w] clipped to [0, 1]. The score is the mean of the map, turned and then clipped (paper Sec. 4.5.3),
    or the branch's probability, or half of each (Sec. 4.2.3), as `Detector.scored_by` says.

    Args:
        net: in evaluation mode.
        direction: which way the net's maps point.
    """
    import torch

    class Scored(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, images: "Tensor") -> "tuple[Tensor, Tensor]":
            output = self.net(images.permute(0, 3, 1, 2).to(torch.float32) / 255.0)
            turned = output.map[:, 0] if direction is Direction.ATTACK_HIGH else 1.0 - output.map[:, 0]
            score = turned.mean(dim=(1, 2)).clamp(0.0, 1.0)
            if output.logit is not None and net.scored_by != "map":
                branch = torch.sigmoid(output.logit)
                score = branch if net.scored_by == "logit" else 0.5 * score + 0.5 * branch
            return score, turned.clamp(0.0, 1.0)

    return Scored().eval()


def scored_graph(module: "nn.Module", size: int) -> tuple[bytes, dict[str, float]]:
    """Return the graph of a module made by `scored`, and its largest differences to torch, by output."""
    graph = trace(module, probe_tensor(TRACED, size), OUTPUTS)
    return graph, difference(module, graph, OUTPUTS, [probe_tensor(count, size) for count in BATCHES])


def probe_tensor(count: int, size: int) -> "Tensor":
    """Return seeded crops [count, size, size, 3], uint8, that show nobody."""
    import torch

    return torch.from_numpy((drawn_faces(count, size) * 255.0).round().astype("uint8"))
