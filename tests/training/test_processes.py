"""`mtfas teach` under torchrun: two real processes over Gloo, one run folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch

from mtfas.evaluation.runfolder import read_record

SHORT = ["--preset", "tiny", "--pretrain-iterations", "4", "--bilevel-iterations", "2", "--threads", "1"]
# Plain descent: what is rounded differently stays small, where Adam would magnify it.
GIVEN = ["--optimiser", "sgd", "--beta", "1", "--hypergradient", "exact", "--sync-batch-norm"]


def teach(data: Path, out: Path, processes: int, *more: str) -> "subprocess.CompletedProcess[str]":
    shared = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command = [sys.executable, *(shared if processes > 1 else []), "-m", "mtfas", "teach", str(data)]
    return subprocess.run(
        [*command, "--out", str(out), *SHORT, *GIVEN, *more],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
    )


def moved(run: Path) -> torch.Tensor:
    taught, start = (
        safetensors.torch.load_file(run / f"{name}.safetensors") for name in ("weights", "pretrained")
    )
    names = [name for name in taught if "running" not in name]
    return torch.cat([(taught[name] - start[name]).flatten().double() for name in names])


def test_two_processes_teach_what_one_teaches_and_go_on_after_a_stop(built_in: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert teach(built_in, one, 1).returncode == 0
    done = teach(built_in, two, 2)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("hypergradient: exact") == 1, "one process speaks"
    assert read_record(two, "teach")["settings"]["processes"] == 2
    assert moved(one).norm() > 0
    error = float((moved(two) - moved(one)).norm() / moved(one).norm())
    assert error < 1e-3, error
    again = teach(built_in, two, 2)  # a finished run is found finished by both
    assert again.returncode == 0, again.stderr


def test_a_batch_that_cannot_be_divided_is_refused(built_in: Path, tmp_path: Path) -> None:
    done = teach(built_in, tmp_path / "run", 2, "--lower-faces", "3")
    assert done.returncode != 0
    assert "--m 3 cannot be divided evenly among 2 processes; give a multiple of 2." in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_detector_is_trained_in_one_process(built_in: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mtfas", "train", str(built_in), "--out", str(tmp_path / "run")]
    done = subprocess.run(command, env={**os.environ, "WORLD_SIZE": "2"}, capture_output=True, text=True)
    assert done.returncode == 2
    assert "start it without torchrun" in done.stderr


@pytest.mark.parametrize("policy", ["fixed-teacher", "fixed"])
def test_fixed_statistics_are_those_labels_are_made_with(built_in: Path, tmp_path: Path, policy: str) -> None:
    """They are handed on as they were taught with, the same for the teacher before and after."""
    assert teach(built_in, tmp_path / "run", 1, "--batch-norm", policy).returncode == 0
    nets = {
        name: safetensors.torch.load_file(tmp_path / "run" / f"{name}.safetensors")
        for name in ("weights", "pretrained", "momentum")
    }
    buffers = [name for name in nets["weights"] if "running" in name]
    assert buffers
    for name in buffers:
        assert torch.equal(nets["weights"][name], nets["pretrained"][name])
        assert torch.equal(nets["weights"][name], nets["momentum"][name])
