"""How the validation loss depends on the teacher, through the student's descent (Eq. 8–10): three ways.

The teacher ω reaches the validation loss L_v only through its maps P on the training faces. So each way first
finds ∂L_v/∂P, the *influence* of every label pixel, and one ordinary backward pass takes it to ω.

For S steps θ_{s+1} = θ_s − α ∇_θ ℓ(f(θ_s), P) the adjoint recursion is, with v_S = ∇L_v(θ_S),

    ∂L_v/∂P = −α Σ_s ∇_P ⟨∇_f ℓ(f_s, P), J_s v_{s+1}⟩,        v_s = v_{s+1} − α H_s v_{s+1},

J_s the Jacobian of the student's maps and H_s the Hessian of its loss at θ_s. J v and H v are directional
derivatives, so no graph of second order is needed.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mtfas.bilevel.lower_level import (
    Params,
    Step,
    Student,
    descend,
    detached,
    gradient,
    leaves,
    lower_loss,
    map_loss,
    moved,
    step_at,
)
from mtfas.errors import unknown_name

RELATIVE_STEP = 3e-6
"""‖perturbation‖ / ‖θ‖ of the finite difference, chosen by measurement in float32 on pretrained FAS-DR-Light
nets (mean squared error, α = 1e-3): cosine to the reference ≥ 0.999 at 3e-6, down to 0.998 at 1e-5 and 0.85
at 1e-4, where the maps bend within the step. Below 1e-6 rounding takes over."""


@dataclass(frozen=True)
class LowerLevel:
    """The inner problem: who descends, from where, on which labels, how."""

    student: Student
    theta: Params
    labels: Tensor
    alpha: float
    steps: int
    loss: str


@dataclass(frozen=True)
class Influence:
    """∂L_v/∂P, and what was met on the way.

    Attributes:
        on_labels: shaped like the labels P; a negative value wants that pixel higher.
        outer_loss: L_v(θ*), a scalar.
        lower_losses: [S], L_t before each step.
        adapted: θ*.
    """

    on_labels: Tensor
    outer_loss: Tensor
    lower_losses: Tensor
    adapted: Params


Outer = Callable[[Params], Tensor]
Way = Callable[[LowerLevel, Outer, bool, float], Influence]


def unrolled(lower: LowerLevel, outer: Outer, truncated: bool, relative_step: float) -> Influence:
    """Differentiate through the descent with a second-order graph, as Eq. 9 and 10 say: the reference."""
    labels = lower.labels.detach().requires_grad_()
    theta, losses = leaves(lower.theta), []
    for _ in range(lower.steps):
        at = leaves(theta) if truncated else theta
        step = step_at(lower.student, at, labels, lower.loss, create_graph=True)
        theta = moved(theta, step.gradient, -lower.alpha)
        losses.append(step.loss.detach())
    value = outer(theta)
    on_labels = gradient(value, {"labels": labels})["labels"]
    return Influence(on_labels, value.detach(), torch.stack(losses), detached(theta))


def exact(lower: LowerLevel, outer: Outer, truncated: bool, relative_step: float) -> Influence:
    """Find J v and H v by forward-mode differentiation: equal to `unrolled` up to rounding."""
    return _adjoint(lower, outer, truncated, lambda step, v, hessian: _forward_mode(lower, step, v, hessian))


def finite_difference(lower: LowerLevel, outer: Outer, truncated: bool, relative_step: float) -> Influence:
    """Find J v by a finite difference and H v by Gauss–Newton: cheapest, approximate.

    Both come from one perturbed pass of the student a step: f(θ + εv) gives J v, and its backward pass gives
    Jᵀ ∇²_f ℓ J v, which is H v without the curvature of the student itself. A difference of two *gradients*
    would not do: at the kinks of ReLU and max-pooling the gradient jumps, and the jump is divided by ε.
    """
    return _adjoint(
        lower, outer, truncated, lambda step, v, hessian: _perturbed(lower, step, v, hessian, relative_step)
    )


HYPERGRADIENTS: dict[str, Way] = {
    "unrolled": unrolled,
    "exact": exact,
    "finite-difference": finite_difference,
}


Products = Callable[[Step, Params, bool], tuple[Tensor, Params | None]]
"""(where, v, is H v wanted?) → (J v, H v)."""


def _adjoint(lower: LowerLevel, outer: Outer, truncated: bool, products: Products) -> Influence:
    descent = descend(lower.student, lower.theta, lower.labels, lower.alpha, lower.steps, lower.loss)
    adapted = leaves(descent.adapted)
    value = outer(adapted)
    v = gradient(value, adapted)
    on_labels = torch.zeros_like(lower.labels)
    for index in reversed(range(lower.steps)):
        step = descent.steps[index]
        jv, hv = products(step, v, index > 0 and not truncated)
        on_labels = on_labels - lower.alpha * _bend(lower, step.maps, jv)[1]
        if hv is not None:
            v = moved(v, hv, -lower.alpha)
    losses = torch.stack([step.loss for step in descent.steps])
    return Influence(on_labels, value.detach(), losses, descent.adapted)


def _bend(lower: LowerLevel, maps: Tensor, jv: Tensor) -> tuple[Tensor, Tensor]:
    """Return ⟨∇_f ℓ(f, P), J v⟩ differentiated by f and by P; a graph over the maps alone."""
    f, labels = maps.detach().requires_grad_(), lower.labels.detach().requires_grad_()
    (slope,) = torch.autograd.grad(lower_loss(f, labels, lower.loss), f, create_graph=True)
    by_maps, by_labels = torch.autograd.grad((slope * jv).sum(), (f, labels))
    return by_maps, by_labels


def _forward_mode(lower: LowerLevel, step: Step, v: Params, hessian: bool) -> tuple[Tensor, Params | None]:
    if not hessian:
        jv: Tensor = _along(lower.student, step.theta, v)
        return jv, None

    def loss_and_maps(theta: Params) -> tuple[Tensor, Tensor]:
        maps = lower.student(theta)
        return lower_loss(maps, lower.labels, lower.loss), maps

    def maps_and_gradient(theta: Params) -> tuple[Tensor, Params]:
        slope, maps = torch.func.grad(loss_and_maps, has_aux=True)(theta)
        return maps, slope

    products: tuple[Tensor, Params] = _along(maps_and_gradient, step.theta, v)
    return products


def _along(function: Callable[[Params], Any], theta: Params, v: Params) -> Any:
    """Return the derivative of a function of θ in the direction v."""
    with warnings.catch_warnings():
        # On its first use torch builds its forward-mode rules with a function that it has itself deprecated.
        warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", DeprecationWarning)
        return torch.func.jvp(function, (theta,), (v,))[1]


def _perturbed(
    lower: LowerLevel, step: Step, v: Params, hessian: bool, relative_step: float
) -> tuple[Tensor, Params | None]:
    length = _norm(v)
    if length == 0:
        return torch.zeros_like(step.maps), v if hessian else None
    scale = relative_step * _norm(step.theta) / length
    there = leaves(moved(step.theta, v, scale))
    with torch.set_grad_enabled(hessian):
        maps = lower.student(there)
    jv = (maps.detach() - step.maps) / scale
    if not hessian:
        return jv, None
    return jv, gradient((maps * _bend(lower, step.maps, jv)[0]).sum(), there)


def _norm(params: Params) -> Tensor:
    return torch.stack([tensor.square().sum() for tensor in params.values()]).sum().sqrt()


@dataclass(frozen=True)
class Hypergradient:
    """The teacher's gradient ∇_ω L_v(θ*(ω)) and what was met on the way; nothing requires gradients.

    Attributes:
        gradient: by name, like ω; descend along it (Eq. 7).
        outer_loss: L_v(θ*), without the penalty.
        lower_losses: [S], L_t before each inner step.
        adapted: θ*, for Line 12 of Algorithm 1.
        labels: the teacher's maps P on the training faces.
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
    teacher: Callable[[Params], Tensor],
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

    The teacher runs forward once and backward once, whatever the way and the number of steps.

    Args:
        way: one of `HYPERGRADIENTS`.
        student: θ → f_θ(x_t), the maps of the training faces; must be free of side effects.
        theta: the student's parameters; not changed.
        teacher: ω → what the teacher says about the training faces: labels P_ω(x_t), or, with `to_labels`,
            logits g_ω(x_t).
        omega: the teacher's parameters; not changed.
        outer: θ* → L_v, a scalar (Eq. 3).
        alpha: inner learning rate, 1e-3 in the paper.
        steps: inner steps, ≥ 1; 2 in the paper.
        loss: the lower loss, one of `MAP_LOSSES`.
        truncated: drop the Hessian terms (v_s = v_{s+1}).
        relative_step: for `finite-difference`, the length of the perturbation as a part of ‖θ‖.
        to_labels: logits → labels (Eq. 2), where the teacher gives logits.
        penalty: of what the teacher says, added to L_v; `encourage` for Eq. 12.

    Raises:
        BadSetting: the way or the loss is unknown.
        ValueError: there is no inner step.
    """
    if way not in HYPERGRADIENTS:
        raise unknown_name("hypergradient", way, HYPERGRADIENTS)
    map_loss(loss)
    if steps < 1:
        raise ValueError(f"the lower level needs at least one step, but got {steps}.")
    live = leaves(omega)
    said = teacher(live)
    labels = said if to_labels is None else to_labels(said)
    lower = LowerLevel(student, detached(theta), labels.detach(), alpha, steps, loss)
    found = HYPERGRADIENTS[way](lower, outer, truncated, relative_step)
    # Its gradient is that of L_v: the influence is a constant here.
    objective = (labels * found.on_labels).sum()
    if penalty is not None:
        objective = objective + penalty(said)
    return Hypergradient(
        gradient(objective, live),
        found.outer_loss,
        found.lower_losses,
        found.adapted,
        lower.labels,
        found.on_labels,
    )
