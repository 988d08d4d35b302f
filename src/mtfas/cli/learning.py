"""Commands that train: teachers and detectors."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mtfas.cli.options import Device, Json, Seed, Threads, answer

Data = Annotated[Path, typer.Argument(help="A prepared data set.")]
ProtocolName = Annotated[
    str, typer.Option(help="Whose training faces to use; 'mtfas protocols DATA' lists them.")
]
Out = Annotated[Path, typer.Option(help="The run folder; an unfinished run in it goes on.")]
Tensorboard = Annotated[bool, typer.Option("--tensorboard", help="Also write TensorBoard events.")]
Preset = Annotated[str, typer.Option(help="tiny, cpu or paper: how long, how many faces a batch.")]


def _algorithm(help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel="Algorithm 1 (defaults come from the preset)")


def _choice(help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel="Ablations of Sec. 4.4, and choices of ours")


def _cost(help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel="Memory, speed, several devices")


def teach(
    data: Data,
    out: Out,
    protocol: ProtocolName = "grandtest",
    preset: Preset = "cpu",
    pretrain_iterations: Annotated[int | None, _algorithm("0: no pretraining (4.4.1).")] = None,
    bilevel_iterations: Annotated[int | None, _algorithm("Iterations of lines 4-14.")] = None,
    m: Annotated[
        int | None,
        _algorithm("M: faces per class in Φ_t; under torchrun by the long name.", "--m", "--lower-faces"),
    ] = None,
    n: Annotated[
        int | None, _algorithm("N: faces per class in Φ_v; likewise.", "--n", "--higher-faces")
    ] = None,
    inner_steps: Annotated[int | None, _algorithm("Steps of the surrogate on Φ_t.")] = None,
    alpha: Annotated[float | None, _algorithm("Rate of the inner steps (Eq. 6).")] = None,
    beta: Annotated[float | None, _algorithm("Rate of the teacher (Eq. 12).")] = None,
    mu: Annotated[float | None, _algorithm("Against vanishing maps (Eq. 12).")] = None,
    gamma: Annotated[float | None, _algorithm("Momentum of MT_v (Eq. 11, 4.4.3).")] = None,
    period: Annotated[int | None, _algorithm("T: how often θ becomes θ*.")] = None,
    yardstick: Annotated[
        str | None, _choice("L_v compares with: momentum (MT_v), frozen, self (without MT_v, 4.4.2), class.")
    ] = None,
    no_adapt: Annotated[
        bool, _choice("The surrogate does not follow the teacher (4.4.4).", "--no-adapt")
    ] = False,
    backbone: Annotated[
        str | None, _choice("Teacher's network (4.4.5): fas-dr-light, fas-dr, resnet8.")
    ] = None,
    surrogate: Annotated[str | None, _choice("Network of the surrogate detector.")] = None,
    higher_batch: Annotated[
        str | None,
        _choice("L_v looks at: train (the paper), unseen-subjects, unseen-species, unseen-cameras."),
    ] = None,
    held_out: Annotated[str | None, _choice("Which species or camera is unseen; else by the seed.")] = None,
    optimiser: Annotated[str | None, _choice("Of the teacher: adam, or sgd (Eq. 12 to the letter).")] = None,
    loss: Annotated[str | None, _choice("mse, or norm (Eq. 1 as printed).")] = None,
    hypergradient: Annotated[
        str | None, _choice("auto, unrolled (Eq. 10), exact (forward mode) or finite-difference.")
    ] = None,
    truncated: Annotated[bool, _choice("Drop the Hessians of earlier inner steps.", "--truncated")] = False,
    batch_norm: Annotated[
        str | None,
        _choice(
            "batch (statistics of the batch), fixed-teacher (its own, fixed; it sees attacks only), fixed."
        ),
    ] = None,
    max_memory: Annotated[
        float | None, _cost("GiB not to exceed; batches are then worked on in parts.")
    ] = None,
    precision: Annotated[
        str | None,
        _cost("float32, or bfloat16 where the device is made for it (cosine about 0.995 to float32)."),
    ] = None,
    sync_batch_norm: Annotated[
        bool, _cost("Under torchrun: statistics over all processes' faces.", "--sync-batch-norm")
    ] = False,
    augment: Annotated[str | None, _choice("flip,colour,erase or none.")] = None,
    tensorboard: Tensorboard = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = "cpu",
) -> None:
    """Train a meta-teacher by bi-level optimisation (Algorithm 1 of the paper).

    The run folder also keeps the teacher as it was before the bi-level phase: the control that shows what
    the phase changed. On several devices: torchrun --nproc-per-node 2 -m mtfas teach …

    Example: mtfas teach data/built-in --protocol grandtest --out runs/teacher
    """
    from mtfas.data.manifest import open_prepared
    from mtfas.runtime import processes
    from mtfas.runtime.record import default_threads
    from mtfas.training.meta_teacher import teach as run
    from mtfas.training.settings import teach_settings

    settings = teach_settings(
        preset, protocol=protocol, backbone=backbone, surrogate=surrogate, yardstick=yardstick, gamma=gamma,
        pretrain_iterations=pretrain_iterations, bilevel_iterations=bilevel_iterations,
        adapt=False if no_adapt else None,
        period=period, higher_batch=higher_batch, held_out=held_out, m=m, n=n, inner_steps=inner_steps,
        alpha=alpha, beta=beta, mu=mu, optimiser=optimiser, loss=loss, hypergradient=hypergradient,
        truncated=truncated or None, augment=augment, batch_norm=batch_norm, max_memory=max_memory,
        precision=precision, sync_batch_norm=sync_batch_norm or None, processes=processes.count(),
        seed=seed, threads=threads or default_threads(), device=device,
    )  # fmt: skip
    done = run(open_prepared(data), out, settings)
    processes.leave()
    if not processes.leads():
        return
    state = done.health
    print(f"hypergradient: {done.hypergradient} ({done.why})")
    if done.parts > 1:
        print(f"batches in {done.parts} parts")
    print(f"waiting for faces: {done.waiting:.1%} of the loop")
    print(
        f"teacher: mean level {state.level:.2f}, saturated {state.saturation:.1%}, "
        f"correlation with its start {state.correlation_with_start:.2f}, "
        f"template share {state.template_share:.0%}"
    )
    _tensorboard(out, tensorboard)
    print(out)


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
            help="binary-map, depth, region-mask, meta-teacher, pretrained-teacher or random-teacher."
        ),
    ] = None,
    teacher: Annotated[Path | None, typer.Option(help="Run folder of 'mtfas teach'.")] = None,
    label_rule: Annotated[
        str | None,
        typer.Option(help="How a teacher's output becomes a label: eq13 (the paper), eq14, raw, quantile."),
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
        iterations=iterations, per_class=per_class, rate=rate, weight_decay=weight_decay, schedule=schedule,
        augment=augment, seed=seed, threads=threads or default_threads(), device=device,
    )  # fmt: skip
    done = run(open_prepared(data), out, settings)
    print(f"on dev (frames): EER {done.eer_dev:.1%}, AUC {done.auc_dev:.3f}")
    _tensorboard(out, tensorboard)
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


def _tensorboard(run: Path, wanted: bool) -> None:
    if wanted:
        from mtfas.training.tensorboard import export_log

        print(export_log(run))
