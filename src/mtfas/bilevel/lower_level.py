"""The lower level: the student descends on the teacher's maps (Eq. 1 and 6)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mtfas.errors import unknown_name

Params = dict[str, Tensor]
"""Parameters by name, θ of the student or ω of the teacher."""

Student = Callable[[Params], Tensor]
"""θ → f_θ(x), the student's maps [N, 1, h, w] of some fixed faces; free of side effects."""

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


def alone(tensor: Tensor) -> Tensor:
    """Return the sum over the one process there is."""
    return tensor


@dataclass(frozen=True)
class Company:
    """The processes that share a batch; by default one.

    Attributes:
        size: how many.
        total: the sum of a tensor over them; differentiable, where `unrolled` is to run in company.
    """

    size: int = 1
    total: Callable[[Tensor], Tensor] = alone

    def total_of(self, params: Params) -> Params:
        """Return the sum over the processes of what each found by name, in one message."""
        if self.size == 1:
            return params
        vector = self.total(torch.cat([tensor.flatten() for tensor in params.values()]))
        parts = torch.split(vector, [tensor.numel() for tensor in params.values()])
        return {
            name: part.view(tensor.shape) for (name, tensor), part in zip(params.items(), parts, strict=True)
        }


@dataclass(frozen=True)
class Share:
    """A part of the training batch, as many faces as are worked on at once.

    Attributes:
        student: θ → maps [n, 1, h, w] of these faces.
        labels: [n, 1, h, w], the teacher's maps of them, as numbers.
        weight: n divided by the faces of all parts of all processes: losses are means over faces.
        precise: the student in full precision, where `student` computes in less and J v, H v need more.
    """

    student: Student
    labels: Tensor
    weight: float = 1.0
    precise: Student | None = None


@dataclass(frozen=True)
class LowerLevel:
    """The inner problem: who descends, from where, on which labels, how.

    Attributes:
        shares: the parts of this process's faces; together with the other processes' they are Φ_t.
        theta: where the student starts.
        alpha: the inner learning rate; 1e-3 in the paper.
        steps: how many steps, ≥ 1; 2 in the paper.
        loss: one of `MAP_LOSSES`.
        company: the processes that share the batch.
    """

    shares: tuple[Share, ...]
    theta: Params
    alpha: float
    steps: int
    loss: str = "mse"
    company: Company = field(default_factory=Company)


@dataclass(frozen=True)
class Step:
    """Where the student stood before one step of the descent; detached unless a graph was asked for.

    Attributes:
        theta: its parameters.
        maps: its maps of every part of this process's faces.
        loss: L_t, over all parts of all processes.
        gradient: of L_t, likewise.
    """

    theta: Params
    maps: tuple[Tensor, ...]
    loss: Tensor
    gradient: Params


@dataclass(frozen=True)
class Descent:
    """The steps taken, in order, and θ* after the last."""

    steps: tuple[Step, ...]
    adapted: Params


def descend(lower: LowerLevel) -> Descent:
    """Take plain gradient steps, θ ← θ − α ∇_θ L_t(θ; ω) (Eq. 6); nothing is changed in place."""
    taken, theta = [], lower.theta
    for _ in range(lower.steps):
        step = step_at(lower, leaves(theta))
        taken.append(step)
        theta = moved(step.theta, step.gradient, -lower.alpha)
    return Descent(tuple(taken), theta)


def step_at(lower: LowerLevel, theta: Params, create_graph: bool = False) -> Step:
    """Evaluate maps, loss and gradient at θ, whose tensors require gradients; one part after the other."""
    maps, losses, slopes = [], [], []
    for share in lower.shares:
        said = share.student(theta)
        value = share.weight * lower_loss(said, share.labels, lower.loss)
        slopes.append(gradient(value, theta, create_graph))
        maps.append(said if create_graph else said.detach())
        losses.append(value.detach())
    loss = lower.company.total(torch.stack(losses).sum())
    slope = lower.company.total_of(added(slopes))
    return Step(theta if create_graph else detached(theta), tuple(maps), loss, slope)


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


def added(parts: Iterable[Params]) -> Params:
    """Return the sum of the parts, in their order."""
    first, *others = parts
    total = first
    for part in others:
        total = {name: tensor + part[name] for name, tensor in total.items()}
    return total
