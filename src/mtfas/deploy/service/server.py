"""The process: listen, serve, and stop without losing a request."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from mtfas.deploy.predictor import Predictor
from mtfas.deploy.service.about import WARNING
from mtfas.deploy.service.app import Service, make_app
from mtfas.deploy.service.auth import Keys, read_keys
from mtfas.deploy.service.jobs import Jobs
from mtfas.deploy.service.logs import say, set_up
from mtfas.deploy.service.protocol import Protocol
from mtfas.deploy.service.settings import CONNECTIONS, DRAIN_SECONDS, Limits
from mtfas.errors import BadSetting

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Address:
    """Where to listen; port 0 takes any free one."""

    host: str = "127.0.0.1"
    port: int = 8000


def serve(
    bundle: Path,
    address: Address,
    limits: Limits,
    key_file: Path | None = None,
    profile: str | None = None,
    log_format: str = "json",
) -> None:
    """Serve a bundle until SIGTERM or SIGINT; returns when the last request was answered.

    Raises:
        BadFile: the bundle or the key file is not what it should be.
        BadSetting: a name is unknown, or the address cannot be used.
    """
    set_up(log_format)
    warnings.simplefilter("ignore")  # Pillow warns of odd pictures, which are answered or refused anyway
    predictor, keys = Predictor.open(bundle, profile=profile), read_keys(key_file)
    with _listening(address) as listener:
        host, port = listener.getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        say("listening", url=url, bundle=predictor.bundle.info["name"], threshold=predictor.threshold)
        if predictor.bundle.info["data"]["rendered"]:
            say("rendered", logging.WARNING, note=WARNING)
        if not keys.needed and host not in ("127.0.0.1", "::1"):
            note = "anybody who reaches this address may ask; give --api-key-file"
            say("open", logging.WARNING, note=note)
        asyncio.run(_run(predictor, keys, limits, profile, listener))


async def _run(
    predictor: Predictor, keys: Keys, limits: Limits, profile: str | None, listener: socket.socket
) -> None:
    service = Service.of(predictor, keys, limits, profile)
    config = uvicorn.Config(
        make_app(service),
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=max(1, round(limits.timeout)),
    )
    server = Server(config)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop.set)
    end = loop.create_task(_drain(stop, service.jobs, server, limits.timeout))
    await server.serve([listener])
    end.cancel()
    service.jobs.close()
    say("stopped", unfinished=service.jobs.working)
    if service.jobs.working:  # a decoder that hangs would keep the process alive for ever
        os._exit(1)


class Server(uvicorn.Server):
    """Uvicorn without its own signal handlers, which would end the process with the signal's code."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `_run`."""
        yield


async def _drain(stop: asyncio.Event, jobs: Jobs, server: Server, timeout: float) -> None:
    """After the signal: say that we are not ready, let requests finish, then end."""
    await stop.wait()
    jobs.draining = True
    say("draining", in_flight=jobs.taken)
    begun = time.monotonic()
    # A request may read its body for `timeout` seconds and then be judged for as long.
    while time.monotonic() < begun + 2 * timeout + DRAIN_SECONDS:
        if not jobs.taken and time.monotonic() > begun + DRAIN_SECONDS:
            break
        await asyncio.sleep(0.05)
    server.should_exit = True


@contextlib.contextmanager
def _listening(address: Address) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address.host, address.port))
        except (OSError, OverflowError) as error:
            raise BadSetting(
                f"cannot listen on {address.host}, port {address.port} ({error}); choose another --port "
                "or --host."
            ) from error
        listener.listen(2048)
        yield listener
