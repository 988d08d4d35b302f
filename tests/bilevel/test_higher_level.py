"""Equations 11 and 12 in closed form, and the choice of the way."""

import pytest
import torch

from mtfas.bilevel.higher_level import LARGEST_ALPHA, encourage, follow, recommend_way
from mtfas.bilevel.influence import HYPERGRADIENTS
from mtfas.bilevel.lower_level import MAP_LOSSES


def test_encouragement_is_minus_mu_times_the_mean_level_of_all_faces() -> None:
    logits = torch.tensor([[0.0, 100.0], [-100.0, 0.0]], dtype=torch.float64)[:, None, :, None]
    assert float(encourage(logits, mu=0.2)) == pytest.approx(-0.2 * 0.5)


def test_encouragement_pushes_every_logit_up() -> None:
    logits = torch.linspace(-3, 3, 12, dtype=torch.float64).reshape(3, 1, 2, 2).requires_grad_()
    (slope,) = torch.autograd.grad(encourage(logits, mu=0.5), logits)
    level = logits.detach().sigmoid()
    torch.testing.assert_close(slope, -0.5 * level * (1 - level) / 12)  # descending raises g


def test_the_yardstick_follows_with_momentum() -> None:
    old, new = {"w": torch.tensor([1.0, 2.0])}, {"w": torch.tensor([3.0, 0.0], requires_grad=True)}
    torch.testing.assert_close(follow(old, new, 0.75)["w"], torch.tensor([1.5, 1.5]))
    assert torch.equal(follow(old, new, 1.0)["w"], old["w"])
    assert torch.equal(follow(old, new, 0.0)["w"], new["w"])
    assert not follow(old, new, 0.5)["w"].requires_grad
    assert old["w"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("loss", MAP_LOSSES)
@pytest.mark.parametrize("alpha", [1e-4, LARGEST_ALPHA, 2e-3, 0.1])
def test_finite_differences_only_where_they_agree(loss: str, alpha: float) -> None:
    recommended = recommend_way(loss, alpha)
    wanted = "finite-difference" if loss == "mse" and alpha <= 1e-3 else "exact"
    assert recommended.way == wanted
    assert recommended.way in HYPERGRADIENTS
    assert recommended.reason.endswith(".")


@pytest.mark.parametrize(("steps", "pretrained"), [(3, True), (2, False), (50, True)])
def test_finite_differences_only_where_they_were_measured(steps: int, pretrained: bool) -> None:
    assert recommend_way("mse", 1e-3).way == "finite-difference"
    assert recommend_way("mse", 1e-3, steps, pretrained).way == "exact"
