"""HTTP/1.1 as uvicorn speaks it, with a time limit for the head of a request and an error in our shape."""

import asyncio
import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from mtfas.deploy.service.page import SECURITY_HEADERS
from mtfas.deploy.service.refusals import Refused
from mtfas.deploy.service.settings import HEADER_SECONDS


class Protocol(H11Protocol):
    """One connection."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, and wait for a request no longer than HEADER_SECONDS."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that is not complete, or a body nobody reads, has its time."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._unwatch()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Say that this is no HTTP, in the service's own shape."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        refused = Refused("bad_http", "The request is not valid HTTP/1.1, or its body is broken off.")
        body = json.dumps(refused.content()).encode()
        headers = {
            "content-type": "application/json",
            "content-length": str(len(body)),
            "connection": "close",
            **SECURITY_HEADERS,
        }
        for event in (
            h11.Response(status_code=refused.status, headers=list(headers.items()), reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _watch(self) -> None:
        idle = self.cycle is None or self.cycle.response_complete
        complete = self.conn.their_state not in (h11.IDLE, h11.SEND_BODY)
        if not idle or complete:
            self._unwatch()
        elif self._late is None:
            self._late = self.loop.call_later(HEADER_SECONDS, self._close)

    def _unwatch(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        self._late = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
