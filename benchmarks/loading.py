"""What batches cost: python benchmarks/loading.py.

Each table is of one face size: milliseconds (medians) for the 40 + 20 faces of a bi-level iteration, drawn
at random from faces in memory, turned into floats, and changed by each augmentation. Then FAS-DR-Light is
trained at 64 px on 40 augmented faces a step: how long a step takes, and which share of that goes by waiting
for faces, without and with a second thread that makes the next ones. The two take turns, since other work
disturbs both.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import polars as pl
import torch

from mtfas.data.ahead import Ahead
from mtfas.data.augment import AUGMENTATIONS, augment
from mtfas.data.batch import FaceBatch
from mtfas.data.dataset import FaceSet
from mtfas.data.sampling import pool_of
from mtfas.errors import in_one_sentence
from mtfas.models import build_detector
from mtfas.runtime.record import default_threads
from mtfas.runtime.seeds import stream
from mtfas.training.device import use_device

SIZES = {64: 8000, 256: 1000}
"""Side of the faces: how many lie in memory."""

BATCH = 60
STEPS, TURNS = 10, 6


def faces_of(side: int) -> FaceSet:
    """Return faces of noise, in turn live and attack."""
    count, small = SIZES[side], side // 8
    pixels = torch.randint(0, 256, (count, side, side, 3), dtype=torch.uint8).permute(0, 3, 1, 2)
    maps = torch.randint(0, 256, (count, 1, small, small), dtype=torch.uint8)
    return FaceSet(pixels, maps, maps, pl.DataFrame({"label": [k % 2 for k in range(count)]}))


def median_ms(work: Callable[[], object], repeats: int = 15) -> float:
    """Return the median time of some work in milliseconds."""
    times = []
    for _ in range(repeats + 2):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return 1e3 * statistics.median(times[2:])


def show(side: int) -> None:
    """Print the table of one face size."""
    faces, index = faces_of(side), torch.randint(0, SIZES[side], (BATCH,))
    batch = faces.batch(index)
    print(f"{side} px, ms for {BATCH} faces")
    print(f"  gather, to floats {median_ms(lambda: faces.batch(index)):7.2f}")
    for name, change in AUGMENTATIONS.items():
        print(f"  {name:17s} {median_ms(lambda change=change: change(batch, None, stream(0, 'a'))):7.2f}")


def train(background: bool, faces: FaceSet) -> tuple[float, float]:
    """Return milliseconds a step of training takes, and the share spent waiting for faces."""
    net = build_detector("fas-dr-light", seed=0).to(memory_format=torch.channels_last).train()
    optimiser, pool = torch.optim.Adam(net.parameters(), lr=1e-4), pool_of(faces.rows)

    def make(step: int) -> FaceBatch:
        drawn = faces.batch(pool.draw(20, stream(0, "draw", step)))
        return augment(drawn, None, ("flip", "colour"), stream(0, "augment", step))[0]

    begun = time.perf_counter()
    with Ahead(make, 0, STEPS, background) as ahead:
        for batch in ahead:
            optimiser.zero_grad()
            net(batch.images).map.square().mean().backward()
            optimiser.step()
    seconds = time.perf_counter() - begun
    return 1e3 * seconds / STEPS, ahead.waited / seconds


@in_one_sentence()
def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=default_threads())
    use_device("cpu", parser.parse_args().threads)
    torch.manual_seed(0)
    for side in SIZES:
        show(side)
    faces = faces_of(64)
    train(False, faces)
    turns = [(train(False, faces), train(True, faces)) for _ in range(TURNS)]
    print("FAS-DR-Light, 64 px, 40 faces a step")
    for what, results in zip(("in turn", "ahead"), zip(*turns, strict=True), strict=True):
        step, share = (statistics.median(values) for values in zip(*results, strict=True))
        print(f"  {what:8s} {step:6.1f} ms a step, {100 * share:4.1f} % of it waiting")


if __name__ == "__main__":
    main()

# 2026-11-25, 2-core x86-64, torch 2.13 CPU, two threads, little else running:
# 64 px, ms for 60 faces:  gather, to floats 0.17, flip 0.33, colour  0.92, erase 0.70
# 256 px, ms for 60 faces: gather, to floats 3.25, flip 6.78, colour 15.04, erase 6.56
# FAS-DR-Light, 64 px, 40 faces a step
#   in turn    20.4 ms a step,  8.5 % of it waiting
#   ahead      27.3 ms a step,  1.8 % of it waiting
# Powers by pow instead of log2 and exp2, and images as [N, 3, H, W] instead of lines of W·3 numbers:
#   colour 1.55 ms at 64 px, 27.83 ms at 256 px; flip by indexing: 0.49 and 12.86 ms.
