"""What is in memory when: a teacher run twice instead of kept, tangents that forget how they came about."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.func import functional_call

from mtfas.bilevel.hypergradient import Hypergradient, Manner, hypergradient_in_parts
from mtfas.bilevel.influence import HYPERGRADIENTS
from mtfas.bilevel.lower_level import LowerLevel, Params, Share, descend, gradient, leaves, lower_loss
from mtfas.bilevel.products import forward_mode

from .halves import outer_of, part_of, solve_in_parts
from .problem import flat, make_problem, relative_error
from .test_parts import CUTS, WHOLE, with_fixed_statistics

STATISTICS = {"of the batch": make_problem, "fixed": with_fixed_statistics}


def same(found: Hypergradient, wanted: Hypergradient) -> bool:
    fields = ("outer_loss", "lower_losses", "labels", "influence")
    return (
        torch.equal(flat(found.gradient), flat(wanted.gradient))
        and torch.equal(flat(found.adapted), flat(wanted.adapted))
        and all(torch.equal(getattr(found, name), getattr(wanted, name)) for name in fields)
    )


@pytest.mark.parametrize("way", HYPERGRADIENTS)
@pytest.mark.parametrize("loss", ["mse", "norm"])
@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("statistics", STATISTICS)
def test_a_recomputed_teacher_is_moved_by_the_same_bits(
    way: str, loss: str, steps: int, statistics: str
) -> None:
    problem = STATISTICS[statistics](loss=loss, alpha=0.05, steps=steps)
    buffers = [value.clone() for net in (problem.student, problem.teacher) for value in net.buffers()]
    kept, again = (solve_in_parts(problem, way, *WHOLE, recompute=flag) for flag in (False, True))
    assert same(again, kept)
    assert flat(kept.gradient).norm() > 0
    now = [value for net in (problem.student, problem.teacher) for value in net.buffers()]
    assert all(torch.equal(old, new) for old, new in zip(buffers, now, strict=True))
    assert not any(value.requires_grad or value.grad_fn for value in (*again.gradient.values(), again.labels))


@pytest.mark.parametrize("way", HYPERGRADIENTS)
@pytest.mark.parametrize("cut", CUTS)
def test_in_parts(way: str, cut: str) -> None:
    """Of parts the teacher is recomputed in any case; the sum is that of the whole batch."""
    problem = with_fixed_statistics()
    kept, again = (solve_in_parts(problem, way, *CUTS[cut], recompute=flag) for flag in (False, True))
    assert same(again, kept)
    whole = solve_in_parts(problem, way, *WHOLE, recompute=True)
    assert relative_error(again.gradient, whole.gradient) < 1e-9


@pytest.mark.parametrize("way", HYPERGRADIENTS)
@pytest.mark.parametrize(("recompute", "graphs"), [(False, [True]), (True, [False, True])])
def test_no_graph_of_the_teacher_waits(way: str, recompute: bool, graphs: list[bool]) -> None:
    """Whether a graph was recorded, pass by pass of the teacher; and it comes after the student's passes."""
    problem, passes = make_problem(), []
    plain = part_of(problem, torch.arange(8))

    def student(theta: Params) -> Tensor:
        passes.append("student")
        return plain.student(theta)

    def teacher(omega: Params) -> Tensor:
        passes.append(torch.is_grad_enabled())
        return plain.teacher(omega)

    part = replace(plain, student=student, teacher=teacher)
    manner = Manner(way, problem.alpha, problem.steps, recompute=recompute)
    outers = [outer_of(problem, torch.arange(6), 6)]
    hypergradient_in_parts(manner, [part], problem.theta, problem.omega, outers)
    assert [one for one in passes if one != "student"] == graphs
    assert passes[-1] == (True if recompute else "student")


class Watched(nn.Module):
    """Two layers; keeps whether the tangent between them has a history."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 5).double(), nn.Linear(5, 3).double()
        self.histories: list[bool] = []

    def forward(self, features: Tensor) -> Tensor:
        hidden = self.first(features)
        tangent = forward_ad.unpack_dual(hidden).tangent
        if tangent is not None:
            self.histories.append(tangent.grad_fn is not None)
        return self.second(hidden.tanh())[:, None]


def test_tangents_keep_no_history_and_hv_is_right() -> None:
    """A history would tie all layers together until the way back is over. H v against a difference."""
    torch.manual_seed(0)
    net, features = Watched(), torch.randn(6, 4).double()
    theta = {name: value.detach() for name, value in net.named_parameters()}
    v = {name: torch.randn_like(value) for name, value in theta.items()}
    labels = torch.randn(6, 1, 3).double()

    def slope(at: Params) -> Params:
        there = leaves(at)
        return gradient(lower_loss(functional_call(net, there, (features,)), labels), there)

    lower = LowerLevel((Share(lambda t: functional_call(net, t, (features,)), labels),), theta, 0.1, 1)
    found = forward_mode(lower, descend(lower).steps[0], v, hessian=True)
    assert net.histories == [False]
    ahead, behind = (slope({n: t + sign * 1e-5 * v[n] for n, t in theta.items()}) for sign in (1, -1))
    wanted = {name: (ahead[name] - behind[name]) / 2e-5 for name in theta}
    assert found.hv is not None
    assert relative_error(found.hv, wanted) < 1e-7
    net.first(features)  # no hook is left behind
    with forward_ad.dual_level():
        functional_call(
            net, {n: forward_ad.make_dual(t, v[n]) for n, t in leaves(theta).items()}, (features,)
        )
    assert net.histories == [False, True]
