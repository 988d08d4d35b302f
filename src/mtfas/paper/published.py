"""The figures the paper printed (published.csv): what ours stand beside."""

import csv
import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mtfas.errors import unknown_name

NOT_THERE = "/"
"""What the paper prints where a method has no such figure (no teacher, say)."""

_NUMBER = re.compile(r"(?P<value>\d+(\.\d+)?)(\s*±\s*(?P<sd>\d+(\.\d+)?))?(?P<unit>[GH]?)")

UNITS = {"": 1.0, "G": 1e9, "H": 3600.0}
"""Of a printed figure: per cent as it stands, operations, seconds."""


@dataclass(frozen=True)
class Printed:
    """A cell of a published table.

    Attributes:
        text: exactly as printed, e.g. "6.8±5.2", "453G", "13.6H" or "/".
        value: as a number in the unit of the figure: per cent, floating-point operations or seconds; NaN for
            "/".
        sd: the printed deviation, per cent; NaN where none is printed.
    """

    text: str
    value: float
    sd: float


Key = tuple[str, str, str]
"""(method, protocol, figure), e.g. ("Depth", "oulu:4", "ACER")."""


@cache
def published(table: str) -> dict[Key, Printed]:
    """Return the printed cells of a table.

    The rows are called as here; the paper writes "Fitnet" for FitNets and "FAS-DR(MT)" for MT.

    Args:
        table: "table4" (Sec. 4.3.1) or "table5" (Sec. 4.3.2).

    Raises:
        BadSetting: no such table is kept.
    """
    with open(Path(__file__).parent / "published.csv", encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    found = {
        (line["method"], line["protocol"], line["figure"]): read_printed(line["printed"])
        for line in lines
        if line["table"] == table
    }
    if not found:
        raise unknown_name("table", table, {line["table"] for line in lines})
    return found


def read_printed(text: str) -> Printed:
    """Return a printed cell with its number; ours to mend if it cannot be read, hence a ValueError."""
    if text == NOT_THERE:
        return Printed(text, math.nan, math.nan)
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"published.csv: '{text}' is no printed figure")
    deviation = match["sd"]
    value = float(match["value"]) * UNITS[match["unit"]]
    return Printed(text, value, float(deviation) if deviation else math.nan)
