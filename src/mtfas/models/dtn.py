"""DTN, the deep tree network: attacks sort themselves into eight leaves, each with its own map."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.colour import with_hsv
from mtfas.models.detector import Detector, DetectorOutput
from mtfas.models.dtn_losses import class_loss, map_loss, route_loss, uniqueness_loss
from mtfas.models.dtn_nodes import LEAVES, NODES, ROUTED_SIDE, SLOPE, SPREAD, Cru, Leaf, Tru, plain_conv, walk
from mtfas.runtime.processes import sum_over_processes

CLASS_WEIGHT, ROUTE_WEIGHT, UNIQUENESS_WEIGHT = 1e-3, 2.0, 1e-3

TREE_FROM = 0.25
"""Progress from which the nodes learn: after 10,000 of 40,000 steps, when their features mean something."""

CENTRE_RATE = 1e-3


class Dtn(Detector):
    """A stem, three levels of nodes in a binary tree, and two leaves below each node of the third.

    Every node and leaf is computed for every face; the route decides which leaf speaks for it.

    Args:
        filters: f; 32 in the authors' code.
        hsv: see a face in RGB and HSV, six channels, as in their paper; their code takes RGB.

    References:
        Liu et al., "Deep tree learning for zero-shot face anti-spoofing", CVPR 2019. A leaf's map has one
        channel here, as in their paper and as a learned supervision needs; theirs in code has two.
    """

    mu: Tensor

    def __init__(self, filters: int = 32, hsv: bool = False) -> None:
        super().__init__()
        self.hsv = hsv
        self.stem = nn.Sequential(plain_conv(6 if hsv else 3, filters, 5, padding=2), nn.LeakyReLU(SLOPE))
        self.crus = nn.ModuleList(Cru(filters) for _ in range(NODES))
        self.trus = nn.ModuleList(Tru(filters, halvings) for halvings in (3, 2, 2, 1, 1, 1, 1))
        self.leaves = nn.ModuleList(Leaf(filters) for _ in range(LEAVES))
        numbers = filters * ROUTED_SIDE**2
        self.v = nn.Parameter(torch.randn(NODES, numbers) * SPREAD)
        self.register_buffer("mu", torch.zeros(NODES, numbers))

    def normalise(self, images: Tensor) -> Tensor:
        """Leave images in [0, 1]; add the channels of HSV where wanted."""
        return with_hsv(images) if self.hsv else images

    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress the map of the leaf that each face comes to if it is taken for an attack.

        The parts are all leaves' `maps` [N, 8, h, w] and raw `classes` [N, 8], and all nodes' features
        `nodes` [N, 7, 64f] and route values `routes` [N, 7].
        """
        levels = self._levels(images)
        nodes = torch.stack([tru(level) for tru, level in zip(self.trus, levels, strict=True)], 1)
        routes = ((nodes - self.mu) * functional.normalize(self.v, dim=1)).sum(2)
        # Nodes 3 to 6 have two leaves each.
        spoken = [leaf(levels[3 + number // 2]) for number, leaf in enumerate(self.leaves)]
        maps, classes = (torch.cat(outputs, 1) for outputs in zip(*spoken, strict=True))
        own = walk(routes)[1]
        own_map = torch.where(own[:, :, None, None], maps, 0.0).sum(1, keepdim=True)
        own_class = torch.where(own, classes, 0.0).sum(1)
        parts = {"maps": maps, "classes": classes, "nodes": nodes, "routes": routes}
        return DetectorOutput(own_map, own_class, torch.cat(levels[3:], 1), parts)

    def _levels(self, images: Tensor) -> list[Tensor]:
        """Return what leaves each node, [N, f, ·, ·], a half, a quarter or an eighth of the images' sides."""
        levels: list[Tensor] = []
        for number, cru in enumerate(self.crus):
            levels.append(cru(levels[(number - 1) // 2] if number else self.stem(images)))
        return levels

    def loss(self, output: DetectorOutput, target: Tensor, labels: Tensor, progress: float = 1.0) -> Tensor:
        """Return the leaves' losses and, from a quarter of the training on, those of the nodes.

        Live faces teach every leaf, attacks the one they come to.
        """
        parts, live = output.parts, labels == 0
        at_nodes, at_leaves = (visited & ~live[:, None] for visited in walk(parts["routes"]))
        on_maps = map_loss(parts["maps"], target, at_leaves, live)
        on_classes = class_loss(parts["classes"], at_leaves, live)
        route = route_loss(parts["nodes"], parts["routes"], self.mu, at_nodes)
        unique = uniqueness_loss(parts["routes"], at_nodes)
        # A factor, not a branch: every parameter then has a gradient at any time, if only 0.
        grown = float(progress >= TREE_FROM)
        tree = ROUTE_WEIGHT * route + UNIQUENESS_WEIGHT * unique
        return on_maps + CLASS_WEIGHT * on_classes + grown * tree

    @torch.no_grad()
    def after_step(self, output: DetectorOutput, labels: Tensor) -> None:
        """Move each node's centre μ a thousandth of the way to the mean of the attacks that came past it.

        A node begins at the mean of its first visitors. Where several processes share a batch, all of it
        counts. The newer of the authors' two versions averages features that are centred already, so that μ
        would settle at half of the mean; their text means the features themselves.
        """
        nodes = output.parts["nodes"]
        visitors = walk(output.parts["routes"])[0] & (labels != 0)[:, None]
        totals = sum_over_processes(torch.where(visitors[:, :, None], nodes, 0.0).sum(0))
        counts = sum_over_processes(visitors.sum(0))
        rate = torch.where(self.mu.any(1), CENTRE_RATE, 1.0) * (counts > 0)
        means = totals / counts.clamp_min(1)[:, None]
        self.mu.lerp_(means, rate.to(means.dtype)[:, None])
