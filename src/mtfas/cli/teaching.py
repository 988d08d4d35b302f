"""`mtfas teach`: a meta-teacher by bi-level optimisation, or one of the teachers it is compared with."""

from typing import Annotated, Any

import typer

from mtfas.cli.options import (
    Data,
    Device,
    Out,
    Preset,
    ProtocolName,
    Seed,
    Tensorboard,
    Threads,
    write_tensorboard,
)
from mtfas.cli.teaching_runs import META_TEACHER, teach_by


def _algorithm(help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel="Algorithm 1 (defaults come from the preset)")


def _choice(help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel="Ablations of Sec. 4.4, and choices of ours")


def _cost(help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel="Memory, speed, several devices")


def _distil(help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel="Teachers of distillation (Sec. 4.3)")


def _influence(help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel="Influence regression (ours, docs/teaching.md)")


def teach(
    data: Data,
    out: Out,
    protocol: ProtocolName = "grandtest",
    preset: Preset = "cpu",
    method: Annotated[
        str, typer.Option(help="meta-teacher, influence, distill, distill-light, bans, fitnets or okddip.")
    ] = META_TEACHER,
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
        str | None,
        _choice(
            "L_v compares with: momentum (MT_v), frozen, self (without MT_v, 4.4.2), class, ranking; "
            "influence: class or ranking."
        ),
    ] = None,
    no_adapt: Annotated[
        bool, _choice("The surrogate does not follow the teacher (4.4.4).", "--no-adapt")
    ] = False,
    backbone: Annotated[
        str | None,
        _choice("Teacher's network (4.4.5): fas-dr-light, fas-dr, resnet8, fas-dr-deep, …"),
    ] = None,
    surrogate: Annotated[str | None, _choice("Network of the surrogate detector.")] = None,
    higher_batch: Annotated[
        str | None,
        _choice(
            "L_v looks at: train (the paper), unseen-subjects, unseen-species, unseen-cameras, "
            "unseen-datasets."
        ),
    ] = None,
    held_out: Annotated[
        str | None, _choice("Which species, camera or data set is unseen; else by the seed.")
    ] = None,
    optimiser: Annotated[str | None, _choice("Of the teacher: adam, or sgd (Eq. 12 to the letter).")] = None,
    loss: Annotated[str | None, _choice("mse, or norm (Eq. 1 as printed).")] = None,
    hypergradient: Annotated[
        str | None,
        _choice("auto, unrolled (Eq. 10), exact (forward mode), finite-difference; influence: the last 2."),
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
    recompute_teacher: Annotated[
        bool, _cost("Run the teacher twice rather than keep its graph.", "--recompute-teacher")
    ] = False,
    surrogates: Annotated[
        int | None, _influence("How many, each pretrained without a condition of its own.")
    ] = None,
    unseen: Annotated[
        str | None,
        _influence(
            "Hidden: unseen-subjects, unseen-species, unseen-cameras, unseen-datasets, or unseen-conditions "
            "(cameras and species in turn)."
        ),
    ] = None,
    reach: Annotated[float | None, _influence("δ: how far a label moves for an influence of 1 RMS.")] = None,
    clip: Annotated[float | None, _influence("In RMS: where influence is cut off.")] = None,
    level: Annotated[str | None, _influence("kept: labels change their place, not their mean; free.")] = None,
    anchor: Annotated[
        str | None, _influence("What the labels move from: pretrained (the teacher's own) or ones.")
    ] = None,
    rounds: Annotated[
        int | None, _influence("Each begins with the last one's teacher and new surrogates.")
    ] = None,
    follow: Annotated[
        float | None, _influence("Adam's rate at which surrogates learn the labels; 0: they stay.")
    ] = None,
    ages: Annotated[
        str | None, _influence("same, or spread: the k-th of S surrogates has k/S of the pretraining.")
    ] = None,
    draws: Annotated[
        int | None, _influence("Batches that L_v's slope is averaged over, once; with --inner-steps 1.")
    ] = None,
    inner: Annotated[
        str | None, _influence("Inner steps: plain (Eq. 6), or adam: in units of the surrogate's Adam.")
    ] = None,
    iterations: Annotated[
        int | None, _distil("Optimiser steps, of each generation; of influence: of each round.")
    ] = None,
    per_class: Annotated[int | None, _distil("Live faces, and attack faces, in a batch.")] = None,
    rate: Annotated[float | None, _distil("Adam's rate; of influence too.")] = None,
    generations: Annotated[int | None, _distil("bans: how many; each learns from the one before.")] = None,
    peers: Annotated[int | None, _distil("okddip: how many auxiliary peers.")] = None,
    augment: Annotated[str | None, typer.Option(help="flip,colour,erase or none.")] = None,
    tensorboard: Tensorboard = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = "cpu",
) -> None:
    """Train a meta-teacher by bi-level optimisation (Algorithm 1), or a teacher to compare it with.

    The meta-teacher's run also keeps the teacher as it was before the bi-level phase: the control that shows
    what the phase changed. On several devices: torchrun --nproc-per-node 2 -m mtfas teach …

    influence lets it regress the change that unseen faces want of its labels (docs/teaching.md). Beside its
    own options it takes --backbone, --surrogate, --pretrain-iterations, --m, --n, --inner-steps, --alpha,
    --yardstick, --hypergradient, --iterations and --rate.

    The other methods train a teacher to know, on zero- and one-maps (Sec. 4.3): distill and fitnets a deeper
    network, distill-light the meta-teacher's, bans the student's own, okddip several that learn together.

    Examples: mtfas teach data/built-in --out runs/teacher  ·  the same with --method distill
    """
    from mtfas.data.manifest import open_prepared
    from mtfas.runtime import processes
    from mtfas.runtime.record import default_threads

    common = {
        "protocol": protocol,
        "seed": seed,
        "threads": threads or default_threads(),
        "device": device,
        "augment": augment,
        "backbone": backbone,
    }
    asked = {
        "surrogate": surrogate,
        "yardstick": yardstick,
        "gamma": gamma,
        "period": period,
        "m": m,
        "n": n,
        "pretrain_iterations": pretrain_iterations,
        "bilevel_iterations": bilevel_iterations,
        "adapt": False if no_adapt else None,
        "higher_batch": higher_batch,
        "held_out": held_out,
        "inner_steps": inner_steps,
        "alpha": alpha,
        "beta": beta,
        "mu": mu,
        "optimiser": optimiser,
        "loss": loss,
        "hypergradient": hypergradient,
        "truncated": truncated or None,
        "batch_norm": batch_norm,
        "max_memory": max_memory,
        "precision": precision,
        "recompute_teacher": recompute_teacher or None,
        "sync_batch_norm": sync_batch_norm or None,
        "iterations": iterations,
        "per_class": per_class,
        "rate": rate,
        "generations": generations,
        "peers": peers,
        "surrogates": surrogates,
        "unseen": unseen,
        "reach": reach,
        "clip": clip,
        "level": level,
        "anchor": anchor,
        "rounds": rounds,
        "follow": follow,
        "ages": ages,
        "inner": inner,
        "draws": draws,
    }
    given = {**common, **{name: value for name, value in asked.items() if value is not None}}
    teach_by(method, open_prepared(data), out, preset, given)
    if processes.leads():
        write_tensorboard(out, tensorboard)
        print(out)
