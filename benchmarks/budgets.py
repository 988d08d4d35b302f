"""How long a detector must learn before label rules may be compared: dev and test AUC by number of steps.

    python benchmarks/budgets.py DATA OUT [--protocols siw-m:replay,ocim:oci-m] [--budgets 750,1500,3000]

DATA is a prepared data set, e.g. of `mtfas synthesize data/built-in`. Labels of one shape are learned sooner
than those of another, so an order found too early says who is faster. Every run is a folder in OUT; a stopped
study goes on. Prints a table of AUC, in per cent, mean over protocols and seeds.
"""

import argparse
import statistics
from pathlib import Path

from mtfas.errors import in_one_sentence
from mtfas.evaluation.runfolder import read_run_scores
from mtfas.runtime.files import read_json
from mtfas.runtime.record import cores
from mtfas.training.distill_settings import distill_settings
from mtfas.training.grid import Job, run_all
from mtfas.training.settings import teach_settings, train_settings

ROWS = {
    "binary map": ("binary-map", None, None),
    "pretrained teacher, eq13": ("pretrained-teacher", "eq13", "meta-teacher"),
    "pretrained teacher, raw": ("pretrained-teacher", "raw", "meta-teacher"),
    "meta-teacher, eq13": ("meta-teacher", "eq13", "meta-teacher"),
    "distill-light, eq14": ("distill-light", "eq14", "distill-light"),
}
"""From a row to its supervision, its label rule and the method of its teacher."""


@in_one_sentence()
def main() -> None:
    wanted = arguments()
    protocols, budgets = wanted.protocols.split(","), [int(b) for b in wanted.budgets.split(",")]
    cells = [(protocol, seed) for protocol in protocols for seed in range(wanted.seeds)]
    run_all(
        [lesson for protocol, seed in cells for lesson in lessons(wanted, protocol, seed)], wanted.workers
    )
    jobs = {
        (row, protocol, seed, budget): job(wanted, row, protocol, seed, budget)
        for protocol, seed in cells
        for budget in budgets
        for row in ROWS
    }
    run_all(list(jobs.values()), wanted.workers)
    print("| labels | " + " | ".join(f"{budget} steps: dev / test" for budget in budgets) + " |")
    print("|---" * (len(budgets) + 1) + "|")
    for row in ROWS:
        pairs = [
            [aucs(jobs[row, protocol, seed, budget].out) for protocol, seed in cells] for budget in budgets
        ]
        print(f"| {row} | " + " | ".join(map(cell, pairs)) + " |")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--protocols", default="siw-m:replay,ocim:oci-m")
    parser.add_argument("--budgets", default="750,1500,3000")
    parser.add_argument("--rate", type=float, help="of a detector; the preset's by default")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--workers", type=int, default=cores())
    return parser.parse_args()


def lessons(wanted: argparse.Namespace, protocol: str, seed: int) -> list[Job]:
    common = {"protocol": protocol, "seed": seed, "threads": 1}
    settings = {
        "meta-teacher": teach_settings("cpu", **common),
        "distill-light": distill_settings("cpu", "distill-light", **common),
    }
    return [
        Job(f"{method}, {protocol}, seed {seed}", wanted.data, teacher(wanted, method, protocol, seed), how)
        for method, how in settings.items()
    ]


def teacher(wanted: argparse.Namespace, method: str, protocol: str, seed: int) -> Path:
    out: Path = wanted.out / "teachers" / f"{method}_{protocol.replace(':', '-')}_{seed}"
    return out


def job(wanted: argparse.Namespace, row: str, protocol: str, seed: int, budget: int) -> Job:
    supervision, rule, method = ROWS[row]
    settings = train_settings(
        "cpu", protocol=protocol, seed=seed, threads=1, supervision=supervision, label_rule=rule,
        teacher=str(teacher(wanted, method, protocol, seed)) if method else None, iterations=budget,
        rate=wanted.rate,
    )  # fmt: skip
    name = f"{row}, {protocol}, seed {seed}, {budget} steps"
    folder = f"{supervision}-{rule}_{protocol.replace(':', '-')}_{seed}_{budget}"
    return Job(name, wanted.data, wanted.out / "runs" / folder, settings)


def aucs(run: Path) -> tuple[float, float]:
    return read_json(run / "run.json")["dev"]["auc"], float(read_run_scores(run).evaluation.auc)


def cell(pairs: list[tuple[float, float]]) -> str:
    dev, test = (100 * statistics.mean(values) for values in zip(*pairs, strict=True))
    return f"{dev:.1f} / {test:.1f}"


if __name__ == "__main__":
    main()
