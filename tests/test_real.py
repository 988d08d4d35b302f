"""Real photographs and real score files, where there are some, through the commands of the README."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mtfas.data.manifest import open_prepared

pytestmark = pytest.mark.real


def mtfas(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "mtfas", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_published_scores_give_the_reference_figures(real_data: Path) -> None:
    stem = "auxiliary__cross_dataset_oulu_npu__"
    files = (
        "--dev",
        real_data / "scores" / f"{stem}devel.tsv",
        "--test",
        real_data / "scores" / f"{stem}test.tsv",
    )
    found = json.loads(mtfas("evaluate", *files, "--json"))
    expected = {
        "eer_dev": 0.092090,
        "threshold": 0.595777,
        "bpcer": 0.044444,
        "acer_worst": 0.340278,
        "hter": 0.241124,
        "auc": 0.880612,
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-6), name
    assert found["apcer"]["worst"] == pytest.approx(0.636111, abs=1e-6)
    assert found["apcer"]["worst_species"] == "print2"
    assert found["threshold_source"] == "dev"
    assert found["n"]["bona_fide"] == 360
    assert found["n"]["attack"] == 1439


def test_real_photographs_from_attacks_to_a_report(real_data: Path, tmp_path: Path) -> None:
    photographs = real_data / "portraits"
    data, teacher, run = tmp_path / "data", tmp_path / "teacher", tmp_path / "run"
    said = mtfas(
        "synthesize",
        data,
        "--from-photos",
        photographs,
        "--subjects",
        photographs / "MANIFEST.tsv",
        "--preset",
        "tiny",
    )
    count = len(list(photographs.glob("*.jpg")))
    assert f"of {count} photographs" in said
    prepared = open_prepared(data)
    assert prepared.info["counts"]["live"] > 0
    assert set(prepared.usable["species"]) == {
        "bona_fide",
        "print",
        "replay",
        "warped_photo",
        "cut_photo",
        "paper_glasses",
        "partial_paper",
    }
    mtfas("audit", data)
    mtfas("teach", data, "--out", teacher, "--preset", "tiny", "--threads", "1")
    learned = ("--supervision", "meta-teacher", "--teacher", teacher)
    mtfas("train", data, "--out", run, "--preset", "tiny", "--threads", "1", *learned)
    mtfas("evaluate", run)
    assert "meta-teacher" in (run / "report.html").read_text(encoding="utf-8")
