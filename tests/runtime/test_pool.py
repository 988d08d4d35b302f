import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mtfas.errors import BadSetting
from mtfas.runtime.pool import choose_workers, in_order


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_jobs(workers: int) -> None:
    assert list(in_order(abs, [-3, 1, -2, 5], workers)) == [3, 1, 2, 5]


def test_a_killed_worker_is_said() -> None:
    with pytest.raises(BadSetting, match="worker process ended too early"):
        list(in_order(os._exit, [1], 2))


def test_a_process_is_started_only_for_enough_work() -> None:
    assert choose_workers(None, 10, 100) == 1
    assert choose_workers(3, 10, 100) == 3
    with pytest.raises(BadSetting, match="workers is 0"):
        choose_workers(0, 10, 100)


KILLED = """
import time
from mtfas.runtime.pool import in_order
if __name__ == "__main__":
    list(in_order(time.sleep, [0, 0, 0.2] * 2000, 2))
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc on this system")
def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(KILLED)
    process = subprocess.Popen([sys.executable, str(script)], start_new_session=True)
    while len(members(process.pid)) < 4:  # the parent, its resource tracker and two workers
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    until = time.monotonic() + 30
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
