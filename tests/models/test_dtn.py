"""The deep tree network: its walk, its losses against slow loops, its centres, and what a face depends on."""

import copy
import warnings

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jvp

from mtfas.models.colour import with_hsv
from mtfas.models.detector import DetectorOutput, parameters_of
from mtfas.models.dtn import Dtn
from mtfas.models.dtn_losses import (
    ALPHA,
    BETA,
    DEPTH_WEIGHTS,
    class_loss,
    map_loss,
    masked_mean,
    route_loss,
    uniqueness_loss,
)
from mtfas.models.dtn_nodes import LEAVES, NODES, walk
from mtfas.models.layers import BatchNorm2d, estimate_statistics
from mtfas.models.size import count_macs, count_parameters

FILTERS = 4
LABELS = torch.tensor([0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1])


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def faces(count: int, height: int = 32, width: int = 32, seed: int = 0) -> Tensor:
    """Faces of random contrast and tint, so that they part at the nodes."""
    draw = torch.Generator().manual_seed(seed)
    details = torch.rand(count, 3, height, width, generator=draw, dtype=torch.float64)
    tints, depth = (torch.rand(count, c, 1, 1, generator=draw, dtype=torch.float64) for c in (3, 1))
    return tints * (1 - depth) + details * depth


def grown(hsv: bool = False) -> Dtn:
    """A small tree in double precision whose nodes have centres, of other attacks than the tests' own."""
    torch.manual_seed(0)
    net = Dtn(FILTERS, hsv).double()
    for _ in range(NODES):  # a level of nodes at a time gets its first visitors
        net.after_step(net(faces(12, seed=9)), LABELS)
    return net


def leaf_of(routes: list[float]) -> tuple[set[int], int]:
    """Walk one face down the tree, step by step."""
    node, past = 0, set()
    while node < NODES:
        past.add(node)
        node = 2 * node + (1 if routes[node] >= 0 else 2)
    return past, node - NODES


def slow_leaf_loss(errors: Tensor, visitors: Tensor, live: Tensor) -> float:
    """From errors [N, 8], face by face."""
    total = 0.0
    for leaf in range(LEAVES):
        attacks = [errors[n, leaf].item() for n in range(len(errors)) if visitors[n, leaf]]
        lives = [errors[n, leaf].item() for n in range(len(errors)) if live[n]]
        if attacks:
            total += (sum(attacks) / len(attacks) + (sum(lives) / len(lives) if lives else 0.0)) / 2
    return total / LEAVES


def visits(seed: int = 0, count: int = 12) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Route values, and the attacks' visits to nodes and leaves, and who is live."""
    routes, live = noise(count, NODES, seed=seed), LABELS[:count] == 0
    nodes, leaves = walk(routes)
    return routes, nodes & ~live[:, None], leaves & ~live[:, None], live


def test_walk_is_that_of_each_face_alone() -> None:
    routes = noise(200, NODES)
    routes[:20] = routes[:20].round()  # some values are 0, which goes left
    nodes, leaves = walk(routes)
    for face, values in enumerate(routes.tolist()):
        past, leaf = leaf_of(values)
        assert set(nodes[face].nonzero().flatten().tolist()) == past
        assert leaves[face].nonzero().flatten().tolist() == [leaf]
    assert leaves.any(0).all()


def test_a_face_gets_the_map_and_class_of_its_leaf() -> None:
    output = grown()(faces(12))
    leaves = [leaf_of(values)[1] for values in output.parts["routes"].tolist()]
    assert len(set(leaves)) > 2, "the faces must part for this test to say something"
    assert output.logit is not None
    for face, leaf in enumerate(leaves):
        assert torch.equal(output.map[face, 0], output.parts["maps"][face, leaf])
        assert torch.equal(output.logit[face], output.parts["classes"][face, leaf])


def test_route_values_are_distances_from_the_centre_along_v() -> None:
    net = grown()
    nn.init.normal_(net.v)  # any length of v
    parts = net(faces(5)).parts
    for node in range(NODES):
        direction = net.v[node] / net.v[node].square().sum().sqrt()
        expected = torch.stack([(x - net.mu[node]) @ direction for x in parts["nodes"][:, node]])
        torch.testing.assert_close(parts["routes"][:, node], expected)


