"""`mtfas teach --method influence`: the teacher regresses the change that unseen faces want of its labels.

Several surrogates have each learned without a part of the training set: a species, a camera, some subjects.
Every iteration one of them is taught for a few steps on faces it knows and measured on faces it has never
seen (lines 4–8 of Algorithm 1); the influence of every label pixel on that measure is a noisy observation of
what labels should be, and the teacher regresses `anchor + reach × wanted change` (bilevel.trust) instead of
descending. After a round the teacher is the new anchor, and new surrogates learn from its labels.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from mtfas.data.augment import check_augmentations
from mtfas.data.dataset import load_faces
from mtfas.data.episodes import episodes_of
from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import select
from mtfas.data.sampling import pool_of
from mtfas.runtime.progress import track
from mtfas.training.device import use_device
from mtfas.training.hand_on import save_maps, settle
from mtfas.training.health import Health, health
from mtfas.training.influence_settings import InfluenceSettings
from mtfas.training.influence_state import (
    START,
    TEACHER,
    InfluenceState,
    begin_round,
    fresh_state,
    renew_surrogates,
)
from mtfas.training.influence_steps import InfluenceLesson, influence_step, labels_of, prepare_step
from mtfas.training.runs import Run, check_finite, open_run
from mtfas.training.settings import augmentations
from mtfas.training.snapshot import put_back, tensors_of
from mtfas.training.teachers import INFLUENCE


@dataclass(frozen=True)
class InfluenceSummary:
    """A finished run: its folder, the teacher's last health, and what each surrogate had never seen."""

    folder: Path
    health: Health
    held_out: list[str]


def teach_by_influence(prepared: PreparedSet, out: Path, settings: InfluenceSettings) -> InfluenceSummary:
    """Train a teacher by influence regression into a run folder; go on where an earlier sitting stopped.

    Writes weights.safetensors, pretrained.safetensors (the same teacher before) and teacher-maps.npz.

    Raises:
        MtfasError: unknown names, a training set that cannot be divided so, or a folder of another run.
    """
    check_augmentations(augmentations(settings.augment))
    use_device(settings.device, settings.threads)
    rows = select(prepared, settings.protocol).train
    episodes = episodes_of(rows, settings.unseen, settings.surrogates, settings.seed)
    return run_influence(
        prepared, out, InfluenceLesson(settings, load_faces(prepared, rows), pool_of(rows), episodes)
    )


def run_influence(prepared: PreparedSet, out: Path, lesson: InfluenceLesson) -> InfluenceSummary:
    """Do the same with a lesson that was put together elsewhere."""
    settings, hidden = lesson.settings, [episode.held_out for episode in lesson.episodes]
    details = {"protocol": settings.protocol, "method": INFLUENCE, "held_out": hidden}
    run = open_run(out, "teach", asdict(settings), prepared, details)
    if not run.finished:
        _run(run, lesson)
    return InfluenceSummary(out, Health(**run.record["health"]), hidden)


def _run(run: Run, lesson: InfluenceLesson) -> None:
    settings = lesson.settings
    saved = run.resume()
    done, state = (saved.step if saved else 0), fresh_state(settings)
    if saved:
        put_back(saved.tensors, state.networks, _optimisers_at(state, settings, done))
    for step in track(range(done, settings.steps), "teaching", settings.steps, done=done):
        _iterate(run, lesson, state, step)
        if (step + 1) % settings.checkpoint_every == 0 or step + 1 == settings.steps:
            run.save(step + 1, tensors_of(state.networks, state.optimisers))
    last = _health(lesson, state)
    _hand_on(run, lesson, state)
    run.finish(health=asdict(last))


def _optimisers_at(
    state: InfluenceState, settings: InfluenceSettings, done: int
) -> dict[str, torch.optim.Optimizer]:
    """Make the optimisers those of the phase that the last step was in; their moments come back then."""
    turn, iteration = settings.phase(done - 1)
    if iteration >= 0:
        begin_round(state, settings, turn)
    elif turn > 0:
        renew_surrogates(state, settings, turn)
    return state.optimisers


def _iterate(run: Run, lesson: InfluenceLesson, state: InfluenceState, step: int) -> None:
    settings = lesson.settings
    turn, iteration = settings.phase(step)
    if iteration == -settings.pretrain_iterations and turn > 0:
        renew_surrogates(state, settings, turn)
    if iteration == 0:
        begin_round(state, settings, turn)
    values = prepare_step(lesson, state, step) if iteration < 0 else influence_step(lesson, state, step)
    check_finite(values, step, "--rate or --pretrain-rate")
    if step % settings.health_every == 0 or iteration == settings.iterations - 1:
        if iteration < 0:
            run.log("pretrain", step + 1, round=turn, **values)
        else:
            shown = asdict(_health(lesson, state))
            over_all = turn * settings.iterations + iteration
            run.log("health", step + 1, round=turn, iteration=over_all, **values, **shown)


def _health(lesson: InfluenceLesson, state: InfluenceState) -> Health:
    probe = lesson.probe()
    now, start = (labels_of(state.networks[role], probe)[probe.attacks] for role in (TEACHER, START))
    return health(now, start)


def _hand_on(run: Run, lesson: InfluenceLesson, state: InfluenceState) -> None:
    own = lesson.faces
    for name, role in (("weights", TEACHER), ("pretrained", START)):
        run.save_network(
            name, settle(state.networks[role], own, lesson.settings.seed, lesson.settings.device)
        )
    save_maps(run, own, state.networks[START], state.teacher, lesson.settings.device)
