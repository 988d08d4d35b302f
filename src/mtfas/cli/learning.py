"""Commands about detectors: how one is trained, and which there are."""

from pathlib import Path
from typing import Annotated

import typer

from mtfas.cli.options import (
    Data,
    Device,
    Json,
    Out,
    Preset,
    ProtocolName,
    Seed,
    Tensorboard,
    Threads,
    answer,
    write_tensorboard,
)


def train(
    data: Data,
    out: Out,
    protocol: ProtocolName = "grandtest",
    preset: Preset = "cpu",
    detector: Annotated[str | None, typer.Option(help="A name of 'mtfas detectors'.")] = None,
    recipe: Annotated[
        str | None,
        typer.Option(help="shared (all detectors alike) or native (supervision, rate … as its authors)."),
    ] = None,
    imagenet: Annotated[
        Path | None, typer.Option(help="DenseNet-161 weights (safetensors) to start deep-pix-bis from.")
    ] = None,
    supervision: Annotated[
        str | None,
        typer.Option(
            help="By hand: binary-map, depth, region-mask. Taught: meta-teacher, distill, distill-light, "
            "bans, fitnets, okddip. Controls: pretrained-teacher, random-teacher, random-map."
        ),
    ] = None,
    teacher: Annotated[
        Path | None, typer.Option(help="Run folder of 'mtfas teach'; without it okddip learns online.")
    ] = None,
    label_rule: Annotated[
        str | None,
        typer.Option(
            help="How a teacher's output becomes a label: eq13 (meta-teacher's), eq14 (distillation's), raw "
            "(the map as its teacher was trained to give it), quantile, linear."
        ),
    ] = None,
    hints: Annotated[
        str | None, typer.Option(help="fitnets: joint (in every step) or two-stage (before any label).")
    ] = None,
    peers: Annotated[int | None, typer.Option(help="okddip online: how many auxiliary peers.")] = None,
    peer: Annotated[
        str | None, typer.Option(help="okddip online: their network; the detector's own by default.")
    ] = None,
    teacher_protocol: Annotated[
        str | None,
        typer.Option(
            help="clean: the teacher was taught on this protocol; paper: any, even one that saw the test's."
        ),
    ] = None,
    iterations: Annotated[int | None, typer.Option(help="Optimiser steps.")] = None,
    per_class: Annotated[
        int | None,
        typer.Option(help="Live faces, and attack faces, in a batch (of each domain: rf-meta-fas, maddg)."),
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Adam's rate.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Adam's weight decay.")] = None,
    schedule: Annotated[
        str | None, typer.Option(help="Of the rate: tail (falls at the end), constant or halved.")
    ] = None,
    augment: Annotated[str | None, typer.Option(help="flip,colour,erase or none.")] = None,
    tensorboard: Tensorboard = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = "cpu",
) -> None:
    """Train a detector under a supervision, then score dev and test.

    Nothing is chosen by dev or test. 'mtfas evaluate RUN' turns the scores into a report.

    Example: mtfas train data/built-in --supervision meta-teacher --teacher runs/teacher --out runs/detector
    """
    from mtfas.data.manifest import open_prepared
    from mtfas.errors import BadSetting
    from mtfas.runtime import processes
    from mtfas.runtime.record import default_threads
    from mtfas.training.detector import train as run
    from mtfas.training.settings import train_settings

    if processes.count() > 1:
        raise BadSetting("mtfas train runs in one process; start it without torchrun.")

    settings = train_settings(
        preset, protocol=protocol, detector=detector, recipe=recipe, supervision=supervision,
        imagenet=str(imagenet) if imagenet else None,
        label_rule=label_rule, teacher=str(teacher) if teacher else None, teacher_protocol=teacher_protocol,
        hints=hints, peers=peers, peer=peer,
        iterations=iterations, per_class=per_class, rate=rate, weight_decay=weight_decay, schedule=schedule,
        augment=augment, seed=seed, threads=threads or default_threads(), device=device,
    )  # fmt: skip
    done = run(open_prepared(data), out, settings)
    print(f"on dev (frames): EER {done.eer_dev:.1%}, AUC {done.auc_dev:.3f}")
    write_tensorboard(out, tensorboard)
    print(out)
    print(f"next: mtfas evaluate {out}")


def detectors(json: Json = False) -> None:
    """List the detectors with their size, their native supervision and where they come from.

    MACs are for one 256 × 256 face. Score: the map's mean, the branch's probability (logit), or half of each.
    Train one as its authors did with 'mtfas train --detector NAME --recipe native'.

    Example: mtfas detectors
    """
    from mtfas.models import describe_detectors

    rows = describe_detectors()
    if json:
        answer(rows)
        return
    head = f"{'name':<12} {'parameters':>11} {'MMACs':>9}  {'input':<9}  {'score':<5}"
    print(f"{head}  {'native supervision':<18}  source")
    for row in rows:
        size = f"{row['name']:<12} {row['parameters']:>11,} {row['macs_256'] / 1e6:>9,.1f}"
        print(
            f"{size}  {row['input']:<9}  {row['score']:<5}  {row['native_supervision']:<18}  {row['source']}"
        )
