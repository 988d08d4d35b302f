"""Around every request: its id, the headers of its answer, one line in the log, one count, no 500 unsaid."""

import json
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from mtfas.deploy.service.logs import request_id, say
from mtfas.deploy.service.metrics import Metrics
from mtfas.deploy.service.page import SECURITY_HEADERS
from mtfas.deploy.service.refusals import ClientGone, Refused

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

GONE = 499
"""Not sent, since nobody is there; how the log calls a client that left (nginx's number)."""

QUIET = {"/healthz", "/readyz", "/metrics"}
"""Asked for every few seconds; counted, but written to the log only when they fail."""


class Edge:
    """The outermost ASGI layer."""

    def __init__(self, app: App, metrics: Metrics, routes: set[str]) -> None:
        """Wrap an application.

        Args:
            app: what answers.
            metrics: what counts.
            routes: known paths; any other is logged and counted as "other", for it may name a file.
        """
        self.app, self.metrics, self.routes = app, metrics, routes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        notes: dict[str, Any] = {}
        name, status = request_id(given), 0
        scope["state"] = {**scope.get("state", {}), "request_id": name, "notes": notes}
        begun = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                more = {"X-Request-Id": name, **SECURITY_HEADERS}
                message["headers"] = [
                    *message["headers"],
                    *((key.lower().encode(), value.encode()) for key, value in more.items()),
                ]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ClientGone:
            status = GONE
        except Exception as error:
            notes |= {"code": "internal", "error": where(error)}
            if not status:
                await _fail(watched)
        finally:
            self._note(scope, name, status, time.perf_counter() - begun, notes)

    def _note(self, scope: Message, name: str, status: int, seconds: float, notes: dict[str, Any]) -> None:
        route = scope["path"] if scope["path"] in self.routes else "other"
        self.metrics.requests.labels(route, str(status)).inc()
        self.metrics.seconds.labels(route).observe(seconds)
        if notes.get("code"):
            self.metrics.refused.labels(notes["code"]).inc()
        if route in QUIET and status == 200:
            return
        said = {"request_id": name, "method": _method(scope), "route": route, "status": status}
        level = logging.ERROR if "error" in notes else logging.INFO
        say("request", level, **said, ms=round(1000 * seconds, 1), **notes)


def where(error: BaseException) -> str:
    """Return an error's type and the line that raised it; its words might hold what a client sent."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place


def _method(scope: Message) -> str:
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return scope["method"] if scope["method"] in known else "other"


async def _fail(send: Send) -> None:
    refused = Refused("internal", "Something went wrong here, not in your request; try again later.")
    body = json.dumps(refused.content()).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
