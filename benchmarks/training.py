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
