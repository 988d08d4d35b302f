"""One detector under every teacher and control, by every label rule: means, and paired differences of AUC.

    python benchmarks/teachers.py DATA OUT [--seeds 3] [--protocols ocim:oci-m,…] [--rows core|all|NAME;NAME]
        [--iterations N] [--rate R] [--workers 2] [--table-only]

DATA is `mtfas synthesize DATA --preset cpu`. Every teacher and every detector is a run folder in OUT, so a
stopped study goes on. The order is seed by seed, protocol by protocol, core rows first, teachers just before
the detectors that need them: a study stopped early has whole blocks. Networks and budgets are the preset's;
within a protocol and seed all detectors have the same first weights and batches; thresholds come from dev.
Prints the tables of docs/results.md and writes OUT/results.json, the digest they can be made from again.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mtfas.data.manifest import open_prepared
from mtfas.data.protocols import select
from mtfas.errors import chosen_names, in_one_sentence
from mtfas.paper.cells import measure
from mtfas.paper.experiments import Row
from mtfas.paper.grid import Cell, Grid, run_cells, state
from mtfas.paper.study import LEGEND, Score, digest, how_made, markdown, scores_of, summarise
from mtfas.runtime.files import write_json
from mtfas.runtime.record import cores

GROUPS = {
    "Leave one type out": ("siw-m:replay", "siw-m:silicone_mask", "siw-m:partial_paper",
                           "siw-m:obfuscation_makeup"),
    "Across data sets": ("ocim:oci-m", "ocim:omi-c", "ocim:ocm-i", "ocim:icm-o"),
    "Unseen everything": ("ocim:ocim-s",),
}  # fmt: skip
PAIRED_WITH = ("binary map", "meta-teacher, eq13")
"""Rows that every other row's AUC is compared with, pair by pair."""
PROTOCOLS = tuple(name for group in GROUPS.values() for name in group)


def taught(name: str, rules: Sequence[str], supervision: str, teacher: str | None = None) -> list[Row]:
    """Return a row for each label rule."""
    return [Row(f"{name}, {rule}", supervision, teacher, rule) for rule in rules]


CORE = [
    Row("binary map", "binary-map"),
    Row("depth", "depth"),
    Row("region mask", "region-mask"),
    *taught("random map", ["eq14"], "random-map"),
    *taught("random teacher", ["eq13"], "random-teacher"),
    *taught("pretrained teacher", ["eq13", "raw"], "pretrained-teacher", "meta-teacher"),
    *taught("meta-teacher", ["eq13", "raw"], "meta-teacher", "meta-teacher"),
    *taught("distill", ["eq14"], "distill", "distill"),
    *taught("distill-light", ["eq14"], "distill-light", "distill-light"),
    *taught("bans", ["eq14"], "bans", "bans"),
    *taught("fitnets", ["eq14"], "fitnets", "distill"),
    Row("okddip online", "okddip"),
]
MORE = [
    *taught("random map", ["eq13", "raw"], "random-map"),
    *taught("random teacher", ["eq14", "raw"], "random-teacher"),
    *taught("pretrained teacher", ["eq14"], "pretrained-teacher", "meta-teacher"),
    *taught("meta-teacher", ["eq14"], "meta-teacher", "meta-teacher"),
    Row("meta-teacher of another protocol, eq13", "meta-teacher", "meta-teacher", "eq13", foreign=True),
    *taught("distill", ["eq13", "raw"], "distill", "distill"),
    *taught("distill-light", ["eq13", "raw"], "distill-light", "distill-light"),
    *taught("bans", ["eq13", "raw"], "bans", "bans"),
    *taught("fitnets", ["eq13", "raw"], "fitnets", "distill"),
    *taught("okddip ensemble", ["eq14", "eq13", "raw"], "okddip", "okddip"),
]
ROWS = [*CORE, *MORE]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--protocols", default=",".join(PROTOCOLS), help="names, comma-separated")
    parser.add_argument("--rows", default="core", help="core, all, or names with ';' between them")
    parser.add_argument("--preset", default="cpu")
    parser.add_argument("--detector", default="fas-dr-light")
    parser.add_argument("--iterations", type=int, help="of a detector; the preset's by default")
    parser.add_argument("--rate", type=float, help="of a detector; the preset's by default")
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--table-only", action="store_true", help="print what is there, run nothing")
    return parser.parse_args()


def chosen_rows(wanted: str) -> list[Row]:
    """Return the rows of "core", "all", or "binary map;meta-teacher, eq13", core rows first."""
    if wanted in ("core", "all"):
        return CORE if wanted == "core" else ROWS
    names = chosen_names(wanted, "row", [row.name for row in ROWS])
    return [row for row in ROWS if row.name in names]


def grid_of(wanted: argparse.Namespace) -> Grid:
    protocols = tuple(name.strip() for name in wanted.protocols.split(",") if name.strip())
    prepared = open_prepared(wanted.data)
    for name in protocols:
        select(prepared, name)  # a misspelt one is told before anything is learned
    given = wanted.preset, wanted.detector, protocols, wanted.iterations, wanted.rate
    return Grid(wanted.data, wanted.out, *given)


def blocks(grid: Grid, rows: Sequence[Row], seeds: int) -> list[list[Cell]]:
    """Return the cells of each seed and protocol, in the order they are run."""
    return [[grid.cell(row, name, seed) for row in rows] for seed in range(seeds) for name in grid.protocols]


def settings_of(wanted: argparse.Namespace, grid: Grid, cells: Sequence[Cell]) -> dict[str, Any]:
    asked = {name: getattr(wanted, name) for name in ("preset", "detector", "seeds", "rows", "rate")}
    return how_made(open_prepared(wanted.data), cells, **asked, protocols=list(grid.protocols))


def tables(scores: Sequence[Score], rows: Sequence[Row], protocols: Sequence[str]) -> str:
    """Return a table for each group of protocols that has a finished cell, and one over all."""
    names = [row.name for row in rows]
    known = {name for group in GROUPS.values() for name in group}
    groups = {**GROUPS, "Other protocols": tuple(name for name in protocols if name not in known)}
    parts = [
        markdown(title, summarise([score for score in scores if score.protocol in group], names, PAIRED_WITH))
        for title, group in groups.items()
        if any(score.protocol in group for score in scores)
    ]
    return "\n".join([*parts, markdown("All protocols", summarise(scores, names, PAIRED_WITH)), LEGEND])


@in_one_sentence()
def main() -> None:
    wanted = arguments()
    grid, rows = grid_of(wanted), chosen_rows(wanted.rows)
    order = blocks(grid, rows, wanted.seeds)
    for block in [] if wanted.table_only else order:
        run_cells(block, wanted.workers)
    cells = [cell for block in order for cell in block]
    scores = scores_of(measure(cells))
    print(tables(scores, rows, grid.protocols))
    print(f"\n{len(scores)} of {len(cells)} runs finished")
    if other := sum(state(cell.job) == "finished" for cell in cells) - len(scores):
        print(f"{other} finished runs in {wanted.out} are of other settings and left out; give theirs")
    if scores:
        write_json(wanted.out / "results.json", digest(settings_of(wanted, grid, cells), scores))


if __name__ == "__main__":
    main()
