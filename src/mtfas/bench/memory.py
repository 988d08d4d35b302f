"""The most memory an iteration takes over what was there before it: each way in a process of its own.

    python -m mtfas.bench.memory '{"way": …, "size": …, …}'

A first iteration on 16-pixel faces loads the libraries, which are no cost of the way. What is read depends on
the machine and is named in the answer, see MEASURES.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from mtfas.bench.bilevel import calls_of, lesson_for
from mtfas.data.dataset import FaceSet
from mtfas.errors import BadRun
from mtfas.runtime.progress import track
from mtfas.training.device import peak_memory
from mtfas.training.settings import TeachSettings

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
ITERATIONS = 4


@dataclass(frozen=True)
class Measure:
    """A way to read memory.

    Attributes:
        words: what it reads, for the person who reads the table.
        forget: set the peak back where that can be done, and return what is in use, MB.
        peak: the most that was in use since then, MB.
    """

    words: str
    forget: Callable[[], float]
    peak: Callable[[], float]


def measure_for(device: str) -> str:
    """Return which of MEASURES is read on this machine."""
    if device == "cuda":
        return "torch"
    return "proc" if STATUS.exists() and CLEAR.exists() else "rusage"


def peaks(settings: TeachSettings, size: int, ways: list[str]) -> dict[str, float]:
    """Return the peak of each way in MB, over what was there before the first iteration.

    Args:
        settings: networks, batches, threads, device.
        size: of the faces in pixels; they are noise, whose memory is that of any faces.
        ways: of WAYS.

    Raises:
        BadRun: a process ended without an answer.
    """
    found = {}
    for way in track(ways, "measuring memory", len(ways)):
        request = json.dumps({"way": way, "size": size, "settings": settings.__dict__})
        command = [sys.executable, "-m", "mtfas.bench.memory", request]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise BadRun(f"measuring the memory of {way} failed: {last}; give a smaller --size or --m.")
        found[way] = float(done.stdout)
    return found


def peak_of(way: str, size: int, settings: dict[str, Any]) -> float:
    """Return the peak of one way in this process, MB."""
    asked = TeachSettings(**settings)
    _iterate(way, TeachSettings(**(settings | {"m": 2, "n": 2})), 16, 1)
    return _iterate(way, asked, size, ITERATIONS)


def _iterate(way: str, settings: TeachSettings, size: int, times: int) -> float:
    lesson, state = lesson_for(settings, noise(size, settings.m + settings.n))
    call = calls_of(lesson, state, lesson.batches(0), [way])[way]
    measure = MEASURES[measure_for(settings.device)]
    before = measure.forget()
    for _ in range(times):
        call()
    return measure.peak() - before


def noise(size: int, per_class: int) -> FaceSet:
    """Return as many live faces and attacks of noise."""
    rng, n = np.random.default_rng(0), 2 * per_class
    pixels = torch.from_numpy(rng.integers(0, 256, (n, size, size, 3), dtype=np.uint8)).permute(0, 3, 1, 2)
    maps = torch.zeros(n, 1, size // 8, size // 8, dtype=torch.uint8)
    rows = pl.DataFrame({"label": [0] * per_class + [1] * per_class, "species": ["any"] * n})
    return FaceSet(pixels, maps, maps, rows)


def _forget_allocated() -> float:
    torch.cuda.reset_peak_memory_stats()
    return torch.cuda.memory_allocated() / 1e6


def _peak_allocated() -> float:
    return torch.cuda.max_memory_allocated() / 1e6


def _forget_resident() -> float:
    CLEAR.write_text("5")
    return _resident("VmRSS")


def _peak_resident() -> float:
    return _resident("VmHWM")


def _resident(field: str) -> float:
    for line in STATUS.read_text().splitlines():
        if line.startswith(field):
            return float(line.split()[1]) * 1024 / 1e6
    raise BadRun(f"{STATUS} has no {field}; memory cannot be measured here.")


def _largest_ever() -> float:
    return float(peak_memory("cpu"))


MEASURES = {
    "torch": Measure("allocated by torch on the GPU", _forget_allocated, _peak_allocated),
    "proc": Measure("resident, peak set back (/proc)", _forget_resident, _peak_resident),
    # A peak that cannot be set back: what set-up took for a moment is missed, so the figure is a lower bound.
    "rusage": Measure("growth of the largest resident size (getrusage)", _largest_ever, _largest_ever),
}


if __name__ == "__main__":
    print(peak_of(**json.loads(sys.argv[1])))
