"""The cost columns of Table 4: what arithmetic demands of them, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mtfas import __version__
from mtfas.bench.bilevel import OWN, flops_of, hypergradient_by, lesson_for
from mtfas.bench.costplan import ROWS, Study, bilevel_ways, phases_of, student_step, study_of, teacher_steps
from mtfas.bench.costs import MethodCost, as_json, in_paper_units, method_costs, wall_seconds
from mtfas.bench.memory import noise
from mtfas.bench.steps import MEMORY, Share, bilevel, label, pretraining, share_within, supervised
from mtfas.cli import costing
from mtfas.errors import BadRun, BadSetting
from mtfas.models import TEACHERS, build_detector, build_teacher, count_macs
from mtfas.training.learners import PlainLearner
from mtfas.training.memory import GIB

PAPER_GIGA = 1e9
STEM = 3 * 16 * 9 * 256 * 256
"""Multiply–adds of FAS-DR's first convolution, whose input needs no gradient."""


@pytest.fixture(scope="module")
def tiny() -> tuple[Study, list[MethodCost]]:
    study = study_of("tiny")
    return study, method_costs(study, rounds=1)


def small(study: Study, size: int = 32, per_class: int = 2) -> Study:
    """The same networks with a few small faces."""
    return replace(
        study,
        size=size,
        student=replace(study.student, per_class=per_class),
        teachers={name: replace(own, per_class=per_class) for name, own in study.teachers.items()},
        meta=replace(study.meta, m=2, n=2),
    )


@pytest.mark.parametrize("name", TEACHERS)
def test_a_forward_pass_is_two_operations_a_multiply_add(name: str) -> None:
    net, images = build_teacher(name, seed=0), noise(64, 2).images.float() / 255
    assert flops_of(lambda: label(net, images)) == 4 * 2 * count_macs(net, 64)


def test_a_training_step_is_three_passes_but_for_the_images_gradient() -> None:
    study = small(study_of("paper"))
    step = student_step(study, "depth", labels_inside=False)
    net, stem = build_detector("fas-dr", seed=0), STEM * 32 * 32 // (256 * 256)
    assert step.flops() == 2 * 4 * (3 * count_macs(net, 32) - stem)


def test_the_papers_unit_and_the_deep_teacher() -> None:
    """From 4 faces of 32 px to 32 of 256 px by the linearity that is tested below."""
    study, up = small(study_of("paper")), 8 * 64
    own = student_step(study, "depth", labels_inside=False).flops() * up / 2
    taught = {key: step.flops() * up / 2 for key, step in teacher_steps(study).items()}
    assert own == pytest.approx(280 * PAPER_GIGA, rel=0.002)
    assert taught["fas-dr", "training"] == own
    assert taught["fas-dr-deep", "training"] / own == pytest.approx(1.609, abs=0.01)
    labels = count_macs(build_teacher("fas-dr-deep", seed=0), 256) * 32
    inside = student_step(study, "distill", labels_inside=True).flops() * up / 2
    assert inside == own + labels
    assert inside == pytest.approx(431 * PAPER_GIGA, rel=0.002)


@pytest.mark.parametrize("method", ["depth", "distill", "fitnets", "okddip"])
def test_operations_are_linear_in_faces(method: str) -> None:
    study = study_of("tiny")
    few, many = (
        student_step(small(study, per_class=count), method, labels_inside=True).flops() for count in (1, 3)
    )
    assert many == 3 * few


@pytest.mark.parametrize("method", ["depth", "distill", "fitnets"])
def test_operations_of_convolutions_are_linear_in_pixels(method: str) -> None:
    study = study_of("tiny")
    low, high = (student_step(small(study, size), method, labels_inside=True).flops() for size in (32, 64))
    assert high == 4 * low


def test_the_attention_of_peers_is_not_linear_in_pixels() -> None:
    study = study_of("tiny")
    low, high = (student_step(small(study, size), "okddip", labels_inside=True).flops() for size in (32, 64))
    assert high < 4 * low


@pytest.mark.parametrize("way", OWN)
def test_a_part_of_a_bilevel_iteration_is_multiplied_up_exactly(way: str) -> None:
    study = study_of("tiny", size=64)
    truncated, name = way == "truncated", "finite-difference" if way == "truncated" else way
    settings = replace(study.meta, m=4, n=2, hypergradient=name, truncated=truncated)
    whole, part, tiny_part = (bilevel(settings, 64, limit) for limit in (GIB, 34 << 20, 10 << 20))
    assert whole.share == Share()
    assert part.share == Share(2)
    assert tiny_part.share == Share(2, 1)
    assert part.words() == "6 of 12 faces"
    assert tiny_part.words() == "6 of 12 faces at 32 px"
    assert whole.flops() == part.flops() == tiny_part.flops()


