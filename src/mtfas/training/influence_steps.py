"""The steps of influence regression: preparing networks, and asking a surrogate what it wants of labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.func import functional_call

from mtfas.bilevel.influence import HYPERGRADIENTS, Influence
from mtfas.bilevel.lower_level import LowerLevel, Params, Share, detached, lower_loss
from mtfas.bilevel.products import RELATIVE_STEP
from mtfas.bilevel.trust import target_within, wanted_change
from mtfas.data.augment import augment
from mtfas.data.batch import FaceBatch
from mtfas.data.dataset import FaceSet
from mtfas.data.sampling import Levels, Pool
from mtfas.models import Detector
from mtfas.runtime.seeds import stream
from mtfas.supervision.teacher import soft_map, teaching_map
from mtfas.training.influence_settings import InfluenceSettings
from mtfas.training.influence_slopes import in_units, maps_along, mean_slope, outer_loss
from mtfas.training.influence_state import ANCHOR, TEACHER, InfluenceState, inner_units
from mtfas.training.settings import augmentations
from mtfas.training.two_levels import class_map

PROBE_PER_CLASS = 32


@dataclass(frozen=True)
class InfluenceLesson:
    """What a run works with: it changes no more.

    Attributes:
        settings: of the run.
        faces: training faces.
        everyone: all of them, by class.
        episodes: what each surrogate is taught on, and measured on.
        beyond: the faces that episodes measure on: the training faces, unless a study asks what labels could
            be if the unseen were known.
    """

    settings: InfluenceSettings
    faces: FaceSet
    everyone: Pool
    episodes: Sequence[Levels]
    beyond: FaceSet | None = None

    def batch(self, pool: Pool, per_class: int, *purpose: str | int) -> FaceBatch:
        """Return a balanced, augmented batch that depends on the seed and the purpose only."""
        return self._drawn(self.faces, pool, per_class, *purpose)

    def unseen(self, k: int, step: int) -> FaceBatch:
        """Return what the k-th surrogate is measured on."""
        faces = self.faces if self.beyond is None else self.beyond
        return self._drawn(faces, self.episodes[k].higher, self.settings.n, "higher", step)

    def _drawn(self, faces: FaceSet, pool: Pool, per_class: int, *purpose: str | int) -> FaceBatch:
        seed = self.settings.seed
        whole = faces.batch(pool.draw(per_class, stream(seed, *purpose)), self.settings.device)
        names = augmentations(self.settings.augment)
        return augment(whole, None, names, stream(seed, "augment", *purpose))[0]

    def probe(self) -> FaceBatch:
        """Return the clean faces that the teacher's health is looked at on."""
        chosen = self.everyone.draw(PROBE_PER_CLASS, stream(self.settings.seed, "probe"))
        return self.faces.batch(chosen, self.settings.device)


def prepare_step(lesson: InfluenceLesson, state: InfluenceState, step: int) -> dict[str, float]:
    """Let all networks learn zero- and one-maps; in later rounds surrogates learn the teacher's labels."""
    settings = lesson.settings
    turn, iteration = settings.phase(step)
    losses = {}
    if turn == 0:
        batch = lesson.batch(lesson.everyone, settings.m, "pretrain", step)
        said = soft_map(state.teacher(batch.images).map)
        losses["teacher_loss"] = _descend(state.optimisers[TEACHER], said, class_map(batch))
    waited = iteration + settings.pretrain_iterations
    for k, episode in enumerate(lesson.episodes):
        if waited < _age(settings, k):
            batch = lesson.batch(episode.lower, settings.m, "pretrain", step, k)
            labels = class_map(batch) if turn == 0 else labels_of(state.teacher, batch)
            losses["surrogate_loss"] = _descend(
                state.surrogate_optimiser(k), state.surrogate(k)(batch.images).map, labels
            )
    return losses


def _age(settings: InfluenceSettings, k: int) -> int:
    share = (k + 1) / settings.surrogates if settings.ages == "spread" else 1.0
    return max(1, round(share * settings.pretrain_iterations))


