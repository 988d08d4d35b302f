"""`mtfas costs`: what a training iteration of every method of Table 4 costs, teacher and student.

Operations are counted by torch on real steps (steps.py), two for each multiply–add. The paper evidently
counts a multiply–add once, with 32 faces a batch: then FAS-DR's step is its 280 G.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mtfas.bench.bilevel import OWN
from mtfas.bench.costplan import (
    NO_TEACHER,
    ONLINE,
    ROWS,
    Key,
    Study,
    bilevel_ways,
    phases_of,
    student_step,
    teacher_steps,
)
from mtfas.bench.steps import RealStep
from mtfas.bench.timing import interleaved
from mtfas.errors import BadRun
from mtfas.evaluation.runfolder import read_record
from mtfas.runtime.progress import track
from mtfas.training.device import use_device
from mtfas.training.teachers import META_TEACHER

SAME_TEACHER = {"fitnets": "distill"}
"""Whose runs are as good: FitNets has Distill's teacher (Sec. 4.3)."""

PER_MULTIPLY_ADD = 2
"""Operations torch counts for one multiply–add."""


@dataclass(frozen=True)
class StepCost:
    """A training iteration of a teacher.

    Attributes:
        phase: "training", "pretraining" or "bi-level".
        iterations: of the phase.
        flops: of one, with the whole batch.
        seconds: of one on this machine; None where it was not timed.
        measured: how much of it was run, in words; empty when all of it.
    """

    phase: str
    iterations: int
    flops: int
    seconds: float | None
    measured: str


@dataclass(frozen=True)
class MethodCost:
    """A row: operations of an iteration with the whole batch.

    Attributes:
        method: one of ROWS.
        teacher: its network; None where nothing is taught beforehand.
        student: the detector.
        flops_teacher: FLOPs_T; of the meta-teacher the bi-level iteration in the way its preset chooses.
        flops_student: FLOPs_S as the paper counts: the teacher labels the batch within the step.
        flops_student_ours: the same with labels made once, before training.
        iterations: of the teacher, all phases and generations; 0 without one.
        student_iterations: of the student.
        teacher_seconds: Time_T; None without a teacher.
        seconds_from: "runs" (mean wall time of finished ones), "estimate" (iterations × a timed step) or "".
        steps: of the teacher, phase by phase.
        ways: operations of a bi-level iteration by the way of its hypergradient; empty but for the
            meta-teacher.
        measured: how much of the student's step was run, in words; empty when all of it.
    """

    method: str
    teacher: str | None
    student: str
    flops_teacher: int | None
    flops_student: int
    flops_student_ours: int
    iterations: int
    student_iterations: int
    teacher_seconds: float | None
    seconds_from: str
    steps: tuple[StepCost, ...]
    ways: Mapping[str, int]
    measured: str


def method_costs(study: Study, rounds: int, runs: Sequence[Path] = ()) -> list[MethodCost]:
    """Count every method's iterations, and time those of teachers that no run tells of.

    Args:
        study: from `study_of`.
        rounds: of timing.
        runs: finished `mtfas teach` runs, for their wall time.

    Raises:
        BadRun: a run is unfinished, or was taught otherwise than the study's.
    """
    told = wall_seconds(study, runs)
    use_device(study.student.device, study.student.threads)
    steps = teacher_steps(study)
    flops = {key: step.flops() for key, step in track(steps.items(), "counting teachers", len(steps))}
    untold = {key for method in ROWS if method not in told for key in phases_of(study, method)}
    seconds = _seconds({key: steps[key] for key in steps if key in untold}, rounds, study.student.device)
    ways = {
        way: step().flops() for way, step in track(bilevel_ways(study).items(), "counting ways", len(OWN))
    }
    rows = []
    for method, students in track(_students(study), "counting students", len(ROWS)):
        taught = tuple(
            StepCost(key[1], count, flops[key], seconds.get(key), steps[key].words())
            for key, count in phases_of(study, method).items()
        )
        of_ways = ways if method == META_TEACHER else {}
        rows.append(_row(study, method, taught, students, told.get(method), of_ways))
    return rows


def _seconds(steps: Mapping[Key, RealStep], rounds: int, device: str) -> dict[Key, float]:
    if not steps:
        return {}
    names = {" ".join(key): key for key in steps}
    medians = interleaved({name: steps[key].call for name, key in names.items()}, rounds, device)
    return {key: medians[name] * steps[key].share.factor for name, key in names.items()}


@dataclass(frozen=True)
class _Student:
    """Operations of a student's iteration: labels inside, labels made before; and what of it was run."""

    inside: int
    before: int
    measured: str


