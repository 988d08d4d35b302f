"""∂L_v/∂P: how every label pixel moves the validation loss, through the student's descent: three ways.

For S steps θ_{s+1} = θ_s − α ∇_θ ℓ(f(θ_s), P) the adjoint recursion is, with v_S = ∇L_v(θ_S),

    ∂L_v/∂P = −α Σ_s ∇_P ⟨∇_f ℓ(f_s, P), J_s v_{s+1}⟩,        v_s = v_{s+1} − α H_s v_{s+1},

J_s the Jacobian of the student's maps and H_s the Hessian of its loss at θ_s. J v and H v are directional
derivatives, so no graph of second order is needed (products.py); `unrolled` keeps one, as the reference.

In parts and in company: losses and gradients are sums over the parts of every process's faces, so ∂L_v/∂P of
a part needs its own maps and the common θ_s and v_s only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mtfas.bilevel.lower_level import (
    LowerLevel,
    Params,
    added,
    descend,
    detached,
    gradient,
    leaves,
    moved,
    step_at,
)
from mtfas.bilevel.products import Multiply, bend, forward_mode, perturbed

Outer = Callable[[Params], Tensor]
"""θ* → L_v, a scalar (Eq. 3), or a part's share of it."""


@dataclass(frozen=True)
class Influence:
    """∂L_v/∂P, and what was met on the way.

    Attributes:
        on_labels: for every part of this process's faces, shaped like its labels P; a negative value wants
            that pixel higher.
        outer_loss: L_v(θ*), a scalar, over all processes.
        lower_losses: [S], L_t before each step, likewise.
        adapted: θ*.
    """

    on_labels: tuple[Tensor, ...]
    outer_loss: Tensor
    lower_losses: Tensor
    adapted: Params


Way = Callable[[LowerLevel, Sequence[Outer], bool, float], Influence]
"""(lower level, shares of L_v, drop H?, relative step) → influence."""


def unrolled(lower: LowerLevel, outers: Sequence[Outer], truncated: bool, relative_step: float) -> Influence:
    """Differentiate through the descent with a second-order graph, as Eq. 9 and 10 say: the reference."""
    labels = {str(k): share.labels.detach().requires_grad_() for k, share in enumerate(lower.shares)}
    shares = tuple(replace(share, labels=labels[str(k)]) for k, share in enumerate(lower.shares))
    lower = replace(lower, shares=shares)
    theta, losses = leaves(lower.theta), []
    for _ in range(lower.steps):
        step = step_at(lower, leaves(theta) if truncated else theta, create_graph=True)
        theta = moved(theta, step.gradient, -lower.alpha)
        losses.append(step.loss)
    value = torch.stack([outer(theta) for outer in outers]).sum() / lower.company.size
    on_labels = tuple(gradient(value, labels).values())
    return Influence(on_labels, lower.company.total(value.detach()), torch.stack(losses), detached(theta))


def exact(lower: LowerLevel, outers: Sequence[Outer], truncated: bool, relative_step: float) -> Influence:
    """Find J v and H v by forward-mode differentiation: equal to `unrolled` up to rounding."""
    return _adjoint(lower, outers, truncated, forward_mode)


def finite_difference(
    lower: LowerLevel, outers: Sequence[Outer], truncated: bool, relative_step: float
) -> Influence:
    """Find J v by a finite difference and H v by Gauss–Newton, at the cost of one perturbed pass a step."""
    return _adjoint(lower, outers, truncated, perturbed(relative_step))


HYPERGRADIENTS: dict[str, Way] = {
    "unrolled": unrolled,
    "exact": exact,
    "finite-difference": finite_difference,
}


def _adjoint(lower: LowerLevel, outers: Sequence[Outer], truncated: bool, multiply: Multiply) -> Influence:
    descent = descend(lower)
    value, v = _validation(lower, outers, descent.adapted)
    on_labels = [torch.zeros_like(share.labels) for share in lower.shares]
    for index in reversed(range(lower.steps)):
        found = multiply(lower, descent.steps[index], v, index > 0 and not truncated)
        for k, (share, maps, jv) in enumerate(zip(lower.shares, found.maps, found.jv, strict=True)):
            on_labels[k] = on_labels[k] - lower.alpha * bend(lower, share, maps, jv)[1]
        if found.hv is not None:
            v = moved(v, lower.company.total_of(found.hv), -lower.alpha)
    losses = torch.stack([step.loss for step in descent.steps])
    return Influence(tuple(on_labels), value, losses, descent.adapted)


def _validation(lower: LowerLevel, outers: Sequence[Outer], theta: Params) -> tuple[Tensor, Params]:
    """Return L_v(θ*) and its gradient, over all parts of all processes."""
    adapted, values, slopes = leaves(theta), [], []
    for outer in outers:
        value = outer(adapted) / lower.company.size
        slopes.append(gradient(value, adapted))
        values.append(value.detach())
    return lower.company.total(torch.stack(values).sum()), lower.company.total_of(added(slopes))
