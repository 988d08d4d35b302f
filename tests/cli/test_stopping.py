"""A full disk and Ctrl-C: one sentence, exit code 2, nothing half-written, and runs that go on."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MTFAS = [sys.executable, "-m", "mtfas"]


def interrupt(arguments: list[str], ready: Callable[[], bool]) -> tuple[int, str]:
    """Start a command, press Ctrl-C when it is ready, and return its exit code and what it said."""
    process = subprocess.Popen(
        [*MTFAS, *arguments], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    while not ready():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    return process.wait(timeout=60), process.communicate()[1]


def assert_clean(code: int, said: str) -> None:
    assert code == 2, said
    assert "Traceback" not in said
    assert said.strip().splitlines()[-1].startswith("mtfas: stopped")


def test_ctrl_c_while_rendering_and_on_again(tmp_path: Path) -> None:
    out = tmp_path / "data"
    scratch = tmp_path / ".data.unfinished"
    command = ["synthesize", str(out), "--preset", "tiny", "--domains", "s"]
    assert_clean(*interrupt(command, lambda: any(scratch.rglob("*.png"))))
    assert not out.exists()
    assert (scratch / "unfinished" / "plan.json").exists(), "what was done is kept"
    assert subprocess.run([*MTFAS, *command], capture_output=True, check=False).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert not any(path.name == "plan.json" for path in out.rglob("*"))


def test_ctrl_c_while_preparing_and_on_again(tmp_path: Path) -> None:
    raw, boxes = tmp_path / "raw", ["file,left,top,width,height"]
    pixels = np.random.default_rng(0).integers(0, 255, (1200, 1200, 3), dtype=np.uint8)
    for kind in ("live", "attack/print"):
        for subject in ("s1", "s2", "s3"):
            (raw / kind / subject).mkdir(parents=True)
            for index in range(20):
                Image.fromarray(pixels).save(raw / kind / subject / f"{index}.bmp")
                boxes.append(f"{kind}/{subject}/{index}.bmp,300,300,500,500")
    (tmp_path / "boxes.csv").write_text("\n".join(boxes))
    scratch = tmp_path / ".out.unfinished"
    command = ["prepare", "folder", str(raw), str(tmp_path / "out"), "--boxes", str(tmp_path / "boxes.csv")]
    assert_clean(*interrupt(command, lambda: any(scratch.rglob("*.png"))))
    assert not (tmp_path / "out").exists()
    assert subprocess.run([*MTFAS, *command], capture_output=True, check=False).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["boxes.csv", "out", "raw"]


@pytest.mark.parametrize("kind", ["teach", "train"])
def test_ctrl_c_in_a_run_and_on_again(built_in: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "run"
    length = ["--bilevel-iterations", "200"] if kind == "teach" else ["--iterations", "400"]
    command = [kind, str(built_in), "--out", str(out), "--preset", "tiny", *length]
    assert_clean(*interrupt(command, (out / "checkpoint.safetensors").exists))
    assert not json.loads((out / "run.json").read_text())["finished"]
    assert subprocess.run([*MTFAS, *command], capture_output=True, check=False).returncode == 0
    assert json.loads((out / "run.json").read_text())["finished"]


def test_ctrl_c_in_a_demo_ends_its_workers_and_it_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    command = ["demo", "--preset", "tiny", "--out", str(out)]
    assert_clean(*interrupt(command, lambda: any(out.glob("runs/*/run.json"))))
    done = subprocess.run([*MTFAS, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip().splitlines()[-1].removeprefix("report: ")).is_file()


def on_a_small_disk(folder: Path, kilobytes: int, command: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command with a real file system of that size mounted at the folder, then list what is on it."""
    folder.mkdir()
    script = (
        f'mount -t tmpfs -o size={kilobytes}k tmpfs "$0" || exit 99; "$@"; code=$?; find "$0" >&2; exit $code'
    )
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare on this system: cannot mount a small disk")
    done = subprocess.run(
        [unshare, "-rm", "sh", "-c", script, str(folder), *MTFAS, *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode in {1, 99} and "mtfas" not in done.stderr:
        pytest.skip(f"cannot mount a small disk here: {done.stderr.strip()}")
    return done


def assert_full(done: "subprocess.CompletedProcess[str]") -> list[str]:
    """Check the sentence and return the names that are left on the disk."""
    lines = done.stderr.strip().splitlines()
    sentences = [line for line in lines if line.startswith("mtfas: ")]
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert len(sentences) == 1
    assert "the disk is full" in sentences[0]
    return lines[lines.index(sentences[0]) + 1 :]


def test_a_full_disk_while_rendering(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    done = on_a_small_disk(disk, 128, ["synthesize", str(disk / "data"), "--preset", "tiny"])
    left = assert_full(done)
    assert str(disk / "data") not in left, "the data set has not got its name"
    assert not any(name.endswith("manifest.parquet") for name in left)


@pytest.mark.parametrize("kind", ["teach", "train"])
def test_a_full_disk_in_a_run(built_in: Path, tmp_path: Path, kind: str) -> None:
    disk = tmp_path / "disk"
    command = [kind, str(built_in), "--out", str(disk / "run"), "--preset", "tiny"]
    left = [Path(name).name for name in assert_full(on_a_small_disk(disk, 96, command))]
    assert "run.json" in left
    assert "weights.safetensors" not in left
    assert not any(name.startswith(".") for name in left)


def test_a_full_disk_while_reporting(tmp_path: Path) -> None:
    for name in ("dev", "test"):
        rows = [f"{name}{k},0,,{0.1 + 0.001 * k}\n{name}a{k},1,print,{0.8 + 0.001 * k}\n" for k in range(20)]
        (tmp_path / f"{name}.csv").write_text("presentation,label,species,score\n" + "".join(rows))
    disk = tmp_path / "disk"
    command = ["evaluate", "--dev", str(tmp_path / "dev.csv"), "--test", str(tmp_path / "test.csv")]
    left = assert_full(on_a_small_disk(disk, 16, [*command, "--out", str(disk / "report")]))
    assert not any("report.html" in name for name in left)
