"""How the validation loss depends on the teacher, through the student's descent (Eq. 8–10).

The teacher ω reaches the validation loss L_v only through its maps P on the training faces. So one of the
ways of influence.py first finds ∂L_v/∂P, and one ordinary backward pass takes it to ω.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mtfas.bilevel.influence import HYPERGRADIENTS, Influence, Outer
from mtfas.bilevel.lower_level import (
    Company,
    LowerLevel,
    Params,
    Share,
    Student,
    added,
    detached,
    gradient,
    leaves,
    map_loss,
)
from mtfas.bilevel.products import RELATIVE_STEP
from mtfas.errors import unknown_name

Teacher = Callable[[Params], Tensor]
"""ω → what the teacher says about some fixed faces: labels P_ω(x), or logits g_ω(x)."""


def as_said(said: Tensor) -> Tensor:
    """Return the labels of a teacher who gives labels already."""
    return said


@dataclass(frozen=True)
class Part:
    """What one part of this process's training faces is to the two levels.

    Attributes:
        student: θ → f_θ(x), the maps of these faces; free of side effects.
        teacher: ω → what the teacher says about them.
        to_labels: what the teacher says → labels P (Eq. 2), where it gives logits.
        precise: the student in full precision, where `student` computes in less.
    """

    student: Student
    teacher: Teacher
    to_labels: Callable[[Tensor], Tensor] = as_said
    precise: Student | None = None


@dataclass(frozen=True)
class Manner:
    """How the lower level descends and how it is differentiated.

    Attributes:
        way: one of `HYPERGRADIENTS`.
        alpha: inner learning rate, 1e-3 in the paper.
        steps: inner steps, ≥ 1; 2 in the paper.
        loss: the lower loss, one of `MAP_LOSSES`.
        truncated: drop the Hessian terms (v_s = v_{s+1}).
        relative_step: for `finite-difference`, the length of the perturbation as a part of ‖θ‖.
        penalty: of what the teacher says, added to L_v; `encourage` for Eq. 12.
        company: the processes that share the batch, each with equally many faces.
        recompute: run the teacher once more just before its way back, so that its graph is not in memory
            while the student's passes run; the same gradient for one more forward pass. Of a batch in
            several parts the teacher is recomputed in any case.
    """

    way: str
    alpha: float
    steps: int
    loss: str = "mse"
    truncated: bool = False
    relative_step: float = RELATIVE_STEP
    penalty: Callable[[Tensor], Tensor] | None = None
    company: Company = field(default_factory=Company)
    recompute: bool = False


@dataclass(frozen=True)
class Hypergradient:
    """The teacher's gradient ∇_ω L_v(θ*(ω)) and what was met on the way; nothing requires gradients.

    Attributes:
        gradient: by name, like ω; descend along it (Eq. 7).
        outer_loss: L_v(θ*), without the penalty.
        lower_losses: [S], L_t before each inner step.
        adapted: θ*, for Line 12 of Algorithm 1.
        labels: the teacher's maps P on this process's training faces, part after part.
        influence: ∂L_v/∂P, shaped like the labels; a negative value wants that pixel higher.
    """

    gradient: Params
    outer_loss: Tensor
    lower_losses: Tensor
    adapted: Params
    labels: Tensor
    influence: Tensor


def hypergradient(
    way: str,
    student: Student,
    theta: Params,
    teacher: Teacher,
    omega: Params,
    outer: Outer,
    *,
    alpha: float,
    steps: int,
    loss: str = "mse",
    truncated: bool = False,
    relative_step: float = RELATIVE_STEP,
    to_labels: Callable[[Tensor], Tensor] | None = None,
    penalty: Callable[[Tensor], Tensor] | None = None,
) -> Hypergradient:
    """Return ∇_ω [L_v(θ*(ω)) + penalty], θ* the student after some steps on the teacher's labels (Eq. 10).

    The whole batch at once, in one process; `hypergradient_in_parts` has the general case and says what the
    arguments are.

    Raises:
        BadSetting: the way or the loss is unknown.
        ValueError: there is no inner step.
    """
    manner = Manner(way, alpha, steps, loss, truncated, relative_step, penalty)
    part = Part(student, teacher, to_labels or as_said)
    return hypergradient_in_parts(manner, [part], theta, omega, [outer])


def hypergradient_in_parts(
    manner: Manner, parts: Sequence[Part], theta: Params, omega: Params, outers: Sequence[Outer]
) -> Hypergradient:
    """Return ∇_ω [L_v(θ*(ω)) + penalty] of a batch that is worked on in parts, maybe by several processes.

    Equal to the gradient of the whole batch up to rounding, wherever student and teacher treat each face by
    itself; batch normalisation by the statistics of a part is another function than by those of the batch.
    The teacher runs forward once and backward once, whatever the way and the number of steps; with several
    parts, or where `manner` says so, it runs forward a second time, so that one part's graph is in memory at
    a time, and none while the student descends.

    Args:
        manner: the way, and the numbers of the inner problem.
        parts: of this process's training faces.
        theta: the student's parameters; not changed.
        omega: the teacher's parameters; not changed.
        outers: θ* → shares of L_v on this process's validation faces, which add up to their mean loss.

    Raises:
        BadSetting: the way or the loss is unknown.
        ValueError: there is no inner step.
    """
    _check(manner)
    live = leaves(omega)
    keep = len(parts) == 1 and not manner.recompute
    with torch.set_grad_enabled(keep):
        said = [part.teacher(live) for part in parts]
        labels = [part.to_labels(words) for part, words in zip(parts, said, strict=True)]
    lower = _lower_level(manner, parts, theta, labels)
    found = HYPERGRADIENTS[manner.way](lower, outers, manner.truncated, manner.relative_step)
    slopes = []
    for k, part in enumerate(parts):
        words = said[k] if keep else part.teacher(live)
        slopes.append(gradient(_objective(manner, part, words, lower.shares[k], found.on_labels[k]), live))
    return _summary(lower, found, lower.company.total_of(added(slopes)))


def _check(manner: Manner) -> None:
    if manner.way not in HYPERGRADIENTS:
        raise unknown_name("hypergradient", manner.way, HYPERGRADIENTS)
    map_loss(manner.loss)
    if manner.steps < 1:
        raise ValueError(f"the lower level needs at least one step, but got {manner.steps}.")


def _lower_level(
    manner: Manner, parts: Sequence[Part], theta: Params, labels: Sequence[Tensor]
) -> LowerLevel:
    faces = manner.company.size * sum(len(label) for label in labels)
    shares = tuple(
        Share(part.student, label.detach(), len(label) / faces, part.precise)
        for part, label in zip(parts, labels, strict=True)
    )
    return LowerLevel(shares, detached(theta), manner.alpha, manner.steps, manner.loss, manner.company)


def _objective(manner: Manner, part: Part, words: Tensor, share: Share, influence: Tensor) -> Tensor:
    """Return a scalar whose gradient by ω is that of L_v and penalty: the influence is a constant here."""
    objective = (part.to_labels(words) * influence).sum()
    return objective if manner.penalty is None else objective + share.weight * manner.penalty(words)


def _summary(lower: LowerLevel, found: Influence, slope: Params) -> Hypergradient:
    return Hypergradient(
        slope,
        found.outer_loss,
        found.lower_losses,
        found.adapted,
        torch.cat([share.labels for share in lower.shares]),
        torch.cat(found.on_labels),
    )
