"""The three ways against plain autograd, closed forms and finite differences of the whole objective."""

import pytest
import torch
from torch import Tensor

from mtfas.bilevel.higher_level import encourage
from mtfas.bilevel.hypergradient import hypergradient
from mtfas.bilevel.influence import HYPERGRADIENTS
from mtfas.bilevel.lower_level import Params, lower_loss
from mtfas.errors import BadSetting
from mtfas.models.detector import parameters_of

from .problem import Problem, cosine, flat, make_problem, relative_error

LOSSES = ("mse", "norm")


def autograd(problem: Problem, omega: Params | None = None) -> Params:
    """∇_ω of the objective by one backward pass through one graph."""
    omega = {name: value.requires_grad_() for name, value in (omega or problem.omega).items()}
    slopes = torch.autograd.grad(problem.objective(omega), list(omega.values()))
    return dict(zip(omega, slopes, strict=True))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("alpha", [1e-3, 0.05])
def test_unrolled_and_exact_equal_plain_autograd(loss: str, steps: int, alpha: float) -> None:
    problem = make_problem(loss=loss, steps=steps, alpha=alpha)
    wanted = autograd(problem)
    for way in ("unrolled", "exact"):
        found = problem.solve(way)
        assert relative_error(found.gradient, wanted) < 1e-9, way
        assert float(found.outer_loss) == pytest.approx(problem.objective(problem.omega).item(), rel=1e-12)
    assert flat(wanted).norm() > 0


@pytest.mark.parametrize("way", ["unrolled", "exact"])
@pytest.mark.parametrize("loss", LOSSES)
def test_finite_differences_of_the_whole_objective(way: str, loss: str) -> None:
    problem = make_problem(loss=loss, alpha=0.05)
    found = problem.solve(way).gradient
    rng = torch.Generator().manual_seed(5)
    for _ in range(3):
        direction = {
            name: torch.randn(value.shape, generator=rng, dtype=value.dtype) for name, value in found.items()
        }
        values = []
        for sign in (1, -1):
            # So short that no ReLU and no maximum changes sides: across such a kink the slope is another one.
            omega = {name: value + sign * 1e-8 * direction[name] for name, value in problem.omega.items()}
            values.append(problem.objective(omega).item())
        slope = (values[0] - values[1]) / 2e-8
        assert slope == pytest.approx(float(flat(found) @ flat(direction)), rel=1e-4)


@pytest.mark.parametrize("loss", LOSSES)
def test_truncation_means_the_same_in_every_way(loss: str) -> None:
    problem = make_problem(loss=loss, alpha=0.05, steps=3)
    wanted = problem.solve("unrolled", truncated=True).gradient
    assert relative_error(problem.solve("exact", truncated=True).gradient, wanted) < 1e-9
    assert relative_error(problem.solve("finite-difference", truncated=True).gradient, wanted) < 1e-2
    assert relative_error(problem.solve("exact").gradient, wanted) > 1e-3, "the Hessian plays no part here"


def linear_case() -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    rng = torch.Generator().manual_seed(0)
    sizes = ((6, 4), (6, 3), (5, 4), (5,), (4,), (3,))
    a, b, c, d, theta, omega = (torch.randn(size, generator=rng, dtype=torch.float64) for size in sizes)
    return a, b, c, d, theta, omega


