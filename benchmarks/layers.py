"""A detector's training step on torch's normalisation and pooling, beside ours, in turn.

    python benchmarks/layers.py [--detectors fas-dr-light,fas-dr-8] [--sizes 64,128,256] [--rounds 15]

Detectors are trained on torch's layers, teachers by bi-level learning on ours, which have closed second
derivatives and exact statistics (docs/decisions/0011-bilevel-cost.md). One thread; batches of 24 faces.
"""

import argparse

import torch

from mtfas.bench.timing import interleaved
from mtfas.bench.training import supervised_step
from mtfas.errors import in_one_sentence
from mtfas.training.device import keep_freed_memory

BATCH = 24


@in_one_sentence()
def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--detectors", default="fas-dr-light,fas-dr-8")
    parser.add_argument("--sizes", default="64,128,256")
    parser.add_argument("--rounds", type=int, default=15)
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    print(f"{'detector':<14} {'px':>4} {'ours, ms':>9} {'torch, ms':>10} {'torch/ours':>11}")
    for name in wanted.detectors.split(","):
        for size in map(int, wanted.sizes.split(",")):
            seconds = interleaved(
                {own: supervised_step(name, size, BATCH, "cpu", own == "ours") for own in ("ours", "torch")},
                wanted.rounds, "cpu",
            )  # fmt: skip
            ours, theirs = 1e3 * seconds["ours"], 1e3 * seconds["torch"]
            print(f"{name:<14} {size:>4} {ours:9.1f} {theirs:10.1f} {theirs / ours:11.2f}")


if __name__ == "__main__":
    main()

# 2026-11-26, 2 cores (AMD EPYC, AVX-512), 1 thread, torch 2.13 CPU; a busy machine, so ratios count:
# python benchmarks/layers.py --rounds 9
# detector         px  ours, ms  torch, ms  torch/ours
# fas-dr-light     64     322.8      211.7        0.66
# fas-dr-light    128     894.7      742.7        0.83
# fas-dr-light    256     738.6      656.5        0.89
# fas-dr-8         64    1594.7     1275.1        0.80
# fas-dr-8        128    6487.9     5216.6        0.80
