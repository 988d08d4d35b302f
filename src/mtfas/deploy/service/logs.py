"""The log: one line an event, JSON or text, without pictures, file names, addresses or keys."""

import json
import logging
import re
import secrets
import sys
from datetime import UTC, datetime
from typing import Any

from mtfas.errors import unknown_name

LOGGER = logging.getLogger("mtfas.service")
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id(given: str | None) -> str:
    """Return what a client calls its request, where that is short and plain, else a new name."""
    return given if given and SANE_ID.fullmatch(given) else secrets.token_hex(8)


def say(event: str, level: int = logging.INFO, **fields: Any) -> None:
    """Write an event with its fields."""
    LOGGER.log(level, event, extra={"fields": fields})


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    head = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
    return head | getattr(record, "fields", {})


OURS = (LOGGER.name, "uvicorn.error", "asyncio")
"""Whose messages are written. Uvicorn's access log would write addresses and queries, and what decoders and
parsers warn of may hold pieces of what a client sent."""


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as JSON; a traceback is left to the type of its error."""
        return json.dumps(_fields(record), ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """One line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text."""
        found = _fields(record)
        head = " ".join(str(found.pop(name)) for name in ("time", "level", "event"))
        return " ".join([head, *(f"{name}={value}" for name, value in found.items() if value is not None)])


FORMATS: dict[str, type[logging.Formatter]] = {"json": JsonLines, "text": TextLines}
"""The forms a log may have."""


def set_up(form: str) -> None:
    """Send the log to stderr.

    Raises:
        BadSetting: the form is unknown.
    """
    if form not in FORMATS:
        raise unknown_name("log format", form, FORMATS)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FORMATS[form]())
    for name in OURS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
    logging.getLogger().handlers = [logging.NullHandler()]  # else warnings of others go to stderr as they are
    LOGGER.setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
