"""Influence regression: its influence is the library's, its teacher learns it, and a killed run goes on."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.func import functional_call

from mtfas.bilevel.lower_level import lower_loss
from mtfas.data.dataset import load_faces
from mtfas.data.episodes import episodes_of
from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import select
from mtfas.data.sampling import pool_of
from mtfas.errors import BadSetting
from mtfas.evaluation.lesson import read_health
from mtfas.supervision.teacher import teaching_map
from mtfas.training.detector import train
from mtfas.training.influence_settings import InfluenceSettings, influence_settings
from mtfas.training.influence_state import begin_round, fresh_state, inner_units
from mtfas.training.influence_steps import (
    InfluenceLesson,
    influence_along,
    influence_on,
    prepare_step,
)
from mtfas.training.influence_teacher import teach_by_influence
from mtfas.training.meta_teacher import teach
from mtfas.training.runs import Run
from mtfas.training.settings import teach_settings, train_settings
from mtfas.training.teachers import load_teacher
from mtfas.training.two_levels import class_map


@pytest.fixture(scope="module")
def prepared(built_in: Path) -> PreparedSet:
    return open_prepared(built_in)


def tiny(**given: Any) -> InfluenceSettings:
    return influence_settings("tiny", protocol="grandtest", **given)


def lesson_of(prepared: PreparedSet, settings: InfluenceSettings) -> InfluenceLesson:
    rows = select(prepared, settings.protocol).train
    episodes = episodes_of(rows, settings.unseen, settings.surrogates, settings.seed)
    return InfluenceLesson(settings, load_faces(prepared, rows), pool_of(rows), episodes)


@pytest.mark.parametrize("yardstick", ["class", "ranking"])
def test_the_influence_is_that_of_a_loop_of_autograd(prepared: PreparedSet, yardstick: str) -> None:
    """Two inner steps differentiated by torch itself, no part of the library's in between."""
    settings = tiny(yardstick=yardstick, hypergradient="exact", alpha=0.05)
    lesson, state = lesson_of(prepared, settings), fresh_state(settings)
    lower, higher = lesson.batch(lesson.episodes[0].lower, 4, "lower", 0), lesson.unseen(0, 0)
    labels = teaching_map(state.teacher(lower.images).map, lower.labels).detach()
    found = influence_on(state.surrogate(0), settings, lower, labels, higher)

    net, wanted = state.surrogate(0), labels.clone().requires_grad_()
    theta = {name: p.detach().requires_grad_() for name, p in net.named_parameters()}
    for _ in range(2):
        loss = ((functional_call(net, theta, (lower.images,)).map - wanted) ** 2).mean()
        slopes = torch.autograd.grad(loss, list(theta.values()), create_graph=True)
        theta = {name: p - 0.05 * g for (name, p), g in zip(theta.items(), slopes, strict=True)}
    said = functional_call(net, theta, (higher.images,)).map
    if yardstick == "class":
        measure = lower_loss(said, class_map(higher))
    else:
        scores = said.flatten(1).mean(1)
        scores = (scores - scores.mean()) / scores.std(correction=0)
        gaps = scores[higher.labels == 0][:, None] - scores[higher.labels == 1]
        measure = torch.log1p(gaps.exp()).mean()
    (slow,) = torch.autograd.grad(measure, wanted)
    assert torch.isclose(found.outer_loss, measure, rtol=1e-4)
    cosine = torch.nn.functional.cosine_similarity(found.on_labels[0].flatten(), slow.flatten(), dim=0)
    assert float(cosine) > 0.999
    assert torch.isclose(found.on_labels[0].norm(), slow.norm(), rtol=0.02)


def test_steps_in_adams_units_are_those_of_a_slow_loop(prepared: PreparedSet) -> None:
    """Each parameter's step divided by the root of its second moment, taken here from the formula of Adam."""
    settings = tiny(hypergradient="exact", alpha=1e-3, inner="adam", inner_steps=2)
    lesson, state = lesson_of(prepared, settings), fresh_state(settings)
    net, squares = state.surrogate(0), []
    for step in range(3):
        batch = lesson.batch(lesson.episodes[0].lower, 4, "pretrain", step)
        adam = state.surrogate_optimiser(0)
        adam.zero_grad()
        lower_loss(net(batch.images).map, class_map(batch)).backward()
        squares.append([p.grad**2 for p in net.parameters() if p.grad is not None])
        adam.step()
    moments = [
        sum(0.999 ** (2 - t) * 0.001 * squares[t][k] for t in range(3)) for k in range(len(squares[0]))
    ]
    sizes = [(v / (1 - 0.999**3)).sqrt() + 1e-8 for v in moments if isinstance(v, torch.Tensor)]
    lower, higher = lesson.batch(lesson.episodes[0].lower, 4, "lower", 0), lesson.unseen(0, 0)
    labels = teaching_map(state.teacher(lower.images).map, lower.labels).detach()
    found = influence_on(net, settings, lower, labels, higher, inner_units(state, 0, "adam"))

    wanted = labels.clone().requires_grad_()
    theta = {name: p.detach().requires_grad_() for name, p in net.named_parameters()}
    for _ in range(2):
        loss = ((functional_call(net, theta, (lower.images,)).map - wanted) ** 2).mean()
        slopes = torch.autograd.grad(loss, list(theta.values()), create_graph=True)
        moves = zip(theta.items(), slopes, sizes, strict=True)
        theta = {name: p - 1e-3 * slope / size for (name, p), slope, size in moves}
    (slow,) = torch.autograd.grad(
        lower_loss(functional_call(net, theta, (higher.images,)).map, class_map(higher)), wanted
    )
    cosine = torch.nn.functional.cosine_similarity(found.on_labels[0].flatten(), slow.flatten(), dim=0)
    assert float(cosine) > 0.999
    assert torch.isclose(found.on_labels[0].norm(), slow.norm(), rtol=0.02)


