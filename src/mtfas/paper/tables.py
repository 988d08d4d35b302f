"""From finished runs to a table of the paper: our cell beside the printed cell."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from mtfas.evaluation.html import origins
from mtfas.evaluation.seedgroups import Spread, spread
from mtfas.paper.cells import Measured, Place
from mtfas.paper.experiments import Experiment, Figure, Part, Row
from mtfas.paper.grid import Cell
from mtfas.paper.published import Printed, published

NOT_COMPARABLE = (
    "The printed cells are of real data: their level and ours cannot be compared. What one can look at is "
    "which rows differ within each, where the deviations allow."
)
PRINTED_TIMES = (
    "Printed times are hours (H) on one NVIDIA Tesla P40; ours are wall seconds of the teacher's run"
)

OPERATIONS = (
    "FLOPs are multiply–adds of one training iteration, as the paper evidently counts, at this preset's "
    "networks, faces and batch; 'mtfas costs' counts them at the paper's."
)


class TrainingCost(Protocol):
    """Floating-point operations of one training iteration; None where a row has no teacher."""

    @property
    def flops_teacher(self) -> float | None:
        """Of the teacher's training: FLOPs_T."""

    @property
    def flops_student(self) -> float | None:
        """Of the student's training, the teacher's labels included: FLOPs_S."""


@dataclass(frozen=True)
class Entry:
    """A cell of the table.

    Attributes:
        row: as in the paper.
        part: head of its group of columns.
        figure: "ACER", "HTER", "AUC" (per cent), "FLOPs_T", "FLOPs_S" (operations) or "Time_T" (seconds).
        ours: mean and sample standard deviation; both NaN where nothing was measured.
        runs: finished runs it is the mean of.
        printed: the paper's cell; None for controls.
    """

    row: str
    part: str
    figure: str
    ours: Spread
    runs: int
    printed: Printed | None


@dataclass(frozen=True)
class PaperTable:
    """A table of the paper, ours beside it.

    Attributes:
        experiment: what it is.
        entries: row by row, left to right.
        finished: runs that are there.
        planned: runs the table is made of.
        seeds: as asked.
        notes: what the reader must know.
        origins: what must be said of the data, in bold and in full.
    """

    experiment: Experiment
    entries: tuple[Entry, ...]
    finished: int
    planned: int
    seeds: tuple[int, ...]
    notes: tuple[str, ...]
    origins: tuple[tuple[str, str], ...]


def make_table(
    experiment: Experiment,
    cells: Sequence[Cell],
    found: Mapping[Place, Measured],
    seconds: Mapping[Path, float],
    dataset: str,
    costs: Mapping[str, TrainingCost] | None = None,
) -> PaperTable:
    """Return a table from what is finished of it.

    Args:
        experiment: the table.
        cells: the runs it was planned with; their rows are the table's.
        found: those that are finished, rated.
        seconds: wall seconds of the teachers' runs by folder.
        dataset: name of the data, for what must be said of it.
        costs: operations of a training iteration by row name; None leaves FLOPs_T and FLOPs_S empty.
    """
    rows = list(dict.fromkeys(cell.row for cell in cells))
    seeds = tuple(dict.fromkeys(cell.seed for cell in cells))
    entries: list[Entry] = []
    for row in rows:
        entries += [
            _entry(experiment, row, part, figure, seeds, found)
            for part in experiment.parts
            for figure in experiment.figures
        ]
        if experiment.costs:
            entries += _cost_entries(experiment, row, cells, seconds, costs or {})
    said = tuple(origins([{"data": {"dataset": dataset}}]))
    return PaperTable(
        experiment, tuple(entries), len(found), len(cells), seeds, _notes(experiment, found, said), said
    )


def _notes(
    experiment: Experiment, found: Mapping[Place, Measured], said: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    notes = [NOT_COMPARABLE] if said else []
    notes += experiment.notes
    if experiment.costs:
        machines = {str(one.record.get("hardware", {}).get("processor", "unknown")) for one in found.values()}
        notes.append(OPERATIONS)
        notes.append(f"{PRINTED_TIMES} ({', '.join(sorted(machines)) or 'none finished'}).")
    return tuple(notes)


def _entry(
    experiment: Experiment,
    row: Row,
    part: Part,
    figure: Figure,
    seeds: Sequence[int],
    found: Mapping[Place, Measured],
) -> Entry:
    """Mean over the seeds of each protocol; then over the protocols, where a part has several."""
    by_protocol = [
        [
            figure.of(found[row.name, name, seed].evaluation)
            for seed in seeds
            if (row.name, name, seed) in found
        ]
        for name in part.protocols
    ]
    runs = sum(map(len, by_protocol))
    several = len(part.protocols) > 1
    values = [float(np.mean(own)) for own in by_protocol if own] if several else by_protocol[0]
    printed = published(experiment.name).get((row.name, part.printed, figure.name))
    return Entry(row.name, part.head, figure.name, _spread(values), runs, printed)


def _cost_entries(
    experiment: Experiment,
    row: Row,
    cells: Sequence[Cell],
    seconds: Mapping[Path, float],
    costs: Mapping[str, TrainingCost],
) -> list[Entry]:
    cost = costs.get(row.name)
    folders = {cell.lesson.out for cell in cells if cell.row == row and cell.lesson is not None}
    # The pretrained teacher comes out of the meta-teacher's run, whose time is not its own.
    times = [] if row.control else [seconds[folder] for folder in sorted(folders) if folder in seconds]
    ours = {
        "FLOPs_T": [] if cost is None or cost.flops_teacher is None else [float(cost.flops_teacher)],
        "Time_T": times,
        "FLOPs_S": [] if cost is None or cost.flops_student is None else [float(cost.flops_student)],
    }
    part = experiment.parts[0]
    cell_of = published(experiment.name).get
    return [
        Entry(row.name, "Costs", name, _spread(own), len(own), cell_of((row.name, part.printed, name)))
        for name, own in ours.items()
    ]


def _spread(values: Sequence[float]) -> Spread:
    return spread(np.array(values)) if values else Spread(math.nan, math.nan)
