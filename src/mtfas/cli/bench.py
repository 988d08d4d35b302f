"""Commands that measure speed and memory."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from mtfas.cli.bench_inference import inference
from mtfas.cli.bench_signal import signal
from mtfas.cli.options import Device, Json, Seed, Threads, answer

bench = typer.Typer(
    help="Measure what training and judging cost on this machine, and how much there is to learn from.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
Size = Annotated[int | None, typer.Option(help="Side of the faces in pixels; a multiple of 8.")]
Rounds = Annotated[int, typer.Option(min=1, help="Rounds of timing; medians are printed.")]


@bench.command()
def bilevel(
    data: Annotated[
        Path | None, typer.Argument(help="A prepared data set; without one some faces are rendered.")
    ] = None,
    size: Size = None,
    ways: Annotated[
        str,
        typer.Option(
            help="all, or some of plain,unrolled,exact,finite-difference,truncated,torchopt,higher; "
            "torchopt-same and higher-same are the libraries on our layers, exact-recompute and "
            "finite-difference-recompute run the teacher twice rather than keep its graph."
        ),
    ] = "all",
    teacher: Annotated[str, typer.Option(help="Network of the teacher.")] = "fas-dr-light",
    surrogate: Annotated[str, typer.Option(help="Network of the surrogate detector.")] = "fas-dr-light",
    m: Annotated[int, typer.Option("--m", min=1, help="M: faces per class in Φ_t.")] = 20,
    n: Annotated[int, typer.Option("--n", min=1, help="N: faces per class in Φ_v.")] = 10,
    inner_steps: Annotated[int, typer.Option(min=1, help="Steps of the surrogate on Φ_t.")] = 2,
    rounds: Rounds = 7,
    states: Annotated[
        str, typer.Option(help="Where in the bi-level phase the ways are compared, 0 to 1.")
    ] = "0,0.5,1",
    pretrain_iterations: Annotated[int, typer.Option(min=1, help="Before the comparison.")] = 200,
    bilevel_iterations: Annotated[int, typer.Option(min=0, help="From the first state to the last.")] = 50,
    batch_norm: Annotated[str, typer.Option(help="As of 'mtfas teach'.")] = "batch",
    json: Json = False,
    seed: Seed = 0,
    threads: Threads = None,
    device: Device = "cpu",
) -> None:
    """Time, memory and operations of a bi-level iteration, by how its hypergradient is found.

    The unit is a plain supervised step of the surrogate on the same faces. A teacher is really taught, and
    each way's hypergradient is compared with the unrolled one at several states. TorchOpt and higher run
    beside ours where installed, on the same weights and faces, with torch's own normalisation and pooling;
    torchopt-same and higher-same run them on our layers.

    Example: mtfas bench bilevel --size 128
    """
    from mtfas.bench.bilevel import (
        as_json,
        check_machine_and_networks,
        chosen_ways,
        costs,
        lesson_for,
        taught,
    )
    from mtfas.bench.faces import faces_to_time
    from mtfas.bench.memory import MEASURES, measure_for, peaks
    from mtfas.bench.rivals import LIBRARIES, missing
    from mtfas.runtime.record import default_threads, hardware, versions
    from mtfas.training.settings import teach_settings

    names, at = chosen_ways(ways), _parts(states)
    settings = teach_settings(
        "cpu", protocol="grandtest", backbone=teacher, surrogate=surrogate, m=m, n=n, inner_steps=inner_steps,
        pretrain_iterations=pretrain_iterations, bilevel_iterations=bilevel_iterations, batch_norm=batch_norm,
        augment="flip", seed=seed, threads=threads or default_threads(), device=device,
    )  # fmt: skip
    check_machine_and_networks(settings)
    if ways == "all" and missing():
        absent = ", ".join(missing())
        print(f"not installed, so left out: {absent}; pip install 'mtfas[rivals]' adds them", file=sys.stderr)
    read = MEASURES[measure_for(device)].words
    with faces_to_time(data, size, seed) as faces:
        lesson, state = lesson_for(settings, faces)
        memory = peaks(settings, faces.size, names)
        agreements = taught(lesson, state, names, at)
        rows = costs(lesson, state, names, rounds, agreements, memory)
        if lesson.way != "finite-difference":
            print(f"teach would choose {lesson.way}: {lesson.why}", file=sys.stderr)
        machine = {**hardware(), "threads": settings.threads, "torch": versions().get("torch")}
        if json:
            given = {"size": faces.size, **asdict(settings)}
            answer({**as_json(rows, agreements), "machine": machine, "settings": given, "memory": read})
            return
        print(f"{faces.size} px, M {m}, N {n}, {inner_steps} inner steps, {teacher} teaches {surrogate}")
        print(_about(machine))
        print(f"1 unit: a plain supervised step on the {2 * m} training faces; peak MB: {read}")
        print(
            f"{'way':<27} {'units':>6} {'ms':>9} {'peak MB':>8} {'GFLOP':>8} {'cosine':>9} {'rel. error':>10}"
        )
        for row in rows:
            figures = (
                _cell(row.units, "6.2f"), f"{1e3 * row.seconds:9.1f}", _cell(row.peak_mb_over_setup, "8.0f"),
                f"{row.flops / 1e9:8.1f}", _cell(row.cosine, "9.6f"), _cell(row.relative_error, "10.1e"),
            )  # fmt: skip
            print(f"{row.way:<27} {' '.join(figures)}")
        if set(names) & set(LIBRARIES):
            print("torchopt, higher: on torch's own layers; torchopt-same, higher-same: the libraries alone")


@bench.command()
def training(
    detectors: Annotated[
        str, typer.Option(help="all, or names of 'mtfas detectors', comma-separated.")
    ] = "all",
    size: Size = 128,
    batch: Annotated[int, typer.Option(min=2, help="Faces in a batch.")] = 24,
    rounds: Rounds = 7,
    json: Json = False,
    threads: Threads = None,
    device: Device = "cpu",
) -> None:
    """Faces a second of each detector in training, against this machine's limits, and what bounds it.

    Example: mtfas bench training --detectors fas-dr,fas-dr-light --size 128
    """
    from mtfas.bench.training import training_costs
    from mtfas.errors import BadSetting, unknown_name
    from mtfas.models import DETECTORS
    from mtfas.runtime.record import default_threads, hardware, versions
    from mtfas.training.device import use_device

    names = list(DETECTORS) if detectors == "all" else [name.strip() for name in detectors.split(",")]
    for name in names:
        if name not in DETECTORS:
            raise unknown_name("detector", name, DETECTORS)
    if size is None or size % 8 or size < 16:
        raise BadSetting(f"--size must be a multiple of 8 from 16 on, got {size}.")
    used = threads or default_threads()
    use_device(device, used)
    limits, rows = training_costs(names, size, batch, rounds, device)
    machine = {**hardware(), "threads": used, "torch": versions().get("torch")}
    if json:
        answer({"limits": asdict(limits), "rows": [asdict(row) for row in rows], "machine": machine})
        return
    print(f"{size} px, batches of {batch}; {_about(machine)}")
    print(f"limits: {limits.flops / 1e9:.0f} GFLOP/s (matrix product), {limits.bytes / 1e9:.1f} GB/s (copy)")
    heads = f"{'GFLOP/face':>10} {'MB/face':>8} {'of matmul':>9} {'of copy':>8}  bound"
    print(f"{'detector':<14} {'faces/s':>9} {heads}")
    for row in rows:
        print(
            f"{row.detector:<14} {row.faces_per_second:9.1f} {row.flops_per_face / 1e9:10.2f} "
            f"{row.bytes_per_face / 1e6:8.1f} {row.of_matmul:9.0%} {row.of_copy:8.0%}  {row.bound}"
        )


bench.command()(inference)
bench.command()(signal)


def _parts(states: str) -> list[float]:
    from mtfas.errors import BadSetting

    try:
        parts = [float(word) for word in states.split(",")]
    except ValueError as error:
        raise BadSetting(f"--states is numbers from 0 to 1, like 0,0.5,1; got '{states}'.") from error
    if not all(0 <= part <= 1 for part in parts):
        raise BadSetting(f"--states must lie between 0 and 1, got '{states}'.")
    return parts


def _about(machine: dict[str, Any]) -> str:
    return f"{machine['processor']}, {machine['threads']} threads, torch {machine['torch']}"


def _cell(value: float | None, form: str) -> str:
    width = int(form.partition(".")[0])
    return "–".rjust(width) if value is None else format(value, form)