@pytest.mark.parametrize("inner", ["plain", "adam"])
def test_the_limit_of_a_small_step_is_what_a_small_step_gives(prepared: PreparedSet, inner: str) -> None:
    settings = tiny(inner_steps=1, draws=1, inner=inner, alpha=1e-6, hypergradient="exact")
    lesson, state = lesson_of(prepared, settings), fresh_state(settings)
    prepare_step(lesson, state, 0)
    begin_round(state, settings, 0)
    lower = lesson.batch(lesson.episodes[0].lower, 4, "lower", 0)
    labels = teaching_map(state.teacher(lower.images).map, lower.labels).detach()
    units = inner_units(state, 0, inner)
    step = influence_on(state.surrogate(0), settings, lower, labels, lesson.unseen(0, 0), units).on_labels[0]
    limit, _ = influence_along(lesson, state, 0, lower, labels)
    cosine = torch.nn.functional.cosine_similarity(step.flatten(), limit.flatten(), dim=0)
    assert float(cosine) > 0.999


def test_a_run_is_a_teacher_with_its_untaught_self_beside_it(prepared: PreparedSet, tmp_path: Path) -> None:
    done = teach_by_influence(prepared, tmp_path / "run", tiny())
    assert len(done.held_out) == 2
    taught, before = load_teacher(tmp_path / "run"), load_teacher(tmp_path / "run", "pretrained")
    assert taught.method == "influence"
    assert taught.weights_sha256 != before.weights_sha256
    assert (tmp_path / "run" / "teacher-maps.npz").is_file()
    assert teach_by_influence(prepared, tmp_path / "run", tiny()) == done  # only read
    for supervision in ("meta-teacher", "pretrained-teacher"):
        settings = train_settings(
            "tiny", protocol="grandtest", supervision=supervision, label_rule="raw",
            teacher=str(tmp_path / "run"), threads=1,
        )  # fmt: skip
        train(prepared, tmp_path / supervision, settings)
        record = json.loads((tmp_path / supervision / "run.json").read_text())
        assert record["labels"]["rule"] == "raw"
        assert record["labels"]["method"] == "influence"


def test_the_teacher_regresses_what_it_is_asked(prepared: PreparedSet, tmp_path: Path) -> None:
    """With no reach from the anchor of ones, it learns the one-map; its level shows it."""
    done = teach_by_influence(
        prepared, tmp_path / "run", tiny(anchor="ones", reach=0.0, iterations=150, rate=3e-3)
    )
    assert done.health.level > 0.85
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    losses = [event["teacher_loss"] for event in log if event["event"] == "health"]
    assert losses[-1] < 0.3 * losses[0]


def test_its_untaught_teacher_is_that_of_algorithm_1(prepared: PreparedSet, tmp_path: Path) -> None:
    """So the control of one is the control of the other, at the same seed."""
    common: dict[str, Any] = {"protocol": "grandtest", "pretrain_iterations": 4, "seed": 2}
    teach_by_influence(prepared, tmp_path / "ours", influence_settings("tiny", iterations=1, **common))
    teach(prepared, tmp_path / "papers", teach_settings("tiny", bilevel_iterations=1, **common))
    ours, papers = (load_teacher(tmp_path / run, "pretrained") for run in ("ours", "papers"))
    assert ours.weights_sha256 == papers.weights_sha256


class Stopped(Exception):
    pass


FOLLOWING = {"follow": 1e-3, "ages": "spread", "inner": "adam", "alpha": 1e-4}
STANDING = {"draws": 2, "inner_steps": 1, "inner": "adam"}


@pytest.mark.parametrize(("at", "given"), [*((at, FOLLOWING) for at in (3, 9, 15, 21, 27)), (27, STANDING)])
def test_a_run_killed_anywhere_ends_with_the_same_bits(
    prepared: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, given: dict[str, Any]
) -> None:
    """Checkpoints lie in both phases of both rounds; surrogates that follow have moments of their own."""
    settings = tiny(rounds=2, **given)
    teach_by_influence(prepared, tmp_path / "whole", settings)
    save = Run.save

    def save_and_stop(run: Run, step: int, *rest: Any) -> None:
        save(run, step, *rest)
        if step == at:
            raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(Run, "save", save_and_stop)
        with pytest.raises(Stopped):
            teach_by_influence(prepared, tmp_path / "run", settings)
    teach_by_influence(prepared, tmp_path / "run", settings)
    for name in ("weights", "pretrained"):
        ours, theirs = (tmp_path / run / f"{name}.safetensors" for run in ("run", "whole"))
        assert ours.read_bytes() == theirs.read_bytes()


def test_bad_settings() -> None:
    for wrong in (
        {"draws": 3},
        {"draws": 3, "inner_steps": 1, "follow": 1e-3},
        {"clip": 0.0},
        {"yardstick": "momentum"},
        {"unseen": "train"},
        {"backbone": "nobody"},
    ):
        with pytest.raises(BadSetting):
            tiny(**wrong)
    assert replace(tiny(), rounds=3).steps == 3 * 16


def test_a_report_finds_the_health_of_every_round(prepared: PreparedSet, tmp_path: Path) -> None:
    teach_by_influence(prepared, tmp_path / "t", tiny(rounds=2))
    events = read_health(tmp_path / "t" / "log.jsonl")
    assert [event["iteration"] for event in events] == [0, 4, 7, 8, 12, 15]
    assert all("level" in event and "lower_loss" in event for event in events)
