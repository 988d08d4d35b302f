"""Commands that take a trained detector elsewhere."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    run: Annotated[Path, typer.Argument(help="A finished run folder of 'mtfas train'.")],
    file: Annotated[Path, typer.Argument(help="The ONNX file to write, e.g. detector.onnx.")],
    size: Annotated[
        int | None, typer.Option(help="Side of the faces in pixels; that of the training faces by default.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0.0, help="Largest difference to torch, in a map or logit, to accept.")
    ] = 1e-5,
) -> None:
    """Write a trained detector as an ONNX file, once it answers as torch does.

    The file takes any number of faces "images" [N, 3, size, size], RGB in [0, 1], and gives "map" and, for
    some detectors, "logit". Its metadata say which way the map points and what the score is. Needs
    mtfas[export].

    Example: mtfas export runs/detector detector.onnx
    """
    from mtfas.deploy.from_run import export_run

    check = export_run(run, file, size, tolerance)
    print(f"outputs: {', '.join(check.outputs)}; largest difference to torch {check.largest:.1e}")
    print(file)
