"""A real server process: started, asked, looked at, stopped."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

PATIENCE = 120.0
KEYS = {"door": "d" * 40, "phone": "p0123456789abcdef"}
"""Those of the service `strict`."""


class Running:
    """A service that listens."""

    def __init__(self, bundle: Path, *options: str) -> None:
        command = [sys.executable, "-m", "mtfas", "serve", str(bundle), "--port", "0", *options]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        self.lines: list[str] = []
        self._heard = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._heard.wait(PATIENCE)
        self.url = next((event["url"] for event in self.events("listening")), "")
        assert self.url, self.log

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if '"listening"' in line:
                self._heard.set()
        self._heard.set()

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [found for found in map(json.loads, list(self.lines)) if found["event"] == kind]

    @property
    def place(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    def rss_mb(self) -> float:
        """Resident memory in MB (Linux)."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def client(self, **more: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False, **more)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.place, timeout=PATIENCE)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def close(self) -> None:
        assert self.process.stderr is not None
        self.process.stderr.close()


@contextlib.contextmanager
def running(bundle: Path, *options: str) -> Iterator[Running]:
    service = Running(bundle, *options)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.process.kill()
        service.wait()
        service.close()


def raw(service: Running, content: bytes, pause: float = 0.0) -> bytes:
    """Send bytes as they are, and read until the connection is closed."""
    with service.connect() as connection, contextlib.suppress(ConnectionError):
        connection.sendall(content)
        time.sleep(pause)
        found = b""
        while piece := connection.recv(65536):
            found += piece
            if b"\r\n\r\n" in found and complete(found):
                break
        return found
    return b""


def complete(response: bytes) -> bool:
    """Say whether a response with a Content-Length has come whole."""
    head, _, body = response.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return False
