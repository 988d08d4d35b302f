"""How hard the built-in benchmark is: the `cpu` detector under a binary map on its protocols, with seeds.

    python benchmarks/hardness.py DATA OUT [--seeds 3] [--protocols siw-m,ocim:oci-m] [--workers 2]

DATA is `mtfas synthesize DATA --preset cpu`. Every cell is a run folder in OUT, so a stopped study goes on.
The detector, its training and its budget are the preset's (`mtfas train --preset cpu`); thresholds come from
dev. Prints the table of docs/benchmark.md.
"""

import argparse
import statistics
from pathlib import Path
from typing import Any

from mtfas.data.manifest import open_prepared
from mtfas.data.protocols import list_protocols
from mtfas.errors import in_one_sentence
from mtfas.evaluation.runfolder import read_run_scores
from mtfas.runtime.record import cores
from mtfas.training.grid import Job, run_all
from mtfas.training.settings import train_settings

DEFAULT = "siw-m,ocim:oci-m,ocim:omi-c,ocim:ocm-i,ocim:icm-o"
"""Unseen species, and unseen data sets by the strict convention."""

FIGURES = ("acer_worst", "bpcer", "auc", "eer_dev")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--protocols", default=DEFAULT, help="names or families, comma-separated")
    parser.add_argument("--workers", type=int, default=cores())
    return parser.parse_args()


def chosen(data: Path, wanted: str) -> list[str]:
    """Return the protocols of the set whose name or family was asked for."""
    words = wanted.split(",")
    names = [row.protocol.name for row in list_protocols(open_prepared(data))]
    return [name for name in names if name in words or name.partition(":")[0] in words]


def job_of(data: Path, out: Path, protocol: str, seed: int) -> Job:
    """Return one cell: a run folder of its own."""
    settings = train_settings("cpu", protocol=protocol, seed=seed, threads=1)
    return Job(f"{protocol}, seed {seed}", data, out / f"{protocol.replace(':', '-')}_{seed}", settings)


def table(figures: dict[str, list[dict[str, float]]]) -> str:
    """Return a Markdown table: mean of the seeds, lowest and highest, for each figure."""
    lines = [
        "| protocol | worst-species ACER | lowest–highest | BPCER | AUC | EER on dev |",
        "|---|---|---|---|---|---|",
    ]
    for name, seeds in figures.items():
        acer = [100 * one["acer_worst"] for one in seeds]
        mean = {figure: statistics.mean(one[figure] for one in seeds) for figure in FIGURES}
        lines.append(
            f"| `{name}` | {statistics.mean(acer):.1f} % | {min(acer):.1f}–{max(acer):.1f} | "
            f"{100 * mean['bpcer']:.1f} % | {mean['auc']:.3f} | {100 * mean['eer_dev']:.1f} % |"
        )
    for family in dict.fromkeys(name.partition(":")[0] for name in figures):
        own = [
            one["acer_worst"] for name, seeds in figures.items() if name.startswith(family) for one in seeds
        ]
        lines.append(f"| **mean of {family}** | **{100 * statistics.mean(own):.1f} %** | | | | |")
    return "\n".join(lines)


def rate_of(value: float | dict[str, Any]) -> float:
    """Return a figure of a report as a number."""
    return float(value["rate"] if isinstance(value, dict) else value)


@in_one_sentence()
def main() -> None:
    wanted = arguments()
    names = chosen(wanted.data, wanted.protocols)
    jobs = {
        (name, seed): job_of(wanted.data, wanted.out, name, seed)
        for seed in range(wanted.seeds)
        for name in names
    }
    run_all(list(jobs.values()), wanted.workers)
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for (name, _), job in jobs.items():
        report = read_run_scores(job.out).evaluation.to_json()
        figures[name].append({figure: rate_of(report[figure]) for figure in FIGURES})
    print(table(figures))


if __name__ == "__main__":
    main()

# 2026-11-24, 2-core x86-64, torch 2.13 CPU, preset cpu, seeds 0 to 2: docs/benchmark.md, "How hard it is".
