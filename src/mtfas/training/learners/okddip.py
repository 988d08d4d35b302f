"""OKDDip in map form: peers that teach each other, and a leader that learns from all of them, at once.

Cross-entropy becomes the squared error of the binary map, the divergence between softened decisions the
squared error between maps; a temperature has no meaning for maps. All terms are sums over the peers.
"""

import math

import torch
from torch import Tensor

from mtfas.errors import BadSetting, unknown_name
from mtfas.models import DETECTORS, SURROGATES, Detector, DetectorOutput, build_detector
from mtfas.models.peers import Peers
from mtfas.supervision.labels import only_attacks
from mtfas.supervision.rules import eq14
from mtfas.training.learners.learner import Material, Taught, descend, seeded
from mtfas.training.learners.plain import PlainLearner
from mtfas.training.settings import TrainSettings

RAMP = 80 / 300
"""Share of the training over which distillation gains its full weight; the original: 80 of 300 epochs."""

WITHOUT_BRANCH = {"fas-dr-bc": "fas-dr", "fas-dr-light-bc": "fas-dr-light"}
"""The peers of a leader with a binary branch have none: they are FAS-DR where it is FAS-DR-BC (Sec. 4.3)."""


def ramp(progress: float) -> float:
    """Return r(t) = exp(-5 (1 - min(t, L)/L)²), the weight of distillation: from 0.0067 up to 1.

    Args:
        progress: t, share of the training that is over.
    """
    return math.exp(-5.0 * (1.0 - min(progress, RAMP) / RAMP) ** 2)


def peer_loss(maps: Tensor, targets: Tensor, binary: Tensor, weight: float) -> Tensor:
    """Return Σ_a MSE(map_a, binary map) + r · Σ_a MSE(map_a, t_a), the first level.

    Args:
        maps: [N, m, h, w], each peer's.
        targets: [N, m, h, w], t_a. Not detached, as in the published code: peers also move towards those that
            listen to them, and the attention learns, which has no other source of gradients.
        binary: [N, 1, h, w], ones for attacks, zeros for live faces.
        weight: r.
    """
    return _sum_over_peers(maps - binary) + weight * _sum_over_peers(maps - targets)


def first_level(peers: Peers, output: DetectorOutput, binary: Tensor, weight: float) -> Tensor:
    """Return `peer_loss` of what the peers said, with their attention's targets."""
    return peer_loss(output.parts["maps"], peers.targets(output), binary, weight)


def _sum_over_peers(gaps: Tensor) -> Tensor:
    return gaps.square().mean((0, 2, 3)).sum()


def leader_target(ensemble: Tensor, labels: Tensor) -> Tensor:
    """Return what the leader is to say: Eq. 14 of the peers' mean map for attacks, zeros for live faces.

    Not detached either, as in the published code: peers also move to where the leader is. Eq. 14 is blind to
    a map's level and scale, so peers take over the leader's pattern alone, and that of attacks alone.

    Args:
        ensemble: [N, 1, h, w], the mean of the peers' maps.
        labels: [N], live = 0, attack = 1.
    """
    return only_attacks(eq14(ensemble), labels)


def peers_of(settings: TrainSettings) -> Peers:
    """Return the settings' peers with seeded first weights, each others' and the leader's all different.

    Raises:
        BadSetting: there is no such network, or its map alone cannot teach it.
    """
    name = settings.peer or WITHOUT_BRANCH.get(settings.detector, settings.detector)
    if name not in DETECTORS:
        raise unknown_name("peer", name, DETECTORS)
    if name not in SURROGATES:
        raise BadSetting(
            f"peers learn from maps alone, but '{name}' also needs a loss of its own or random numbers; "
            f"choose one of {', '.join(SURROGATES)} with --peer."
        )
    return build_peers(name, settings.peers, settings.seed)


def build_peers(name: str, count: int, seed: int) -> Peers:
    """Return some detectors of one kind as peers, with weights drawn from the seed, each its own."""
    with seeded(seed, "weights", "peers"):
        return Peers(lambda: build_detector(name, int(torch.randint(2**31, ()))), count)


class PeerLearner(PlainLearner):
    """The first level alone; the network is `Peers`, whose ensemble can then teach any detector."""

    net: Peers

    def __init__(self, material: Material, net: Peers) -> None:
        super().__init__(material, net)

    def step(self, taught: Taught, step: int) -> float:
        """Take one step of all peers and their attention; the maps to learn are binary."""
        output = self.net(taught.faces.images)
        loss = first_level(self.net, output, taught.maps, ramp(self.progress(step)))
        return descend(self.optimisers["net"], loss)


class OkddipLearner(PlainLearner):
    """Both levels at once: the peers, and the leader, which is the detector that is kept.

    The leader minimises its own loss (with a branch's, where it has one) on the binary map, and r times the
    squared error of its map against `leader_target`. It takes no part in the peers' attention.
    """

    def __init__(self, material: Material, net: Detector | None = None) -> None:
        super().__init__(material, net)
        self.peers = self.ready(peers_of(self.settings))
        self.networks["peers"] = self.peers
        self.optimisers["net"] = self.adam([*self.net.parameters(), *self.peers.parameters()])

    def step(self, taught: Taught, step: int) -> float:
        """Take one step of everybody; the maps to learn are binary."""
        leader = self.net(taught.faces.images)
        loss = descend(self.optimisers["net"], self.loss(leader, taught, self.progress(step)))
        self.net.after_step(leader, taught.faces.labels)
        return loss

    def loss(self, leader: DetectorOutput, taught: Taught, progress: float) -> Tensor:
        """Return both levels' losses together.

        Args:
            leader: what it says about the faces.
            taught: the faces and their binary maps.
            progress: share of the training that is over.
        """
        labels, weight = taught.faces.labels, ramp(progress)
        peers = self.peers(taught.faces.images)
        gap = leader.map - leader_target(peers.map, labels)
        own = self.net.loss(leader, taught.maps, labels, progress)
        return first_level(self.peers, peers, taught.maps, weight) + own + weight * gap.square().mean()
