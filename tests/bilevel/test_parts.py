"""A batch worked on in parts gives the gradient of the whole batch."""

from dataclasses import replace

import pytest
import torch

from mtfas.bilevel.hypergradient import Manner, hypergradient_in_parts
from mtfas.bilevel.influence import HYPERGRADIENTS

from .halves import part_of, solve_in_parts
from .problem import Problem, make_problem, relative_error

WHOLE = ([torch.arange(8)], [torch.arange(6)])
CUTS = {
    "halves": ([torch.arange(4), torch.arange(4, 8)], [torch.arange(3), torch.arange(3, 6)]),
    "uneven": (
        [torch.tensor([7, 0, 3]), torch.tensor([1]), torch.tensor([2, 4, 5, 6])],
        [torch.arange(5), torch.tensor([5])],
    ),
    "inner only": ([torch.arange(2), torch.arange(2, 8)], [torch.arange(6)]),
}


def with_fixed_statistics(loss: str = "mse", alpha: float = 0.05, steps: int = 2) -> Problem:
    problem = make_problem(loss=loss, alpha=alpha, steps=steps)
    rng = torch.Generator().manual_seed(9)
    for net in (problem.student, problem.teacher):
        for name, buffer in net.named_buffers():
            spread = torch.rand(buffer.shape, generator=rng, dtype=buffer.dtype)
            buffer.copy_(0.5 + spread if name.endswith("var") else 0.2 * spread)
        net.eval()
    return problem


@pytest.mark.parametrize("way", HYPERGRADIENTS)
@pytest.mark.parametrize("loss", ["mse", "norm"])
@pytest.mark.parametrize("cut", CUTS)
def test_parts_equal_the_whole_under_fixed_statistics(way: str, loss: str, cut: str) -> None:
    problem = with_fixed_statistics(loss)
    whole, parts = solve_in_parts(problem, way, *WHOLE), solve_in_parts(problem, way, *CUTS[cut])
    assert relative_error(parts.gradient, whole.gradient) < 1e-9
    assert relative_error(parts.adapted, whole.adapted) < 1e-12
    torch.testing.assert_close(parts.outer_loss, whole.outer_loss)
    torch.testing.assert_close(parts.lower_losses, whole.lower_losses)
    order = torch.cat(CUTS[cut][0])
    torch.testing.assert_close(parts.labels, whole.labels[order])
    torch.testing.assert_close(parts.influence, whole.influence[order], rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("way", HYPERGRADIENTS)
def test_truncation_and_more_steps_in_parts(way: str) -> None:
    for truncated in (True, False):
        problem = with_fixed_statistics(steps=3)
        whole = solve_in_parts(problem, way, *WHOLE, truncated=truncated)
        parts = solve_in_parts(problem, way, *CUTS["uneven"], truncated=truncated)
        assert relative_error(parts.gradient, whole.gradient) < 1e-9


def test_the_ways_agree_in_parts_under_batch_statistics() -> None:
    """Statistics of a part are another function than those of the batch, but the same one in every way."""
    problem = make_problem(alpha=1e-3)
    found = {way: solve_in_parts(problem, way, *CUTS["halves"]).gradient for way in HYPERGRADIENTS}
    assert relative_error(found["exact"], found["unrolled"]) < 1e-9
    assert (
        relative_error(found["finite-difference"], found["unrolled"]) < 0.1
    )  # fresh weights: see decision 8
    assert relative_error(found["exact"], solve_in_parts(problem, "exact", *WHOLE).gradient) > 1e-6


@pytest.mark.parametrize("way", ["exact", "finite-difference"])
def test_full_precision_is_used_where_it_is_given(way: str) -> None:
    """A student that rounds its maps hides every perturbation; the precise one beside it does not."""
    problem = make_problem(torch.float32)
    plain = part_of(problem, torch.arange(8))
    coarse = replace(plain, student=lambda theta: _Rounded.apply(plain.student(theta)))
    manner = Manner(way, problem.alpha, problem.steps)
    wanted = hypergradient_in_parts(manner, [plain], problem.theta, problem.omega, [problem.outer]).gradient
    precise = replace(coarse, precise=plain.student)
    found = hypergradient_in_parts(manner, [precise], problem.theta, problem.omega, [problem.outer]).gradient
    assert relative_error(found, wanted) < 0.05
    if way == "finite-difference":
        lost = hypergradient_in_parts(manner, [coarse], problem.theta, problem.omega, [problem.outer])
        assert relative_error(lost.gradient, wanted) > 0.2


class _Rounded(torch.autograd.Function):
    """Numbers of 8 bits, as bfloat16 has; differentiated as if they were not rounded."""

    @staticmethod
    def forward(ctx, maps):  # type: ignore[no-untyped-def]
        return maps.bfloat16().float()

    @staticmethod
    def backward(ctx, slope):  # type: ignore[no-untyped-def]
        return slope
