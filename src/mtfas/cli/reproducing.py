"""The command that runs a table of the paper."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtfas.cli.options import Device, Json, Workers, answer

if TYPE_CHECKING:
    from mtfas.bench.costs import PaperUnits
    from mtfas.paper.reproduce import Planned


def reproduce(
    table: Annotated[str, typer.Argument(help="table4 or table5.")],
    data: Annotated[Path, typer.Argument(help="A prepared data set that has the table's protocols.")],
    out: Annotated[Path, typer.Option(help="Where runs and tables go; what is there is not made again.")],
    preset: Annotated[str, typer.Option(help="tiny, cpu or paper; it chooses the student too.")] = "cpu",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 1,
    only: Annotated[str | None, typer.Option(help="Rows, comma-separated, e.g. Depth,MT.")] = None,
    workers: Workers = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the runs and which are there; run nothing.")
    ] = False,
    device: Device = "cpu",
    json: Json = False,
) -> None:
    """Run a table of the paper: teachers, detectors, and our cells beside the printed ones.

    A table that was stopped goes on where it stopped. On the built-in data the printed cells are not
    comparable in level, and every table says so.

    Example: mtfas reproduce table4 data/built-in --out runs/paper --only Depth,MT
    """
    from mtfas.paper.pages import as_json, markdown
    from mtfas.paper.reproduce import plan
    from mtfas.paper.reproduce import reproduce as run

    planned = plan(table, data, out, preset=preset, seeds=seeds, only=only, device=device)
    if dry_run:
        _print_states(planned, json)
        return
    done = run(planned, out, workers, _costs(planned, preset, device))
    if json:
        answer({**as_json(done), "page": str(out / f"{table}.html")})
        return
    print(markdown(done))
    print(f"report: {out / f'{table}.html'}")


def _costs(planned: "Planned", preset: str, device: str) -> "dict[str, PaperUnits] | None":
    """Return FLOPs_T and FLOPs_S of the table's rows, counted on real steps, where it has such columns."""
    if not planned.experiment.costs:
        return None
    from mtfas.bench.costplan import study_of
    from mtfas.bench.costs import in_paper_units, method_costs
    from mtfas.runtime.record import default_threads

    study = study_of(preset, device=device, threads=default_threads())
    counted = {row.method: in_paper_units(row) for row in method_costs(study, rounds=1)}
    rows = {cell.row.name: cell.row.supervision for cell in planned.cells if not cell.row.control}
    return {name: counted[method] for name, method in rows.items() if method in counted}


def _print_states(planned: "Planned", json: bool) -> None:
    states = planned.states()
    if json:
        answer(states)
        return
    for row in states:
        print(f"{row['state']:<9} {row['run']:<44} {row['folder']}")
    finished = sum(row["state"] == "finished" for row in states)
    print(f"{finished} of {len(states)} runs finished")
