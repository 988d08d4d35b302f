"""Which way of teaching helps a detector on conditions it has not seen: variants of the meta-teacher.

    python benchmarks/teaching.py STAGE DATA OUT [--seeds 5] [--protocols …] [--rows NAME;NAME] [--workers 2]
        [--rate 2e-3] [--table-only]

STAGE is one of
  select   trains on siw-m protocols that `final` does not use and measures on the dev part's presentations
           of the unseen species beside dev's bona fide ones: nothing of any test part is read;
  final    the controls, the paper's setting and the chosen variant, on unseen species, unseen cameras, both;
  oracle   an upper bound, no result: the surrogates are measured on the test part itself. What even labels
           made with that knowledge do not win, no learned label will.

DATA is `mtfas synthesize DATA --preset cpu`. Every teacher and every detector is a run folder in OUT, so a
stopped study goes on; `final` shares its folders with benchmarks/teachers.py of the same OUT and rate. Within
a protocol and seed all detectors have the same first weights and batches.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from mtfas.data.dataset import load_faces
from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import select
from mtfas.data.sampling import Levels, pool_of
from mtfas.errors import BadSetting, unknown_name
from mtfas.metrics.curves import auc
from mtfas.models import build_detector
from mtfas.paper.cells import measure
from mtfas.paper.experiments import Row
from mtfas.paper.grid import Cell, Grid, is_done, run_cells
from mtfas.paper.study import LEGEND, Score, digest, markdown, scores_of, summarise
from mtfas.runtime.files import write_json
from mtfas.runtime.record import cores
from mtfas.training.device import use_device
from mtfas.training.influence_settings import InfluenceSettings
from mtfas.training.influence_steps import InfluenceLesson
from mtfas.training.influence_teacher import run_influence
from mtfas.training.runs import load_network
from mtfas.training.scoring import score_faces
from mtfas.types import Direction, Label

SELECTION = ("siw-m:print", "siw-m:paper_glasses", "siw-m:mannequin", "siw-m:half_mask")
"""Species whose turn as the unseen one the final stage leaves out."""
FINAL = ("siw-m:replay", "siw-m:partial_paper", "ocim:oci-m", "ocim:ocm-i", "ocim:ocim-s")
"""Unseen species (2), unseen cameras (2), both."""


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
VARIANTS = [
    influence("class"),
    influence("ranking", yardstick="ranking"),
    influence("class, from ones", anchor="ones"),
    influence("ranking, from ones", yardstick="ranking", anchor="ones"),
    influence("class, free level", level="free"),
    influence("class, reach 0.8", reach=0.8),
    influence("class, 3 rounds", rounds=3),
    influence("class, following", follow=1e-3),
    influence("class, species", unseen="unseen-species"),
    influence("class, ages", ages="spread"),
]
CHOSEN: tuple[str, ...] = ()
"""Variants that the final stage runs, fixed before it; docs/teaching.md says by what."""
ORACLES = [
    influence("from ones", anchor="ones", surrogates=2),
    influence("from the pretrained", surrogates=2),
    influence("free, reach 0.8, 3 rounds", surrogates=2, level="free", reach=0.8, rounds=3),
    influence("knowing", pretrain_iterations=1200, iterations=1, surrogates=1, reach=0.0),
]
"""All but the last are measured on the test part; the last one's teacher simply learned its faces' class too,
and labels the training attacks with what it knows."""


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
        "select": [CONTROLS[0], *CONTROLS[2:], *VARIANTS],
        "final": [*CONTROLS, *VARIANTS],
        "oracle": [CONTROLS[0], *CONTROLS[2:4], *ORACLES],
    }[stage]
    names = [row.name for row in known]
    if wanted is None:
        kept = [row.name for row in CONTROLS] + list(CHOSEN) if stage == "final" else names
    else:
        kept = [name.strip() for name in wanted.split(";") if name.strip()]
    for name in kept:
        if name not in names:
            raise unknown_name("row", name, names)
    return [row for row in known if row.name in kept]


def unseen_on_dev(prepared: PreparedSet, cell: Cell) -> Score:
    """Rate a run on dev's presentations of the species its protocol holds out, and dev's bona fide ones."""
    species = cell.protocol.partition(":")[2]
    rows = select(prepared, cell.protocol).train
    subjects, seen = set(rows["subject"]), prepared.usable
    dev = seen.filter(
        (pl.col("split") == "dev")
        & ~pl.col("subject").is_in(list(subjects))
        & (pl.col("dataset").is_in(rows["dataset"].unique().to_list()))
        & ((pl.col("label") == Label.LIVE) | (pl.col("species") == species))
    )
    net = build_detector(cell.job.settings.detector, seed=0)
    load_network(net, cell.job.out, "weights")
    direction = Direction.LIVE_HIGH if cell.row.supervision == "depth" else Direction.ATTACK_HIGH
    scores = score_faces(net.eval(), load_faces(prepared, dev), direction).scores
    table = dev.with_columns(pl.Series("score", scores)).group_by("presentation", "label")
    means = table.agg(pl.col("score").mean())
    live, attack = (
        means.filter(pl.col("label") == label)["score"].to_numpy() for label in (Label.LIVE, Label.ATTACK)
    )
    area = auc(live, attack)
    nothing = float("nan")
    return Score(
        cell.row.name, cell.protocol, cell.seed, area, nothing, nothing, species, nothing, "", None, 0.0
    )


def teach_oracles(prepared: PreparedSet, cells: Sequence[Cell]) -> None:
    """Teach the cells' teachers with surrogates that are measured on the test part."""
    for cell in cells:
        lesson = cell.lesson
        if lesson is None or is_done(lesson) or not isinstance(lesson.settings, InfluenceSettings):
            continue
        settings = lesson.settings
        use_device(settings.device, settings.threads)
        chosen = select(prepared, settings.protocol)
        test = chosen.test.filter(pl.col("reason").is_null())
        everyone = pool_of(chosen.train)
        taught = chosen.train if settings.reach else pl.concat([chosen.train, test])
        levels = Levels(everyone, pool_of(test), False, "the test part: an oracle")
        faces, beyond = load_faces(prepared, taught), load_faces(prepared, test)
        lesson_of = InfluenceLesson(settings, faces, pool_of(taught), [levels] * settings.surrogates, beyond)
        run_influence(prepared, lesson.out, lesson_of)


