"""`mtfas teach`: Algorithm 1, whole.

Pretrain MT_t and the surrogate detector (line 1); then, every iteration, let MT_t teach the surrogate for a
few steps on Φ_t (lines 6–7), measure it on Φ_v (line 8), and move MT_t along the hypergradient (line 9);
let MT_v follow (line 10) and, every T iterations, let the surrogate adapt (lines 11–12).
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.func import functional_call

from mtfas.bilevel.higher_level import encourage, follow, recommend_way
from mtfas.bilevel.hypergradient import Hypergradient, hypergradient
from mtfas.bilevel.lower_level import Params, lower_loss
from mtfas.data.augment import augment, check_augmentations
from mtfas.data.batch import FaceBatch
from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import select
from mtfas.data.sampling import Levels, levels_of, pair
from mtfas.runtime.progress import console, track
from mtfas.runtime.seeds import stream
from mtfas.supervision.teacher import teaching_map
from mtfas.training.device import use_device
from mtfas.training.hand_on import save_teachers
from mtfas.training.health import Health, health
from mtfas.training.runs import Run, check_finite, open_run
from mtfas.training.settings import TeachSettings, augmentations
from mtfas.training.teach_state import TeachState, begin_bilevel, fresh_state, networks, restored_state

PROBE_PER_CLASS = 32


@dataclass(frozen=True)
class TeachSummary:
    """A finished teach run: its folder, the teacher's last health, and how the hypergradient was computed."""

    folder: Path
    health: Health
    hypergradient: str
    warnings: list[str]


class Lesson:
    """The fixed surroundings of one teach run: settings, networks, faces. Holds no state of the run."""

    def __init__(self, settings: TeachSettings, faces: FaceSet, levels: Levels) -> None:
        self.settings = settings
        self.faces = faces
        self.levels = levels
        self.teacher, self.surrogate = networks(settings)
        self.names = augmentations(settings.augment)
        self.way, self.why = _way(settings)
        probe = levels.lower.draw(PROBE_PER_CLASS, stream(settings.seed, "probe"))
        self.probe = faces.batch(probe).to(settings.device)
        self.told: set[str] = set()

    def logits(self, omega: Params, images: Tensor) -> Tensor:
        """g_ω(x), [N, 1, h, w], under batch statistics."""
        logits: Tensor = functional_call(self.teacher, omega, (images,)).map
        return logits

    def maps(self, theta: Params, images: Tensor) -> Tensor:
        """f_θ(x), [N, 1, h, w], under batch statistics."""
        maps: Tensor = functional_call(self.surrogate, theta, (images,)).map
        return maps

    def batch(self, index: Tensor, *purpose: str | int) -> FaceBatch:
        """Return an augmented batch; what is random in it depends on the seed and the purpose only."""
        rng = stream(self.settings.seed, "augment", *purpose)
        return augment(self.faces.batch(index), None, self.names, rng)[0].to(self.settings.device)

    def probe_maps(self, omega: Params) -> Tensor:
        """2σ(g) on the probe's attack faces."""
        with torch.no_grad():
            return teaching_map(self.logits(omega, self.probe.images), self.probe.labels)[self.probe.attacks]


def teach(prepared: PreparedSet, out: Path, settings: TeachSettings) -> TeachSummary:
    """Train a meta-teacher into a run folder; go on where an earlier sitting stopped.

    Writes weights.safetensors (MT_t), pretrained.safetensors (the same teacher before the bi-level phase),
    momentum.safetensors (MT_v), surrogate.safetensors and teacher-maps.npz.

    Raises:
        MtfasError: unknown names, a protocol without one of the classes, or a folder of another run.
    """
    check_augmentations(augmentations(settings.augment))
    use_device(settings.device, settings.threads)
    selection = select(prepared, settings.protocol)
    levels = levels_of(selection.train, settings.higher_batch, settings.held_out, settings.seed)
    lesson = Lesson(settings, load_faces(prepared, selection.train), levels)
    details = {
        "protocol": settings.protocol,
        "hypergradient": lesson.way,
        "why": lesson.why,
        "held_out": levels.held_out,
    }
    run = open_run(out, "teach", asdict(settings), prepared, details)
    if not run.finished:
        _run(run, lesson)
    last = Health(**run.record["health"])
    return TeachSummary(out, last, lesson.way, list(last.warnings().values()))


def _run(run: Run, lesson: Lesson) -> None:
    settings = lesson.settings
    total = settings.pretrain_iterations + settings.bilevel_iterations
    saved = run.resume()
    done = saved.step if saved else 0
    if saved:
        state = restored_state(settings, lesson.teacher, lesson.surrogate, done, saved.tensors)
    else:
        state = fresh_state(settings, lesson.teacher, lesson.surrogate)
    for step in track(range(done, total), "teaching", total, done=done):
        _iterate(run, lesson, state, step)
        if (step + 1) % settings.checkpoint_every == 0 or step + 1 == total:
            run.save(step + 1, state.tensors())
    if settings.bilevel_iterations == 0:
        begin_bilevel(state, settings)
    last = health(lesson.probe_maps(state.omega), lesson.probe_maps(state.omega_start))
    save_teachers(run, lesson.teacher, lesson.surrogate, state, lesson.faces, settings)
    run.finish(health=asdict(last))


