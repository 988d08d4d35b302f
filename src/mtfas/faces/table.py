"""CSV files that people write: read with row numbers, and with all problems at once."""

import csv
from collections.abc import Iterator
from pathlib import Path

from mtfas.errors import BadFile


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