def test_map_and_class_losses_equal_slow_loops() -> None:
    _, _, leaves, live = visits()
    maps, target, classes = noise(12, LEAVES, 3, 2), noise(12, 1, 3, 2, seed=1), noise(12, LEAVES, seed=2)
    errors = torch.stack(
        [torch.stack([(maps[n, k] - target[n, 0]).abs().mean() for k in range(8)]) for n in range(12)]
    )
    assert map_loss(maps, target, leaves, live).item() == pytest.approx(slow_leaf_loss(errors, leaves, live))
    wanted = (LABELS[:, None] - classes).abs()
    assert class_loss(classes, leaves, live).item() == pytest.approx(slow_leaf_loss(wanted, leaves, live))


def test_leaves_without_attacks_and_batches_without_live_faces() -> None:
    errors, live = torch.ones(3, LEAVES, 2, 2), torch.tensor([True, False, False])
    target, visitors = torch.zeros(3, 1, 2, 2), torch.zeros(3, LEAVES, dtype=torch.bool)
    assert map_loss(errors, target, visitors, live) == 0
    visitors[1, 5] = True
    assert map_loss(errors, target, visitors, live) == 1 / LEAVES
    assert map_loss(errors, target, visitors, torch.zeros_like(live)) == 0.5 / LEAVES


@pytest.mark.parametrize("seed", range(3))
def test_route_and_uniqueness_losses_equal_slow_loops(seed: int) -> None:
    routes, nodes, _, _ = visits(seed)
    features, centre = noise(12, NODES, 6, seed=10 + seed), noise(NODES, 6, seed=20 + seed)
    route = unique = 0.0
    for k, weight in enumerate(DEPTH_WEIGHTS):
        inside, outside = ([n for n in range(12) if bool(nodes[n, k]) is there] for there in (True, False))
        if len(inside) < 2:
            continue
        along = sum(routes[n, k].item() ** 2 for n in inside) / len(inside)
        apart = sum((features[n, k] - centre[k]).square().sum().item() for n in inside) / len(inside)
        others = sum(routes[n, k].item() ** 2 for n in outside) / max(len(outside), 1)
        route += weight * (torch.tensor(-ALPHA * along).exp().item() + BETA * apart) / NODES
        unique += weight * (others - along) / NODES
    assert route_loss(features, routes, centre, nodes).item() == pytest.approx(route, rel=1e-6)
    assert uniqueness_loss(routes, nodes).item() == pytest.approx(unique, rel=1e-6)


def test_covariance_need_not_be_formed() -> None:
    features, visitors = noise(9, NODES, 5), torch.ones(9, NODES, dtype=torch.bool)
    centre, v = features.mean(0), nn.functional.normalize(noise(NODES, 5, seed=1), dim=1)
    expected = 0.0
    for k, weight in enumerate(DEPTH_WEIGHTS):
        covariance = torch.cov(features[:, k].T, correction=0)
        of_node = torch.exp(-ALPHA * v[k] @ covariance @ v[k]) + BETA * covariance.trace()
        expected += weight * of_node.item() / NODES
    routes = ((features - centre) * v).sum(2)
    assert route_loss(features, routes, centre, visitors).item() == pytest.approx(expected, rel=1e-12)


def test_a_lonely_visitor_and_an_empty_node_give_nothing() -> None:
    routes, visitors = noise(4, NODES), torch.zeros(4, NODES, dtype=torch.bool)
    visitors[0] = True
    features, centre = noise(4, NODES, 3).requires_grad_(), torch.zeros(NODES, 3, dtype=torch.float64)
    assert route_loss(features, routes, centre, visitors) == 0
    assert uniqueness_loss(routes, visitors) == 0
    route_loss(features, routes, centre, visitors).backward()
    assert features.grad is not None
    assert not features.grad.any()
    assert uniqueness_loss(routes, torch.ones_like(visitors)) < 0  # nobody outside
    assert masked_mean(torch.full((4, NODES), torch.inf), torch.zeros_like(visitors)).sum() == 0


def test_the_loss_is_the_weighted_sum_and_the_tree_comes_late() -> None:
    net, target = grown(), noise(12, 1, 4, 4, seed=3)
    output = net(faces(12))
    parts, live = output.parts, LABELS == 0
    nodes, leaves = (visited & ~live[:, None] for visited in walk(parts["routes"]))
    early = map_loss(parts["maps"], target, leaves, live) + 0.001 * class_loss(parts["classes"], leaves, live)
    tree = 2 * route_loss(parts["nodes"], parts["routes"], net.mu, nodes)
    late = early + tree + 0.001 * uniqueness_loss(parts["routes"], nodes)
    assert late > early
    for progress, expected in ((0.0, early), (0.2499, early), (0.25, late), (1.0, late)):
        torch.testing.assert_close(net.loss(output, target, LABELS, progress), expected)
    torch.testing.assert_close(net.loss(output, target, LABELS.double()), late)


