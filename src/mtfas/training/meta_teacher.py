"""`mtfas teach`: Algorithm 1, whole.

Pretrain MT_t and the surrogate detector (line 1); then, every iteration, let MT_t teach the surrogate for a
few steps on Φ_t (lines 6–7), measure it on Φ_v (line 8), and move MT_t along the hypergradient (line 9);
let MT_v follow (line 10) and, every T iterations, let the surrogate adapt (lines 11–12).
"""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from mtfas.data.ahead import Ahead
from mtfas.data.augment import check_augmentations
from mtfas.data.batch import FaceBatch
from mtfas.data.dataset import load_faces
from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import select
from mtfas.data.sampling import levels_of
from mtfas.errors import BadSetting
from mtfas.runtime import processes
from mtfas.runtime.progress import console, listen, track
from mtfas.training.device import peak_memory, use_device
from mtfas.training.hand_on import save_teachers
from mtfas.training.health import Health, health
from mtfas.training.lesson import Batches, Lesson
from mtfas.training.runs import Run, check_finite, open_run
from mtfas.training.settings import TeachSettings, augmentations
from mtfas.training.teach_state import TeachState, fresh_state, restored_state
from mtfas.training.teachers import META_TEACHER
from mtfas.training.two_levels import begin_bilevel, bilevel_step, pretrain_step


@dataclass(frozen=True)
class TeachSummary:
    """A finished teach run.

    Attributes:
        folder: the run folder.
        health: the teacher's last health; `warnings` says what is wrong with it.
        hypergradient: how it was computed, and `why`.
        parts: into how many parts each process divided its faces of a batch.
        waiting: share of the last sitting's wall time in the loop that was spent waiting for batches.
    """

    folder: Path
    health: Health
    hypergradient: str
    why: str
    parts: int
    waiting: float
    warnings: list[str]


def teach(prepared: PreparedSet, out: Path, settings: TeachSettings) -> TeachSummary:
    """Train a meta-teacher into a run folder; go on where an earlier sitting stopped.

    Writes weights.safetensors (MT_t), pretrained.safetensors (the same teacher before the bi-level phase),
    momentum.safetensors (MT_v), surrogate.safetensors and teacher-maps.npz.

    Raises:
        MtfasError: unknown names, a protocol without one of the classes, or a folder of another run.
    """
    check_augmentations(augmentations(settings.augment))
    if settings.processes != processes.count():
        raise BadSetting(
            f"the settings are for {settings.processes} processes, but torchrun started {processes.count()}; "
            "set `processes` to that number."
        )
    use_device(settings.device, settings.threads)
    if not processes.leads():
        listen(lambda *_: None)
    selection = select(prepared, settings.protocol)
    levels = levels_of(selection.train, settings.higher_batch, settings.held_out, settings.seed)
    lesson = Lesson(settings, load_faces(prepared, selection.train), levels)
    details = {
        "protocol": settings.protocol,
        "method": META_TEACHER,
        "hypergradient": lesson.way,
        "why": lesson.why,
        "held_out": levels.held_out,
        "parts": lesson.parts,
    }
    run = open_run(out, "teach", asdict(settings), prepared, details)
    if not run.finished:
        _run(run, lesson)
    processes.wait_for_all()
    last = Health(**run.record["health"])
    waiting = run.record["waiting"]
    warnings = list(last.warnings().values())
    return TeachSummary(out, last, lesson.way, lesson.why, lesson.parts, waiting, warnings)


def _run(run: Run, lesson: Lesson) -> None:
    settings = lesson.settings
    total = settings.pretrain_iterations + settings.bilevel_iterations
    saved = run.resume()
    done = saved.step if saved else 0
    if saved:
        state = restored_state(settings, lesson.teacher, lesson.surrogate, done, saved.tensors)
    else:
        state = fresh_state(settings, lesson.teacher, lesson.surrogate)
    if state.statistics:
        lesson.remember(state)
    begun = time.perf_counter()
    with Ahead(lesson.faces_of, done, total, settings.device == "cuda") as ahead:
        for step, faces in track(enumerate(ahead, start=done), "teaching", total, done=done):
            _iterate(run, lesson, state, step, faces)
            if (step + 1) % settings.checkpoint_every == 0 or step + 1 == total:
                run.save(step + 1, state.tensors())
    seconds = time.perf_counter() - begun
    if settings.bilevel_iterations == 0:
        begin_bilevel(lesson, state)
    last = health(lesson.probe_maps(state.omega), lesson.probe_maps(state.omega_start))
    save_teachers(run, lesson.teacher, lesson.surrogate, state, lesson.faces, settings)
    waiting = round(ahead.waited / seconds, 4) if seconds else 0.0
    run.finish(health=asdict(last), waiting=waiting, peak_mb=peak_memory(settings.device))


def _iterate(
    run: Run, lesson: Lesson, state: TeachState, step: int, faces: list[FaceBatch] | Batches
) -> None:
    settings = lesson.settings
    iteration = step - settings.pretrain_iterations
    if iteration == 0:
        begin_bilevel(lesson, state)
    if isinstance(faces, Batches):
        values = bilevel_step(lesson, state, faces, iteration)
    else:
        values = pretrain_step(lesson, state, faces)
    check_finite(values, step, "--alpha or --beta")
    if step % settings.health_every == 0 or iteration == settings.bilevel_iterations - 1:
        run.log("pretrain" if iteration < 0 else "bilevel", step + 1, **values)
        if iteration >= 0:
            _log_health(run, lesson, state, iteration, step + 1, values)


def _log_health(
    run: Run, lesson: Lesson, state: TeachState, iteration: int, step: int, values: dict[str, float]
) -> None:
    now = health(lesson.probe_maps(state.omega), lesson.probe_maps(state.omega_start))
    run.log("health", step, iteration=iteration, **asdict(now), **values)
    for kind, sentence in now.warnings().items():
        if kind not in lesson.told and processes.leads():  # once each: the log has the rest
            console.print(f"warning, iteration {iteration}: {sentence}", style="yellow", highlight=False)
        lesson.told.add(kind)
