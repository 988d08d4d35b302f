"""RFMetaFAS's update against a hand-written network whose derivatives are written out."""

import itertools
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from mtfas.models.rf_meta_fas import RfMetaFas
from mtfas.training.learners.rf_meta import MAP_WEIGHT, Seen, meta_loss

RATE = 0.3


def decide(params: Mapping[str, Tensor], features: Tensor) -> Tensor:
    return (features @ params["weight"]).tanh() * 2 + params["bias"]


def toy() -> tuple[dict[str, Tensor], Tensor, list[tuple[Tensor, Tensor]]]:
    """A meta learner, an extractor (a matrix), and three domains of six faces of four numbers."""
    rng = torch.Generator().manual_seed(4)
    draw = lambda *shape: torch.randn(*shape, dtype=torch.float64, generator=rng)  # noqa: E731
    params = {"weight": draw(3).requires_grad_(), "bias": draw(1).requires_grad_()}
    labels = torch.tensor([0, 0, 0, 1, 1, 1])
    return params, draw(4, 3).requires_grad_(), [(draw(6, 4), labels) for _ in range(3)]


def seen(matrix: Tensor, domain: tuple[Tensor, Tensor]) -> Seen:
    features = (domain[0] @ matrix).relu()
    return Seen(features, features.square().mean(), domain[1])


def loss_of(params: Mapping[str, Tensor], matrix: Tensor, domains: list[tuple[Tensor, Tensor]]) -> Tensor:
    *train, test = [seen(matrix, domain) for domain in domains]
    return meta_loss(decide, params, train, test, RATE)


def by_hand(params: dict[str, Tensor], matrix: Tensor, domains: list[tuple[Tensor, Tensor]]) -> Tensor:
    """The same loss, its inner gradients derived on paper: no autograd of the inner step."""

    def bce(p: Mapping[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        probability = 1 / (1 + (-decide(p, x)).exp())
        return -(y * probability.log() + (1 - y) * (1 - probability).log()).mean()

    def slopes(x: Tensor, y: Tensor) -> dict[str, Tensor]:
        inner = (x @ params["weight"]).tanh()
        gap = (1 / (1 + (-(2 * inner + params["bias"])).exp()) - y) / len(y)
        return {"weight": x.T @ (gap * 2 * (1 - inner**2)), "bias": gap.sum()[None]}

    pictures = [((x @ matrix).relu(), y.double()) for x, y in domains]
    (*train, (unseen, truth)) = pictures
    total = MAP_WEIGHT * unseen.square().mean()
    for x, y in train:
        moved = {name: params[name] - RATE * slope for name, slope in slopes(x, y).items()}
        total = total + bce(params, x, y) + MAP_WEIGHT * x.square().mean() + bce(moved, unseen, truth)
    return total


def test_the_update_is_the_one_derived_by_hand() -> None:
    params, matrix, domains = toy()
    wanted, found = by_hand(params, matrix, domains), loss_of(params, matrix, domains)
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=0)
    leaves = [*params.values(), matrix]
    for ours, theirs in zip(
        torch.autograd.grad(found, leaves), torch.autograd.grad(wanted, leaves), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_the_gradient_looks_through_the_inner_step() -> None:
    """Central differences of the whole loss; a first-order gradient would miss them."""
    params, matrix, domains = toy()
    (slope,) = torch.autograd.grad(loss_of(params, matrix, domains), params["weight"])
    step = 1e-5
    for k in range(3):
        shift = torch.zeros(3, dtype=torch.float64)
        shift[k] = step
        ends = [
            loss_of({**params, "weight": (params["weight"] + sign * shift).detach().requires_grad_()},
                    matrix, domains)
            for sign in (1, -1)
        ]  # fmt: skip
        torch.testing.assert_close((ends[0] - ends[1]).detach() / (2 * step), slope[k], rtol=1e-6, atol=1e-8)


def test_domains_are_adapted_separately_and_summed() -> None:
    params, matrix, domains = toy()
    twice = loss_of(params, matrix, [domains[0], domains[0], domains[2]])
    once = loss_of(params, matrix, [domains[0], domains[2]])
    on_test = MAP_WEIGHT * seen(matrix, domains[2]).on_map
    torch.testing.assert_close(twice - on_test, 2 * (once - on_test))


def test_order_of_the_two_training_domains_is_nothing() -> None:
    params, matrix, domains = toy()
    values = {
        order: loss_of(params, matrix, [domains[k] for k in order]).item()
        for order in itertools.permutations(range(3))
    }
    assert abs(values[0, 1, 2] - values[1, 0, 2]) < 1e-12
    assert abs(values[0, 1, 2] - values[0, 2, 1]) > 1e-6


def test_the_real_network_as_a_function_of_the_meta_learner() -> None:
    net = RfMetaFas().train()
    images = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    output = net(images)
    params = dict(net.meta_learner.named_parameters())
    torch.testing.assert_close(net.decide(params, output.parts["last"]), output.logit)
    loss = functional.mse_loss(output.map, torch.zeros_like(output.map))
    slopes = torch.autograd.grad(loss, list(params.values()), allow_unused=True)
    assert all(slope is None for slope in slopes), "the map must not pass through the meta learner"