def test_before_the_tree_learns_its_gradients_are_zero_not_missing() -> None:
    net, target = grown(), noise(12, 1, 4, 4)
    net.loss(net(faces(12)), target, LABELS, 0.1).backward()
    assert all(parameter.grad is not None for parameter in net.parameters())
    assert net.v.grad is not None
    assert not net.v.grad.any()
    net.loss(net(faces(12)), target, LABELS, 0.5).backward()
    assert net.v.grad[0].any()


def test_live_faces_teach_every_leaf_and_attacks_their_own() -> None:
    output = grown().eval()(faces(12))
    maps, classes = (output.parts[name].detach().requires_grad_() for name in ("maps", "classes"))
    leaf = torch.arange(12) % LEAVES  # every leaf is visited, if attacks go around it
    routes = torch.full((12, NODES), -1.0).double()
    for face in range(12):
        for level in range(3):
            node = 2**level - 1 + (int(leaf[face]) >> (3 - level))
            routes[face, node] = -1.0 if int(leaf[face]) >> (2 - level) & 1 else 1.0
    labels = (torch.arange(12) >= 4).long()  # the attacks: leaves 4 to 7, then 0 to 3
    parts = {**output.parts, "maps": maps, "classes": classes, "routes": routes}
    grown().loss(
        DetectorOutput(output.map, None, output.features, parts), noise(12, 1, 4, 4), labels
    ).backward()
    assert maps.grad is not None
    assert classes.grad is not None
    for slopes in (maps.grad.flatten(2).abs().sum(2), classes.grad.abs()):
        assert (slopes[:4] > 0).all(), "a live face misses a leaf"
        assert torch.equal(slopes[4:] > 0, nn.functional.one_hot(leaf[4:], LEAVES).bool())


def test_centres_move_towards_the_mean_of_visiting_attacks() -> None:
    net = grown()
    before, output = net.mu.clone(), net(faces(12, seed=5))
    net.after_step(output, LABELS)
    past = [leaf_of(values)[0] for values in output.parts["routes"].tolist()]
    for node in range(NODES):
        rows = [n for n in range(12) if LABELS[n] and node in past[n]]
        if not rows:
            assert torch.equal(net.mu[node], before[node])
        elif before[node].any():
            mean = output.parts["nodes"][rows, node].mean(0)
            torch.testing.assert_close(net.mu[node], 0.999 * before[node] + 0.001 * mean)
    assert not net.mu.requires_grad
    assert not torch.equal(net.mu[0], before[0])


def test_centres_begin_at_the_first_visitors_and_wait_for_them() -> None:
    torch.manual_seed(0)
    net = Dtn(FILTERS).double()
    output = net(faces(12))
    net.after_step(output, torch.zeros_like(LABELS))
    assert not net.mu.any(), "live faces moved a centre"
    net.after_step(output, LABELS)
    torch.testing.assert_close(net.mu[0], output.parts["nodes"][LABELS == 1, 0].mean(0))


def test_a_forward_pass_leaves_no_trace() -> None:
    net = grown()
    before = copy.deepcopy(net.state_dict())
    net(faces(3))
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert before["mu"].shape == (NODES, 64 * FILTERS)


def test_evaluation_does_not_depend_on_the_neighbours() -> None:
    net = grown()
    estimate_statistics(net, [faces(12)])
    net.eval()
    with torch.no_grad():
        together, alone = net(faces(12)), net(faces(12)[4:5])
        turned = net(faces(12).flip(0))
    torch.testing.assert_close(together.map[4:5], alone.map)
    torch.testing.assert_close(together.logit[4:5], alone.logit)
    torch.testing.assert_close(together.map.flip(0), turned.map)
    torch.testing.assert_close(together.logit.flip(0), turned.logit)


def test_dropout_is_for_training_only() -> None:
    net = grown()
    assert not torch.equal(net(faces(6)).parts["classes"], net(faces(6)).parts["classes"])
    assert torch.equal(net(faces(6)).map, net(faces(6)).map)
    net.eval()
    assert torch.equal(net(faces(6)).parts["classes"], net(faces(6)).parts["classes"])


