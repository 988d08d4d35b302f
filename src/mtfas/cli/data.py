"""Commands that render, check and describe prepared data sets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtfas.cli.options import Json, Seed, Workers, answer, count_words
from mtfas.errors import BadSetting

if TYPE_CHECKING:
    from mtfas.data.audit import Audit
    from mtfas.data.shortcuts.search import Shortcuts


def synthesize(
    out: Annotated[
        Path, typer.Argument(help="The prepared data set to make; with --gallery a .png or .jpg file.")
    ],
    preset: Annotated[
        str, typer.Option(help="tiny (32 px, for trying), cpu (64 px) or paper (256 px).")
    ] = "cpu",
    domains: Annotated[
        str,
        typer.Option(
            help="Which parts: o, c, i, m (after OULU, CASIA, Replay-Attack, MSU), s (after SiW-M)."
        ),
    ] = "ocims",
    frames: Annotated[
        int | None, typer.Option(min=1, help="Frames of every clip; by default the preset's.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(help="Side of the faces in pixels, a multiple of 8; by default the preset's."),
    ] = None,
    gallery: Annotated[
        bool,
        typer.Option(help="Only draw one picture for looking: every species in every domain, at 256 px."),
    ] = False,
    from_photos: Annotated[
        Path | None,
        typer.Option(help="Make attacks from the live photographs in this folder; sub-folders are subjects."),
    ] = None,
    subjects: Annotated[
        Path | None,
        typer.Option(help="With --from-photos: CSV or TSV with columns file and subject (or person)."),
    ] = None,
    boxes: Annotated[
        Path | None,
        typer.Option(help="With --from-photos: CSV file,left,top,width,height; wins over detection."),
    ] = None,
    seed: Seed = 0,
    workers: Workers = None,
) -> None:
    """Render the built-in benchmark, or simulate attacks from real live photographs.

    Rendered faces are never passed off as real data: every report made from them says so. A rendering that
    was stopped goes on when the same command is given again.

    Example: mtfas synthesize data/built-in --preset cpu
    """
    from mtfas.synthetic.presets import find_preset

    if gallery and size is not None:
        raise BadSetting("--gallery draws at 256 px; leave --size out, or render a data set.")
    if gallery:
        from mtfas.synthetic.gallery import draw_gallery

        print(draw_gallery(out, seed=seed, workers=workers))
        return

    if from_photos is None:
        from mtfas.synthetic.synthesize import synthesize as render

        letters = [letter for letter in domains if letter not in ", "]
        summary = render(
            out, preset=preset, seed=seed, workers=workers, domains=letters, frames=frames, size=size
        )
        print(count_words(summary.counts))
        print(f"{summary.contact_sheet}\n{out}")
        return
    from mtfas.synthetic.from_photos import synthesize_from_photos

    usual = find_preset(preset).size
    side = usual if size is None else size
    made = synthesize_from_photos(
        from_photos, out, size=side, seed=seed, subjects=subjects, boxes=boxes, workers=workers
    )
    print(
        f"a face was found in {made.with_face} of {made.photographs} photographs; {count_words(made.counts)}"
    )
    print(f"{made.contact_sheet}\n{out}")


def audit(
    data: Annotated[Path, typer.Argument(help="A prepared data set.")],
    shortcuts: Annotated[
        bool,
        typer.Option(
            "--shortcuts",
            help="Also measure how well cheap cues alone (colour, sharpness, file size, background, …) tell "
            "live from each attack species under an unseen camera. Needs the extra mtfas[audit].",
        ),
    ] = False,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Count a prepared data set and look for leaks, missing or changed files, and imbalance.

    Exits with 2 when there is a problem. A shortcut is a warning, not a problem. The seed deals the subjects
    of --shortcuts to halves.

    Example: mtfas audit data/built-in --shortcuts
    """
    from mtfas.data.audit import audit as run

    if shortcuts:
        from mtfas.data.shortcuts.fit import require_scikit_learn

        require_scikit_learn()
    found = run(data)
    if not json:
        _print_audit(found)
    cues = _shortcuts(data, seed) if shortcuts else None
    if json:
        answer(found.to_json() | _shortcuts_json(cues))
    else:
        _print_shortcuts(cues)
    if not found.ok:
        raise typer.Exit(2)


def protocols(
    data: Annotated[Path, typer.Argument(help="A prepared data set.")],
    json: Json = False,
) -> None:
    """Print what can be asked of a data set: protocol names, what they hold out, and their counts.

    Example: mtfas protocols data/built-in
    """
    from itertools import groupby

    from mtfas.data.manifest import open_prepared
    from mtfas.data.protocols import list_protocols

    rows = list_protocols(open_prepared(data))
    if json:
        answer([row.to_json() for row in rows])
        return
    width = max(len(name) for name in ("protocol", *(row.protocol.name for row in rows)))
    print(f"{'protocol':<{width}} {'train':>11} {'dev':>11} {'test':>11}   presentations, bona fide + attack")
    for _, family in groupby(rows, key=lambda row: row.protocol.name.partition(":")[0]):
        print()
        for row in family:
            parts = " ".join(_part(row.presentations[part]) for part in ("train", "dev", "test"))
            print(f"{row.protocol.name:<{width}} {parts}   {row.protocol.description}")


def _part(counts: dict[str, int]) -> str:
    return f"{counts['bona_fide']:>5}+{counts['attack']:<5}"


def _print_audit(found: "Audit") -> None:
    for name, counts in found.counts.items():
        print(name if isinstance(counts, dict) else f"{name}: {counts}")
        for key, value in counts.items() if isinstance(counts, dict) else ():
            print(f"  {key:<24} {_text(value)}")
    for problem in found.problems:
        print(f"PROBLEM ({problem.kind}) {problem.where}: {problem.sentence}")
    print("no problem found" if found.ok else f"{len(found.problems)} problems")


def _shortcuts(data: Path, seed: int) -> "Shortcuts":
    from mtfas.data.shortcuts.search import find_shortcuts

    return find_shortcuts(data, seed=seed)


def _shortcuts_json(found: "Shortcuts | None") -> dict[str, Any]:
    from mtfas.data.shortcuts.words import as_json

    return {} if found is None else {"shortcuts": as_json(found)}


def _print_shortcuts(found: "Shortcuts | None") -> None:
    from mtfas.data.shortcuts.words import notes, table, warnings

    if found is None:
        return
    print("\nshortcuts: how well cheap cues alone tell live from a species (AUC of presentations)")
    for line in table(found):
        print(line)
    for note in notes(found):
        print(f"note: {note}")
    over = warnings(found)
    for warning in over:
        print(f"WARNING (shortcut) {warning}")
    print(f"{len(over)} above their limit" if over else "none above its limit")


def _text(value: Any) -> str:
    return str(value) if not isinstance(value, dict) else count_words(value) or "none"
