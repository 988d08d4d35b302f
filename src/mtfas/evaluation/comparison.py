"""Several runs on one page: the same figures for each, side by side, as measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mtfas import __version__
from mtfas.errors import BadSetting
from mtfas.evaluation.facegrid import make_grid
from mtfas.evaluation.html import origins, render
from mtfas.evaluation.lesson import Lesson, read_lesson
from mtfas.evaluation.plots import Named, det_plot, roc_plot, species_plot
from mtfas.evaluation.reportjson import number
from mtfas.evaluation.runfolder import read_run_scores
from mtfas.evaluation.seedgroups import Group, NamedRun, Pair, groups, pairs
from mtfas.runtime.files import write_json, write_text


def compare(
    out: Path,
    runs: Sequence[tuple[str, Path]],
    title: str = "Detectors compared",
    notes: Sequence[str] = (),
    teacher: Path | None = None,
    threshold: str | None = None,
) -> Path:
    """Write a comparison's report.json and report.html; return the path of the page.

    Args:
        out: the folder, made where needed.
        runs: name and run folder of each; runs of the same name are its seeds.
        title: the page's heading.
        notes: what the reader must know, one sentence or two each.
        teacher: a teach run whose health and maps to show.
        threshold: see `runfolder.evaluate_run`; None takes what each run's protocol names.

    Raises:
        BadSetting: no run is given.
        BadRun: a folder is not a finished run of its kind.
        BadFile, BadData: a run's files are damaged or make no sense.
    """
    if not runs:
        raise BadSetting("a comparison needs at least one run folder.")
    found = [NamedRun(name, read_run_scores(folder, threshold)) for name, folder in runs]
    said = [*notes, *unlike(found)]
    lesson = None if teacher is None else read_lesson(teacher)
    by_name, apart = groups(found), pairs(found)
    html = _page(title, said, found, by_name, apart, lesson)
    write_json(out / "report.json", _as_json(title, said, found, by_name, apart, lesson))
    write_text(out / "report.html", html)
    return out / "report.html"


def unlike(runs: Sequence[NamedRun]) -> list[str]:
    """Return a sentence for everything that makes the rows of a comparison incomparable."""
    kinds = {
        "data": [run.run.record.get("data", {}).get("manifest_sha256") for run in runs],
        "protocols": [run.run.record.get("protocol") for run in runs],
        "threshold sources": [run.run.evaluation.threshold_source for run in runs],
        "test presentations": [frozenset(run.run.evaluation.test.rows["presentation"]) for run in runs],
    }
    return [
        f"The runs have different {what}: their rows are not comparable."
        for what, values in kinds.items()
        if len(set(values)) > 1
    ]


def _page(
    title: str,
    notes: Sequence[str],
    runs: Sequence[NamedRun],
    by_name: Sequence[Group],
    apart: Sequence[Pair],
    lesson: Lesson | None,
) -> str:
    systems = [Named(label, run.run.evaluation) for label, run in zip(labels(runs), runs, strict=True)]
    first = systems[0].evaluation
    return render(
        "comparison.html.j2",
        title=title,
        notes=notes,
        origins=origins([run.run.record for run in runs]),
        oracle=any(run.run.evaluation.oracle for run in runs),
        rows=[_row(label, run) for label, run in zip(labels(runs), runs, strict=True)],
        species=sorted({name for system in systems for name in system.evaluation.rates.apcer}),
        groups=by_name if len(by_name) < len(runs) else [],
        pairs=apart,
        level=f"{100 * first.level:g} %",
        unit=first.bootstrap.unit,
        warnings=list(dict.fromkeys(w for system in systems for w in system.evaluation.warnings)),
        figures={"det": det_plot(systems), "roc": roc_plot(systems), "species": species_plot(systems)},
        grid=make_grid(runs),
        lesson=lesson,
        version=__version__,
    )


def labels(runs: Sequence[NamedRun]) -> list[str]:
    """Return a label for each run: its name, and its seed where the name comes more than once."""
    names = [run.name for run in runs]
    return [f"{run.name}, seed {run.run.seed}" if names.count(run.name) > 1 else run.name for run in runs]


def _row(label: str, run: NamedRun) -> dict[str, Any]:
    figures = run.run.evaluation.to_json()
    return {
        "label": label,
        "r": figures,
        "drawn": figures["intervals"]["bootstrap"],
        "exact": figures["intervals"]["clopper_pearson"],
        "settings": run.run.record.get("settings", {}),
        "folder": run.run.folder.name,
    }


def _as_json(
    title: str,
    notes: Sequence[str],
    runs: Sequence[NamedRun],
    by_name: Sequence[Group],
    apart: Sequence[Pair],
    lesson: Lesson | None,
) -> dict[str, Any]:
    return {
        "title": title,
        "mtfas": __version__,
        "notes": list(notes),
        "runs": [
            {
                "name": run.name,
                "folder": str(run.run.folder),
                "seed": run.run.seed,
                **run.run.evaluation.to_json(),
                "provenance": run.run.record,
            }
            for run in runs
        ],
        "groups": [
            {
                "name": group.name,
                "runs": group.runs,
                **{f: {"mean": number(s.mean), "sd": number(s.sd)} for f, s in group.spreads.items()},
            }
            for group in by_name
        ],
        "sd_note": "standard deviation over runs with ddof 1",
        "pairs": [
            {"names": [p.first, p.second], "distinguishable": p.distinguishable, "sentence": p.sentence}
            for p in apart
        ],
        "teacher_health": None if lesson is None else list(lesson.health),
    }
