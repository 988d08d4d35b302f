"""A run that is killed at random moments ends with the bytes of a run that was never stopped."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mtfas.runtime.files import read_json

TEACH = ["teach", "--pretrain-iterations", "60", "--bilevel-iterations", "30", "--m", "4", "--n", "2"]
LONG = {
    "teach": TEACH,
    # Statistics fixed after 4 iterations: most kills find them in the checkpoint.
    "teach, fixed statistics": [*TEACH, "--pretrain-iterations", "4", "--bilevel-iterations", "80",
                                "--batch-norm", "fixed"],
    # Two generations: kills on both sides of the hand-over, and some at it.
    "teach, bans": ["teach", "--method", "bans", "--iterations", "40"],
    "train": ["train", "--iterations", "100"],
}  # fmt: skip


def start(kind: str, data: Path, out: Path) -> "subprocess.Popen[bytes]":
    what, *given = LONG[kind]
    command = [sys.executable, "-m", "mtfas", what, str(data), "--out", str(out), "--preset", "tiny"]
    return subprocess.Popen(
        [*command, "--threads", "1", *given], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


def kill_once(kind: str, data: Path, out: Path, rng: random.Random) -> None:
    """Start or resume the run, let it get to a new checkpoint and some way beyond, and kill it."""
    before = mark(out)
    process = start(kind, data, out)
    while mark(out) == before and process.poll() is None:
        time.sleep(0.005)
    time.sleep(rng.uniform(0.0, 0.25))
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the run ended before it could be killed: make it longer"
    assert not read_json(out / "run.json")["finished"]


def mark(out: Path) -> int:
    path = out / "checkpoint.safetensors"
    return path.stat().st_mtime_ns if path.exists() else 0


@pytest.mark.parametrize("kind", sorted(LONG))
def test_killed_three_times_and_resumed(built_in: Path, tmp_path: Path, kind: str) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert start(kind, built_in, whole).wait() == 0
    seed = int.from_bytes(os.urandom(4))
    print(f"random moments from seed {seed}")
    rng = random.Random(seed)
    for _ in range(3):
        kill_once(kind, built_in, killed, rng)
    assert start(kind, built_in, killed).wait() == 0
    files = sorted(
        path.relative_to(whole)
        for path in whole.rglob("*")
        if path.suffix in {".safetensors", ".csv", ".npz"}
    )
    assert files
    for name in files:
        assert (whole / name).read_bytes() == (killed / name).read_bytes(), name
    assert not list(killed.glob(".*")), "scraps of an atomic write are left"
