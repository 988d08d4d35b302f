"""The lower level: the student descends on the teacher's maps (Eq. 1 and 6)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mtfas.errors import unknown_name

Params = dict[str, Tensor]
"""Parameters by name, θ of the student or ω of the teacher."""

Student = Callable[[Params], Tensor]
"""θ → f_θ(x), the student's maps [N, 1, h, w] of one fixed batch of faces."""

MapLoss = Callable[[Tensor, Tensor], Tensor]


def mean_squared(maps: Tensor, labels: Tensor) -> Tensor:
    """Return the mean squared error over faces and pixels (the text below Eq. 1 and 3)."""
    return (maps - labels).square().mean()


def mean_norm(maps: Tensor, labels: Tensor) -> Tensor:
    """Return (1/N) Σ_k ‖f(x_k) − P(x_k)‖₂, Eq. 1 and 3 as printed: not squared, summed over a face's pixels.

    Where a face is fitted perfectly the norm has no derivative; its gradient is taken as 0 there.
    """
    squares = (maps - labels).square().flatten(1).sum(1)
    fitted = squares == 0
    return torch.where(fitted, 0.0, torch.where(fitted, 1.0, squares).sqrt()).mean()


MAP_LOSSES: dict[str, MapLoss] = {"mse": mean_squared, "norm": mean_norm}
"""The two readings of the paper's map loss; `mse` is the default everywhere."""


def lower_loss(maps: Tensor, labels: Tensor, loss: str = "mse") -> Tensor:
    """Return the student's loss on maps: Eq. 1 with the teacher's labels, Eq. 3 with the yardstick's.

    Args:
        maps: [N, 1, h, w], the student's.
        labels: [N, 1, h, w], P of Eq. 2 or 4, live faces zero.
        loss: one of `MAP_LOSSES`.

    Raises:
        BadSetting: the loss is unknown.
    """
    return map_loss(loss)(maps, labels)


def map_loss(name: str) -> MapLoss:
    """Return the map loss of that name.

    Raises:
        BadSetting: the name is unknown.
    """
    if name not in MAP_LOSSES:
        raise unknown_name("map loss", name, MAP_LOSSES)
    return MAP_LOSSES[name]


@dataclass(frozen=True)
class Step:
    """Where the student stood before one step of the descent; detached unless a graph was asked for."""

    theta: Params
    maps: Tensor
    loss: Tensor
    gradient: Params


@dataclass(frozen=True)
class Descent:
    """The steps taken, in order, and θ* after the last."""

    steps: tuple[Step, ...]
    adapted: Params


def descend(
    student: Student, theta: Params, labels: Tensor, alpha: float, steps: int, loss: str = "mse"
) -> Descent:
    """Take plain gradient steps, θ ← θ − α ∇_θ L_t(θ; ω) (Eq. 6); nothing is changed in place.

    Args:
        student: θ → maps of the training faces.
        theta: where to start.
        labels: the teacher's maps of the same faces, as numbers.
        alpha: the inner learning rate; 1e-3 in the paper.
        steps: how many steps, ≥ 1; 2 in the paper.
        loss: one of `MAP_LOSSES`.
    """
    taken = []
    for _ in range(steps):
        step = step_at(student, leaves(theta), labels.detach(), loss)
        taken.append(step)
        theta = moved(step.theta, step.gradient, -alpha)
    return Descent(tuple(taken), theta)


def step_at(student: Student, theta: Params, labels: Tensor, loss: str, create_graph: bool = False) -> Step:
    """Evaluate maps, loss and gradient at θ, whose tensors require gradients."""
    maps = student(theta)
    value = lower_loss(maps, labels, loss)
    slope = gradient(value, theta, create_graph)
    if create_graph:
        return Step(theta, maps, value, slope)
    return Step(detached(theta), maps.detach(), value.detach(), slope)


def gradient(value: Tensor, params: Params, create_graph: bool = False) -> Params:
    """Return ∂value/∂params by name; zeros for parameters that the value does not depend on."""
    if not value.requires_grad:
        return {name: torch.zeros_like(tensor) for name, tensor in params.items()}
    slopes = torch.autograd.grad(
        value, list(params.values()), create_graph=create_graph, materialize_grads=True
    )
    return dict(zip(params, slopes, strict=True))


def leaves(params: Params) -> Params:
    """Return the same numbers as fresh leaves of a graph."""
    return {name: tensor.detach().requires_grad_() for name, tensor in params.items()}


def detached(params: Params) -> Params:
    """Return the same numbers outside any graph."""
    return {name: tensor.detach() for name, tensor in params.items()}


def moved(params: Params, direction: Params, length: float | Tensor) -> Params:
    """Return params + length · direction."""
    return {name: tensor + length * direction[name] for name, tensor in params.items()}
