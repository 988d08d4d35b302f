import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "evaluation"))

from page import Page

from mtfas.cli.analysing import analyse_teacher
from mtfas.data.dataset import load_faces
from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import select
from mtfas.errors import BadData, BadRun, BadSetting
from mtfas.training.distill_settings import distill_settings
from mtfas.training.distillation import distil
from mtfas.training.meta_teacher import teach
from mtfas.training.settings import teach_settings
from mtfas.training.teacher_maps import LINEAR, SIGMOID, analyse, maps_of
from mtfas.training.teachers import load_teacher


@pytest.fixture(scope="module")
def prepared(built_in: Path) -> PreparedSet:
    return open_prepared(built_in)


@pytest.fixture(scope="module")
def runs(prepared: PreparedSet, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A meta-teacher, a teacher of distillation, and online peers; each taught for a few steps."""
    folder = tmp_path_factory.mktemp("teachers")
    short = {"pretrain_iterations": 4, "bilevel_iterations": 3}
    teach(prepared, folder / "meta", teach_settings("tiny", protocol="grandtest", **short))
    for method in ("distill-light", "okddip"):
        distil(
            prepared, folder / method, distill_settings("tiny", method, protocol="grandtest", iterations=4)
        )
    return [folder / name for name in ("meta", "distill-light", "okddip")]


def command(*arguments: str | Path) -> Any:
    app = typer.Typer()
    app.command()(analyse_teacher)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_from_runs_to_page_and_json(
    prepared: PreparedSet, runs: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = command(prepared.folder, *runs, "--out", out, "--faces", "40", "--json", "--threads", "1")
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert answer == json.loads((out / "teachers.json").read_text())
    assert list(answer["teachers"]) == ["meta", "distill-light", "okddip"]
    assert answer["protocol"] == "grandtest"
    assert answer["faces"]["attack"] <= 40
    assert [t["range"][1] for t in answer["teachers"].values()] == [2.0, 1.0, 1.0]
    assert answer["teachers"]["meta"]["all_attacks"]["change"]["absolute"] > 0
    assert answer["teachers"]["okddip"]["all_attacks"]["change"] is None
    assert "partial_paper" in answer["partial"]
    page = Page(out / "teachers.html")
    page.check_alone()
    assert "Rendered faces, not real data." in page.text
    assert all(name in page.text for name in answer["teachers"])


def test_the_table_names_every_teacher(prepared: PreparedSet, runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = command(prepared.folder, *runs, "--out", out, "--faces", "20", "--threads", "1")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    for run in runs:
        assert sum(line.startswith(f"{run.name} ") for line in lines) == 2  # figures, agreement
    assert lines[-1] == f"page: {out / 'teachers.html'}"


def test_maps_are_the_networks_own(prepared: PreparedSet, runs: list[Path]) -> None:
    faces = load_faces(prepared, select(prepared, "grandtest").train[:5])
    net = load_teacher(runs[0]).network
    with torch.no_grad():
        logits = np.concatenate([net(faces.batch(torch.tensor([k])).images).map.numpy() for k in range(5)])
    expected = 2 / (1 + np.exp(-logits.astype(np.float64)))
    np.testing.assert_allclose(maps_of(net, faces, SIGMOID), expected[:, 0], atol=1e-5)
    np.testing.assert_allclose(maps_of(net, faces, LINEAR), np.clip(logits, 0, 1)[:, 0], atol=1e-5)


def test_two_copies_of_a_teacher_agree_and_bear_different_names(
    prepared: PreparedSet, runs: list[Path], tmp_path: Path
) -> None:
    copy = tmp_path / runs[0].name
    shutil.copytree(runs[0], copy)
    study, protocol = analyse(prepared, [runs[0], copy], count=20)
    assert protocol == "grandtest"
    assert study.names == (f"{runs[0].parent.name}/meta", f"{tmp_path.name}/meta")
    np.testing.assert_allclose(study.agreement, 1.0, rtol=1e-9)
    again, _ = analyse(prepared, [runs[0], copy], count=20)
    np.testing.assert_array_equal(study.teachers[0].teacher.final, again.teachers[0].teacher.final)


def test_what_was_seen_in_training_is_said(prepared: PreparedSet, runs: list[Path]) -> None:
    seen, _ = analyse(prepared, runs[:1], split="train", count=10)
    assert "training faces" in seen.notes[0]
    other, protocol = analyse(prepared, runs[:1], protocol="siw-m:print", count=10)
    assert protocol == "siw-m:print"
    assert "meta (grandtest)" in other.notes[0]


Spoil = Callable[[Path], object]


def edit(**changed: Any) -> Spoil:
    def spoil(folder: Path) -> None:
        record = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps({**record, **changed}))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "kind", "sentence"),
    [
        (edit(kind="train"), BadRun, "expected one of 'mtfas teach'"),
        (edit(finished=False), BadRun, "not finished"),
        (edit(data={"folder": "/old", "manifest_sha256": "0"}), BadData, r"other data \(/old\)"),
        (edit(settings={}), BadRun, "names no backbone"),
        (lambda folder: (folder / "weights.safetensors").unlink(), BadRun, "cannot be read"),
        (lambda folder: (folder / "pretrained.safetensors").write_bytes(b"x"), BadRun, "cannot be read"),
        (lambda folder: (folder / "run.json").unlink(), BadRun, "not a run folder"),
    ],
)
def test_a_run_that_is_no_teacher(
    prepared: PreparedSet, runs: list[Path], tmp_path: Path, spoil: Spoil, kind: type, sentence: str
) -> None:
    shutil.copytree(runs[0], tmp_path / "copy")
    spoil(tmp_path / "copy")
    with pytest.raises(kind, match=sentence):
        analyse(prepared, [tmp_path / "copy"], count=10)


def test_settings_that_make_no_sense(prepared: PreparedSet, runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="given twice"):
        analyse(prepared, [runs[0], runs[0]])
    with pytest.raises(BadSetting, match="did you mean 'test'"):
        analyse(prepared, runs[:1], split="tset")
    with pytest.raises(BadSetting, match="unknown protocol"):
        analyse(prepared, runs[:1], protocol="nonsense")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    done = command(prepared.folder, runs[0], "--out", tmp_path / "full")
    assert isinstance(done.exception, BadSetting)
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
