"""The training iterations behind Table 4, as real steps: what each teacher takes, and each student."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mtfas.bench.bilevel import OWN
from mtfas.bench.steps import RealStep, bilevel, pretraining, supervised
from mtfas.errors import BadSetting, unknown_name
from mtfas.models import SURROGATES, build_detector, build_teacher
from mtfas.models.detector import STRIDE
from mtfas.synthetic.presets import PRESETS
from mtfas.training.distill_settings import METHODS, DistillSettings, distill_settings
from mtfas.training.learners import PlainLearner
from mtfas.training.learners.fitnets import FitnetsLearner
from mtfas.training.learners.okddip import OkddipLearner, peers_of
from mtfas.training.settings import TeachSettings, TrainSettings, teach_settings, train_settings
from mtfas.training.teachers import META_TEACHER

ONLINE = "okddip"
NO_TEACHER = "depth"
ROWS = (NO_TEACHER, "distill", "bans", "fitnets", "distill-light", ONLINE, META_TEACHER)
"""The methods, in the order of Table 4."""


@dataclass(frozen=True)
class Study:
    """What is counted.

    Attributes:
        preset: its name.
        size: side of the faces, pixels.
        student: how the detector is trained.
        teachers: how each teacher of distillation is trained, by method.
        meta: how the meta-teacher is trained.
    """

    preset: str
    size: int
    student: TrainSettings
    teachers: Mapping[str, DistillSettings]
    meta: TeachSettings


def study_of(
    preset: str,
    size: int | None = None,
    surrogate: str | None = None,
    inner_steps: int | None = None,
    device: str = "cpu",
    threads: int = 1,
) -> Study:
    """Return what a preset trains in Table 4; its size is that of the preset's built-in data, unless given.

    Raises:
        BadSetting: an unknown preset or surrogate, or a size that networks do not have.
    """
    if preset not in PRESETS:
        raise unknown_name("preset", preset, PRESETS)
    side = PRESETS[preset].size if size is None else size
    if side % STRIDE or not 4 * STRIDE <= side <= 1024:
        raise BadSetting(f"--size must be a multiple of {STRIDE} from {4 * STRIDE} to 1024, got {side}.")
    if surrogate is not None and surrogate not in SURROGATES:
        raise unknown_name("surrogate", surrogate, SURROGATES)
    common: dict[str, Any] = {"protocol": "costs", "device": device, "threads": threads}
    student = METHODS["bans"].backbones[preset]  # born-again networks: the student's own
    return Study(
        preset,
        side,
        train_settings(preset, detector=student, **common),
        {name: distill_settings(preset, name, **common) for name in ROWS if name in METHODS},
        teach_settings(preset, surrogate=surrogate, inner_steps=inner_steps, **common),
    )


Key = tuple[str, str]
"""(network that learns or "meta-teacher", phase): an iteration that several methods take is counted once."""


def phases_of(study: Study, method: str) -> dict[Key, int]:
    """Return a teacher's iterations by phase, those of all generations together."""
    if method in (NO_TEACHER, ONLINE):
        return {}
    if method == META_TEACHER:
        return {
            (META_TEACHER, "pretraining"): study.meta.pretrain_iterations,
            (META_TEACHER, "bi-level"): study.meta.bilevel_iterations,
        }
    own = study.teachers[method]
    return {(own.backbone, "training"): own.iterations * own.generations}


def teacher_steps(study: Study) -> dict[Key, RealStep]:
    """Return every iteration that some teacher of the study takes, in the rows' order."""
    settings = study.teachers["distill"]  # a preset gives all of them the same batch
    keys = dict.fromkeys(key for method in ROWS for key in phases_of(study, method))
    steps = {}
    for name, phase in keys:
        if phase == "pretraining":
            steps[name, phase] = pretraining(study.meta, study.size)
        elif phase == "bi-level":
            steps[name, phase] = bilevel(study.meta, study.size)
        else:
            steps[name, phase] = _plain(
                replace(study.student, per_class=settings.per_class), study.size, name
            )
    return steps


def _plain(settings: TrainSettings, size: int, name: str) -> RealStep:
    net = build_teacher(name, seed=0)
    return supervised(settings, size, lambda material: PlainLearner(material, net), [net])


def bilevel_ways(study: Study) -> dict[str, Callable[[], RealStep]]:
    """Return the bi-level iteration by every way of its hypergradient, each built when called."""

    def way_of(way: str) -> Callable[[], RealStep]:
        truncated = way == "truncated"
        name = "finite-difference" if truncated else way
        settings = replace(study.meta, hypergradient=name, truncated=truncated)
        return lambda: bilevel(settings, study.size)

    return {way: way_of(way) for way in OWN}


def student_step(study: Study, method: str, labels_inside: bool) -> RealStep:
    """Return the student's iteration under a method.

    Args:
        study: from `study_of`.
        method: one of ROWS.
        labels_inside: its teacher labels the batch within the step, as the paper counts; FitNets' and
            OKDDip's teachers are in the step in any case.
    """
    settings, size = study.student, study.size
    net = build_detector(settings.detector, seed=0)
    if method == ONLINE:
        return supervised(settings, size, OkddipLearner, [net, peers_of(settings)])
    if method == "fitnets":
        teacher = build_teacher(study.teachers[method].backbone, seed=0)
        return supervised(settings, size, FitnetsLearner, [net], teacher)
    if method == NO_TEACHER or not labels_inside:
        return supervised(settings, size, PlainLearner, [net])
    backbone = study.meta.backbone if method == META_TEACHER else study.teachers[method].backbone
    return supervised(
        settings, size, PlainLearner, [net], build_teacher(backbone, seed=0), labels_inside=True
    )