def _students(study: Study) -> Iterator[tuple[str, _Student]]:
    plain = student_step(study, NO_TEACHER, labels_inside=False).flops()
    for method in ROWS:
        step = student_step(study, method, labels_inside=True)
        inside = step.flops()
        # FitNets' teacher is asked for its features on the faces as augmented, OKDDip's peers learn beside
        # the leader: nothing of that can be done before.
        before = inside if method in (ONLINE, "fitnets") else plain
        yield method, _Student(inside, before, step.words())


def _row(
    study: Study,
    method: str,
    steps: tuple[StepCost, ...],
    student: _Student,
    told: float | None,
    ways: Mapping[str, int],
) -> MethodCost:
    names = {
        META_TEACHER: study.meta.backbone,
        **{name: own.backbone for name, own in study.teachers.items()},
    }
    estimate = sum(step.iterations * step.seconds for step in steps if step.seconds is not None)
    seconds = told if told is not None else estimate
    return MethodCost(
        method,
        names[method] if steps else None,
        study.student.detector,
        steps[-1].flops if steps else None,
        student.inside,
        student.before,
        sum(step.iterations for step in steps),
        study.student.iterations,
        seconds if steps else None,
        ("runs" if told is not None else "estimate") if steps else "",
        steps,
        ways,
        student.measured,
    )


def wall_seconds(study: Study, runs: Sequence[Path]) -> dict[str, float]:
    """Return the mean wall time of the runs of each method, seconds.

    Raises:
        BadRun: one is unfinished, of a method without a teacher here, or not taught as the study's are.
    """
    found: dict[str, list[float]] = {}
    for folder in runs:
        record = read_record(folder, "teach")
        method = record.get("method", META_TEACHER)
        _check_same(folder, method, record["settings"], study)
        found.setdefault(method, []).append(float(record["wall_seconds"]))
    for method, other in SAME_TEACHER.items():
        both = found.get(method, []) + found.get(other, [])
        if both:
            found[method] = found[other] = both
    return {method: statistics.fmean(seconds) for method, seconds in found.items()}


_SAME = (
    "backbone", "surrogate", "generations", "iterations", "per_class", "pretrain_iterations",
    "bilevel_iterations", "m", "n", "inner_steps",
)  # fmt: skip
"""What a teacher's time depends on, so that a run must share it with its row."""


def _check_same(folder: Path, method: str, theirs: Mapping[str, Any], study: Study) -> None:
    if method == ONLINE or (method not in study.teachers and method != META_TEACHER):
        raise BadRun(
            f"{folder} was taught by --method {method}, but the costs have no such teacher; "
            "leave it out of --runs."
        )
    ours = asdict(study.meta if method == META_TEACHER else study.teachers[method])
    other = [name for name in _SAME if name in ours and theirs.get(name) != ours[name]]
    if other:
        said = ", ".join(f"{name} {theirs.get(name)} instead of {ours[name]}" for name in other)
        raise BadRun(
            f"{folder} was taught otherwise than preset {study.preset} says ({said}), so its time is not "
            "this row's; give the preset it was taught with."
        )


def as_json(rows: Sequence[MethodCost], study: Study, machine: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows as JSON values, each with its multiply–adds and with what it was counted on."""
    faces, meta = 2 * study.student.per_class, study.meta
    given = {"preset": study.preset, "size": study.size, "faces": faces, "surrogate": meta.surrogate,
             "bilevel_faces": [2 * meta.m, 2 * meta.n], "machine": dict(machine)}  # fmt: skip
    return [{**asdict(row), "multiply_adds": multiply_adds(row), **given} for row in rows]


def multiply_adds(row: MethodCost) -> dict[str, float | None]:
    """Return the row's operations in the paper's unit, a multiply–add counted once."""
    counted = {
        "teacher": row.flops_teacher,
        "student": row.flops_student,
        "student_ours": row.flops_student_ours,
    }
    return {name: None if value is None else value / PER_MULTIPLY_ADD for name, value in counted.items()}


@dataclass(frozen=True)
class PaperUnits:
    """A row in the paper's unit, as its Table 4 prints it: multiply–adds of an iteration.

    Attributes:
        flops_teacher: FLOPs_T; None without a teacher.
        flops_student: FLOPs_S.
    """

    flops_teacher: float | None
    flops_student: float


def in_paper_units(row: MethodCost) -> PaperUnits:
    """Return what stands in Table 4 of a row."""
    teacher = row.flops_teacher
    return PaperUnits(
        None if teacher is None else teacher / PER_MULTIPLY_ADD, row.flops_student / PER_MULTIPLY_ADD
    )
