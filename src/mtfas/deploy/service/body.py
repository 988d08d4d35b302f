"""The body of a request: read within a size and a time, then the one file taken out of it, all in memory."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from mtfas.deploy.service.refusals import ClientGone, Refused
from mtfas.deploy.service.settings import MEGABYTE, MULTIPART_ROOM

FIELD = "file"
HOW = "send one file as multipart/form-data in the field 'file'"

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


async def read_body(receive: Receive, declared: str | None, max_body: int, timeout: float) -> bytes:
    """Read a body; no more than the limit is ever held.

    Args:
        receive: of ASGI.
        declared: the header Content-Length.
        max_body: bytes of the file within it.
        timeout: seconds for all of it, however it trickles in.

    Raises:
        Refused: 413, it is larger; 408, it is slower.
        ClientGone: the connection was closed.
    """
    limit = max_body + MULTIPART_ROOM
    if declared is not None and declared.isdecimal() and int(declared) > limit:
        raise too_large(max_body)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                body += message.get("body", b"")
                if len(body) > limit:
                    raise too_large(max_body)
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise Refused(
            "slow_body", f"The body had not come within {timeout:g} seconds; send it faster or smaller."
        ) from None


def boundary_of(content_type: str | None) -> bytes:
    """Return the boundary of a multipart body.

    Raises:
        Refused: 415, the body is of another kind; 400, it names no boundary.
    """
    kind, options = parse_options_header(content_type or "")
    if kind != b"multipart/form-data":
        raise Refused("not_multipart", f"The body is not multipart/form-data; {HOW}.")
    boundary = options.get(b"boundary", b"")
    if not re.fullmatch(rb"[ -~]{1,70}", boundary):  # RFC 2046, 5.1.1
        raise Refused("bad_multipart", f"The header Content-Type names no usable boundary; {HOW}.")
    return boundary


def file_of(body: bytes, boundary: bytes, max_body: int) -> bytes:
    """Return the content of the one part named "file".

    Raises:
        Refused: 400, the body is damaged, cut short, or has no or several such parts; 413, it is too large.
    """
    parts = _Parts()
    parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
    try:
        parser.write(body)
    except FormParserError as error:
        raise Refused("bad_multipart", f"The multipart body is damaged; {HOW}.") from error
    if not parts.ended:
        raise Refused("bad_multipart", f"The multipart body is cut short or empty; {HOW}.")
    if parts.count != 1:
        count = parts.count or "no"
        raise Refused("no_file", f"The body has {count} fields named 'file' where one is needed; {HOW}.")
    if len(parts.content) > max_body:
        raise too_large(max_body)
    return bytes(parts.content)


def too_large(max_body: int) -> Refused:
    """Return the refusal of a file that is too large."""
    return Refused(
        "body_too_large",
        f"The file is larger than {max_body / MEGABYTE:g} MB; send a smaller picture or a shorter video.",
    )


class _Parts:
    """Collects the part named "file"; others are passed over."""

    def __init__(self) -> None:
        self.content, self.count, self.ended = bytearray(), 0, False
        self._wanted = False
        self._name, self._value = b"", b""

    def callbacks(self) -> dict[str, Callable[..., None]]:
        names = ("part_begin", "part_data", "header_field", "header_value", "header_end", "end")
        return {f"on_{name}": getattr(self, f"_{name}") for name in names}

    def _part_begin(self) -> None:
        self._wanted = False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            name = parse_options_header(self._value)[1].get(b"name")
            if name == FIELD.encode() and not self._wanted:
                self._wanted = True
                self.count += 1
        self._name, self._value = b"", b""

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self.content += memoryview(data)[start:end]

    def _end(self) -> None:
        self.ended = True
