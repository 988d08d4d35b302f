"""Peers that teach each other: separate networks of one architecture, and who listens to whom."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from mtfas.models.detector import STRIDE, Detector, DetectorOutput

NARROWING = 8
"""How many times fewer numbers queries and keys have than the pooled features they are made from."""


def attention(pooled: Tensor, query: Tensor, key: Tensor) -> Tensor:
    """Return how much each peer listens to each, [N, m, m]: softmax over b of q_a · k_b, itself included.

    The products are not scaled by a root of their length, as in the published code.

    Args:
        pooled: [N, m, C], each peer's features averaged over the face.
        query: [d, C], W_q, shared by all peers.
        key: [d, C], W_k, likewise.

    References:
        Chen et al., "Online knowledge distillation with diverse peers", AAAI 2020, first level.
    """
    return (pooled @ query.T @ (pooled @ key.T).transpose(1, 2)).softmax(dim=2)


class Peers(Detector):
    """OKDDip's auxiliary peers; what they say together, the mean of their maps, is the ensemble.

    The published code's variant "MultiNet": the peers share no layer. Each normalises the images itself, so
    any detector can be a member. The output's `features` are the members', side by side: networks that began
    with different weights have no channel in common, so a mean over them would mean nothing. Its `parts` are
    `maps` [N, m, h, w] and `pooled` [N, m, C], each member's own.

    Args:
        build: makes one member; called once a member, and must draw other weights each time.
        count: of members, m - 1 of the paper's m = 3 students (the last one is the leader).

    Raises:
        ValueError: there are no members.

    References:
        The paper, Sec. 4.3; Chen et al., "Online knowledge distillation with diverse peers", AAAI 2020.
    """

    def __init__(self, build: Callable[[], Detector], count: int = 2) -> None:
        super().__init__()
        if count < 1:
            raise ValueError(f"an ensemble needs at least 1 peer, but got {count}.")
        self.members = nn.ModuleList(build() for _ in range(count))
        channels = _channels(self.members[0])
        width = max(1, channels // NARROWING)
        self.query = nn.Linear(channels, width, bias=False)
        self.key = nn.Linear(channels, width, bias=False)

    def normalise(self, images: Tensor) -> Tensor:
        """Return the images [N, 3, H, W] as they are; members scale them."""
        return images

    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress every member's maps of images in [0, 1], and their mean, at an eighth of the sides."""
        said: list[DetectorOutput] = [member(images) for member in self.members]
        maps = torch.cat([output.map for output in said], dim=1)
        features = torch.cat([output.features for output in said], dim=1)
        pooled = torch.stack([output.features.mean((2, 3)) for output in said], dim=1)
        return DetectorOutput(maps.mean(1, keepdim=True), None, features, {"maps": maps, "pooled": pooled})

    def targets(self, output: DetectorOutput) -> Tensor:
        """Return what each peer is to say, t_a = Σ_b A_ab · map_b, [N, m, h, w]; gradients pass through."""
        weights = attention(output.parts["pooled"], self.query.weight, self.key.weight)
        return torch.einsum("nab,nbhw->nahw", weights, output.parts["maps"])


@torch.no_grad()
def _channels(member: nn.Module) -> int:
    """Return how many channels the features of a fresh network have, which it alone knows."""
    training, side = member.training, 4 * STRIDE
    output: DetectorOutput = member.eval()(torch.zeros(1, 3, side, side))
    member.train(training)
    return output.features.shape[1]
