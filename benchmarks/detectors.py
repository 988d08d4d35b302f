"""Every detector as its authors supervised it and under the meta-teacher: error rates, and time a run.

    python benchmarks/detectors.py DATA OUT [--protocol ocim:oci-m] [--only cdcn,dtn]

DATA is a prepared data set, e.g. of `mtfas synthesize data/built-in`. One teacher, then two runs
a detector with its native recipe (rate, schedule, augmentation), the second with the meta-teacher's labels
(Eq. 13) in place of its own; one seed. A run may take about --compute multiply–adds, so that a large network
gets fewer steps and no run takes hours on two cores: the table compares supervisions of a detector, not
detectors. Every run is a
folder in OUT; runs that are there are not made again. Prints the table of docs/detectors.md.
"""

import argparse
from pathlib import Path
from typing import Any

from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.errors import in_one_sentence
from mtfas.evaluation.runfolder import evaluate_run
from mtfas.models import DETECTORS, build_detector, count_macs
from mtfas.runtime.files import read_json
from mtfas.runtime.record import default_threads
from mtfas.training.detector import train
from mtfas.training.meta_teacher import teach
from mtfas.training.settings import teach_settings, train_settings

SIDE = 64
PER_CLASS = {"rf-meta-fas": 2, "maddg": 2}
"""Of each of three domains; the others draw six of each class."""
LIVE_AND_ATTACK, PASSES = 12, 3
FEWEST, MOST = 40, 1000


@in_one_sentence()
def main() -> None:
    wanted = arguments()
    prepared, threads = open_prepared(wanted.data), default_threads()
    teacher = wanted.out / "teacher"
    teach(prepared, teacher, teach_settings("cpu", protocol=wanted.protocol, threads=threads))
    names = wanted.only.split(",") if wanted.only else sorted(DETECTORS, key=macs)
    print("| detector | supervision | steps | ACER, worst species | EER on dev | AUC | minutes |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        for supervision in (DETECTORS[name].native_supervision, "meta-teacher"):
            print(row(prepared, wanted, name, supervision, teacher, threads), flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--protocol", default="ocim:oci-m")
    parser.add_argument("--only", help="detectors, comma-separated")
    parser.add_argument("--compute", type=float, default=2e12, help="multiply–adds a run")
    return parser.parse_args()


def macs(name: str) -> int:
    return count_macs(build_detector(name, seed=0), SIDE)


def steps(name: str, compute: float) -> int:
    affordable = compute / (macs(name) * LIVE_AND_ATTACK * PASSES)
    return int(min(MOST, max(FEWEST, affordable)) // 10 * 10)


def row(
    prepared: PreparedSet,
    wanted: argparse.Namespace,
    name: str,
    supervision: str,
    teacher: Path,
    threads: int,
) -> str:
    out = wanted.out / f"{name}-{supervision}"
    count = steps(name, wanted.compute)
    settings = train_settings(
        "cpu", protocol=wanted.protocol, detector=name, recipe="native", supervision=supervision,
        teacher=str(teacher) if supervision == "meta-teacher" else None, iterations=count, threads=threads,
        per_class=PER_CLASS.get(name, LIVE_AND_ATTACK // 2), validate_every=count,
    )  # fmt: skip
    train(prepared, out, settings)
    found: dict[str, Any] = evaluate_run(out).to_json()
    minutes = read_json(out / "run.json")["wall_seconds"] / 60
    rates = (rate(found, key) for key in ("acer_worst", "eer_dev", "auc"))
    return f"| {name} | {supervision} | {count} | " + " | ".join(rates) + f" | {minutes:.1f} |"


def rate(found: dict[str, Any], key: str) -> str:
    value = found[key]
    return f"{100 * float(value['rate'] if isinstance(value, dict) else value):.1f}"


if __name__ == "__main__":
    main()

# 2026-11-25, 2-core x86-64, Python 3.11, torch 2.13 CPU, other work on the machine: all 38 runs in two hours.
# The table is in docs/detectors.md.
