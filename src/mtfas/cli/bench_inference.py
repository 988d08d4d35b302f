"""The command that times a bundle at work."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtfas.cli.options import Json, Seed, answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mtfas.bench.inference import NetCost, PictureCost


def inference(
    bundle: Annotated[Path, typer.Argument(help="A bundle of 'mtfas export'.")],
    pictures: Annotated[
        Path | None, typer.Option(help="A folder of pictures; without it rendered ones of two sizes.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of timing; medians are printed.")] = 7,
    json: Json = False,
    seed: Seed = 0,
) -> None:
    """Time a bundle from picture file to verdict, stage by stage, and its network alone. No torch needed.

    Stages run on one thread; the network alone on one and two, with batches of 1, 8 and 32, in ONNX Runtime,
    and in torch where that is installed.

    Example: mtfas bench inference bundle --pictures photos
    """
    from mtfas.bench.inference import as_json, net_costs, picture_costs, pictures_to_time
    from mtfas.deploy.predictor import Predictor
    from mtfas.runtime.record import hardware, versions

    opened = Predictor.open(bundle)
    with pictures_to_time(pictures, seed) as files:
        way = picture_costs(opened, files, rounds)
    nets = net_costs(opened.bundle, rounds)
    machine = {**hardware(), "onnxruntime": _version("onnxruntime"), "torch": versions().get("torch")}
    if json:
        answer({**as_json(way, nets), "machine": machine, "size": opened.bundle.crop.size})
        return
    detector = opened.bundle.info["training"]["detector"]
    print(f"{detector}, {opened.bundle.crop.size} px; {_about(machine)}; ms, medians of {rounds} rounds")
    _print_pictures(way)
    _print_nets(nets)


def _print_pictures(costs: "Sequence[PictureCost]") -> None:
    from mtfas.bench.inference import STAGES

    print(f"{'picture':<10} {' '.join(f'{stage:>8}' for stage in STAGES)} {'a second':>9}  bound by")
    for cost in costs:
        stages = " ".join(f"{cost.milliseconds[stage]:8.2f}" for stage in STAGES)
        left_out = f"; no face in {cost.without_face}" if cost.without_face else ""
        print(
            f"{cost.pictures:<10} {stages} {cost.per_second:9.1f}  {cost.bound} ({cost.share:.0%}){left_out}"
        )


def _print_nets(costs: "Sequence[NetCost]") -> None:
    from mtfas.bench.inference import BATCHES

    heads = [f"{f'batch {batch}':>16}" for batch in BATCHES]
    found = {(one.runtime, one.threads, one.batch): one for one in costs}
    print(f"{'net a face (fastest)':<23} {' '.join(heads)}")
    for runtime, threads in dict.fromkeys((one.runtime, one.threads) for one in costs):
        row = (found[runtime, threads, batch] for batch in BATCHES)
        figures = " ".join(f"{one.milliseconds:7.3f} ({one.best:6.3f})" for one in row)
        print(f"{runtime:<12} {threads} thread{'s' if threads > 1 else ' '} {figures}")


def _about(machine: "Mapping[str, Any]") -> str:
    parts = [str(machine["processor"]), f"{machine['cores']} cores", f"onnxruntime {machine['onnxruntime']}"]
    return ", ".join(parts + ([f"torch {machine['torch']}"] if machine["torch"] else []))


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)