@pytest.mark.parametrize("hsv", [False, True])
@pytest.mark.parametrize(
    ("height", "width"), [(8, 8), (32, 32), (40, 24), (64, 64), (128, 128), (256, 256), (320, 32)]
)
def test_shapes(height: int, width: int, hsv: bool) -> None:
    with torch.no_grad():
        output = Dtn(2, hsv).eval()(torch.rand(2, 3, height, width))
    assert output.map.shape == (2, 1, height // 8, width // 8)
    assert output.features.shape == (2, 4 * 2, height // 8, width // 8)
    assert output.logit is not None
    assert output.logit.shape == (2,)
    assert {name: part.shape[1:] for name, part in output.parts.items()} == {
        "maps": (LEAVES, height // 8, width // 8),
        "classes": (LEAVES,),
        "nodes": (NODES, 128),
        "routes": (NODES,),
    }
    assert output.map.min() > 0
    assert output.map.max() < 1


def test_256_pixels_need_no_resizing() -> None:
    net, seen = Dtn(2).eval(), []
    for unit in (*(tru.shrink for tru in net.trus), *(leaf.shrink for leaf in net.leaves)):
        unit.register_forward_hook(lambda _, __, output: seen.append(tuple(output.shape[2:])))
    with torch.no_grad():
        net(torch.rand(1, 3, 256, 256))
    assert seen == [(16, 16)] * NODES + [(4, 4)] * LEAVES


@pytest.mark.parametrize(
    ("hsv", "parameters", "giga"), [(False, 2_293_792, 4.7993344), (True, 2_296_192, 4.9566208)]
)
def test_size(hsv: bool, parameters: int, giga: float) -> None:
    net = Dtn(hsv=hsv)
    assert count_parameters(net) == parameters
    assert count_macs(net, 256) / 1e9 == pytest.approx(giga, rel=1e-9)


def test_parameters_by_hand() -> None:
    f = 32
    residual_unit = 4 * (9 * f * f + 2 * f)
    routing = (3 + 2 * 2 + 4) * (9 * f * f + 2 * f) + NODES * 64 * f
    head = 2 * (9 * f * f + 2 * f) + (9 * f * 2 * f + 4 * f) + (16 * 2 * f * 4 * f + 8 * f)
    leaf = residual_unit + 9 * f + head + (4 * f * 256 + 512) + 256
    assert count_parameters(Dtn(f)) == 75 * f + NODES * residual_unit + routing + LEAVES * leaf


def test_weights_start_small_and_nothing_has_a_bias() -> None:
    torch.manual_seed(0)
    net = Dtn(16)
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            assert layer.bias is None
            assert layer.weight.std().item() == pytest.approx(0.02, rel=0.2)
        if isinstance(layer, BatchNorm2d):
            assert layer.epsilon == 1e-3
    assert net.v.std().item() == pytest.approx(0.02, rel=0.05)
    assert not net.mu.any()


def test_images_keep_their_range() -> None:
    images = faces(2)
    assert torch.equal(Dtn(2).normalise(images), images)
    assert torch.equal(Dtn(2, hsv=True).normalise(images), with_hsv(images))


def test_directions_go_through_gradients() -> None:
    """Forward mode over the backward pass, as the hypergradient needs it, against a difference."""
    net, images, target = grown(), faces(12), noise(12, 1, 4, 4)
    for dropout in (layer for layer in net.modules() if isinstance(layer, nn.Dropout)):
        dropout.p = 0.0
    params = parameters_of(net)
    towards = {name: noise(*value.shape, seed=n) for n, (name, value) in enumerate(params.items())}

    def slope(theta: dict[str, Tensor]) -> Tensor:
        def loss(at: dict[str, Tensor]) -> Tensor:
            return net.loss(functional_call(net, at, (images,)), target, LABELS)

        return grad(loss)(theta)["stem.0.weight"]

    exact = jvp(slope, (params,), (towards,))[1]
    near = [{name: params[name] + s * towards[name] for name in params} for s in (1e-12, -1e-12)]
    # The step is tiny so that no activation passes its kink, and no face turns at a node, on the way.
    gap = (slope(near[0]) - slope(near[1])) / 2e-12 - exact
    assert gap.norm() < 1e-2 * exact.norm()


class Plain(nn.Module):
    """A detector as exporters want it: tensors in, tensors out."""

    def __init__(self, net: Dtn) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        output = self.net(images)
        return output.map, output.logit


def test_a_recorded_network_takes_any_number_of_faces() -> None:
    """Exporters record the operations for one batch: nothing may depend on the faces or their number."""
    net = grown().eval()
    with torch.no_grad():
        batch = torch.export.Dim("batch", min=1, max=64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.export(Plain(net), (faces(3),), dynamic_shapes=({0: batch},))
        for count in (1, 2, 12):
            torch.testing.assert_close(program.module()(faces(count)), Plain(net)(faces(count)))
