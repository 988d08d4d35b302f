"""What a run folder says about where it was made: versions, machine, commit."""

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

_PACKAGES = ("numpy", "torch", "opencv-python-headless", "pillow", "polars", "scipy", "safetensors")


def versions() -> dict[str, str]:
    """Return the versions of Python and of every package that can change a number."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def hardware() -> dict[str, str | int]:
    """Return the processor, the number of cores this process may use, and the system."""
    return {
        "machine": platform.machine(),
        "cores": cores(),
        "system": platform.system(),
        "processor": _processor(),
    }


def cores() -> int:
    """Return how many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def default_threads() -> int:
    """Return how many threads torch gets when nobody says: OMP_NUM_THREADS, or else every core."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return int(wanted) if wanted.isdecimal() and int(wanted) else cores()


def commit() -> str | None:
    """Return the commit of the checkout mtfas runs from, with a "+" when it has changes; None outside one."""
    folder = Path(__file__).resolve().parent
    try:
        head = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return head + ("+" if changed else "")


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown"