STAGES = {"select": SELECTION, "final": FINAL, "oracle": FINAL}


def main() -> None:
    wanted = arguments()
    if wanted.stage == "final" and not CHOSEN and wanted.rows is None:
        raise BadSetting("no variant has been chosen yet; name rows with --rows.")
    prepared, rows = open_prepared(wanted.data), rows_of(wanted.stage, wanted.rows)
    names = STAGES[wanted.stage] if wanted.protocols is None else tuple(wanted.protocols.split(","))
    out = wanted.out / "oracle" if wanted.stage == "oracle" else wanted.out
    grid = Grid(wanted.data, out, wanted.preset, wanted.detector, names, wanted.iterations, wanted.rate)
    blocks = [[grid.cell(row, name, seed) for row in rows] for seed in range(wanted.seeds) for name in names]
    for block in [] if wanted.table_only else blocks:
        if wanted.stage == "oracle":
            teach_oracles(prepared, block)
        run_cells(block, wanted.workers)
    cells = [cell for block in blocks for cell in block]
    if wanted.stage == "select":
        scores = [unseen_on_dev(prepared, cell) for cell in cells if is_done(cell.job)]
    else:
        scores = scores_of(measure(cells))
    against = [row.name for row in rows if row in CONTROLS]
    print(markdown(wanted.stage, summarise(scores, [row.name for row in rows], against)))
    print(LEGEND)
    print(f"\n{len(scores)} of {len(cells)} runs finished")
    settings = {"stage": wanted.stage, "rate": wanted.rate, "seeds": wanted.seeds, "preset": wanted.preset}
    if scores:
        write_json(wanted.out / f"{wanted.stage}.json", digest(settings, scores))


if __name__ == "__main__":
    main()
