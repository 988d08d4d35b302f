"""FAS-DR under handcrafted labels, the controls and the meta-teacher, with seeds and two label rules.

    python benchmarks/supervisions.py DATA OUT [--seeds 3] [--iterations 600] [--protocol grandtest]

DATA is a prepared data set, e.g. of `mtfas synthesize data/built-in --preset cpu`. Every cell is a run folder
in OUT, so a stopped study goes on. Same network, first weights, batches and iterations within a seed;
thresholds from dev. Prints the tables of docs/results.md.
"""

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mtfas.errors import in_one_sentence
from mtfas.evaluation.comparison import compare
from mtfas.evaluation.runfolder import evaluate_run
from mtfas.training.grid import Job, run_all
from mtfas.training.settings import teach_settings, train_settings

ROWS = {
    "binary map": ("binary-map", None),
    "depth": ("depth", None),
    "random teacher, eq13": ("random-teacher", "eq13"),
    "random teacher, raw": ("random-teacher", "raw"),
    "pretrained teacher, eq13": ("pretrained-teacher", "eq13"),
    "pretrained teacher, raw": ("pretrained-teacher", "raw"),
    "meta-teacher, eq13": ("meta-teacher", "eq13"),
    "meta-teacher, raw": ("meta-teacher", "raw"),
}
FIGURES = {
    "ACER, worst species": "acer_worst",
    "EER on dev": "eer_dev",
    "EER on test": "eer_test",
    "AUC": "auc",
}
PAIRS = [
    ("meta-teacher, eq13", "pretrained teacher, eq13"),
    ("meta-teacher, raw", "pretrained teacher, raw"),
    ("meta-teacher, eq13", "random teacher, eq13"),
    ("meta-teacher, eq13", "binary map"),
    ("meta-teacher, eq13", "depth"),
]


@in_one_sentence()
def main() -> None:
    wanted = arguments()
    seeds = range(wanted.seeds)
    teachers = {seed: wanted.out / f"teacher-{seed}" for seed in seeds}
    lessons = [
        Job(
            f"teacher {seed}",
            wanted.data,
            teachers[seed],
            teach_settings("cpu", protocol=wanted.protocol, seed=seed),
        )
        for seed in seeds
    ]
    run_all(lessons, wanted.workers)
    jobs = {(name, seed): job_of(wanted, name, seed, teachers[seed]) for name in ROWS for seed in seeds}
    run_all(list(jobs.values()), wanted.workers)
    found = {cell: evaluate_run(job.out).to_json() for cell, job in jobs.items()}
    compare(wanted.out, [(name, job.out) for (name, _), job in jobs.items()], title="FAS-DR by supervision")
    print(table(found, seeds))
    print()
    print(differences(found, seeds))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=600)
    parser.add_argument("--protocol", default="grandtest")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


def job_of(wanted: argparse.Namespace, name: str, seed: int, teacher: Path) -> Job:
    supervision, rule = ROWS[name]
    settings = train_settings(
        "cpu", protocol=wanted.protocol, supervision=supervision, label_rule=rule, seed=seed,
        iterations=wanted.iterations,
        teacher=str(teacher) if supervision in {"pretrained-teacher", "meta-teacher"} else None,
    )  # fmt: skip
    label = f"{name}, seed {seed}"
    return Job(label, wanted.data, wanted.out / f"{supervision}-{rule or 'label'}-{seed}", settings)


def figure(report: dict[str, Any], key: str) -> float:
    value = report[key]
    return float(value["rate"] if isinstance(value, dict) else value)


def table(found: dict[tuple[str, int], dict[str, Any]], seeds: Sequence[int]) -> str:
    lines = [
        "| supervision | " + " | ".join(FIGURES) + " | worst species |",
        "|---" * (len(FIGURES) + 2) + "|",
    ]
    for name in ROWS:
        cells = [spread([figure(found[name, seed], key) for seed in seeds], "") for key in FIGURES.values()]
        worst = ", ".join(found[name, seed]["apcer"]["worst_species"] for seed in seeds)
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {worst} |")
    return "\n".join(lines)


def differences(found: dict[tuple[str, int], dict[str, Any]], seeds: Sequence[int]) -> str:
    lines = ["| paired by seed | " + " | ".join(FIGURES) + " |", "|---" * (len(FIGURES) + 1) + "|"]
    for first, second in PAIRS:
        cells = [
            spread([figure(found[first, s], key) - figure(found[second, s], key) for s in seeds], "+")
            for key in FIGURES.values()
        ]
        lines.append(f"| {first} − {second} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def spread(values: Sequence[float], sign: str) -> str:
    """Mean ± sample standard deviation, in per cent."""
    deviation = statistics.stdev(values) if len(values) > 1 else float("nan")
    return f"{100 * statistics.mean(values):{sign}.1f} ± {100 * deviation:.1f}"


if __name__ == "__main__":
    main()

# 2026-11-23, 2-core x86-64, AVX2, Python 3.11, torch 2.13 CPU, other work on the machine: 3 teachers and 24
# detectors of 500 iterations in 33 minutes with two processes. The tables are in docs/results.md.