@pytest.mark.parametrize("way", OWN)
def test_the_iteration_counts_what_the_hypergradient_alone_does(way: str) -> None:
    study = small(study_of("tiny"))
    lesson, state = lesson_for(study.meta, noise(32, 4))
    batches = lesson.batches(0)
    assert bilevel_ways(study)[way]().flops() == flops_of(
        lambda: hypergradient_by(lesson, state, batches, way)
    )


def test_pretraining_is_a_step_of_both_networks() -> None:
    study = small(study_of("tiny"))
    alone = student_step(study, "depth", labels_inside=False).flops()
    assert pretraining(study.meta, 32).flops() == 2 * alone


def test_an_inner_step_more_costs_the_same_each_time() -> None:
    """Unrolled: an inner step with a graph, and the way back through it."""
    settings = replace(small(study_of("tiny")).meta, hypergradient="unrolled")
    one, two, three = (bilevel(replace(settings, inner_steps=steps), 32).flops() for steps in (1, 2, 3))
    assert three - two == two - one > 0


def test_the_largest_part_that_fits() -> None:
    def need(parts: int, side: int) -> float:
        return 1000 * side**2 / 64**2 / parts

    assert share_within(6, 64, need, 1000) == Share(1)
    assert share_within(6, 64, need, 400) == Share(3)
    assert share_within(6, 64, need, 100) == Share(6, 1)
    assert Share(6, 1).factor == 24
    for halve, limit in ((False, 100), (True, 1)):
        with pytest.raises(BadSetting, match="even the smallest part"):
            share_within(6, 64, need, limit, halve)


def test_a_part_of_a_step_leaves_the_sides_alone_where_layers_are_linear() -> None:
    study = study_of("tiny", size=64)
    peers, net = build_teacher("fas-dr-light", seed=0), build_detector("fas-dr-light-bc", seed=0)
    given = replace(study.student, detector="fas-dr-light-bc")
    assert supervised(given, 64, PlainLearner, [net, peers], limit=MEMORY).share == Share()
    with pytest.raises(BadSetting, match="even the smallest part"):
        supervised(given, 64, PlainLearner, [net, peers], limit=1e5)


def test_the_rows(tiny: tuple[Study, list[MethodCost]]) -> None:
    study, rows = tiny
    assert tuple(row.method for row in rows) == ROWS
    by = {row.method: row for row in rows}
    plain = by["depth"].flops_student
    for method in ("depth", "okddip"):
        assert by[method].flops_teacher is None
        assert by[method].teacher_seconds is None
        assert by[method].iterations == 0
    for method in ("distill", "bans", "distill-light", "meta-teacher"):
        assert by[method].flops_student_ours == plain < by[method].flops_student
    for method in ("fitnets", "okddip"):
        assert by[method].flops_student_ours == by[method].flops_student
    assert by["fitnets"].flops_teacher == by["distill"].flops_teacher
    assert by["fitnets"].flops_student > by["distill"].flops_student
    assert by["okddip"].flops_student > 3 * plain
    assert by["bans"].iterations == 2 * study.teachers["bans"].iterations, "two generations at this preset"
    meta = by["meta-teacher"]
    assert meta.iterations == study.meta.pretrain_iterations + study.meta.bilevel_iterations
    assert [step.phase for step in meta.steps] == ["pretraining", "bi-level"]
    assert meta.flops_teacher == meta.ways["finite-difference"] < meta.ways["unrolled"]
    assert set(meta.ways) == set(OWN)
    assert meta.teacher_seconds == pytest.approx(
        sum(step.iterations * step.seconds for step in meta.steps if step.seconds is not None)
    )
    assert in_paper_units(meta).flops_teacher == meta.flops_teacher / 2
    assert in_paper_units(by["depth"]).flops_teacher is None


def test_the_json_form(tiny: tuple[Study, list[MethodCost]]) -> None:
    study, rows = tiny
    found = json.loads(json.dumps(as_json(rows, study, {"processor": "x"}), allow_nan=False))
    promised = {"method", "flops_teacher", "flops_student", "teacher_seconds", "iterations"}
    assert all(promised <= set(row) for row in found)
    assert found[1]["multiply_adds"]["teacher"] == found[1]["flops_teacher"] / 2
    assert found[0]["size"] == 32


