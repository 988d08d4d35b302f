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
from mtfas.training.detector import train
from mtfas.training.settings import train_settings


def bundle_of(folder: Path, detector: str, size: int) -> Path:
    """Return the bundle of a detector that was hardly trained."""
    prepared = open_prepared(render(folder / "data", size, 0))
    settings = train_settings("tiny", protocol="grandtest", detector=detector, iterations=20)
    train(prepared, folder / "run", settings)
    return make_bundle(folder / "run", folder / "bundle").folder


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
