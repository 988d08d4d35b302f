"""Which way of teaching helps a detector on conditions it has not seen: variants of the meta-teacher.

    python benchmarks/teaching.py STAGE DATA OUT [--seeds 5] [--protocols …] [--rows NAME;NAME] [--workers 2]
        [--rate 2e-3] [--table-only]

STAGE is one of
  select   trains on protocols that `final` does not use: siw-m:…, measured on the unseen species of the train
           and dev splits beside dev's bona fide faces, and oulu:3.… (unseen cameras), whose test subjects no
           final protocol tests;
  budget   the same teachers after fewer and more iterations of their own, on two protocols;
  final    the controls, the paper's setting and the chosen variant, on unseen species, unseen cameras, both;
  cameras  the same rows where the selection left a hope: an unseen camera of the same data set, on the three
           protocols of oulu:3.… that nothing was chosen on (they test the same people as the other three);
  oracle   an upper bound, no result: the surrogates are measured on the test part itself. What even labels
           made with that knowledge do not win, no learned label will.

DATA is `mtfas synthesize DATA --preset cpu`. Every teacher and every detector is a run folder in OUT, so a
stopped study goes on; `final` shares its folders with benchmarks/teachers.py of the same OUT and rate. Within
a protocol and seed all detectors have the same first weights and batches.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.errors import chosen_names, in_one_sentence
from mtfas.paper.cells import measure
from mtfas.paper.experiments import Row
from mtfas.paper.grid import Cell, Grid, is_done, lessons, run_cells
from mtfas.paper.study import LEGEND, Score, digest, how_made, markdown, scores_of, summarise
from mtfas.paper.teaching import check_untested, teach_oracles, unseen_auc
from mtfas.runtime.files import write_json
from mtfas.runtime.record import cores

SPECIES = ("siw-m:print", "siw-m:paper_glasses", "siw-m:mannequin", "siw-m:half_mask")
"""Species whose turn as the unseen one the final stage leaves out."""
CAMERAS = ("oulu:3.1", "oulu:3.3", "oulu:3.5")
SELECTION = (*SPECIES, *CAMERAS)
FINAL = ("siw-m:replay", "siw-m:partial_paper", "ocim:oci-m", "ocim:ocm-i", "ocim:ocim-s")
"""Unseen species (2), unseen cameras (2), both."""
OTHER_CAMERAS = ("oulu:3.2", "oulu:3.4", "oulu:3.6")


def influence(name: str, rule: str = "raw", **given: object) -> Row:
    """Return the row of a teacher by influence regression."""
    return Row(f"influence, {name}", "meta-teacher", "influence", rule, taught=tuple(given.items()))


CONTROLS = [
    Row("binary map", "binary-map"),
    Row("depth", "depth"),
    Row("pretrained teacher, eq13", "pretrained-teacher", "meta-teacher", "eq13"),
    Row("pretrained teacher, raw", "pretrained-teacher", "meta-teacher", "raw"),
    Row("meta-teacher, eq13", "meta-teacher", "meta-teacher", "eq13"),
    Row("meta-teacher, raw", "meta-teacher", "meta-teacher", "raw"),
]
UNTAUGHT = Row("influence, untaught, raw", "pretrained-teacher", "influence", "raw")
"""The teacher of every variant before it is influenced: the control that costs no other run."""
ADAM: dict[str, object] = {"inner": "adam", "inner_steps": 1, "alpha": 1e-4}
"""One small step in the units of a detector's own."""
WHOLE: dict[str, object] = {"surrogates": 8, "n": 40, "draws": 16, "inner_steps": 1, "inner": "adam",
                            "iterations": 800}  # fmt: skip
