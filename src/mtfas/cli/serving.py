"""The command that answers over HTTP."""

from pathlib import Path
from typing import Annotated

import typer


def serve(
    bundle: Annotated[Path, typer.Argument(help="A bundle of 'mtfas export'.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    api_key_file: Annotated[
        Path | None, typer.Option(help="Lines 'NAME: KEY'; without it everybody may ask.")
    ] = None,
    max_body: Annotated[float, typer.Option(help="Largest file, in MB.")] = 10.0,
    max_pixels: Annotated[float, typer.Option(help="Most pixels of a picture or frame.")] = 25e6,
    max_frames: Annotated[int, typer.Option(help="Most frames of a video.")] = 64,
    concurrency: Annotated[int, typer.Option(help="Files judged at once, each in a thread.")] = 2,
    queue: Annotated[int, typer.Option(help="Requests that may wait; more are answered 503.")] = 64,
    timeout: Annotated[
        float, typer.Option(help="Seconds to send a request in, and again to answer it in.")
    ] = 10.0,
    profile: Annotated[
        str | None, typer.Option(help="A camera's threshold, as written by 'mtfas calibrate'.")
    ] = None,
    log_format: Annotated[str, typer.Option(help="json or text, on stderr.")] = "json",
) -> None:
    """Judge pictures and short videos over HTTP: POST /v1/check, and a page with upload and camera at /.

    Nothing is stored. /healthz, /readyz, /metrics and /openapi.json are for machines. SIGTERM lets requests
    finish and then ends with exit code 0. No torch needed: mtfas[serve].

    Example: mtfas serve bundle --api-key-file keys.txt
    """
    from mtfas.errors import BadSetting

    try:
        from mtfas.deploy.service.server import Address
        from mtfas.deploy.service.server import serve as run
        from mtfas.deploy.service.settings import MEGABYTE, Limits
    except ModuleNotFoundError as error:
        raise BadSetting(
            f"serving needs {error.name}; install it with: pip install 'mtfas[serve]'."
        ) from error
    bytes_, pixels = _whole(max_body * MEGABYTE), _whole(max_pixels)
    limits = Limits(bytes_, pixels, max_frames, concurrency, queue, timeout)
    run(bundle, Address(host, port), limits, api_key_file, profile, log_format)


def _whole(number: float) -> int:
    """Return a count; what is no number becomes -1, which the limits refuse."""
    return int(number) if 0 <= number < float("inf") else -1
