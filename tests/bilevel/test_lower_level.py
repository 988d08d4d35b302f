"""The lower level against loops and closed forms."""

import math

import pytest
import torch

from mtfas.bilevel.lower_level import (
    MAP_LOSSES,
    LowerLevel,
    Share,
    descend,
    gradient,
    leaves,
    lower_loss,
)
from mtfas.errors import BadSetting


def maps(seed: int) -> torch.Tensor:
    return torch.randn(3, 1, 4, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_mean_squared_error_by_loops() -> None:
    f, p = maps(0), maps(1)
    total = sum((float(a) - float(b)) ** 2 for a, b in zip(f.flatten(), p.flatten(), strict=True))
    assert float(lower_loss(f, p)) == pytest.approx(total / 60, rel=1e-12)


def test_norm_of_equation_1_by_loops() -> None:
    f, p = maps(0), maps(1)
    total = 0.0
    for face in range(3):
        pairs = zip(f[face].flatten(), p[face].flatten(), strict=True)
        total += math.sqrt(sum((float(a) - float(b)) ** 2 for a, b in pairs))
    assert float(lower_loss(f, p, "norm")) == pytest.approx(total / 3, rel=1e-12)


def test_norm_of_a_fitted_face_has_no_slope_and_no_nan() -> None:
    f, p = maps(0), maps(1)
    p[1] = f[1]
    f.requires_grad_()
    (slope,) = torch.autograd.grad(lower_loss(f, p, "norm"), f, create_graph=True)
    (bend,) = torch.autograd.grad(slope.square().sum(), f)
    assert not slope[1].any()
    assert torch.isfinite(slope).all()
    assert torch.isfinite(bend).all()
    others = (f[0] - p[0]) / (f[0] - p[0]).norm() / 3
    torch.testing.assert_close(slope[0], others)


def test_unknown_loss() -> None:
    with pytest.raises(BadSetting, match="did you mean 'mse'"):
        lower_loss(maps(0), maps(1), "mes")
    assert set(MAP_LOSSES) == {"mse", "norm"}


def test_descent_on_a_quadratic_is_the_closed_form() -> None:
    """f_θ = θ, ℓ = mean (θ − p)²: θ_S − p = (1 − 2α/n)^S (θ_0 − p)."""
    start, wanted = maps(0), maps(1)
    share = Share(lambda theta: theta["w"], wanted)
    found = descend(LowerLevel((share,), {"w": start}, alpha=0.7, steps=5))
    shrunk = (1 - 2 * 0.7 / 60) ** 5
    torch.testing.assert_close(found.adapted["w"] - wanted, shrunk * (start - wanted))
    losses = [float(step.loss) for step in found.steps]
    assert len(losses) == 5
    assert losses == sorted(losses, reverse=True)
    assert losses[0] == pytest.approx(float((start - wanted).square().mean()))


def test_descent_changes_nothing_in_place_and_keeps_no_graph() -> None:
    start = {"w": maps(0).requires_grad_(), "unused": torch.ones(2, dtype=torch.float64)}
    before = {name: value.detach().clone() for name, value in start.items()}
    share = Share(lambda theta: theta["w"].relu(), maps(1).requires_grad_())
    found = descend(LowerLevel((share,), start, alpha=0.1, steps=2))
    assert all(torch.equal(start[name], before[name]) for name in start)
    assert torch.equal(found.adapted["unused"], before["unused"])
    last = found.steps[-1]
    tensors = [*found.adapted.values(), *last.theta.values(), *last.gradient.values(), *last.maps, last.loss]
    assert not any(tensor.requires_grad for tensor in tensors)


def test_gradient_of_a_constant_is_zero() -> None:
    params = leaves({"w": torch.ones(3)})
    assert not gradient(torch.tensor(2.0), params)["w"].any()
