"""Face boxes that a data set brings along; they win over detection."""

import math
from collections.abc import Mapping
from pathlib import Path

from mtfas.faces.table import read_table, refuse_problems
from mtfas.types import Box

BOX_COLUMNS = ("left", "top", "width", "height")


def read_boxes(path: Path) -> dict[str, Box]:
    """Read a CSV with the columns file, left, top, width, height (pixels of the upright image).

    Returns:
        The box of each file, under the name as written (with / between folders).

    Raises:
        BadFile: the file is missing, lacks a column, names a file twice or holds a box that is none; the
            message lists every problem with its row (the header is row 1).
    """
    boxes: dict[str, Box] = {}
    problems: list[str] = []
    for row, record in read_table(path, ("file", *BOX_COLUMNS)):
        name = Path(record["file"]).as_posix() if record["file"] else ""
        if not name or name in boxes:
            problems.append(f"row {row}: " + (f"'{name}' has a box already" if name else "no file is named"))
            continue
        try:
            boxes[name] = parse_box(record)
        except ValueError as error:
            problems.append(f"row {row}: {error}")
    refuse_problems(path, problems)
    return boxes


def parse_box(record: Mapping[str, str]) -> Box:
    """Return the box in one CSV row.

    Raises:
        ValueError: a number is missing, is none, or the box has no area.
    """
    numbers: list[float] = []
    for column in BOX_COLUMNS:
        try:
            numbers.append(float(record[column]))
        except ValueError as error:
            raise ValueError(f"{column} is '{record[column]}', expected a number of pixels") from error
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"the box {numbers} has a number that is not finite")
    if numbers[2] <= 0 or numbers[3] <= 0:
        raise ValueError(f"the box is {numbers[2]:g} × {numbers[3]:g}, width and height must be above 0")
    return Box(*numbers)
