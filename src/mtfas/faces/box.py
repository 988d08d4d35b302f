"""Face boxes that a data set brings along; they win over detection."""

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from mtfas.errors import BadFile
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


def read_table(path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, {column: stripped text}) for each row of a CSV; an absent cell is "".

    Raises:
        BadFile: the file is missing, not UTF-8 text, or lacks a required column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            columns = [(name or "").strip() for name in reader.fieldnames or []]
            _check_columns(path, columns, required)
            reader.fieldnames = columns
            for record in reader:
                if None in record:
                    raise BadFile(
                        f"{path}, row {reader.line_num} has too many cells; quote names that hold a comma."
                    )
                yield reader.line_num, {name: record[name].strip() for name in columns}
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror}); check the path.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path} is not a CSV in UTF-8 ({error}); save it as 'CSV UTF-8'.") from error


def refuse_problems(path: Path, problems: list[str], shown: int = 20) -> None:
    """Raise one error that lists what is wrong with a file, if anything is.

    Raises:
        BadFile: there is at least one problem.
    """
    if problems:
        more = f"\n  … and {len(problems) - shown} more" if len(problems) > shown else ""
        listing = "\n  ".join(problems[:shown])
        raise BadFile(f"{path} has {len(problems)} problem(s); mend these rows:\n  {listing}{more}")


def _check_columns(path: Path, columns: list[str], required: tuple[str, ...]) -> None:
    missing = [name for name in required if name not in columns]
    if missing:
        found = ", ".join(columns) or "nothing"
        raise BadFile(f"{path} has no column {', '.join(missing)}; row 1 must name them, found: {found}.")
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise BadFile(f"{path} names the column {', '.join(twice)} twice; keep one of each.")
