"""OKDDip against a slow reference that takes one face and one peer at a time, in float64."""

import itertools
import math

import polars as pl
import pytest
import torch
from torch import Tensor, nn

from mtfas.data.batch import FaceBatch
from mtfas.data.dataset import FaceSet
from mtfas.errors import BadSetting
from mtfas.models.fas_dr import FasDr
from mtfas.models.fas_dr_bc import FasDrBc
from mtfas.models.fas_dr_light import FasDrLight
from mtfas.models.peers import Peers
from mtfas.supervision.labels import only_attacks
from mtfas.training.learners.learner import Learner, Material, Taught
from mtfas.training.learners.okddip import RAMP, OkddipLearner, PeerLearner, peers_of, ramp
from mtfas.training.settings import TrainSettings, train_settings

SIDE = 32
LEARNERS = ["peers", "okddip"]


def settings(detector: str = "fas-dr-light", **given: object) -> TrainSettings:
    wanted = {"protocol": "grandtest", "detector": detector, "augment": "flip", "per_class": 3, "peers": 3}
    return train_settings("tiny", **{**wanted, **given})


def material(wanted: TrainSettings, count: int = 16) -> Material:
    """Faces of noise; an attack is a shade brighter in its left half."""
    rng = torch.Generator().manual_seed(2)
    pixels = torch.randint(0, 160, (count, 3, SIDE, SIDE), dtype=torch.uint8, generator=rng)
    labels = torch.arange(count) % 2
    pixels[labels == 1, :, :, : SIDE // 2] += 60
    maps = torch.zeros(count, 1, SIDE // 8, SIDE // 8, dtype=torch.uint8)
    faces = FaceSet(pixels, maps, maps, pl.DataFrame({"label": labels.numpy()}))
    return Material(wanted, faces, only_attacks(torch.ones(maps.shape), labels))


def learner_of(kind: str, wanted: TrainSettings) -> Learner:
    given = material(wanted)
    return PeerLearner(given, peers_of(wanted)) if kind == "peers" else OkddipLearner(given)


def exact(detector: str = "fas-dr-light") -> OkddipLearner:
    """A learner in float64 whose networks take every face by itself; no map is all zeros."""
    learner = OkddipLearner(material(settings(detector, seed=3)))
    for net in learner.networks.values():
        net.double().eval()
    images = doubles([0, 1, 1, 0, 1]).faces.images
    assert learner.net(images).map.amax((1, 2, 3)).min() > 0
    assert learner.peers(images).parts["maps"].amax((2, 3)).min() > 0
    return learner


def doubles(labels: list[int]) -> Taught:
    rng, truth = torch.Generator().manual_seed(7), torch.tensor(labels)
    images = torch.rand(len(labels), 3, SIDE, SIDE, dtype=torch.float64, generator=rng)
    maps = torch.zeros(len(labels), 1, SIDE // 8, SIDE // 8, dtype=torch.float64)
    return Taught(FaceBatch(images, truth, maps, maps), only_attacks(torch.ones_like(maps), truth))


def loss_of(learner: OkddipLearner, taught: Taught, progress: float) -> Tensor:
    return learner.loss(learner.net(taught.faces.images), taught, progress)


def slow_loss(learner: OkddipLearner, taught: Taught, weight: float) -> Tensor:
    """Sec. 4.3 and Eq. 14, a face and a peer at a time."""
    total, peers = torch.zeros((), dtype=torch.float64), learner.peers
    for image, label in zip(taught.faces.images, taught.faces.labels.tolist(), strict=True):
        said = [member(image[None]) for member in peers.members]
        maps, hidden = [s.map[0, 0] for s in said], [s.features[0].mean((1, 2)) for s in said]
        for a, own in enumerate(maps):
            powers = [((peers.query.weight @ hidden[a]) @ (peers.key.weight @ h)).exp() for h in hidden]
            target = torch.stack([p / sum(powers) * m for p, m in zip(powers, maps, strict=True)]).sum(0)
            total = total + (own - label).square().mean() + weight * (own - target).square().mean()
        leader, mean = learner.net(image[None]), torch.stack(maps).mean(0)
        wanted = (mean - mean.min()) / (mean.max() - mean.min()) if label else torch.zeros_like(mean)
        on_map = (leader.map[0, 0] - label).square().mean()
        total = total + on_map + weight * (leader.map[0, 0] - wanted).square().mean()
        if leader.logit is not None:
            total = total - torch.nn.functional.logsigmoid((2 * label - 1) * leader.logit[0])
    return total / len(taught.maps)


@pytest.mark.parametrize(
    ("progress", "wanted"),
    [(0.0, math.exp(-5)), (RAMP / 2, math.exp(-1.25)), (RAMP, 1.0), (0.5, 1.0), (1.0, 1.0)],
)
def test_ramp(progress: float, wanted: float) -> None:
    assert ramp(progress) == pytest.approx(wanted, rel=1e-12)


def test_ramp_ends_after_80_of_300_epochs() -> None:
    values = [ramp(epoch / 300) for epoch in range(82)]
    assert all(low < high for low, high in itertools.pairwise(values[:81]))
    assert values[80] == values[81] == 1


@pytest.mark.parametrize("detector", ["fas-dr-light", "fas-dr-light-bc"])
@pytest.mark.parametrize("progress", [0.0, 0.2, 1.0])
def test_loss_against_loops(detector: str, progress: float) -> None:
    """Relative 1e-6: Eq. 14 answers in float32."""
    learner, taught = exact(detector), doubles([0, 1, 1, 0, 1])
    wanted = slow_loss(learner, taught, ramp(progress))
    torch.testing.assert_close(loss_of(learner, taught, progress), wanted, rtol=1e-6, atol=0)


@pytest.mark.parametrize("detector", ["fas-dr-light", "fas-dr-light-bc"])
def test_gradient_against_loops(detector: str) -> None:
    """Of everything with weights: targets are not detached."""
    learner, taught = exact(detector), doubles([0, 1, 1, 0, 1])
    leaves = [p for net in learner.networks.values() for p in net.parameters()]
    found = torch.autograd.grad(loss_of(learner, taught, 0.9), leaves)
    wanted = torch.autograd.grad(slow_loss(learner, taught, 1.0), leaves)
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-7)


def test_gradient_of_the_attention_by_finite_differences() -> None:
    learner, taught, step = exact(), doubles([0, 1, 1, 0]), 1e-3
    matrix = learner.peers.query.weight
    (slope,) = torch.autograd.grad(loss_of(learner, taught, 1.0), matrix)
    at = divmod(int(slope.abs().argmax()), slope.shape[1])

    def moved(shift: float) -> Tensor:
        with torch.no_grad():
            matrix[at] += shift
            value = loss_of(learner, taught, 1.0)
            matrix[at] -= shift
        return value

    torch.testing.assert_close((moved(step) - moved(-step)) / (2 * step), slope[at], rtol=1e-4, atol=0)


def peer_slopes(learner: OkddipLearner, loss: Tensor) -> dict[str, Tensor]:
    named = dict(learner.peers.named_parameters())
    slopes = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {
        name: torch.zeros_like(p) if s is None else s
        for (name, p), s in zip(named.items(), slopes, strict=True)
    }


def test_another_leader_changes_no_target_of_the_peers() -> None:
    """Whoever leads, attention gets the same bits of gradient; members differ by the leader's term alone."""
    learner, taught = exact(), doubles([0, 1, 1, 0])
    images, labels = taught.faces.images, taught.faces.labels

    def seen() -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
        output, leader = learner.peers(images), learner.net(images).map.detach()
        lowest, highest = output.map.amin((2, 3), keepdim=True), output.map.amax((2, 3), keepdim=True)
        label = (output.map - lowest) / (highest - lowest) * labels[:, None, None, None]
        term = peer_slopes(learner, (leader - label).square().mean())
        whole = peer_slopes(learner, loss_of(learner, taught, 1.0))
        return learner.peers.targets(output), whole, {name: whole[name] - term[name] for name in whole}

    targets, whole, without = seen()
    with torch.no_grad():
        for parameter in learner.net.parameters():
            parameter.mul_(1.3)
    other_targets, other_whole, other_without = seen()
    assert torch.equal(targets, other_targets)
    assert all(torch.equal(whole[name], other_whole[name]) for name in ("query.weight", "key.weight"))
    assert any(not torch.equal(whole[name], other_whole[name]) for name in whole)
    for name in whole:
        torch.testing.assert_close(without[name], other_without[name], rtol=1e-5, atol=1e-7)


def test_live_faces_bring_nothing_from_the_leader_to_the_peers() -> None:
    learner, taught = exact(), doubles([0, 0, 0])
    before = peer_slopes(learner, loss_of(learner, taught, 1.0))
    with torch.no_grad():
        for parameter in learner.net.parameters():
            parameter.mul_(1.3)
    after = peer_slopes(learner, loss_of(learner, taught, 1.0))
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("kind", LEARNERS)
def test_a_learner_put_back_goes_on_with_the_same_bits(kind: str) -> None:
    wanted = settings("fas-dr-light", iterations=4)
    whole, halves = learner_of(kind, wanted), learner_of(kind, wanted)
    for step in range(4):
        whole.learn(whole.material.taught(whole.draw(step), step), step)
        kept = {name: value.clone() for name, value in halves.tensors().items()}
        halves = learner_of(kind, wanted)
        halves.restore(kept)
        halves.learn(halves.material.taught(halves.draw(step), step), step)
    first, second = whole.tensors(), halves.tensors()
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_one_step_moves_leader_branch_peers_and_attention() -> None:
    learner = OkddipLearner(material(settings("fas-dr-light-bc")))
    before = {name: value.clone() for name, value in learner.tensors().items()}
    learner.learn(learner.material.taught(learner.draw(0), 0), 0)
    after = learner.tensors()
    moved = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert {name.split("/")[0] for name in moved} == {"net", "peers"}
    assert {"net/decide.weight", "peers/query.weight", "peers/key.weight"} <= moved
    assert {f"peers/members.{k}.stem.0.weight" for k in range(3)} <= moved
    assert any(name.startswith("adam/net/") for name in after)


def distance(net: nn.Module, learner: Learner) -> float:
    """Of an ensemble's or leader's maps from the binary maps, on all faces."""
    given = learner.material
    with torch.no_grad():
        maps = net(given.faces.batch(torch.arange(len(given.faces))).images).map
    return float((maps - given.targets).square().mean())


@pytest.mark.parametrize("kind", LEARNERS)
def test_a_learnable_problem_is_learned(kind: str) -> None:
    learner = learner_of(kind, settings(iterations=60, per_class=6, rate=3e-3, augment="none"))
    before = {role: distance(net, learner) for role, net in learner.networks.items()}
    for step in range(60):
        learner.learn(learner.material.taught(learner.draw(step), step), step)
    after = {role: distance(net, learner) for role, net in learner.networks.items()}
    assert all(after[role] < 0.5 * before[role] for role in before), (before, after)


def test_peers_of_a_leader_with_a_branch_have_none() -> None:
    nets = [peers_of(settings(name, peers=2)) for name in ("fas-dr-bc", "fas-dr-light-bc")]
    for net, kind in zip(nets, (FasDr, FasDrLight), strict=True):
        assert [type(member) for member in net.members] == [kind, kind]
    other = OkddipLearner(material(settings("fas-dr-bc", peer="fas-dr-light")))
    assert isinstance(other.net, FasDrBc)
    assert isinstance(other.peers.members[0], FasDrLight)


def test_first_weights_follow_the_seed_and_are_all_different() -> None:
    state = torch.get_rng_state()
    learner, again = OkddipLearner(material(settings())), peers_of(settings())
    assert torch.equal(state, torch.get_rng_state())
    stems = [next(net.parameters()) for net in (learner.net, *learner.peers.members)]
    assert len({tuple(stem.flatten().tolist()) for stem in stems}) == 4
    assert all(torch.equal(a, b) for a, b in zip(learner.peers.parameters(), again.parameters(), strict=True))
    other: Peers = peers_of(settings(seed=1))
    assert not torch.equal(other.query.weight, again.query.weight)


@pytest.mark.parametrize(
    ("detector", "peer", "message"),
    [
        ("fas-dr-light", "fas-dr-lihgt", "unknown peer 'fas-dr-lihgt'; did you mean 'fas-dr-light'"),
        ("dtn", None, "'dtn' also needs a loss of its own.*with --peer"),
        ("fas-dr", "fas-dr-bc", "'fas-dr-bc' also needs a loss of its own.*with --peer"),
    ],
)
def test_peers_that_maps_cannot_teach_are_refused(detector: str, peer: str | None, message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        peers_of(settings(detector, peer=peer))
