"""How fast the built-in benchmark is rendered, and in how much memory: python benchmarks/synthesize.py.

Each line renders a slice of every domain as `mtfas synthesize` does, PNG files and manifest included, with as
many processes as there are cores. The second table renders fewer and more faces of one size and prints the
largest resident set of any process: it should not grow with the number of faces. Rendering goes into a folder
that is removed.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mtfas.errors import in_one_sentence
from mtfas.runtime.record import cores
from mtfas.synthetic.domains.siwm import ROUND
from mtfas.synthetic.presets import PRESETS, SynthesisPreset
from mtfas.synthetic.synthesize import synthesize

SIZES = (64, 256)
WANTED = {64: 60.0, 256: 8.0}
"""Faces a second on two cores that this project holds itself to."""


def slice_of(size: int, rounds: int) -> SynthesisPreset:
    """Return a preset with a few subjects of every domain, in about the proportions of `cpu`."""
    people = {"o": (rounds, 0, 0), "c": (rounds, 0, 0), "i": (rounds, 0, 0), "m": (rounds, 0, 0)}
    frames = {"o": 2, "c": 8, "i": 8, "m": 8, "s": 8}
    return SynthesisPreset("timed", size, people | {"s": (rounds * ROUND, 0, 0)}, frames)


def timed(size: int, rounds: int, workers: int) -> tuple[int, float, float]:
    """Return faces, seconds, and the largest process's memory in MB."""
    # A fresh process: its memory is counted from its own start.
    command = [sys.executable, __file__, "--one", str(size), str(rounds), str(workers)]
    faces, seconds, memory = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()
    return int(faces), float(seconds), float(memory)


def render(size: int, rounds: int, workers: int) -> tuple[int, float, float]:
    """Render in this process and its workers; return what `timed` does."""
    PRESETS["timed"] = slice_of(size, rounds)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        faces = synthesize(Path(folder) / "data", "timed", workers=workers).counts["faces"]
        seconds = time.perf_counter() - start
    largest = max(
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return faces, seconds, largest / 1024


@in_one_sentence()
def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument(
        "--one", type=int, nargs=3, metavar=("SIZE", "ROUNDS", "WORKERS"), help=argparse.SUPPRESS
    )
    wanted = parser.parse_args()
    if wanted.one:
        print(*render(*wanted.one))
        return
    print(f"faces of every domain, {wanted.workers} processes")
    for size in SIZES:
        faces, seconds, memory = timed(size, 1, wanted.workers)
        rate = faces / seconds
        print(
            f"{size:4d} px: {faces:5d} faces in {seconds:6.1f} s = {rate:6.1f} faces/s "
            f"(wanted {WANTED[size]:g}), {memory:4.0f} MB"
        )
    print("memory of the largest process, 64 px")
    for rounds in (1, 2, 4):
        faces, _, memory = timed(64, rounds, wanted.workers)
        print(f"{faces:6d} faces: {memory:4.0f} MB")


if __name__ == "__main__":
    main()

# 2026-11-24, 2-core x86-64, AVX2, Python 3.11, NumPy 2, OpenCV 4.14, two processes, nothing else running:
#   64 px:   716 faces in    6.7 s =  106.4 faces/s (wanted 60),  123 MB
#  256 px:   716 faces in   59.3 s =   12.1 faces/s (wanted 8),  486 MB
# memory of the largest process, 64 px, when rows were still kept in memory (they are now kept on disk):
#    716 faces:  124 MB;   1432 faces:  128 MB;   2864 faces:  139 MB
