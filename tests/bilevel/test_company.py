"""Two real processes over Gloo: the same hypergradient as one process with the whole batch, in float64."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_two_processes_find_the_hypergradient_of_one() -> None:
    """Every way and loss, under fixed, own (per process) and synchronised statistics."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, "-m", "tests.bilevel.company"],
        cwd=REPOSITORY,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" statistics: ") == 2 * 2 * 3 * 3  # processes, losses, ways, kinds
