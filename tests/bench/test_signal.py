"""`mtfas bench signal`: on real states of real networks, and as a user gives it."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mtfas.bench.faces import training_faces
from mtfas.bench.signal import averaged, lower_rows, measured, signal, wanted_of, without_level
from mtfas.bench.signal_cases import Axes, Case, cases
from mtfas.bench.signal_pools import ages, further_surrogate, pretrained, pretrained_pools
from mtfas.cli import main
from mtfas.data.dataset import FaceSet
from mtfas.data.manifest import open_prepared
from mtfas.data.sampling import levels_of
from mtfas.errors import BadData, BadRun
from mtfas.training.lesson import Lesson
from mtfas.training.settings import TeachSettings, teach_settings
from mtfas.training.teach_state import TeachState
from mtfas.training.two_levels import differentiate

SMALL = {"protocol": "grandtest", "m": 6, "n": 4, "mu": 0.0, "pretrain_iterations": 3, "augment": "none"}


@pytest.fixture(scope="module")
def faces(built_in: Path) -> FaceSet:
    return training_faces(built_in)


def settings(**given: object) -> TeachSettings:
    return teach_settings("cpu", **(SMALL | given))


def lesson_of(faces: FaceSet, **given: object) -> Lesson:
    own = settings(**given)
    return Lesson(own, faces, levels_of(faces.rows, own.higher_batch, None, own.seed))


@pytest.fixture(scope="module")
def grown(faces: FaceSet) -> tuple[Lesson, list[TeachState]]:
    lesson = lesson_of(faces)
    return lesson, pretrained_pools(lesson, [Case(lesson.settings, 3)])[3, 3]


@pytest.mark.parametrize("higher_batch", ["train", "unseen-species"])
def test_rows_are_those_of_the_batches(faces: FaceSet, higher_batch: str) -> None:
    lesson = lesson_of(faces, higher_batch=higher_batch)
    for k in (0, 5):
        (lower,), rows = lesson.batches(k).lower, lower_rows(lesson, k)
        torch.testing.assert_close(lower.images, faces.batch(rows).images, rtol=0, atol=0)
        assert torch.equal(lower.labels, faces.labels[rows])


def test_wanted_changes_are_those_of_the_attacks(grown: tuple[Lesson, list[TeachState]]) -> None:
    lesson, pool = grown
    drawn = lesson.batches(1)
    _, influence, _ = averaged(lesson, pool[:1], drawn)
    found = wanted_of(lesson, drawn, 1, influence)
    rows = lower_rows(lesson, 1)[6:].numpy()  # live faces come first
    assert list(found.species) == [lesson.faces.rows["species"][int(row)] for row in rows]
    assert found.change.shape == found.region.shape == (6, 4, 4)
    assert np.square(found.change).mean() == pytest.approx(1)
    raw = influence[6:, 0].numpy()
    assert np.corrcoef(found.change.ravel(), raw.ravel())[0, 1] == pytest.approx(-1)
    assert np.array_equal(
        found.region, lesson.faces.region[torch.from_numpy(rows), 0].numpy() / np.float32(255)
    )


def test_a_step_up_the_wanted_change_lowers_the_loss_as_the_influence_says(
    grown: tuple[Lesson, list[TeachState]],
) -> None:
    """The gradient measured is that of L_v: a small step of ω against it lowers L_v by its squared length."""
    lesson, pool = grown
    drawn = lesson.batches(0)
    slope, _, before = averaged(lesson, pool, drawn)
    length = 1e-2 / float(slope.norm())
    moved, start = {}, 0
    for name, tensor in pool[0].omega.items():
        step = slope[start : start + tensor.numel()].view(tensor.shape)
        moved[name], start = (tensor - length * step).detach(), start + tensor.numel()
    # The yardstick stays where it was, so L_v changes through the labels only.
    after = averaged(lesson, [replace(state, omega=moved) for state in pool], drawn)[2]
    assert before - after == pytest.approx(length * float(slope.square().sum()), rel=0.2)


def test_averages_over_surrogates_are_averages(grown: tuple[Lesson, list[TeachState]]) -> None:
    lesson, pool = grown
    drawn = lesson.batches(2)
    slope, influence, loss = averaged(lesson, pool, drawn)
    alone = [differentiate(lesson, state, drawn, lesson.way) for state in pool]
    name = next(iter(alone[0].gradient))
    size = alone[0].gradient[name].numel()
    first, second, third = (one.gradient[name] for one in alone)
    torch.testing.assert_close(slope[:size], ((first + second + third) / 3).flatten())
    torch.testing.assert_close(influence, sum(one.influence for one in alone) / 3)
    assert loss == pytest.approx(sum(float(one.outer_loss) for one in alone) / 3)


def test_the_pool_holds_different_surrogates_and_one_teacher(grown: tuple[Lesson, list[TeachState]]) -> None:
    _, pool = grown
    name = next(iter(pool[0].theta))
    assert len({float(state.theta[name].detach().sum()) for state in pool}) == 3
    assert all(state.omega is pool[0].omega for state in pool)
    assert ages(400, 4) == [400, 300, 200, 100]
    assert ages(400, 1) == [400]
    assert ages(1, 4) == [1, 1, 1, 1]
    assert ages(0, 2) == [0, 0]


def test_a_further_surrogate_with_the_lessons_seed_is_the_lessons_own(faces: FaceSet) -> None:
    lesson = lesson_of(faces)
    states, thetas = pretrained(lesson, {2, 3}), further_surrogate(lesson, 0, {2, 3})
    for step in (2, 3):
        for name, tensor in states[step].theta.items():
            assert torch.equal(thetas[step][name], tensor)
    assert not torch.equal(thetas[2][name], thetas[3][name])


def test_a_longer_pretraining_passes_through_the_shorter(faces: FaceSet) -> None:
    lesson = lesson_of(faces)
    short, long = pretrained(lesson, {2})[2], pretrained(lesson, {2, 4})
    for name, tensor in short.omega.items():
        assert torch.equal(long[2].omega[name], tensor)
        assert torch.equal(long[2].omega_hat[name], tensor)
        assert torch.equal(long[2].omega_start[name], tensor)
    assert any(not torch.equal(long[4].omega[name], tensor) for name, tensor in short.omega.items())


def test_measuring_changes_nothing(grown: tuple[Lesson, list[TeachState]]) -> None:
    lesson, pool = grown
    first = measured(lesson, pool, 3, "measuring")
    assert measured(lesson, pool, 3, "measuring") == first
    assert (first.m, first.n, first.surrogates, first.pretrain_iterations) == (6, 4, 3, 3)


def test_the_same_batch_again_and_again_would_be_all_signal(
    grown: tuple[Lesson, list[TeachState]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson, pool = grown
    drawn = lesson.batches(0)
    monkeypatch.setattr(lesson, "batches", lambda k: drawn)
    found = measured(lesson, pool[:1], 4, "measuring")
    assert found.coherent == pytest.approx(1)
    assert found.coherent_se == pytest.approx(0, abs=1e-6)


def test_nothing_to_measure_is_said(faces: FaceSet) -> None:
    lesson = lesson_of(faces, alpha=0.0)
    with pytest.raises(BadRun, match="nothing to measure"):
        measured(lesson, [pretrained(lesson, {1})[1]], 3, "measuring")


def test_data_that_cannot_be_divided_so_are_named(built_in: Path) -> None:
    prepared = open_prepared(built_in)
    base = settings(protocol="casia:replay")
    with pytest.raises(
        BadData, match=r"--higher-batch unseen-species: holding out a species needs at least 2"
    ):
        signal(prepared, base, cases(base, Axes(["train", "unseen-species"])), 3)


def test_every_combination_is_a_case_without_the_level_term() -> None:
    axes = Axes(("train", "unseen-species"), [(6, 4), (8, 8)], [1], [], [5, 7], ["class"], [1, 4])
    found = cases(settings(mu=0.5), axes, "print")
    assert len(found) == len({(one.settings, one.surrogates) for one in found}) == 16
    assert {one.settings.mu for one in found} == {0.0}
    assert {one.settings.alpha for one in found} == {1e-3}
    assert {(one.settings.higher_batch, one.settings.held_out) for one in found} == {
        ("train", None),
        ("unseen-species", "print"),
    }
    assert cases(settings(), Axes()) == [Case(settings(), 1)]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["mtfas", "bench", "signal", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


SHORT = ("--preset", "tiny", "--pretrain-iterations", "2,3", "--batches", "3", "--threads", "1")


def test_a_real_run_from_the_command_line(
    built_in: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    axes = ("--higher-batch", "train,unseen-cameras", "--surrogates", "1,2", "--yardstick", "class")
    assert run(monkeypatch, str(built_in), *SHORT, *axes, "--json") == 0
    said = capfd.readouterr()
    assert said.err.count("pretraining, train: 4/4") == 1, "rows share their pretraining"
    found = json.loads(said.out)
    assert set(found) == {"settings", "rows"}
    assert found["settings"]["batches"] == 3
    assert found["settings"]["m"] == 4
    assert len(found["rows"]) == 8
    for row in found["rows"]:
        assert set(row) == {
            "higher_batch", "held_out", "m", "n", "inner_steps", "alpha", "pretrain_iterations",
            "yardstick", "surrogates", "coherent", "coherent_se", "placed", "placed_se", "norm",
            "batches_needed", "outer_loss", "region", "level",
        }  # fmt: skip
        assert row["coherent"] <= 1
        assert (row["batches_needed"] is None) == (row["coherent"] <= 0)
        assert row["level"].keys() >= row["region"].keys()
        assert "bona_fide" not in row["level"]
        assert row["held_out"].startswith("camera" if row["higher_batch"] == "unseen-cameras" else "")


def test_the_printed_table(
    built_in: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, str(built_in), *SHORT[:4], "--pretrain-iterations", "1", *SHORT[4:]) == 0
    lines = capfd.readouterr().out.splitlines()
    rows = [line.split() for line in lines if line.lstrip()[:2] in ("1 ", "2 ")]
    assert [(row[1], row[2], row[6]) for row in rows] == [
        ("train", "4×2", "class"),
        ("train", "4×2", "frozen"),
    ]
    assert any(line.split()[:2] == ["replay", line.split()[1]] for line in lines if line.strip())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--faces", "20"), "--faces takes pairs like 20x10, separated by commas; got '20'"),
        (("--faces", "20x10,"), "--faces takes pairs"),
        (("--faces", "0x4"), "--m must lie between 1"),
        (("--inner-steps", "two"), "--inner-steps takes whole numbers"),
        (("--alpha", "1e-3;1"), "--alpha takes numbers"),
        (("--alpha", "0"), "--alpha 0 teaches the surrogate nothing"),
        (("--alpha", "nan"), "--alpha must lie between"),
        (("--pretrain-iterations", "-1"), "--pretrain-iterations must lie between"),
        (("--yardstick", "clas"), "did you mean 'class'"),
        (("--surrogates", "0"), "--surrogates must lie between 1 and 64, got 0"),
        (("--higher-batch", "unseen-specis"), "did you mean 'unseen-species'"),
        (("--held-out", "print"), "needs one of unseen-species, unseen-cameras and unseen-datasets"),
        (
            ("--held-out", "print", "--higher-batch", "unseen-species,unseen-cameras"),
            "and unseen-datasets in --higher-batch, not several",
        ),
        (("--held-out", "prnt", "--higher-batch", "train,unseen-species"), "did you mean 'print'"),
        (("--protocol", "siw-m:replai"), "did you mean"),
        (("--preset", "cqu"), "did you mean 'cpu'"),
        (("--batches", "2"), "--batches"),
    ],
)
def test_what_cannot_be_is_said_before_any_work(
    built_in: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    assert run(monkeypatch, str(built_in), *arguments) == 2
    said = capfd.readouterr()
    assert sentence in said.err
    assert "pretraining, " not in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_without_its_level_the_influence_is_pulled_back_as_the_hypergradient_is(
    grown: tuple[Lesson, list[TeachState]],
) -> None:
    """What is left out is the gradient of the labels' sum times the mean influence, no more and no less."""
    lesson, pool = grown
    drawn = lesson.batches(2)
    (lower,) = drawn.lower
    slope, influence, _ = averaged(lesson, pool[:1], drawn)
    omega = {name: tensor.detach().requires_grad_() for name, tensor in pool[0].omega.items()}
    labels = 2 * torch.sigmoid(lesson.logits(omega, lower.images))[lower.attacks]
    mean = influence[lower.attacks].mean()
    level = torch.cat([g.flatten() for g in torch.autograd.grad(mean * labels.sum(), list(omega.values()))])
    left = without_level(lesson, pool[0], drawn, influence)
    torch.testing.assert_close(left + level, slope, rtol=1e-3, atol=1e-5 * float(slope.abs().max()))
