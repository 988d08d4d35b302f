"""What a picture costs from file to verdict: python benchmarks/inference.py [--detector NAME] [--size 128].

A detector is trained for a few steps on rendered faces (its weights do not change its speed), exported to a
bundle in a folder that is removed, and timed by `mtfas bench inference`; other options are handed on.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from mtfas.bench.faces import render
from mtfas.data.manifest import open_prepared
from mtfas.deploy.bundling import make_bundle
from mtfas.errors import in_one_sentence
from mtfas.training.detector import train
from mtfas.training.settings import train_settings


def bundle_of(folder: Path, detector: str, size: int) -> Path:
    """Return the bundle of a detector that was hardly trained."""
    prepared = open_prepared(render(folder / "data", size, 0))
    settings = train_settings("tiny", protocol="grandtest", detector=detector, iterations=20)
    train(prepared, folder / "run", settings)
    return make_bundle(folder / "run", folder / "bundle").folder


@in_one_sentence()
def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--detector", default="fas-dr-light")
    parser.add_argument("--size", type=int, default=128)
    given, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        bundle = bundle_of(Path(folder), given.detector, given.size)
        command = [sys.executable, "-m", "mtfas", "bench", "inference", str(bundle), *rest]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()

# 2026-11-26, 2-core x86-64 (AMD EPYC), load average 4 to 5 by other work: ratios within the table are worth
# more than its numbers. python benchmarks/inference.py --rounds 31
# fas-dr-light, 128 px; AMD EPYC, 2 cores, onnxruntime 1.32.0, torch 2.13.0+cpu; ms, medians of 31 rounds
# picture      decode   detect     crop      net  a second  bound by
# 640x480        1.67    28.69     1.49     0.83      29.6  detect (88%); no face in 1
# 1280x720       3.44    34.39     1.71     0.82      24.8  detect (85%); no face in 2
# net a face (fastest)             batch 1          batch 8         batch 32
# onnxruntime  1 thread    0.591 ( 0.528)   1.199 ( 0.596)   1.141 ( 0.740)
# onnxruntime  2 threads   0.597 ( 0.403)   1.645 ( 0.343)   1.466 ( 0.841)
# torch        1 thread    1.458 ( 1.232)   1.386 ( 0.822)   1.704 ( 0.805)
# torch        2 threads   1.660 ( 0.928)   3.238 ( 0.508)   3.625 ( 1.141)
#
# python benchmarks/inference.py --detector fas-dr-8 (7 rounds)
# picture      decode   detect     crop      net  a second  bound by
# 640x480        2.07    30.84     1.74     5.60      24.8  detect (77%); no face in 1
# 1280x720       4.85    32.85     2.10     5.42      21.9  detect (73%); no face in 2
# net a face (fastest)             batch 1          batch 8         batch 32
# onnxruntime  1 thread    9.549 ( 5.289)   7.323 ( 5.774)   6.149 ( 5.992)
# onnxruntime  2 threads   9.556 ( 3.359)   8.694 ( 7.618)   7.244 ( 6.503)
