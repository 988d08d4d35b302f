import json
from pathlib import Path

import polars as pl
import pytest
import torch

from mtfas.data.manifest import PreparedSet
from mtfas.errors import BadRun, BadSetting
from mtfas.evaluation.runfolder import read_record
from mtfas.runtime.files import SCRAP, read_json, write_json
from mtfas.training.runs import Run, check_finite, open_run

SETTINGS = {"seed": 1, "iterations": 5}


@pytest.fixture
def prepared(tmp_path: Path) -> PreparedSet:
    return PreparedSet(
        tmp_path / "data", pl.DataFrame(), {"manifest_sha256": "a" * 64, "dataset": "built-in"}
    )


def start(folder: Path, prepared: PreparedSet, **changes: object) -> Run:
    return open_run(folder, "train", {**SETTINGS, **changes}, prepared, {"protocol": "grandtest"})


def test_a_checkpoint_comes_back_to_the_bit(tmp_path: Path, prepared: PreparedSet) -> None:
    run = start(tmp_path / "run", prepared)
    tensors = {"net/a": torch.randn(3, 4), "adam/0/step": torch.tensor(7.0)}
    run.save(4, tensors)
    found = start(tmp_path / "run", prepared).resume()
    assert found is not None
    assert found.step == 4
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in tensors.items())


def test_resuming_drops_what_the_log_says_of_later_steps(tmp_path: Path, prepared: PreparedSet) -> None:
    run = start(tmp_path / "run", prepared)
    for step in (1, 2, 3):
        run.log("loss", step, value=step)
        if step == 2:
            run.save(2, {"net/a": torch.zeros(1)})
    with open(tmp_path / "run" / "log.jsonl", "a") as file:
        file.write('{"event": "loss", "st')  # killed while writing
    start(tmp_path / "run", prepared).resume()
    lines = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2]


def test_a_finished_run_says_so_and_keeps_no_checkpoint(tmp_path: Path, prepared: PreparedSet) -> None:
    run = start(tmp_path / "run", prepared)
    run.save(5, {"net/a": torch.zeros(1)})
    run.finish(dev={"eer": 0.1})
    assert start(tmp_path / "run", prepared).finished
    assert read_record(tmp_path / "run", "train")["dev"] == {"eer": 0.1}
    assert not (tmp_path / "run" / "checkpoint.safetensors").exists()


def test_another_run_in_the_folder_is_refused_with_what_differs(
    tmp_path: Path, prepared: PreparedSet
) -> None:
    start(tmp_path / "run", prepared)
    with pytest.raises(BadRun, match="seed is 1 there, 2 here"):
        start(tmp_path / "run", prepared, seed=2)
    other = PreparedSet(prepared.folder, prepared.rows, {"manifest_sha256": "b" * 64})
    with pytest.raises(BadRun, match="other data"):
        start(tmp_path / "run", other)
    with pytest.raises(BadRun, match="a 'mtfas train' run"):
        open_run(tmp_path / "run", "teach", SETTINGS, prepared, {})


@pytest.mark.parametrize("change", [{"format": 0}, {"mtfas": "0.0.1"}])
def test_a_run_of_another_version_is_not_resumed(
    tmp_path: Path, prepared: PreparedSet, change: dict[str, object]
) -> None:
    start(tmp_path / "run", prepared)
    record = read_json(tmp_path / "run" / "run.json")
    write_json(tmp_path / "run" / "run.json", {**record, **change})
    with pytest.raises(BadRun, match="was started by mtfas"):
        start(tmp_path / "run", prepared)


def test_reading_a_run_of_another_format_or_kind_or_an_unfinished_one(
    tmp_path: Path, prepared: PreparedSet
) -> None:
    start(tmp_path / "run", prepared)
    with pytest.raises(BadRun, match="is not finished"):
        read_record(tmp_path / "run", "train")
    with pytest.raises(BadRun, match="expected one of 'mtfas teach'"):
        read_record(tmp_path / "run", "teach")
    with pytest.raises(BadRun, match="is not a run folder"):
        read_record(tmp_path, "train")
    record = read_json(tmp_path / "run" / "run.json")
    write_json(tmp_path / "run" / "run.json", {**record, "format": 99})
    with pytest.raises(BadRun, match="format 99"):
        read_record(tmp_path / "run", "train")


def test_somebody_elses_folder_is_left_alone(tmp_path: Path, prepared: PreparedSet) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(BadSetting, match="not a run folder"):
        start(tmp_path / "mine", prepared)
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


def test_a_damaged_checkpoint_is_one_sentence(tmp_path: Path, prepared: PreparedSet) -> None:
    run = start(tmp_path / "run", prepared)
    run.save(4, {"net/a": torch.randn(3, 4)})
    path = tmp_path / "run" / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(BadRun, match="damaged"):
        start(tmp_path / "run", prepared).resume()


def test_a_run_killed_in_its_first_write_can_start(tmp_path: Path, prepared: PreparedSet) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / f".run.json.abc{SCRAP}").write_text("{")
    start(tmp_path / "run", prepared)
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["run.json"]


def test_a_users_hidden_files_survive_resuming(tmp_path: Path, prepared: PreparedSet) -> None:
    start(tmp_path / "run", prepared)
    (tmp_path / "run" / ".gitignore").write_text("*.png")
    start(tmp_path / "run", prepared).resume()
    assert (tmp_path / "run" / ".gitignore").exists()


def test_a_damaged_log_line_ends_the_log(tmp_path: Path, prepared: PreparedSet) -> None:
    run = start(tmp_path / "run", prepared)
    run.log("loss", 1, value=1)
    run.save(3, {"net/a": torch.zeros(1)})
    with open(tmp_path / "run" / "log.jsonl", "ab") as file:
        file.write(bytes(20) + b"\n" + b'{"event": "loss", "step": 2}\n')
    start(tmp_path / "run", prepared).resume()
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == 1


def test_an_unfinished_run_is_not_resumed_under_other_libraries(
    tmp_path: Path, prepared: PreparedSet
) -> None:
    run = start(tmp_path / "run", prepared)
    record = read_json(tmp_path / "run" / "run.json")
    record["versions"]["torch"] = "1.0"
    write_json(tmp_path / "run" / "run.json", record)
    with pytest.raises(BadRun, match=r"torch was 1\.0"):
        start(tmp_path / "run", prepared)
    run.record = record
    run.finish()
    assert start(tmp_path / "run", prepared).finished


def test_another_teacher_under_the_same_path_is_another_run(tmp_path: Path, prepared: PreparedSet) -> None:
    settings = {**SETTINGS, "teacher": "runs/teacher"}
    open_run(tmp_path / "run", "train", settings, prepared, {"labels": {"weights_sha256": "a"}})
    moved = {**settings, "teacher": "/home/me/runs/teacher"}
    open_run(tmp_path / "run", "train", moved, prepared, {"labels": {"weights_sha256": "a"}})
    with pytest.raises(BadRun, match="another teacher"):
        open_run(tmp_path / "run", "train", settings, prepared, {"labels": {"weights_sha256": "b"}})


def test_divergence_is_one_sentence() -> None:
    check_finite({"loss": 1.0}, 3, "--rate")
    with pytest.raises(BadRun, match=r"diverged at step 4 \(loss not finite\); lower --rate"):
        check_finite({"loss": float("nan"), "other": 1.0}, 3, "--rate")
