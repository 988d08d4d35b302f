"""Commands that measure and show."""

from pathlib import Path
from typing import Annotated

import typer

from mtfas.cli.options import Json, Seed, Workers, answer
from mtfas.errors import BadSetting


def demo(
    out: Annotated[
        Path, typer.Option(help="Where everything goes; an unfinished demo in it goes on.")
    ] = Path("demo"),
    preset: Annotated[
        str, typer.Option(help="tiny (a look), cpu (minutes on a laptop) or paper (a GPU, hours).")
    ] = "cpu",
    protocol: Annotated[
        str, typer.Option(help="What the detectors are asked; 'mtfas protocols' lists it.")
    ] = "grandtest",
    seed: Seed = 0,
    workers: Workers = None,
) -> None:
    """Render faces, teach a meta-teacher, train four detectors, and show them side by side. Needs no data.

    Example: mtfas demo --preset tiny --out demo-tiny
    """
    from mtfas.demo import demo as run

    print(f"report: {run(out, preset=preset, seed=seed, protocol=protocol, workers=workers).report}")


def evaluate(
    run: Annotated[Path | None, typer.Argument(help="A run folder of 'mtfas train'.")] = None,
    dev: Annotated[
        Path | None, typer.Option(help="Score file the threshold comes from (any system's).")
    ] = None,
    test: Annotated[Path | None, typer.Option(help="Score file that is measured (any system's).")] = None,
    threshold: Annotated[
        str,
        typer.Option(
            help="dev (EER threshold of dev), source, fixed:T, or test-oracle (chosen on test; labelled)."
        ),
    ] = "dev",
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
        Path | None, typer.Option(help="Where report.html and report.json go (RUN, or nowhere).")
    ] = None,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Measure by ISO/IEC 30107-3, with a threshold that never saw the test set.

    A score file is a CSV or TSV with the columns presentation, label and score, and species for attacks;
    subject and frame are used when there. An empty score is a non-response.

    Examples: mtfas evaluate runs/detector  ·  mtfas evaluate --dev dev.csv --test test.csv --out report
    """
    from mtfas.evaluation.runfolder import evaluate_run

    if run is not None:
        if dev or test:
            raise BadSetting("give a run folder or --dev and --test, not both.")
        found = evaluate_run(run, threshold=threshold, out=out, seed=seed)
        report: Path | None = (out or run) / "report.html"
    else:
        found, report = (
            _from_files(dev, test, threshold, columns, direction, out, seed),
            out and out / "report.html",
        )
    if json:
        answer(found.to_json())
        return
    print(found.text())
    if report:
        print(f"report: {report}")