def _iterate(run: Run, lesson: Lesson, state: TeachState, step: int) -> None:
    settings = lesson.settings
    iteration = step - settings.pretrain_iterations
    if iteration == 0:
        begin_bilevel(state, settings)
    values = bilevel_step(lesson, state, iteration) if iteration >= 0 else pretrain_step(lesson, state, step)
    check_finite(values, step, "--alpha or --beta")
    if step % settings.health_every == 0 or iteration == settings.bilevel_iterations - 1:
        run.log("pretrain" if iteration < 0 else "bilevel", step + 1, **values)
        if iteration >= 0:
            _log_health(run, lesson, state, iteration, step + 1, values)


def pretrain_step(lesson: Lesson, state: TeachState, step: int) -> dict[str, float]:
    """Line 1: attack faces are regressed as one-maps, live faces as zero-maps (Sec. 3.4.1)."""
    settings = lesson.settings
    batch = lesson.batch(
        lesson.levels.lower.draw(settings.m, stream(settings.seed, "pretrain", step)), "pretrain", step
    )
    target = _class_map(batch)
    teacher_loss = lower_loss(2.0 * torch.sigmoid(lesson.logits(state.omega, batch.images)), target)
    surrogate_loss = lower_loss(lesson.maps(state.theta, batch.images), target)
    for loss, optimiser in (
        (teacher_loss, state.teacher_optimiser),
        (surrogate_loss, state.surrogate_optimiser),
    ):
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return {"teacher_loss": teacher_loss.item(), "surrogate_loss": surrogate_loss.item()}


def bilevel_step(lesson: Lesson, state: TeachState, iteration: int) -> dict[str, float]:
    """Lines 4–12 of Algorithm 1."""
    settings = lesson.settings
    found = differentiate(lesson, state, iteration, lesson.way)
    _move_teacher(state, found.gradient)
    state.omega_hat = follow(state.omega_hat, state.omega, _gamma(settings))
    if settings.adapt and iteration % settings.period == 0:
        _adapt(state, found.adapted)
    norm = torch.stack([g.square().sum() for g in found.gradient.values()]).sum().sqrt()
    return {
        "outer_loss": float(found.outer_loss),
        "lower_loss": float(found.lower_losses[0]),
        "hypergradient_norm": float(norm),
    }


def differentiate(lesson: Lesson, state: TeachState, iteration: int, way: str) -> Hypergradient:
    """Return the gradient of Eq. 12 (the μ-term included) on the batches of an iteration; nothing is changed.

    Args:
        lesson: settings, networks, faces.
        state: where the networks stand.
        iteration: whose batches Φ_t and Φ_v are drawn.
        way: one of HYPERGRADIENTS.
    """
    settings = lesson.settings
    inner, outer = pair(lesson.levels, settings.m, settings.n, stream(settings.seed, "bilevel", iteration))
    lower, higher = lesson.batch(inner, "lower", iteration), lesson.batch(outer, "higher", iteration)
    wanted = _yardstick(lesson, state, higher)
    return hypergradient(
        way,
        student=lambda theta: lesson.maps(theta, lower.images),
        theta=state.theta,
        teacher=lambda omega: lesson.logits(omega, lower.images),
        omega=state.omega,
        outer=lambda theta: lower_loss(lesson.maps(theta, higher.images), wanted, settings.loss),
        alpha=settings.alpha,
        steps=settings.inner_steps,
        loss=settings.loss,
        truncated=settings.truncated,
        to_labels=lambda logits: teaching_map(logits, lower.labels),
        penalty=lambda logits: encourage(logits, settings.mu),
    )


def _move_teacher(state: TeachState, gradient: Params) -> None:
    """Eq. 12: one step of the outer optimiser along the hypergradient, the μ-term included."""
    for name, parameter in state.omega.items():
        parameter.grad = gradient[name]
    state.teacher_optimiser.step()


def _adapt(state: TeachState, adapted: Params) -> None:
    """Line 12: θ ← θ*."""
    with torch.no_grad():
        for name, parameter in state.theta.items():
            parameter.copy_(adapted[name])


def _yardstick(lesson: Lesson, state: TeachState, batch: FaceBatch) -> Tensor:
    """The maps L_v compares with: MT_v's (Eq. 4), or the ablation's and the option's other choices."""
    if lesson.settings.yardstick == "class":
        return _class_map(batch)
    omega = {"momentum": state.omega_hat, "frozen": state.omega_start, "self": state.omega}[
        lesson.settings.yardstick
    ]
    with torch.no_grad():
        return teaching_map(lesson.logits(omega, batch.images), batch.labels)


def _class_map(batch: FaceBatch) -> Tensor:
    return batch.labels.float()[:, None, None, None].expand(-1, 1, *batch.map_shape())


def _gamma(settings: TeachSettings) -> float:
    return 1.0 if settings.yardstick == "frozen" else settings.gamma


def _way(settings: TeachSettings) -> tuple[str, str]:
    if settings.hypergradient != "auto":
        return settings.hypergradient, "asked for"
    pretrained = settings.pretrain_iterations > 0
    advice = recommend_way(settings.loss, settings.alpha, settings.inner_steps, pretrained)
    return advice.way, advice.reason


def _log_health(
    run: Run, lesson: Lesson, state: TeachState, iteration: int, step: int, values: dict[str, float]
) -> None:
    now = health(lesson.probe_maps(state.omega), lesson.probe_maps(state.omega_start))
    run.log("health", step, iteration=iteration, **asdict(now), **values)
    for kind, sentence in now.warnings().items():
        if kind not in lesson.told:  # once each: the log has the rest
            console.print(f"warning, iteration {iteration}: {sentence}", style="yellow", highlight=False)
        lesson.told.add(kind)