@pytest.mark.parametrize("way", HYPERGRADIENTS)
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_linear_student_and_teacher_by_hand(way: str, steps: int) -> None:
    """f = Aθ, P = Bω, ℓ = |f − P|²/6, L_v = |Cθ − d|²/5.

    With K = 1 − (α/3) AᵀA and R = Σ_s K^s (α/3) AᵀB: θ_S = K^S θ + R ω, so ∇_ω L_v = Rᵀ (2/5) Cᵀ(Cθ_S − d).
    """
    a, b, c, d, theta, omega = linear_case()
    alpha = 0.3
    shrink = torch.eye(4, dtype=torch.float64) - alpha / 3 * a.T @ a
    powers = [torch.linalg.matrix_power(shrink, s) for s in range(steps)]
    reach = sum(powers) @ (alpha / 3 * a.T @ b)
    adapted = torch.linalg.matrix_power(shrink, steps) @ theta + reach @ omega
    wanted = reach.T @ (2 / 5 * c.T @ (c @ adapted - d))
    found = hypergradient(
        way,
        lambda t: (a @ t["w"])[:, None],
        {"w": theta},
        lambda o: (b @ o["w"])[:, None],
        {"w": omega},
        lambda t: (c @ t["w"] - d).square().mean(),
        alpha=alpha,
        steps=steps,
    )
    torch.testing.assert_close(found.adapted["w"], adapted)
    torch.testing.assert_close(found.gradient["w"], wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("way", HYPERGRADIENTS)
def test_zero_where_the_supervision_does_not_depend_on_the_teacher(way: str) -> None:
    problem = make_problem(steps=1)
    labels = torch.zeros(8, 1, 2, 2, dtype=torch.float64)
    found = hypergradient(
        way, problem.maps, problem.theta, lambda _: labels, problem.omega, problem.outer, alpha=0.1, steps=2
    )
    assert set(found.gradient) == set(problem.omega)
    assert not flat(found.gradient).any()
    assert found.influence.abs().max() > 0, "the labels themselves do matter"


@pytest.mark.parametrize("way", HYPERGRADIENTS)
def test_zero_where_the_student_is_not_measured(way: str) -> None:
    problem = make_problem()
    found = hypergradient(
        way,
        problem.maps,
        problem.theta,
        problem.teaching,
        problem.omega,
        lambda theta: 0.0 * sum(value.sum() for value in theta.values()),
        alpha=0.1,
        steps=2,
    )
    assert not flat(found.gradient).any()


@pytest.mark.parametrize("way", HYPERGRADIENTS)
def test_shrinks_linearly_with_the_inner_rate(way: str) -> None:
    problem = make_problem()
    small, smaller = (problem.solve(way, alpha=alpha).gradient for alpha in (1e-6, 5e-7))
    assert relative_error({name: 2 * value for name, value in smaller.items()}, small) < 1e-2
    assert relative_error(smaller, small) == pytest.approx(0.5, abs=1e-2)


@pytest.mark.parametrize("way", HYPERGRADIENTS)
def test_descending_along_it_lowers_the_objective(way: str) -> None:
    problem = make_problem(alpha=0.01)
    gradient = problem.solve(way).gradient
    length = 1e-3 / float(flat(gradient).norm())
    moved = {name: value - length * gradient[name] for name, value in problem.omega.items()}
    assert problem.objective(moved) < problem.objective(problem.omega)


@pytest.mark.parametrize("way", HYPERGRADIENTS)
def test_nothing_is_changed_and_no_graph_survives(way: str) -> None:
    problem = make_problem()
    theta, omega = problem.theta, problem.omega
    before = {
        **{f"θ {k}": v.clone() for k, v in theta.items()},
        **{f"ω {k}": v.clone() for k, v in omega.items()},
    }
    buffers = [value.clone() for net in (problem.student, problem.teacher) for value in net.buffers()]
    found = hypergradient(
        way, problem.maps, theta, problem.teaching, omega, problem.outer, alpha=0.1, steps=2
    )
    after = {**{f"θ {k}": v for k, v in theta.items()}, **{f"ω {k}": v for k, v in omega.items()}}
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert not any(value.requires_grad for value in after.values())
    now = [value for net in (problem.student, problem.teacher) for value in net.buffers()]
    assert all(torch.equal(old, new) for old, new in zip(buffers, now, strict=True))
    assert all(value.grad is None for net in (problem.student, problem.teacher) for value in net.parameters())
    results = [*found.gradient.values(), *found.adapted.values()]
    results += [found.outer_loss, found.lower_losses, found.labels, found.influence]
    assert not any(value.requires_grad or value.grad_fn for value in results)
    assert found.lower_losses.shape == (2,)


@pytest.mark.parametrize("way", HYPERGRADIENTS)
def test_the_adapted_student_is_the_same_in_every_way(way: str) -> None:
    problem = make_problem()
    theta, maps = problem.theta, problem.teaching(problem.omega).detach()
    for _ in range(problem.steps):
        theta = {name: value.detach().requires_grad_() for name, value in theta.items()}
        slopes = torch.autograd.grad(lower_loss(problem.maps(theta), maps), list(theta.values()))
        theta = {n: v - problem.alpha * s for (n, v), s in zip(theta.items(), slopes, strict=True)}
    assert relative_error(problem.solve(way).adapted, theta) < 1e-12


@pytest.mark.parametrize("way", HYPERGRADIENTS)
def test_equation_12_with_one_pass_of_the_teacher(way: str) -> None:
    """Logits in, labels and level term made from them: the sum of the two gradients, and one forward pass."""
    problem = make_problem()
    mu, passes = 0.5, 0
    attacks = (problem.labels == 1)[:, None, None, None]

    def logits(omega: Params) -> Tensor:
        nonlocal passes
        passes += 1
        return problem.logits(omega)

    found = hypergradient(
        way,
        problem.maps,
        problem.theta,
        logits,
        problem.omega,
        problem.outer,
        alpha=problem.alpha,
        steps=2,
        to_labels=lambda g: torch.where(attacks, 2 * g.sigmoid(), 0.0),
        penalty=lambda g: encourage(g, mu),
    )
    assert passes == 1
    omega = {name: value.requires_grad_() for name, value in problem.omega.items()}
    level = -mu * torch.stack([face.sigmoid().mean() for face in problem.logits(omega)]).mean()
    pushes = dict(zip(omega, torch.autograd.grad(level, list(omega.values())), strict=True))
    plain = problem.solve(way).gradient
    wanted = {name: plain[name] + pushes[name] for name in plain}
    assert relative_error(found.gradient, wanted) < 1e-9
    assert relative_error(found.gradient, plain) > 1e-2


def test_influence_is_the_derivative_by_each_label_pixel() -> None:
    problem = make_problem(alpha=0.05)
    found = problem.solve("exact")
    for face, row, column in ((1, 0, 1), (3, 1, 1), (0, 0, 0)):
        values = []
        for sign in (1, -1):
            labels = found.labels.clone()
            labels[face, 0, row, column] += sign * 1e-5
            again = hypergradient(
                "unrolled",
                problem.maps,
                problem.theta,
                lambda _, labels=labels: labels,
                problem.omega,
                problem.outer,
                alpha=0.05,
                steps=2,
            )
            values.append(float(again.outer_loss))
        slope = (values[0] - values[1]) / 2e-5
        assert slope == pytest.approx(float(found.influence[face, 0, row, column]), rel=1e-3, abs=1e-9)


def test_bad_requests() -> None:
    problem = make_problem()
    with pytest.raises(BadSetting, match="did you mean 'unrolled'"):
        problem.solve("unroled")
    with pytest.raises(BadSetting, match="unknown map loss"):
        problem.solve("exact", loss="l1")
    with pytest.raises(ValueError, match="at least one step"):
        problem.solve("exact", steps=0)


def test_parameters_of_a_network_are_copies() -> None:
    problem = make_problem()
    parameters_of(problem.student)["stem.0.weight"].zero_()
    assert problem.student.get_parameter("stem.0.weight").any()
    assert cosine(problem.theta, problem.theta) == pytest.approx(1.0)
