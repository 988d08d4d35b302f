"""Faces a second of every detector in training and what bounds it: python benchmarks/training.py.

Runs `mtfas bench training` at 64, 128 and 256 px; options are handed on.
"""

import subprocess
import sys


def main() -> None:
    for size in ("64", "128", "256"):
        command = [sys.executable, "-m", "mtfas", "bench", "training", "--size", size, *sys.argv[1:]]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()

# 2026-11-25, 2-core x86-64 (AMD EPYC, AVX-512), 2 threads, torch 2.13 CPU:
# mtfas bench training --detectors fas-dr-light,fas-dr-8,fas-dr,resnet8 --size 128 --rounds 7
# 128 px, batches of 24; limits: 189 GFLOP/s (matrix product), 31.3 GB/s (copy)
# detector         faces/s GFLOP/face  MB/face of matmul  of copy  bound
# fas-dr-light       595.7       0.08     31.5       24%      60%  memory
# fas-dr-8            92.8       1.10    164.8       54%      49%  arithmetic
# fas-dr              32.4       4.38    328.7       75%      34%  arithmetic
# resnet8            175.5       0.42    123.5       39%      69%  memory
