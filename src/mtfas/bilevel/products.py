"""J v and H v: how the student's maps, and the gradient of its loss, change along a direction v.

Two ways. Each looks at one part of the batch after the other and keeps no graph longer than that; what it
returns of H v is this process's share, to be summed over the company.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.nn.modules.module import register_module_forward_hook

from mtfas.bilevel.lower_level import (
    LowerLevel,
    Params,
    Share,
    Step,
    added,
    gradient,
    leaves,
    lower_loss,
    moved,
)

RELATIVE_STEP = 3e-6
"""‖perturbation‖ / ‖θ‖ of the finite difference, chosen by measurement in float32 on pretrained FAS-DR-Light
nets (32 and 64 px, mean squared error, α = 1e-3): cosine to the reference ≥ 0.9999 from 1e-6 to 3e-5. Below,
rounding takes over (0.999 at 3e-7); above, the maps begin to bend within the step."""


@dataclass(frozen=True)
class Products:
    """What v does at one step of the descent.

    Attributes:
        jv: J v for every part, shaped like its maps.
        hv: this process's share of H v, or None where it was not wanted.
        maps: f_θ of every part, where J v was taken.
    """

    jv: tuple[Tensor, ...]
    hv: Params | None
    maps: tuple[Tensor, ...]


Multiply = Callable[[LowerLevel, Step, Params, bool], Products]
"""(lower level, where, v, is H v wanted?) → J v, H v."""


def forward_mode(lower: LowerLevel, step: Step, v: Params, hessian: bool) -> Products:
    """Find J v and H v by forward-mode differentiation, of the maps and of the gradient: exact."""
    if not hessian:
        jvs = [_maps_along(share, step.theta, v) for share in lower.shares]
        return Products(tuple(jvs), None, step.maps)
    both = [_gradient_along(lower, share, step.theta, v) for share in lower.shares]
    return Products(tuple(jv for jv, _ in both), added(hv for _, hv in both), step.maps)


@torch.no_grad()
def _maps_along(share: Share, theta: Params, v: Params) -> Tensor:
    with _forward_level():
        return _tangent((share.precise or share.student)(_dual(theta, v)))


def _gradient_along(lower: LowerLevel, share: Share, theta: Params, v: Params) -> tuple[Tensor, Params]:
    """Forward over reverse. The graph holds maps and tangents of one pass and is freed on the way back."""
    with _forward_level(), _tangents_without_history():
        there = _dual(leaves(theta), v)
        maps = (share.precise or share.student)(there)
        value = share.weight * lower_loss(maps, share.labels, lower.loss)
        slopes = torch.autograd.grad(value, list(there.values()), materialize_grads=True)
        return _tangent(maps), {name: _tangent(s) for name, s in zip(there, slopes, strict=True)}


def _dual(theta: Params, v: Params) -> Params:
    make: Callable[[Tensor, Tensor], Tensor] = forward_ad.make_dual
    return {name: make(tensor, v[name]) for name, tensor in theta.items()}


def _tangent(tensor: Tensor) -> Tensor:
    tangent: Tensor | None = forward_ad.unpack_dual(tensor).tangent  # type: ignore[no-untyped-call]
    return torch.zeros_like(tensor.detach()) if tangent is None else tangent.detach()


@contextmanager
def _tangents_without_history() -> Iterator[None]:
    """Forget, after every layer, how its tangent came about.

    While a graph is recorded torch records the tangents too, for a derivative of J v that nobody asks for.
    That second graph ties each layer's tensors to those of all layers below, so the way back would free
    nothing: a quarter of the peak (docs/decisions/0011-bilevel-cost.md). What is computed stays the same.
    """
    hook = register_module_forward_hook(lambda _, inputs, output: _forget_history(output))
    try:
        yield
    finally:
        hook.remove()


def _forget_history(output: object) -> None:
    if not isinstance(output, Tensor):
        return  # a network's answer in several tensors: its last layers have been seen
    tangent: Tensor | None = forward_ad.unpack_dual(output).tangent  # type: ignore[no-untyped-call]
    if tangent is not None and not tangent._is_view():  # a view cannot be cut off in place
        tangent.detach_()


@contextmanager
def _forward_level() -> Iterator[None]:
    with warnings.catch_warnings(), forward_ad.dual_level():
        # On its first use torch builds its forward-mode rules with a function that it has itself deprecated.
        warnings.filterwarnings("ignore", "`torch.jit.script` is deprecated", DeprecationWarning)
        yield


def perturbed(relative_step: float = RELATIVE_STEP) -> Multiply:
    """Find J v by a finite difference and H v by Gauss–Newton: cheapest, approximate.

    Both come from one perturbed pass of the student: f(θ + εv) gives J v, and its backward pass gives
    Jᵀ ∇²_f ℓ J v, which is H v without the curvature of the student itself. A difference of two *gradients*
    would not do: at the kinks of ReLU and max-pooling the gradient jumps, and the jump is divided by ε.

    Args:
        relative_step: the length of the perturbation as a part of ‖θ‖.
    """

    def multiply(lower: LowerLevel, step: Step, v: Params, hessian: bool) -> Products:
        length = _norm(v)
        if length == 0:
            still = tuple(torch.zeros_like(maps) for maps in step.maps)
            return Products(still, v if hessian else None, step.maps)
        scale = relative_step * _norm(step.theta) / length
        there, seen = leaves(moved(step.theta, v, scale)), []
        for share, maps in zip(lower.shares, step.maps, strict=True):
            seen.append(_perturb(lower, share, _precise_maps(share, step, maps), there, scale, hessian))
        jvs, hvs, maps_there = zip(*seen, strict=True)
        return Products(jvs, added(hvs) if hessian else None, maps_there)

    return multiply


def _precise_maps(share: Share, step: Step, maps: Tensor) -> Tensor:
    if share.precise is None:
        return maps
    with torch.no_grad():
        return share.precise(step.theta)


def _perturb(
    lower: LowerLevel, share: Share, before: Tensor, there: Params, scale: Tensor, hessian: bool
) -> tuple[Tensor, Params | None, Tensor]:
    with torch.set_grad_enabled(hessian):
        maps = (share.precise or share.student)(there)
    jv = (maps.detach() - before) / scale
    if not hessian:
        return jv, None, before
    return jv, gradient((maps * bend(lower, share, before, jv)[0]).sum(), there), before


def bend(lower: LowerLevel, share: Share, maps: Tensor, jv: Tensor) -> tuple[Tensor, Tensor]:
    """Return ⟨∇_f ℓ(f, P), J v⟩ differentiated by f and by P, ℓ with the part's weight; a graph of maps."""
    f, labels = maps.detach().requires_grad_(), share.labels.detach().requires_grad_()
    value = share.weight * lower_loss(f, labels, lower.loss)
    (slope,) = torch.autograd.grad(value, f, create_graph=True)
    by_maps, by_labels = torch.autograd.grad((slope * jv).sum(), (f, labels))
    return by_maps, by_labels


def _norm(params: Params) -> Tensor:
    return torch.stack([tensor.square().sum() for tensor in params.values()]).sum().sqrt()
