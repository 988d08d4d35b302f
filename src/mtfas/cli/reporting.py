"""Commands that measure and show."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtfas.cli.options import Device, Json, Seed, Workers, answer
from mtfas.errors import BadSetting

if TYPE_CHECKING:
    import polars as pl

    from mtfas.evaluation.report import Evaluation
    from mtfas.evaluation.scores import ScoreTable


def demo(
    out: Annotated[
        Path, typer.Option(help="Where everything goes; an unfinished demo in it goes on.")
    ] = Path("demo"),
    preset: Annotated[
        str, typer.Option(help="tiny (a look), cpu (minutes on a laptop) or paper (hours on a GPU).")
    ] = "cpu",
    protocol: Annotated[
        str, typer.Option(help="What the detectors are asked; 'mtfas protocols' lists it.")
    ] = "grandtest",
    seed: Seed = 0,
    workers: Workers = None,
    device: Device = "cpu",
) -> None:
    """Render faces, teach a meta-teacher, train four detectors, and show them side by side. Needs no data.

    Example: mtfas demo --preset tiny --out demo-tiny
    """
    from mtfas.demo import demo as run

    done = run(out, preset=preset, seed=seed, protocol=protocol, workers=workers, device=device)
    print(f"report: {done.report}")


def evaluate(
    run: Annotated[Path | None, typer.Argument(help="A run folder of 'mtfas train'.")] = None,
    dev: Annotated[
        Path | None, typer.Option(help="Score file the threshold comes from (any system's).")
    ] = None,
    test: Annotated[Path | None, typer.Option(help="Score file that is measured (any system's).")] = None,
    threshold: Annotated[
        str | None,
        typer.Option(
            help="dev (EER threshold of dev), source, fixed:T, or test-oracle (chosen on test; labelled)."
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="Also the errors by a column of the data set, e.g. camera, session or made.yaw; repeatable."
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="The prepared data set: with RUN where it has moved, with score files for --by."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Names in your files, e.g. presentation=video,species=pai; common names are understood."
        ),
    ] = None,
    direction: Annotated[
        str | None, typer.Option(help="attack_high or live_high, where the file does not say it.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="With score files: where report.html and report.json go.")
    ] = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Measure by ISO/IEC 30107-3, with a threshold that never saw the test set.

    A score file is a CSV or TSV with the columns presentation, label, species (empty for bona fide) and
    score; subject and frame are used when there. An empty score is a non-response.

    Examples: mtfas evaluate runs/detector --by camera  ·  mtfas evaluate --dev dev.csv --test test.csv
    """
    if run is not None:
        refuse_with_run(dev=dev, test=test, out=out, columns=columns, direction=direction)
        found = _from_run(run, threshold, data, seed, by or [])
    else:
        faces = _faces(data, by or [])
        tables = _score_tables(dev, test, columns, direction)
        found = _from_files(*tables, threshold or "dev", seed, faces, by or [], out)
    figures = found.to_json()
    if json:
        answer(figures)
        return
    _print_figures(figures)
    for column, table in figures.get("by", {}).items():
        _print_table(column, table)
    if where := run or out:
        print(f"report: {where / 'report.html'}")


def _print_figures(figures: dict[str, Any]) -> None:
    """Print what an ISO/IEC 30107-3 report leads with, then the benchmark figures."""
    exact = figures["intervals"]["clopper_pearson"]
    rows = [("BPCER", figures["bpcer"], exact["bpcer"], figures["n"]["bona_fide"])]
    for species, rate in figures["apcer"]["species"].items():
        rows.append((f"APCER {species}", rate, exact[f"apcer:{species}"], figures["apcer"]["n"][species]))
    print(f"threshold {figures['threshold']:.6f} ({figures['threshold_words']})")
    for name, rate, (low, high), n in rows:
        print(f"{name:<24} {_percent(rate):>8}   95 % interval {_percent(low)} to {_percent(high)}   n = {n}")
    silent = figures["non_response"]["count"]
    print(f"non-responses: {silent['bona_fide']} bona fide, {silent['attack']} attack")
    worst = f"{figures['acer_worst']:.2%} (worst species: {figures['apcer']['worst_species']})"
    print(f"not ISO figures: ACER {worst}, HTER {figures['hter']:.2%}, AUC {figures['auc']:.4f}", end="")
    print("" if figures["eer_dev"] is None else f", EER on dev {figures['eer_dev']:.2%}")
    for warning in figures["warnings"]:
        typer.echo(f"note: {warning}", err=True)