def influence_step(lesson: InfluenceLesson, state: InfluenceState, step: int) -> dict[str, float]:
    """Ask one surrogate what it wants of the labels, and let the teacher regress that."""
    settings = lesson.settings
    k = step % settings.surrogates
    lower = lesson.batch(lesson.episodes[k].lower, settings.m, "lower", step)
    labels = labels_of(state.teacher, lower)
    if settings.draws:
        influence, losses = influence_along(lesson, state, k, lower, labels)
    else:
        units = inner_units(state, k, settings.inner)
        found = influence_on(state.surrogate(k), settings, lower, labels, lesson.unseen(k, step), units)
        influence, losses = found.on_labels[0], {"outer_loss": float(found.outer_loss)}
        losses["lower_loss"] = float(found.lower_losses[0])
    change = wanted_change(influence[lower.attacks], settings.clip, settings.level == "kept")
    target = target_within(_anchor(lesson, state, lower), change, settings.reach)
    said = soft_map(state.teacher(lower.images).map)[lower.attacks]
    regression = _descend(state.optimisers[TEACHER], said, target)
    if settings.follow > 0:
        _descend(state.surrogate_optimiser(k), state.surrogate(k)(lower.images).map, labels)
    return {**losses, "teacher_loss": regression}


def influence_along(
    lesson: InfluenceLesson, state: InfluenceState, k: int, lower: FaceBatch, labels: Tensor
) -> tuple[Tensor, dict[str, float]]:
    """Return ∂L_v/∂P up to a factor, [2M, 1, h, w], for one small step on a batch; and the surrogate's L_t.

    The slope over `draws` batches is found once in a round: the k-th surrogate stands still.
    """
    net = state.surrogate(k)
    if k not in state.slopes:
        state.slopes[k] = slope_of(lesson, state, k)
    maps, influence = maps_along(net, state.slopes[k], lower.images)
    return influence, {"lower_loss": lower_loss(maps, labels).item()}


def slope_of(lesson: InfluenceLesson, state: InfluenceState, k: int) -> Params:
    """Return ∇L_v of the k-th surrogate over `draws` batches it has never seen, in its steps' units."""
    settings, net = lesson.settings, state.surrogate(k)
    batches = [lesson.unseen(k, draw) for draw in range(settings.draws)]
    return in_units(mean_slope(net, batches, settings.yardstick), inner_units(state, k, settings.inner))


def influence_on(
    surrogate: Detector,
    settings: InfluenceSettings,
    lower: FaceBatch,
    labels: Tensor,
    higher: FaceBatch,
    units: Params | None = None,
) -> Influence:
    """Return ∂L_v/∂P of the labels of a batch, through the surrogate's inner steps on them; nothing changes.

    Args:
        surrogate: in training mode.
        settings: α, inner steps, yardstick and way.
        lower: faces it is taught on.
        labels: [2M, 1, h, w], P.
        higher: faces it is measured on.
        units: of the inner steps, from `inner_units`; None for plain ones.
    """

    def maps(theta: Params, images: Tensor) -> Tensor:
        if units is not None:
            theta = {name: units[name] * tensor for name, tensor in theta.items()}
        said: Tensor = functional_call(surrogate, theta, (images,)).map
        return said

    def measure(theta: Params) -> Tensor:
        return outer_loss(maps(theta, higher.images), higher, settings.yardstick)

    theta = detached(dict(surrogate.named_parameters()))
    if units is not None:
        theta = {name: tensor / units[name] for name, tensor in theta.items()}
    share = Share(lambda theta: maps(theta, lower.images), labels)
    level = LowerLevel((share,), theta, settings.alpha, settings.inner_steps)
    return HYPERGRADIENTS[settings.hypergradient](level, [measure], False, RELATIVE_STEP)


def labels_of(teacher: Detector, batch: FaceBatch) -> Tensor:
    """Return P of a batch (Eq. 2), [N, 1, h, w], normalised by the batch, as numbers."""
    with torch.no_grad():
        return teaching_map(teacher(batch.images).map, batch.labels)


def _anchor(lesson: InfluenceLesson, state: InfluenceState, batch: FaceBatch) -> Tensor:
    if lesson.settings.anchor == "ones":
        return class_map(batch)[batch.attacks]
    return labels_of(state.networks[ANCHOR], batch)[batch.attacks]


def _descend(optimiser: torch.optim.Optimizer, said: Tensor, wanted: Tensor) -> float:
    loss = lower_loss(said, wanted)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return loss.item()
