"""Finished runs of a grid, rated: thresholds fixed on dev, as the run's protocol says, then test once."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtfas.evaluation.report import Evaluation, evaluate
from mtfas.evaluation.runfolder import read_record
from mtfas.evaluation.scores import read_scores
from mtfas.paper.grid import Cell, is_done, lessons
from mtfas.runtime.files import read_json

Place = tuple[str, str, int]
"""(row, protocol, seed)."""


@dataclass(frozen=True)
class Measured:
    """A finished cell: its record and how its test scores rate."""

    cell: Cell
    record: dict[str, Any]
    evaluation: Evaluation


def measure(cells: Iterable[Cell]) -> dict[Place, Measured]:
    """Rate the cells whose runs are finished; others, and runs of other settings, are left out.

    Raises:
        BadRun, BadFile, BadData: a finished run's files are damaged or make no sense.
    """
    there = [cell for cell in cells if is_done(cell.job)]
    return {(cell.row.name, cell.protocol, cell.seed): _measured(cell) for cell in there}


def _measured(cell: Cell) -> Measured:
    folder = cell.job.out
    record = read_record(folder, "train")
    dev, test = (read_scores(folder / "scores" / f"{part}.csv") for part in ("dev", "test"))
    source = str(record.get("threshold_source") or "dev")
    # The bootstrap by subjects has no part in these tables: one resample instead of a thousand.
    return Measured(cell, record, evaluate(dev, test, source, repeats=1))


def teaching_seconds(cells: Iterable[Cell]) -> dict[Path, float]:
    """Return the wall seconds of the finished teachers' runs of some cells, by folder."""
    folders = [job.out for job in lessons(cells) if is_done(job)]
    return {folder: float(read_json(folder / "run.json")["wall_seconds"]) for folder in folders}
