"""The small problem of problem.py cut into parts, for one process or several."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mtfas.bilevel.higher_level import encourage
from mtfas.bilevel.hypergradient import Hypergradient, Manner, Part, hypergradient_in_parts
from mtfas.bilevel.influence import Outer
from mtfas.bilevel.lower_level import Company, lower_loss
from mtfas.models.detector import map_function

from .problem import Problem

MU = 0.5


def part_of(problem: Problem, rows: Tensor) -> Part:
    attacks = (problem.labels[rows] == 1)[:, None, None, None]
    return Part(
        map_function(problem.student, problem.images[rows]),
        map_function(problem.teacher, problem.images[rows]),
        lambda logits: torch.where(attacks, 2 * logits.sigmoid(), 0.0),
    )


def outer_of(problem: Problem, rows: Tensor, of: int) -> Outer:
    maps = map_function(problem.student, problem.outer_images[rows])
    wanted = problem.outer_maps[rows]
    return lambda theta: len(rows) / of * lower_loss(maps(theta), wanted, problem.loss)


def solve_in_parts(
    problem: Problem,
    way: str,
    inner: Sequence[Tensor],
    outer: Sequence[Tensor],
    company: Company | None = None,
    truncated: bool = False,
    recompute: bool = False,
) -> Hypergradient:
    """The gradient of Eq. 12 with the training faces in these parts, and the validation faces in those."""
    manner = Manner(
        way,
        problem.alpha,
        problem.steps,
        problem.loss,
        truncated,
        penalty=lambda logits: encourage(logits, MU),
        company=company or Company(),
        recompute=recompute,
    )
    of = sum(len(rows) for rows in outer)
    return hypergradient_in_parts(
        manner,
        [part_of(problem, rows) for rows in inner],
        problem.theta,
        problem.omega,
        [outer_of(problem, rows, of) for rows in outer],
    )
