"""Peers against slow loops over faces and peers, in float64."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mtfas.models.detector import Detector
from mtfas.models.fas_dr import FasDr
from mtfas.models.fas_dr_light import FasDrLight
from mtfas.models.peers import Peers, attention
from mtfas.models.resnet8 import ResNet8

KINDS = [FasDrLight, lambda: FasDr(width=8), ResNet8]


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def built(kind: Callable[[], Detector] = FasDrLight, count: int = 2) -> Peers:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return Peers(kind, count).double()


def faces(count: int, height: int = 32, width: int = 32) -> Tensor:
    return draw(count, 3, height, width, seed=9).sigmoid()


def slow_attention(pooled: Tensor, query: Tensor, key: Tensor) -> list[list[list[float]]]:
    """One face, one listener, one speaker at a time."""

    def product(matrix: Tensor, vector: Tensor) -> list[float]:
        return [sum(float(m) * float(v) for m, v in zip(row, vector, strict=True)) for row in matrix]

    tables = []
    for face in pooled:
        table = []
        for listener in face:
            q = product(query, listener)
            powers = [
                math.exp(sum(x * y for x, y in zip(q, product(key, speaker), strict=True)))
                for speaker in face
            ]
            table.append([power / sum(powers) for power in powers])
        tables.append(table)
    return tables


@pytest.mark.parametrize("count", [1, 2, 5])
def test_attention_against_loops(count: int) -> None:
    pooled, query, key = draw(3, count, 8), draw(2, 8, seed=1), draw(2, 8, seed=2)
    found = attention(pooled, query, key)
    wanted = torch.tensor(slow_attention(pooled, query, key), dtype=torch.float64)
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(found.sum(2), torch.ones(3, count, dtype=torch.float64))


def test_attention_knows_no_order_of_peers_and_no_other_face() -> None:
    pooled, query, key = draw(4, 3, 8), draw(2, 8, seed=1), draw(2, 8, seed=2)
    found, order = attention(pooled, query, key), torch.tensor([2, 0, 1])
    torch.testing.assert_close(attention(pooled[:, order], query, key), found[:, order][:, :, order])
    torch.testing.assert_close(attention(pooled[1:2], query, key), found[1:2])
    assert not torch.allclose(found, found.transpose(1, 2)), "listening is not mutual"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("height", "width"), [(32, 32), (24, 40)])
def test_the_ensemble_is_the_mean_of_members_that_see_the_raw_face(
    kind: Callable[[], Detector], height: int, width: int
) -> None:
    net, images = built(kind, 3), faces(2, height, width)
    output, alone = net(images), [member(images) for member in net.members]
    total = alone[0].map + alone[1].map + alone[2].map
    assert output.logit is None
    assert output.map.shape == (2, 1, height // 8, width // 8)
    torch.testing.assert_close(output.map, total / 3)
    assert output.parts["maps"].shape == (2, 3, height // 8, width // 8)
    for k, said in enumerate(alone):
        torch.testing.assert_close(output.parts["maps"][:, k], said.map[:, 0])
        torch.testing.assert_close(output.parts["pooled"][:, k], said.features.mean((2, 3)))
    torch.testing.assert_close(output.features, torch.cat([said.features for said in alone], 1))


@torch.no_grad()
def test_targets_against_loops() -> None:
    net, images = built(count=3), faces(4)
    output = net(images)
    maps, pooled = output.parts["maps"], output.parts["pooled"]
    tables = slow_attention(pooled, net.query.weight, net.key.weight)
    for n in range(4):
        for a in range(3):
            parts = [tables[n][a][b] * maps[n, b] for b in range(3)]
            wanted = parts[0] + parts[1] + parts[2]
            torch.testing.assert_close(net.targets(output)[n, a], wanted, rtol=1e-12, atol=1e-14)


def test_gradients_of_targets_reach_attention_and_every_member() -> None:
    net = built(count=3)
    named = {name: p for name, p in net.named_parameters() if name.endswith("weight")}
    slopes = torch.autograd.grad(net.targets(net(faces(4)))[:, 0].square().sum(), list(named.values()))
    assert not [name for name, slope in zip(named, slopes, strict=True) if not slope.any()]


def test_one_peer_is_its_own_target() -> None:
    net = built(count=1)
    output = net(faces(2))
    torch.testing.assert_close(net.targets(output), output.parts["maps"])
    torch.testing.assert_close(output.map, output.parts["maps"])


@pytest.mark.parametrize("kind", KINDS)
def test_members_share_nothing_but_who_listens_to_whom(kind: Callable[[], Detector]) -> None:
    net = built(kind, 3)
    own = [sum(p.numel() for p in member.parameters()) for member in net.members]
    channels = net(faces(1)).parts["pooled"].shape[2]
    assert sum(p.numel() for p in net.parameters()) == 3 * own[0] + 2 * channels * (channels // 8)
    first, second, _ = (next(member.parameters()) for member in net.members)
    assert not torch.equal(first, second)
    assert net.query.bias is None
    assert net.key.bias is None


def test_a_built_ensemble_is_in_training_mode() -> None:
    """Whoever counts its channels puts the mode back."""
    assert all(module.training for module in built().modules())


def test_an_ensemble_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 peer, but got 0"):
        Peers(FasDrLight, 0)
