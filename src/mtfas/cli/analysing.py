"""Commands that look into what was learned."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mtfas.cli.options import Device, Json, Seed, Threads, answer


def analyse_teacher(
    data: Annotated[Path, typer.Argument(help="The prepared data set that all of them were taught on.")],
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders of 'mtfas teach'.")],
    out: Annotated[Path, typer.Option(help="A new folder for teachers.html, teachers.json and figures.")],
    protocol: Annotated[
        str | None, typer.Option(help="Whose faces to look at; the first run's protocol by default.")
    ] = None,
    split: Annotated[str, typer.Option(help="Which part of it: train, dev or test.")] = "dev",
    faces: Annotated[
        int, typer.Option(min=2, help="Attack faces at most, balanced over PAI species; as many bona fide.")
    ] = 400,
    seed: Seed = 0,
    json: Json = False,
    device: Device = "cpu",
    threads: Threads = None,
) -> None:
    """Look at the maps of teachers side by side: level, shape, where they point, what learning changed.

    Example: mtfas analyse-teacher data runs/teacher runs/distill --protocol grandtest --out runs/teachers
    """
    from mtfas.data.manifest import open_prepared
    from mtfas.evaluation.teacherpage import write_study
    from mtfas.runtime.files import refuse_existing
    from mtfas.runtime.record import default_threads
    from mtfas.training.teacher_maps import analyse

    refuse_existing(out)
    prepared = open_prepared(data)
    study, asked = analyse(
        prepared, runs, protocol, split, faces, seed, device=device, threads=threads or default_threads()
    )
    about = {"protocol": asked, "split": split, "asked_faces": faces, "seed": seed}
    content = write_study(out, study, prepared.folder, str(prepared.info.get("dataset", "unknown")), about)
    if json:
        answer(content)
        return
    _print(content)
    print(f"page: {out / 'teachers.html'}")


def _print(content: dict[str, Any]) -> None:
    """Print a line for each teacher, then localisation by species, then who agrees with whom."""
    teachers = content["teachers"]
    wide = max(7, *(len(name) for name in teachers))
    counts = f"{content['faces']['attack']} attack, {content['faces']['bona_fide']} bona fide faces"
    print(f"protocol {content['protocol']}, {content['split']}: {counts}")
    head = f"{'teacher':<{wide}}  range  level  live   AUC    spread  saturated  template"
    print(f"\n{head}  corr. with region      AUC of cells  corr. with start")
    for name, teacher in teachers.items():
        print(f"{name:<{wide}}  {_line(teacher)}")
    print("AUC: of the map's mean, attacks against bona fide. Region: partial attacks, with a 95 % interval.")
    if content["partial"]:
        _print_species(content)
    if len(teachers) > 1:
        _print_agreement(content["agreement"], wide)
    for note in content["notes"]:
        typer.echo(f"note: {note}", err=True)


def _line(teacher: dict[str, Any]) -> str:
    found, partial = teacher["all_attacks"], teacher["partial_attacks"]
    shape, changed = found["shape"], found["change"]
    spot = partial["localisation"] if partial else None
    return (
        f"0–{teacher['range'][1]:g}    {shape['level']:.2f}   {teacher['bona_fide']['level']:.2f}   "
        f"{found['auc']:.3f}  {shape['spread_within']:.2f}    {shape['saturation']:>7.1%}    "
        f"{shape['template_share']:.2f}      {_located(spot):<21}  "
        f"{'–' if spot is None else format(spot['area'], '.3f'):<12}  "
        f"{'–' if changed is None else format(changed['correlation_with_start'], '.2f')}"
    )


def _located(spot: dict[str, Any] | None) -> str:
    if spot is None:
        return "–"
    low, high = spot["correlation_interval"]["low"], spot["correlation_interval"]["high"]
    around = "" if low is None else f" ({low:z.2f} to {high:z.2f})"
    return f"{spot['correlation']:z.2f}{around}"


_BY_SPECIES = "corr. with region"


def _print_species(content: dict[str, Any]) -> None:
    wide = max(len(_BY_SPECIES), *(len(name) for name in content["partial"]))
    columns = [max(22, len(name)) for name in content["teachers"]]
    names = "  ".join(f"{name:<{c}}" for name, c in zip(content["teachers"], columns, strict=True))
    print(f"\n{_BY_SPECIES:<{wide}}  {names}".rstrip())
    for species in content["partial"]:
        found = [_located(t["species"][species]["localisation"]) for t in content["teachers"].values()]
        cells = "  ".join(f"{text:<{c}}" for text, c in zip(found, columns, strict=True))
        print(f"{species:<{wide}}  {cells}".rstrip())


def _print_agreement(agreement: dict[str, Any], wide: int) -> None:
    columns = [max(6, len(name)) for name in agreement["teachers"]]
    names = "  ".join(f"{name:>{c}}" for name, c in zip(agreement["teachers"], columns, strict=True))
    print(f"\n{'agreement':<{wide}}  {names}")
    for name, row in zip(agreement["teachers"], agreement["matrix"], strict=True):
        cells = "  ".join(f"{value:>z{c}.2f}" for value, c in zip(row, columns, strict=True))
        print(f"{name:<{wide}}  {cells}")
