"""How many faces a second the built-in benchmark renders: python benchmarks/synthesize.py [SIZE …].

One subject's whole plan (all cameras, sessions and instruments) is rendered in one process for each size.
Subjects are independent, so with several processes the rate grows with the cores.
"""

import sys
import tempfile
import time
from pathlib import Path

import cv2

from mtfas.synthetic.presets import SynthesisPreset
from mtfas.synthetic.synthesize import SubjectJob, render_subject
from mtfas.types import Split


def faces_per_second(size: int, subject: int = 0) -> tuple[int, float]:
    """Return how many faces were rendered, and how many a second."""
    preset = SynthesisPreset("timed", size, 1, 1, 1, live_frames=3, attack_frames=1)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        rows = render_subject(Path(folder), SubjectJob(0, subject, Split.TRAIN, preset))
        return len(rows), len(rows) / (time.perf_counter() - start)


if __name__ == "__main__":
    cv2.setNumThreads(1)
    faces_per_second(32)  # first calls load code
    for size in [int(word) for word in sys.argv[1:]] or [64, 256]:
        count, rate = faces_per_second(size)
        print(f"{size:4d} px: {count} faces of one subject, {rate:6.1f} faces/s in one process")

# 2026-11-23, 2-core x86-64, AVX2, Python 3.11, NumPy 2, OpenCV 4.14, other work on the machine (load 1 to 2):
#   64 px: 54 faces of one subject,   44.6 faces/s in one process
#  256 px: 54 faces of one subject,    3.1 faces/s in one process
# mtfas synthesize --preset cpu (3240 faces), two processes, nothing else running: 32 s of wall time, 61 s of
# processor time.
