"""Whatever a user gets wrong ends as one clear sentence, exit code 2, and nothing half-written."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image

from mtfas.runtime.files import read_json, sha256, write_json

Mtfas = Callable[..., Any]

SCORES = "presentation,frame,subject,label,species,score\n"


def refused(answer: Any, *words: str) -> None:
    """One sentence that holds these words, exit code 2, no traceback."""
    assert answer.code == 2, answer
    assert "Traceback" not in answer.err
    assert answer.sentence.startswith("mtfas: "), answer.err
    for word in words:
        assert word in answer.sentence, answer.sentence


def photo(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (80, 80, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Path]:
    """Write a csv source beside four images that it may name."""
    for seed, name in enumerate(("a", "b", "c", "d")):
        photo(tmp_path / "raw" / f"{name}.png", seed)

    def write(text: str) -> Path:
        path = tmp_path / "raw" / "faces.csv"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,label,subject\na.png,live,s1\n", ("species",)),
        ("file,label,species,subject\na.png,real?,bona_fide,s1\nb.png,attack,print,s2\n", ("real?", "row")),
        (
            "file,label,species,subject\n../out.png,live,bona_fide,s1\nb.png,attack,print,s2\n",
            ("../out.png",),
        ),
        ("file,label,species,subject\na.png,live,bona_fide,s1\nb.png,live,bona_fide,s2\n", ("attack",)),
        (
            "file,label,species,subject,split\na.png,live,bona_fide,s1,train\nb.png,attack,print,s1,test\n"
            "c.png,live,bona_fide,s2,dev\nd.png,attack,print,s2,dev\n",
            ("s1",),
        ),
    ],
    ids=["missing column", "unknown label", "path outside", "one class", "subject in two splits"],
)
def test_a_wrong_csv(
    mtfas: Mtfas, table: Callable[[str], Path], tmp_path: Path, text: str, words: tuple[str, ...]
) -> None:
    refused(mtfas("prepare", "csv", table(text), tmp_path / "out"), *words)
    assert not (tmp_path / "out").exists()


def test_a_folder_with_one_class_only(mtfas: Mtfas, tmp_path: Path) -> None:
    photo(tmp_path / "raw" / "live" / "s1" / "a.png")
    refused(mtfas("prepare", "folder", tmp_path / "raw", tmp_path / "out"), "attack")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["audit", "protocols", "teach", "train"])
def test_a_folder_that_is_not_a_data_set(mtfas: Mtfas, tmp_path: Path, command: str) -> None:
    extra = ("--out", tmp_path / "run") if command in {"teach", "train"} else ()
    refused(mtfas(command, tmp_path, *extra), "is not a prepared data set")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", ["teach", "train"])
def test_a_misspelt_protocol(mtfas: Mtfas, built_in: Path, tmp_path: Path, command: str) -> None:
    refused(
        mtfas(command, built_in, "--out", tmp_path / "run", "--protocol", "grandtst"),
        "did you mean 'grandtest'",
    )
    assert not (tmp_path / "run").exists()


def test_misspelt_names(mtfas: Mtfas, built_in: Path, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "run")
    refused(mtfas("train", built_in, *out, "--detector", "fas-dr-ligth"), "did you mean 'fas-dr-light'")
    refused(mtfas("train", built_in, *out, "--supervision", "dept"), "did you mean 'depth'")
    refused(mtfas("teach", built_in, *out, "--preset", "papre"), "did you mean 'paper'")
    refused(mtfas("synthesize", tmp_path / "data", "--preset", "smal"), "unknown preset", "tiny")
    refused(mtfas("prepare", "foldr", tmp_path, tmp_path / "data"), "did you mean 'folder'")
    if not torch.cuda.is_available():
        refused(mtfas("teach", built_in, *out, "--device", "cuda"), "sees no GPU")
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "data").exists()


def test_a_subject_in_two_splits_of_a_data_set(mtfas: Mtfas, built_in: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(built_in, data)
    rows = pl.read_parquet(data / "manifest.parquet")
    guest = rows.filter(pl.col("split") == "test")["subject"][0]
    first = pl.int_range(pl.len()) == 0
    rows.with_columns(subject=pl.when(first).then(pl.lit(guest)).otherwise(pl.col("subject"))).write_parquet(
        data / "manifest.parquet"
    )
    refused(mtfas("teach", data, "--out", tmp_path / "run", "--preset", "tiny"), "it was changed")
    named = sha256((data / "manifest.parquet").read_bytes())
    write_json(data / "dataset.json", {**read_json(data / "dataset.json"), "manifest_sha256": named})
    refused(mtfas("teach", data, "--out", tmp_path / "run", "--preset", "tiny"), guest)
    audit = mtfas("audit", data, "--json")
    assert audit.code == 2
    found = json.loads(audit.out)
    assert not found["ok"]
    assert any(guest in problem["where"] + problem["sentence"] for problem in found["problems"])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("p1,0,s1,0,,0.1\np2,0,s2,1,print,nan\n", ("nan", "line 3")),
        ("p1,0,s1,0,,0.1\np2,0,s2,1,print,inf\n", ("inf",)),
        ("p1,0,s1,0,,0.1\np2,0,s2,0,,0.2\n", ("bona fide presentations only",)),
        ("p1,0,s1,0,,0.1\np2,0,s2,2,print,0.9\n", ("label",)),
    ],
    ids=["nan", "infinity", "one class", "unknown label"],
)
def test_a_wrong_score_file(mtfas: Mtfas, tmp_path: Path, rows: str, words: tuple[str, ...]) -> None:
    (tmp_path / "dev.csv").write_text(SCORES + "d1,0,t1,0,,0.1\nd2,0,t2,1,print,0.8\n")
    (tmp_path / "test.csv").write_text(SCORES + rows)
    answer = mtfas(
        "evaluate", "--dev", tmp_path / "dev.csv", "--test", tmp_path / "test.csv", "--out", tmp_path / "r"
    )
    refused(answer, *words)
    assert not (tmp_path / "r").exists()


def test_evaluate_without_a_way_to_a_threshold(mtfas: Mtfas, tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(SCORES + "p1,0,s1,0,,0.1\np2,0,s2,1,print,0.8\n")
    refused(mtfas("evaluate", "--test", tmp_path / "test.csv"), "dev")
    refused(mtfas("evaluate"), "--test")
    refused(mtfas("evaluate", "--test", tmp_path / "test.csv", "--threshold", "tets-oracle"), "test-oracle")
    refused(mtfas("evaluate", "--test", tmp_path / "test.csv", "--threshold", "fixed:high"), "fixed")


@pytest.fixture(scope="module")
def finished(built_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished train run."""
    from mtfas.data.manifest import open_prepared
    from mtfas.training.detector import train
    from mtfas.training.settings import train_settings

    out = tmp_path_factory.mktemp("runs") / "detector"
    train(open_prepared(built_in), out, train_settings("tiny", protocol="grandtest"))
    return out


