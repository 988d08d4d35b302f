"""`mtfas reproduce`: one table of the paper on any prepared set, from teachers to the finished page."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtfas.data.manifest import open_prepared
from mtfas.data.protocols import select
from mtfas.paper.cells import measure, teaching_seconds
from mtfas.paper.experiments import Experiment, choose_rows, find_experiment, student_of
from mtfas.paper.grid import Cell, Grid, lessons, run_cells, state
from mtfas.paper.pages import write_table
from mtfas.paper.tables import PaperTable, TrainingCost, make_table
from mtfas.runtime.record import cores
from mtfas.training.grid import Job


@dataclass(frozen=True)
class Planned:
    """A table that can be run: what it is, its cells, and the name of the data."""

    experiment: Experiment
    cells: tuple[Cell, ...]
    dataset: str

    @property
    def jobs(self) -> list[Job]:
        """Every run, teachers first."""
        return [*lessons(self.cells), *(cell.job for cell in self.cells)]

    def states(self) -> list[dict[str, Any]]:
        """Return what `--dry-run` prints: each run's name, folder and state."""
        return [{"run": job.name, "folder": str(job.out), "state": state(job)} for job in self.jobs]


def plan(
    table: str,
    data: Path,
    out: Path,
    preset: str = "cpu",
    seeds: int = 1,
    only: str | None = None,
    device: str = "cpu",
) -> Planned:
    """Return the runs of a table; nothing is run or written.

    Args:
        table: a name of EXPERIMENTS.
        data: a prepared set with the table's protocols.
        out: where everything goes.
        preset: tiny, cpu or paper; it chooses the student too.
        seeds: how many, from 0.
        only: rows, comma-separated; all when None.
        device: "cpu" or "cuda".

    Raises:
        BadSetting: an unknown table, preset or row.
        BadFile, BadData: the data is no prepared set, or lacks a protocol of the table.
    """
    experiment = find_experiment(table)
    student, rows = student_of(experiment, preset), choose_rows(experiment, only)
    prepared = open_prepared(data)
    for protocol in experiment.protocols:
        select(prepared, protocol)  # what the data lack is told before anything is learned
    grid = Grid(data, out, preset, student, experiment.protocols, device=device)
    dataset = str(prepared.info.get("dataset", "unknown"))
    return Planned(experiment, tuple(grid.cells(rows, range(seeds))), dataset)


def reproduce(
    planned: Planned,
    out: Path,
    workers: int | None = None,
    costs: Mapping[str, TrainingCost] | None = None,
) -> PaperTable:
    """Make every run of a table that is not there, and write the table.

    Args:
        planned: from `plan`.
        out: where NAME.md, NAME.csv and NAME.html go.
        workers: processes; all cores by default, one on a GPU.
        costs: see `tables.make_table`.

    Raises:
        MtfasError: from the first run that fails; the same call goes on with the others.
    """
    on_gpu = any(cell.job.settings.device == "cuda" for cell in planned.cells)
    run_cells(planned.cells, workers or (1 if on_gpu else cores()))
    table = table_of(planned, costs)
    write_table(out, table)
    return table


def table_of(planned: Planned, costs: Mapping[str, TrainingCost] | None = None) -> PaperTable:
    """Return the table from what is finished of it."""
    cells = planned.cells
    found, seconds = measure(cells), teaching_seconds(cells)
    return make_table(planned.experiment, cells, found, seconds, planned.dataset, costs)
