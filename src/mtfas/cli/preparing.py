"""Commands that turn raw data sets into prepared ones, and several prepared ones into one."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtfas.cli.options import Json, Seed, Workers, answer, count_words

if TYPE_CHECKING:
    from mtfas.data.inspection import Inspection
    from mtfas.data.sources import Tally

SHOWN = 20
"""Non-responses and files that are printed one by one; dataset.json and the manifest have all."""


def prepare(
    source: Annotated[
        str,
        typer.Argument(
            help="How the raw data are laid out: folder or csv (your own), oulu-npu, siw-m, casia-mfsd, "
            "replay-attack, msu-mfsd, siw, celeba-spoof, rose-youtu, replay-mobile."
        ),
    ],
    raw: Annotated[Path, typer.Argument(help="The raw folder as it was handed out, or the csv file.")],
    out: Annotated[Path, typer.Argument(help="The prepared data set to make.")],
    size: Annotated[
        int, typer.Option(help="Side of the face crops in pixels, a multiple of 8; the paper uses 256.")
    ] = 256,
    scale: Annotated[
        float, typer.Option(help="Side of the crop over the longer side of the face box.")
    ] = 1.3,
    frames: Annotated[
        str,
        typer.Option(help="Frames taken of every clip: uniform:N (spread evenly), first, random:N or all."),
    ] = "uniform:8",
    depth: Annotated[
        str,
        typer.Option(
            help="Pseudo depth of live faces: canonical, mesh (needs the extra mtfas[mesh]) or none."
        ),
    ] = "canonical",
    boxes: Annotated[
        Path | None, typer.Option(help="CSV file,left,top,width,height; a given box wins over detection.")
    ] = None,
    detect: Annotated[
        bool, typer.Option("--detect", help="Search for every face, also where the data set brings boxes.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict/--lenient",
            help="Refuse a copy that is not complete and as published, or warn and say so in dataset.json.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be read and what is missing.")
    ] = False,
    seed: Seed = 0,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Find, cut out and check every face of a published data set, or of your own photographs and videos.

    Point it at a published set as it was handed out (docs/datasets.md: where to ask, what to expect).

    Your own as folder: RAW/live/SUBJECT/… and RAW/attack/SPECIES/SUBJECT/…; or as csv: a table with the
    columns file, label, species and subject. What cannot be read or shows no face stays as a non-response,
    with its reason. A preparation that was stopped goes on when the same command is given again.

    Example: mtfas prepare folder my-photos data/mine --size 128

    Example: mtfas prepare oulu-npu /data/OULU-NPU data/oulu --dry-run
    """
    if dry_run:
        from mtfas.data.inspection import inspect

        found = inspect(source, raw, boxes=boxes, strict=strict, frames=frames, seed=seed)
        answer(found.to_json()) if json else _print_inspection(found)
        return
    from mtfas.data.prepare import prepare as run

    summary = run(
        source, raw, out, size=size, scale=scale, depth=depth, boxes=boxes, seed=seed, workers=workers,
        frames=frames, strict=strict, detect=detect,
    )  # fmt: skip
    _warn("warning: ", summary.warnings)
    _warn("non-response: ", (f"{image}: {reason}" for image, reason in summary.non_responses))
    if json:
        answer(summary.to_json())
        return
    _print_tallies(summary.tallies)
    print(count_words(summary.counts))
    print(out)


def join(
    out: Annotated[Path, typer.Argument(help="The prepared data set to make.")],
    data: Annotated[list[Path], typer.Argument(help="Two or more prepared data sets.")],
) -> None:
    """Join prepared data sets into one, so that protocols can go across them (ocim:oci-m …).

    All must have been prepared with the same crop size and scale. Images are linked, not copied, where the
    file system allows it.

    Example: mtfas join data/ocim data/oulu data/casia data/replay data/msu
    """
    from mtfas.data.join import join as run

    summary = run(out, data)
    _warn("warning: ", summary.warnings)
    print(count_words(summary.counts))
    print(out)


def _warn(what: str, sentences: Iterable[str]) -> None:
    listed = list(sentences)
    for sentence in listed[:SHOWN]:
        typer.echo(what + sentence, err=True)
    if len(listed) > SHOWN:
        typer.echo(f"{what}… and {len(listed) - SHOWN} more", err=True)


def _print_inspection(found: "Inspection") -> None:
    most = "every frame of them" if found.faces is None else f"at most {found.faces} faces"
    files = f"{found.clips} clips and {found.images} images, {found.gigabytes:.2f} GB; {most}"
    print(f"{found.dataset} ({found.release}): {files}")
    print(f"{found.with_box} of {found.clips + found.images} files bring their own face boxes")
    _print_tallies(found.tallies)
    print("\nsplit   species                presentations")
    for (split, species), number in found.parts.items():
        print(f"{split:<7} {species:<22} {number:>13}")
    _warn("missing: ", found.missing)
    _warn("warning: ", found.warnings)
    print("nothing was read or written; give the same command without --dry-run")


def _print_tallies(tallies: "list[Tally]") -> None:
    if not tallies:
        return
    width = max(len(tally.part) for tally in tallies)
    print(f"\n{'part':<{width}}   bona fide + attack   published")
    for tally in tallies:
        words = "-" if tally.published is None else f"{tally.published[0]}+{tally.published[1]}"
        mark = "" if tally.agrees else "   differs"
        print(f"{tally.part:<{width}}   {tally.found[0]:>9}+{tally.found[1]:<8}   {words}{mark}")