def test_a_run_of_another_version(mtfas: Mtfas, built_in: Path, finished: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    record = read_json(run / "run.json")
    write_json(run / "run.json", {**record, "format": 77, "mtfas": "9.0.0"})
    refused(mtfas("evaluate", run), "format 77")
    refused(mtfas("train", built_in, "--out", run, "--preset", "tiny"), "9.0.0")
    assert read_json(run / "run.json")["format"] == 77


def test_a_run_with_other_settings_is_not_overwritten(mtfas: Mtfas, built_in: Path, finished: Path) -> None:
    before = (finished / "weights.safetensors").read_bytes()
    answer = mtfas("train", built_in, "--out", finished, "--preset", "tiny", "--seed", "5", "--threads", "1")
    refused(answer, "seed is 0 there, 5 here")
    assert (finished / "weights.safetensors").read_bytes() == before


def test_output_folders_in_use_are_refused(mtfas: Mtfas, built_in: Path) -> None:
    refused(mtfas("synthesize", built_in, "--preset", "tiny"), "already exists")


def test_options_that_mean_nothing_are_refused(mtfas: Mtfas, finished: Path, tmp_path: Path) -> None:
    refused(
        mtfas("evaluate", finished, "--columns", "a=b", "--direction", "live_high"), "--columns, --direction"
    )
    (tmp_path / "test.csv").write_text(SCORES + "p1,0,s1,0,,0.1\np2,0,s2,1,print,0.8\n")
    fixed = ("--test", tmp_path / "test.csv", "--threshold", "fixed:0.5")
    refused(mtfas("evaluate", *fixed, "--data", tmp_path), "--data belongs to a run folder")


def test_a_demo_with_a_misspelt_protocol_learns_nothing(mtfas: Mtfas, tmp_path: Path) -> None:
    answer = mtfas("demo", "--preset", "tiny", "--out", tmp_path / "demo", "--protocol", "grandtset")
    refused(answer, "did you mean 'grandtest'")
    assert not (tmp_path / "demo" / "teacher").exists()


def test_debug_shows_the_traceback_too(mtfas: Mtfas, tmp_path: Path) -> None:
    answer = mtfas("audit", tmp_path, "--debug")
    assert answer.code == 2
    assert "Traceback" in answer.err