"""The same in the limit, with L_v's slope over 640 + 640 unseen faces at once."""
CLASS_WHOLE = influence("class, whole", **WHOLE)
VARIANTS = [
    influence("class"),
    influence("ranking", yardstick="ranking"),
    influence("class, from ones", anchor="ones"),
    influence("ranking, from ones", yardstick="ranking", anchor="ones"),
    influence("class, free level", level="free"),
    influence("class, reach 0.8", reach=0.8),
    influence("ranking, reach 0.8", yardstick="ranking", reach=0.8),
    influence("class, 3 rounds", rounds=3),
    influence("class, following", follow=1e-3),
    influence("class, species", unseen="unseen-species"),
    influence("class, ages", ages="spread"),
    CLASS_WHOLE,
    influence("ranking, whole", yardstick="ranking", **WHOLE),
    influence("class, whole, reach 0.8", reach=0.8, **WHOLE),
]
CHOSEN: tuple[str, ...] = ("influence, ranking, whole",)
"""Variants that the final stage runs, fixed before it; docs/teaching.md says by what."""
ORACLES = [
    influence("from ones", anchor="ones", surrogates=2),
    influence("from the pretrained", surrogates=2),
    influence("free, reach 0.8, 3 rounds", surrogates=2, level="free", reach=0.8, rounds=3),
    influence("adam's units", surrogates=2, **ADAM),
    influence("adam's units, free, reach 0.8", surrogates=2, **ADAM, level="free", reach=0.8),
    influence("adam's units, ages", surrogates=4, ages="spread", **ADAM),
    influence("whole", **WHOLE),
    influence("whole, free, reach 0.8", level="free", reach=0.8, **WHOLE),
    influence("ranking, whole, free, reach 0.8", level="free", reach=0.8, yardstick="ranking", **WHOLE),
    influence("knowing", pretrain_iterations=1200, iterations=1, surrogates=1, reach=0.0),
]
"""All but the last are measured on the test part; the last one's teacher simply learned its faces' class too,
and labels the training attacks with what it knows."""
BUDGETS = [
    *(
        Row(f"meta-teacher, eq13, {count}", "meta-teacher", "meta-teacher", "eq13",
            taught=(("bilevel_iterations", count),))
        for count in (100, 900)
    ),
    *(influence(f"class, whole, {count}", **{**WHOLE, "iterations": count}) for count in (200, 3200)),
]  # fmt: skip
"""Beside the preset's 300 and WHOLE's 800 iterations."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=sorted(STAGES))
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--protocols", help="names, comma-separated; the stage's by default")
    parser.add_argument("--rows", help="names with ';' between them; the stage's by default")
    parser.add_argument("--preset", default="cpu")
    parser.add_argument("--detector", default="fas-dr-light")
    parser.add_argument("--rate", type=float, default=2e-3, help="of a detector")
    parser.add_argument("--iterations", type=int, help="of a detector; the preset's by default")
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--table-only", action="store_true", help="print what is there, run nothing")
    return parser.parse_args()


def rows_of(stage: str, wanted: str | None) -> list[Row]:
    """Return the stage's rows, or those asked for among all of it could have."""
    known = {
        "budget": [*CONTROLS[2:], CLASS_WHOLE, *BUDGETS],
        "oracle": [CONTROLS[0], *CONTROLS[2:4], *ORACLES],
    }.get(stage, [*CONTROLS, UNTAUGHT, *VARIANTS])
    names = [row.name for row in known]
    if wanted is not None:
        names = chosen_names(wanted, "row", names)
    elif stage in ("final", "cameras"):
        names = [*(row.name for row in CONTROLS), *CHOSEN]
    return [row for row in known if row.name in names]


def chosen_by(prepared: PreparedSet, cell: Cell) -> Score:
    """Return a run's score in the selection: of an unseen species AUC alone, without the test splits."""
    (score,) = scores_of(measure([cell]))
    if not cell.protocol.startswith("siw-m:"):
        return score
    nothing, area = float("nan"), unseen_auc(prepared, cell)
    return replace(score, auc=area, eer_test=nothing, acer=nothing, bpcer=nothing)


STAGES = {
    "select": SELECTION,
    "budget": (FINAL[0], FINAL[2]),
    "final": FINAL,
    "cameras": OTHER_CAMERAS,
    "oracle": FINAL,
}


def grid_of(wanted: argparse.Namespace, names: tuple[str, ...], row: Row) -> Grid:
    """Return the grid of a row; oracles have a folder of their own, lest they be taken for teachers."""
    out = wanted.out / "oracle" if row in ORACLES else wanted.out
    return Grid(wanted.data, out, wanted.preset, wanted.detector, names, wanted.iterations, wanted.rate)


@in_one_sentence()
def main() -> None:
    wanted = arguments()
    prepared, rows = open_prepared(wanted.data), rows_of(wanted.stage, wanted.rows)
    names = STAGES[wanted.stage] if wanted.protocols is None else tuple(wanted.protocols.split(","))
    if wanted.stage == "select":
        check_untested(prepared, [name for name in names if not name.startswith("siw-m:")], FINAL)
    blocks = [
        [grid_of(wanted, names, row).cell(row, name, seed) for name in names for row in rows]
        for seed in range(wanted.seeds)
    ]
    for block in [] if wanted.table_only else blocks:
        if wanted.stage == "oracle":
            teach_oracles(prepared, lessons([cell for cell in block if cell.row in ORACLES]))
        run_cells(block, wanted.workers)
    cells = [cell for block in blocks for cell in block]
    if wanted.stage == "select":
        scores = [chosen_by(prepared, cell) for cell in cells if is_done(cell.job)]
    else:
        scores = scores_of(measure(cells))
    against = [row.name for row in rows if row in (*CONTROLS[:5], UNTAUGHT)]
    print(markdown(wanted.stage, summarise(scores, [row.name for row in rows], against)))
    print(LEGEND)
    print(f"\n{len(scores)} of {len(cells)} runs finished")
    if scores:
        said = ("stage", "preset", "detector", "seeds", "rate")
        asked = {name: getattr(wanted, name) for name in said}
        taught = {row.name: dict(row.taught) for row in rows if row.taught}
        settings = how_made(prepared, cells, **asked, protocols=list(names), taught=taught)
        write_json(wanted.out / f"{wanted.stage}.json", digest(settings, scores))


if __name__ == "__main__":
    main()
