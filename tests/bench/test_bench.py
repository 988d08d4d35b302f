"""The benchmark's figures: right where something is known of them, and in the promised form."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mtfas.bench import rivals
from mtfas.bench.bilevel import calls_of, chosen_ways, flops_of, hypergradient_by, lesson_for, taught
from mtfas.bench.faces import training_faces
from mtfas.bench.memory import MEASURES, measure_for, noise, peaks
from mtfas.bench.rivals import LIBRARIES, RIVALS, installed, library_of
from mtfas.bench.timing import interleaved
from mtfas.bench.training import bytes_of, training_costs
from mtfas.cli import main
from mtfas.errors import BadData, BadRun, BadSetting
from mtfas.models import DETECTORS
from mtfas.training.settings import TeachSettings, teach_settings

SMALL = {"protocol": "grandtest", "m": 6, "n": 4, "augment": "none", "mu": 0.0}


def settings(**given: object) -> TeachSettings:
    return teach_settings("cpu", **(SMALL | given))  # type: ignore[arg-type]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "mtfas", "bench", *arguments], capture_output=True, text=True, timeout=240
    )


@pytest.mark.slow
def test_the_table_of_a_real_run(built_in: Path) -> None:
    short = ("--rounds", "2", "--pretrain-iterations", "6", "--bilevel-iterations", "2", "--threads", "1")
    done = run("bilevel", str(built_in), "--m", "6", "--n", "4", "--json", *short)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rows = {row["way"]: row for row in found["rows"]}
    assert set(rows) == {"plain", "unrolled", "exact", "finite-difference", "truncated", *installed()}
    keys = {"way", "units", "seconds", "peak_mb_over_setup", "flops", "cosine", "relative_error"}
    assert all(set(row) == keys for row in found["rows"])
    assert rows["plain"]["units"] == 1
    assert rows["plain"]["seconds"] == found["unit_seconds"]
    assert rows["plain"]["cosine"] is None
    assert rows["exact"]["cosine"] > 0.9999
    assert rows["unrolled"]["flops"] > rows["finite-difference"]["flops"] > rows["truncated"]["flops"]
    assert rows["truncated"]["flops"] > rows["plain"]["flops"] > 0
    assert sorted({state["progress"] for state in found["states"]}) == [0, 0.5, 1]
    assert all(row["peak_mb_over_setup"] >= 0 for row in found["rows"])
    assert found["memory"] == MEASURES[measure_for("cpu")].words
    assert found["settings"]["size"] == 32


@pytest.mark.parametrize("library", LIBRARIES)
def test_on_the_same_layers_the_libraries_find_the_same_in_single_precision(
    built_in: Path, library: str
) -> None:
    pytest.importorskip(library)
    lesson, state = lesson_for(settings(), training_faces(built_in))
    batches = lesson.batches(0)
    wanted, found = (
        torch.cat([slope.flatten() for slope in hypergradient_by(lesson, state, batches, way).values()])
        for way in ("unrolled", f"{library}-same")
    )
    assert (found - wanted).norm() < 1e-4 * wanted.norm()


@pytest.mark.parametrize("rival", RIVALS)
def test_the_libraries_find_what_unrolling_finds(built_in: Path, rival: str) -> None:
    pytest.importorskip(library_of(rival))
    lesson, state = lesson_for(settings(), training_faces(built_in))
    for net in (lesson.teacher, lesson.surrogate):
        net.double().to(memory_format=torch.contiguous_format)
    state.omega, state.omega_hat, state.theta = (
        {name: tensor.detach().double().requires_grad_() for name, tensor in params.items()}
        for params in (state.omega, state.omega_hat, state.theta)
    )
    batches = lesson.batches(0)
    for part in (*batches.lower, *batches.higher):
        object.__setattr__(part, "images", part.images.double().contiguous())
    wanted, found = (hypergradient_by(lesson, state, batches, way) for way in ("unrolled", rival))
    for name, slope in wanted.items():
        torch.testing.assert_close(found[name].detach(), slope, rtol=1e-6, atol=1e-12)


def test_plain_steps_leave_the_state_alone(built_in: Path) -> None:
    lesson, state = lesson_for(settings(), training_faces(built_in))
    before = {name: tensor.clone() for name, tensor in state.theta.items()}
    for call in calls_of(lesson, state, lesson.batches(0), chosen_ways("all")).values():
        call()
    assert all(torch.equal(before[name], tensor) for name, tensor in state.theta.items())


def test_memory_grows_with_the_batch() -> None:
    small, large = (
        peaks(settings(m=count, n=count), 64, ["finite-difference"])["finite-difference"] for count in (4, 32)
    )
    # 112 more faces, each of which keeps 0.4 MB at least.
    assert large - small > 20


@pytest.mark.parametrize("name", [measure_for("cpu"), "rusage"])
def test_memory_that_was_taken_is_seen(name: str) -> None:
    before = MEASURES[name].forget()
    # More than this process has had, so that a peak that cannot be set back moves too.
    taken = b"x" * int((MEASURES["rusage"].peak() + 50) * 1e6)
    assert MEASURES[name].peak() - before > 40
    del taken


def test_states_are_named_by_the_iterations_done(built_in: Path) -> None:
    given = settings(pretrain_iterations=1, bilevel_iterations=1)
    lesson, state = lesson_for(given, training_faces(built_in))
    found = taught(lesson, state, ["exact"], [0, 0.4, 1])
    assert [one.progress for one in found] == [0, 1]


def test_nothing_to_compare_is_said(built_in: Path) -> None:
    lesson, state = lesson_for(
        settings(pretrain_iterations=1, bilevel_iterations=0, alpha=0.0), training_faces(built_in)
    )
    with pytest.raises(BadRun, match="nothing to compare"):
        taught(lesson, state, ["exact"], [0])


def test_a_library_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rivals.importlib.util, "find_spec", lambda name: None)
    assert chosen_ways("all") == ["plain", "unrolled", "exact", "finite-difference", "truncated"]
    for way in ("higher", "higher-same"):
        with pytest.raises(BadSetting, match=r"higher is not installed; .*mtfas\[rivals\]"):
            chosen_ways(way)


def test_counts_of_a_matrix_product() -> None:
    a, b = torch.rand(8, 16), torch.rand(16, 4)
    assert flops_of(lambda: a @ b) == 2 * 8 * 16 * 4
    assert bytes_of(lambda: a @ b) == 4 * (8 * 16 + 16 * 4 + 8 * 4)
    assert bytes_of(lambda: a.T.reshape(-1, 8)) == 0, "a view moves nothing"


def test_rounds_are_interleaved() -> None:
    order: list[str] = []
    seconds = interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3, "cpu")
    assert "".join(order[-6:]) == "ababab"
    assert set(seconds) == {"a", "b"}


def test_every_detector_against_the_machine() -> None:
    limits, rows = training_costs(list(DETECTORS), 16, 2, 1, "cpu")
    assert [row.detector for row in rows] == list(DETECTORS)
    assert limits.flops > 1e9
    assert all(row.flops_per_face > 0 and row.bytes_per_face > 0 for row in rows)
    assert {row.bound for row in rows} <= {"memory", "arithmetic", "overhead"}


def test_bad_requests(
    built_in: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    cases = {
        ("bilevel", "--ways", "unroled"): "did you mean 'unrolled'",
        ("bilevel", "--states", "0,2"): "--states must lie between 0 and 1",
        ("bilevel", "--states", "x"): "numbers from 0 to 1",
        ("bilevel", "--size", "60"): "--size must be a multiple of 8",
        ("bilevel", str(built_in), "--size", "64"): "has faces of 32 px, not 64",
        ("bilevel", "--teacher", "fasdr"): "unknown teacher 'fasdr'",
        ("bilevel", "--surrogate", "fasdr"): "unknown detector 'fasdr'",
        ("training", "--detectors", "fasdr"): "did you mean 'fas-dr'",
        ("training", "--size", "20"): "--size must be a multiple of 8",
    }
    for arguments, sentence in cases.items():
        monkeypatch.setattr(sys, "argv", ["mtfas", "bench", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capfd.readouterr().err
        assert stopped.value.code == 2, arguments
        assert sentence in said
        assert "rendering" not in said, "it is said before any work"
        assert "Traceback" not in said
    with pytest.raises(BadData, match="timing needs 100 live faces"):
        lesson_for(settings(m=60, n=40), noise(16, 30))
    with pytest.raises(BadSetting, match="unknown way"):
        chosen_ways("plain,fast")
    assert chosen_ways("plain, exact,plain") == ["plain", "exact"]
