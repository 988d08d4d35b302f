"""One iteration of Algorithm 1: a step of pretraining (line 1), or one of both levels (lines 4–12)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mtfas.bilevel.higher_level import encourage, follow
from mtfas.bilevel.hypergradient import Hypergradient, Manner, Part, hypergradient_in_parts
from mtfas.bilevel.influence import Outer
from mtfas.bilevel.lower_level import Params, added, gradient, lower_loss
from mtfas.bilevel.ranking import pairwise_ranking
from mtfas.data.batch import FaceBatch
from mtfas.supervision.teacher import soft_map, teaching_map
from mtfas.training.hand_on import put, settle
from mtfas.training.lesson import Batches, Lesson
from mtfas.training.settings import TeachSettings
from mtfas.training.teach_state import TeachState, copied, outer_optimiser


def pretrain_step(lesson: Lesson, state: TeachState, parts: Sequence[FaceBatch]) -> dict[str, float]:
    """Line 1: attack faces are regressed as one-maps, live faces as zero-maps (Sec. 3.4.1)."""

    def on_teacher(part: FaceBatch) -> Tensor:
        return lower_loss(soft_map(lesson.logits(state.omega, part.images)), class_map(part))

    def on_surrogate(part: FaceBatch) -> Tensor:
        return lower_loss(lesson.maps(state.theta, part.images), class_map(part))

    return {
        "teacher_loss": _regress(lesson, parts, on_teacher, state.omega, state.teacher_optimiser),
        "surrogate_loss": _regress(lesson, parts, on_surrogate, state.theta, state.surrogate_optimiser),
    }


def _regress(
    lesson: Lesson,
    parts: Sequence[FaceBatch],
    loss: Callable[[FaceBatch], Tensor],
    params: Params,
    optimiser: torch.optim.Optimizer,
) -> float:
    """Take one optimiser step on the mean loss of all faces of all processes; return that loss."""
    faces = lesson.company.size * sum(len(part) for part in parts)
    values, slopes = [], []
    for part in parts:
        value = (len(part) / faces) * loss(part)
        slopes.append(gradient(value, params))
        values.append(value.detach())
    _step(params, lesson.company.total_of(added(slopes)), optimiser)
    return float(lesson.company.total(torch.stack(values).sum()))


def _step(params: Params, slope: Params, optimiser: torch.optim.Optimizer) -> None:
    for name, parameter in params.items():
        parameter.grad = slope[name]
    optimiser.step()


def begin_bilevel(lesson: Lesson, state: TeachState) -> None:
    """Line 1, after pretraining: ω̂ ← ω, a fresh outer optimiser, and fixed statistics where asked for."""
    state.omega_hat, state.omega_start = copied(state.omega), copied(state.omega)
    state.teacher_optimiser = outer_optimiser(state.omega, lesson.settings)
    for role, (net, params) in lesson.fixed_networks(state).items():
        put(net, params)
        settle(net, lesson.faces, lesson.settings.seed, lesson.settings.device)
        state.statistics |= {f"{role}/{name}": value.clone() for name, value in net.named_buffers()}


def bilevel_step(lesson: Lesson, state: TeachState, batches: Batches, iteration: int) -> dict[str, float]:
    """Lines 6–12 of Algorithm 1, on the faces of lines 4 and 5."""
    settings = lesson.settings
    recompute = settings.recompute_teacher
    found = differentiate(lesson, state, batches, lesson.way, recompute)
    _step(state.omega, found.gradient, state.teacher_optimiser)  # Eq. 12, the μ-term included
    state.omega_hat = follow(state.omega_hat, state.omega, _gamma(settings))
    if settings.adapt and iteration % settings.period == 0:
        _adapt(state, found.adapted)
    norm = torch.stack([g.square().sum() for g in found.gradient.values()]).sum().sqrt()
    figures = torch.stack([found.outer_loss, found.lower_losses[0], norm]).tolist()  # one wait for the device
    return dict(zip(("outer_loss", "lower_loss", "hypergradient_norm"), figures, strict=True))


def differentiate(
    lesson: Lesson, state: TeachState, batches: Batches, way: str, recompute: bool = False
) -> Hypergradient:
    """Return the gradient of Eq. 12 (the μ-term included) on some batches; nothing is changed.

    Args:
        lesson: settings, networks, faces.
        state: where the networks stand.
        batches: this process's parts of Φ_t and Φ_v.
        way: one of HYPERGRADIENTS.
        recompute: run the teacher a second time instead of keeping its graph; the same gradient.
    """
    settings = lesson.settings
    manner = Manner(
        way,
        settings.alpha,
        settings.inner_steps,
        settings.loss,
        settings.truncated,
        penalty=lambda logits: encourage(logits, settings.mu * _seen(settings)),
        company=lesson.company,
        recompute=recompute,
    )
    parts = [_part(lesson, part) for part in batches.lower]
    return hypergradient_in_parts(manner, parts, state.theta, state.omega, _outers(lesson, state, batches))


def _part(lesson: Lesson, batch: FaceBatch) -> Part:
    teacher, to_labels = _teaching(lesson, batch)
    return Part(
        student=lambda theta: lesson.maps(theta, batch.images),
        teacher=teacher,
        to_labels=to_labels,
        precise=(lambda theta: lesson.precise_maps(theta, batch.images)) if lesson.rounded else None,
    )


def _teaching(
    lesson: Lesson, batch: FaceBatch
) -> tuple[Callable[[Params], Tensor], Callable[[Tensor], Tensor]]:
    """Return ω → logits and logits → labels; the live half stays away where no statistics need it."""
    if lesson.settings.batch_norm == "batch":
        return (
            lambda omega: lesson.logits(omega, batch.images),
            lambda logits: teaching_map(logits, batch.labels),
        )
    rows = torch.nonzero(batch.attacks)[:, 0]
    images = batch.images[rows]

    def to_labels(logits: Tensor) -> Tensor:
        zeros = logits.new_zeros(len(batch), *logits.shape[1:])
        return zeros.index_copy(0, rows, soft_map(logits))

    return lambda omega: lesson.logits(omega, images), to_labels


def _seen(settings: TeachSettings) -> float:
    """The part of Φ_t the teacher sees: with the live half away, every attack is encouraged as before."""
    return 1.0 if settings.batch_norm == "batch" else 0.5


def _outers(lesson: Lesson, state: TeachState, batches: Batches) -> list[Outer]:
    faces = sum(len(part) for part in batches.higher)
    return [_outer(lesson, state, part, len(part) / faces) for part in batches.higher]


def _outer(lesson: Lesson, state: TeachState, part: FaceBatch, share: float) -> Outer:
    if lesson.settings.yardstick == "ranking":  # of batches in parts: over the pairs within each part
        return lambda theta: share * pairwise_ranking(lesson.maps(theta, part.images), part.labels)
    wanted = yardstick(lesson, state, part)
    loss = lesson.settings.loss
    return lambda theta: share * lower_loss(lesson.maps(theta, part.images), wanted, loss)


def yardstick(lesson: Lesson, state: TeachState, batch: FaceBatch) -> Tensor:
    """The maps L_v compares with: MT_v's (Eq. 4), or another choice's; a ranking compares with none."""
    if lesson.settings.yardstick == "class":
        return class_map(batch)
    omega = {"momentum": state.omega_hat, "frozen": state.omega_start, "self": state.omega}[
        lesson.settings.yardstick
    ]
    teacher, to_labels = _teaching(lesson, batch)
    with torch.no_grad():
        return to_labels(teacher(omega))


def class_map(batch: FaceBatch) -> Tensor:
    """Return one-maps for attacks and zero-maps for live faces, [N, 1, h, w]."""
    return batch.labels.float()[:, None, None, None].expand(-1, 1, *batch.map_shape())


def _adapt(state: TeachState, adapted: Params) -> None:
    """Line 12: θ ← θ*."""
    with torch.no_grad():
        for name, parameter in state.theta.items():
            parameter.copy_(adapted[name])


def _gamma(settings: TeachSettings) -> float:
    return 1.0 if settings.yardstick == "frozen" else settings.gamma