def finished(folder: Path, settings: dict[str, Any], seconds: float, **changed: object) -> Path:
    folder.mkdir()
    record = {"format": 1, "mtfas": __version__, "kind": "teach", "settings": settings, "finished": True,
              "wall_seconds": seconds}  # fmt: skip
    (folder / "run.json").write_text(json.dumps(record | changed))
    return folder


def test_times_of_runs(tmp_path: Path) -> None:
    study = study_of("tiny")
    distill, meta = study.teachers["distill"].__dict__, study.meta.__dict__
    runs = [
        finished(tmp_path / "a", distill, 10.0, method="distill"),
        finished(tmp_path / "b", distill | {"seed": 1}, 14.0, method="distill"),
        finished(tmp_path / "c", meta, 7.0),
        finished(tmp_path / "d", study.teachers["distill-light"].__dict__, 3.0, method="distill-light"),
    ]
    told = wall_seconds(study, runs)
    assert told == {"distill": 12.0, "fitnets": 12.0, "meta-teacher": 7.0, "distill-light": 3.0}
    rows = {row.method: row for row in method_costs(study, 1, runs)}
    assert (rows["fitnets"].teacher_seconds, rows["fitnets"].seconds_from) == (12.0, "runs")
    assert rows["meta-teacher"].steps[1].seconds is None, "what a run tells is not timed"
    assert rows["bans"].seconds_from == "estimate"


def test_runs_of_something_else(tmp_path: Path) -> None:
    study = study_of("tiny")
    own = study.teachers["distill"].__dict__
    long = finished(tmp_path / "long", own | {"iterations": 99}, 1.0, method="distill")
    with pytest.raises(BadRun, match="iterations 99 instead of 12"):
        wall_seconds(study, [long])
    peers = finished(tmp_path / "peers", own, 1.0, method="okddip")
    with pytest.raises(BadRun, match="no such teacher"):
        wall_seconds(study, [peers])
    begun = finished(tmp_path / "begun", own, 1.0, method="distill", finished=False)
    with pytest.raises(BadRun, match="not finished"):
        wall_seconds(study, [begun])


def test_bad_requests() -> None:
    for given, sentence in (
        ({"preset": "papre"}, "did you mean 'paper'"),
        ({"preset": "cpu", "size": 60}, "multiple of 8"),
        ({"preset": "cpu", "size": 16}, "from 32"),
        ({"preset": "cpu", "surrogate": "fasdr"}, "unknown surrogate"),
    ):
        with pytest.raises(BadSetting, match=sentence):
            study_of(**given)


def test_phases_say_how_often() -> None:
    study = study_of("paper")
    assert phases_of(study, "depth") == {}
    assert phases_of(study, "distill") == {("fas-dr-deep", "training"): 40_000}
    assert list(phases_of(study, "meta-teacher").values()) == [20_000, 10_000]


def test_the_printed_table(tiny: tuple[Study, list[MethodCost]], capsys: pytest.CaptureFixture[str]) -> None:
    study, rows = tiny
    machine = {"processor": "x", "threads": 1, "torch": "y"}
    costing.show(rows, study, machine)
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines() if line.split()[0] in ROWS] == list(ROWS)
    assert "finite-difference" in said
    assert "* an estimate" in said
    assert "781" not in said, "the paper's figures stand beside nothing smaller"
    costing.show(rows, replace(study_of("paper"), student=study.student), machine)
    said = capsys.readouterr().out
    assert all(cell in said for cell in ("453G", "13.6H", "862G", "781G", "it prints 781 G"))
    assert max(map(len, said.splitlines())) <= 130


@pytest.mark.slow
def test_the_command_answers_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    costing.costs(preset="tiny", rounds=1, threads=1, json=True)
    assert [row["method"] for row in json.loads(capsys.readouterr().out)] == list(ROWS)


def test_another_surrogate_is_the_meta_teachers_alone() -> None:
    study = study_of("tiny", surrogate="fas-dr-8", inner_steps=1)
    assert study.meta.inner_steps == 1
    assert (study.meta.surrogate, study.student.detector) == ("fas-dr-8", "fas-dr-light")
    assert pretraining(small(study).meta, 32).flops() > pretraining(small(study_of("tiny")).meta, 32).flops()


def test_the_papers_figures_by_method() -> None:
    cells = costing._printed()
    assert cells["meta-teacher", "FLOPs_T"] == "781G"
    assert cells["okddip", "FLOPs_S"] == "862G"
    assert {method for method, _ in cells} == set(ROWS)
