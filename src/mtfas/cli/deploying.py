"""Commands that take a trained detector elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtfas.cli.options import Json
from mtfas.errors import BadSetting

if TYPE_CHECKING:
    from mtfas.deploy.bundling import BundleSummary

ONNX = ".onnx"


def export(
    run: Annotated[Path, typer.Argument(help="A finished run folder of 'mtfas train'.")],
    bundle: Annotated[
        Path, typer.Argument(help="The bundle folder to write, or a single file ending in .onnx.")
    ],
    threshold: Annotated[
        str | None,
        typer.Option(help="dev, source or fixed:T; the source that the run's protocol names by default."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The run's prepared data set, where it has moved.")
    ] = None,
    int8: Annotated[
        bool,
        typer.Option("--int8", help="Also write the network in 8-bit numbers, with what it loses on dev."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an older bundle, its profiles included.")
    ] = False,
    size: Annotated[
        int | None, typer.Option(help="Of a .onnx file: side of the faces; that of training by default.")
    ] = None,
    tolerance: Annotated[float, typer.Option(min=0.0, help="Largest difference to torch to accept.")] = 1e-5,
) -> None:
    """Write a trained detector as a bundle that 'mtfas predict' judges pictures with.

    A bundle holds the network, its threshold with source and interval, error rates, the crop rule, limits of
    what is judged, hashes and a model card. A single .onnx file holds the network alone: "images"
    [N, 3, size, size], RGB in [0, 1], to "map" and, for some detectors, "logit". Needs mtfas[export].

    Examples: mtfas export runs/detector bundle --int8  ·  mtfas export runs/detector detector.onnx
    """
    if bundle.suffix.lower() == ONNX:
        _refuse("a .onnx file", {"threshold": threshold, "data": data, "int8": int8, "force": force})
        _export_file(run, bundle, size, tolerance)
        return
    _refuse("a bundle, whose threshold holds for the size of training", {"size": size})
    from mtfas.deploy.bundling import make_bundle

    _print_bundle(make_bundle(run, bundle, threshold, data, int8, force, tolerance))


def predict(
    bundle: Annotated[Path, typer.Argument(help="A bundle of 'mtfas export'.")],
    paths: Annotated[
        list[str], typer.Argument(help="Pictures, videos, folders (searched through), or camera:0.")
    ],
    json: Json = False,
    heatmap: Annotated[
        Path | None, typer.Option(help="Folder for pictures of what was found: map, verdict and score.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="A camera's threshold, as written by 'mtfas calibrate'.")
    ] = None,
    frames: Annotated[int, typer.Option(min=1, help="Frames of a clip that are looked at.")] = 16,
    combine: Annotated[str, typer.Option(help="How frames become one score: mean or trimmed-mean.")] = "mean",
    min_frames: Annotated[int, typer.Option(min=1, help="Frames that must be judged for a verdict.")] = 3,
    several: Annotated[
        str, typer.Option(help="Several faces in a picture: refuse to answer, or judge the largest.")
    ] = "refuse",
    int8: Annotated[bool, typer.Option("--int8", help="Use the 8-bit network, with its threshold.")] = False,
    threads: Annotated[int, typer.Option(min=1, help="Threads of ONNX Runtime.")] = 1,
) -> None:
    """Judge pictures, videos or a camera: bona fide, attack, or no response with the reason. No torch needed.

    With --json one object a line: path, verdict, score, threshold, reason, advice, box, frames. The exit code
    is 0 when everything could be looked at (no response is an answer) and 2 when a path is not there.

    Examples: mtfas predict bundle me.jpg  ·  mtfas predict bundle visitors/ camera:0 --heatmap seen
    """
    from mtfas.deploy.clips import ClipRule
    from mtfas.deploy.judging import judge
    from mtfas.deploy.predictor import Predictor

    rule = ClipRule(frames, combine, min_frames)
    precision = "int8" if int8 else "float32"
    opened = Predictor.open(bundle, profile=profile, threads=threads, several=several, precision=precision)
    bad = 0
    for found in judge(opened, paths, rule, heatmap):
        bad += found.error is not None
        if found.error is not None:
            typer.echo(f"mtfas: {found.error}", err=True)
        _print_answer(found.answer.to_json(found.path), json)
    if bad:
        raise typer.Exit(2)


def _refuse(what: str, options: dict[str, Any]) -> None:
    given = [f"--{name}" for name, value in options.items() if value not in (None, False)]
    if given:
        raise BadSetting(f"{' and '.join(given)} cannot be given for {what}; leave it out.")


def _export_file(run: Path, file: Path, size: int | None, tolerance: float) -> None:
    from mtfas.deploy.from_run import export_run

    check = export_run(run, file, size, tolerance)
    print(f"outputs: {', '.join(check.outputs)}; largest difference to torch {check.largest:.1e}")
    print(file)


def _print_bundle(done: "BundleSummary") -> None:
    info = done.info
    threshold, interval, test = info["threshold"], info["threshold"]["interval"], info["errors"]["test"]
    known = interval is not None and interval["low"] is not None
    sure = f", 95 % interval {interval['low']:.4f} to {interval['high']:.4f}" if known else ""
    print(f"threshold {threshold['value']:.6f} ({threshold['words']}{sure})")
    worst = test["apcer_worst"]
    print(f"on test: BPCER {test['bpcer']['value']:.2%}, APCER {worst['value']:.2%} ({worst['species']})")
    print(f"largest difference of a score to torch {info['parity']['score']:.1e}")
    for name, figures in info.get("int8", {"loss": {"dev": {}}})["loss"]["dev"].items():
        print(f"{name:<8} on dev: AUC {figures['auc']:.4f}, EER {figures['eer']:.2%}")
    if info["data"]["rendered"]:
        typer.echo("note: made from rendered faces or simulated attacks; not for real use.", err=True)
    print(f"{done.folder} (bundle.json has SHA-256 {done.sha256})")


def _print_answer(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        from json import dumps

        print(dumps(answer, ensure_ascii=False, allow_nan=False), flush=True)
        return
    verdict = answer["verdict"].replace("_", " ")
    score = "    –" if answer["score"] is None else f"{answer['score']:.3f}"
    said = f"   {answer['reason']}: {answer['advice']}" if answer["reason"] else ""
    frames = f"   {answer['frames']} frames" if answer["frames"] > 1 else ""
    decided = f"{verdict:<11}  score {score}  attack above {answer['threshold']:.3f}"
    print(f"{decided}  {answer['path']}{frames}{said}")