def _print_table(column: str, table: dict[str, Any]) -> None:
    """Print the errors by one column."""
    wide = max(len(column), *(len(row["value"]) for row in table["rows"]))
    print(f"\n{column:<{wide}}    BPCER  95 % interval        n      APCER  95 % interval        n")
    for row in table["rows"]:
        cells = [(row["bona_fide"], "bpcer"), (row["attack"], "apcer")]
        print(f"{row['value']:<{wide}} " + "   ".join(_cell(cell, name) for cell, name in cells))
    print("APCER of all attacks pooled, whatever their species", end="")
    print(f"; without a score, in no row: {table['non_responses']}" if table["non_responses"] else "")


def _cell(cell: dict[str, Any], name: str) -> str:
    low, high = map(_percent, cell["clopper_pearson"])
    interval = f"{low:>7} to {high:>7}" if cell["n"] else ""
    return f"{_percent(cell[name]):>8}  {interval:<18}  {cell['n']:>4}"


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.2%}"


def refuse_with_run(**options: object) -> None:
    """A run folder holds its scores, their direction and its report.

    Raises:
        BadSetting: an option that belongs to score files is given.
    """
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if given:
        raise BadSetting(f"with a run folder leave out {', '.join(given)}: its scores and report are inside.")


def _from_run(run: Path, threshold: str | None, data: Path | None, seed: int, by: list[str]) -> "Evaluation":
    from mtfas.evaluation.runfolder import evaluate_run

    return evaluate_run(run, threshold=threshold, data=data, seed=seed, by=by)


def _score_tables(
    dev: Path | None, test: Path | None, columns: str | None, direction: str | None
) -> "tuple[ScoreTable | None, ScoreTable]":
    from mtfas.evaluation.scores import read_scores

    if test is None:
        raise BadSetting("give a run folder, or --test FILE with --dev FILE (or --threshold fixed:T).")
    names = _columns(columns)
    return read_scores(dev, names, direction) if dev else None, read_scores(test, names, direction)


def _from_files(
    dev: "ScoreTable | None",
    test: "ScoreTable",
    threshold: str,
    seed: int,
    faces: "pl.DataFrame | None",
    by: list[str],
    out: Path | None,
) -> "Evaluation":
    from mtfas.evaluation.breakdown import with_breakdowns
    from mtfas.evaluation.html import write_report
    from mtfas.evaluation.report import evaluate as measure

    found = measure(dev, test, threshold=threshold, seed=seed)
    if faces is not None:
        found = with_breakdowns(found, test, faces, by)
    if out is not None:
        write_report(out, found, title=f"Evaluation of {test.path.name}")
    return found


def _faces(data: Path | None, by: list[str]) -> "pl.DataFrame | None":
    """Open the data set that --by asks of score files, before anything is written; None without --by."""
    if data is not None and not by:
        raise BadSetting("--data belongs to a run folder; score files need it for --by only.")
    if not by:
        return None
    if data is None:
        raise BadSetting("--by needs the data set that the scores were made from; give it with --data.")
    from mtfas.evaluation.facevalues import faces_of

    return faces_of(data, by)


def _columns(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    pairs = [part.split("=") for part in text.split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise BadSetting(f"--columns must look like presentation=video,species=pai, got '{text}'.")
    return {ours.strip(): theirs.strip() for ours, theirs in pairs}
