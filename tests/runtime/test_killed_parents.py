"""Worker processes end with a parent that is killed; they would wait for work, and hold memory, for ever."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc on this system")

POOL = """
import time
from mtfas.runtime.pool import in_order

if __name__ == "__main__":
    list(in_order(time.sleep, [0, 0, 0.2] * 2000, 2))
"""
GRID = """
import sys
from pathlib import Path
from mtfas.training.grid import Job, run_all
from mtfas.training.settings import train_settings

def job(seed):
    settings = train_settings("tiny", protocol="grandtest", seed=seed, iterations=1_000_000, threads=1)
    return Job(f"seed {seed}", Path(sys.argv[1]), Path(sys.argv[2]) / str(seed), settings)

if __name__ == "__main__":
    run_all([job(0), job(1)], workers=2)
"""


@pytest.mark.parametrize("script", [POOL, GRID], ids=["pool", "grid"])
def test_workers_end_with_a_killed_parent(built_in: Path, tmp_path: Path, script: str) -> None:
    file = tmp_path / "script.py"
    file.write_text(script)
    process = subprocess.Popen(
        [sys.executable, str(file), str(built_in), str(tmp_path / "out")],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    while len(members(process.pid)) < 4:  # the parent, its resource tracker and two workers
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(1.0)  # the workers load their libraries
    process.kill()
    process.wait()
    until = time.monotonic() + 60
    while members(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert members(process.pid) == []


def members(group: int) -> list[int]:
    """The processes of a group that are not yet dead."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, of = path.read_text().rpartition(")")[2].split()[:3]
            found += [int(path.parent.name)] if int(of) == group and state != "Z" else []
    return found
