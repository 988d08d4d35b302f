"""A table of the paper as Markdown, CSV, JSON values and a page."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mtfas import __version__
from mtfas.evaluation import html
from mtfas.evaluation.reportjson import number
from mtfas.paper.tables import Entry, PaperTable
from mtfas.runtime.files import write_text

DASH = "–"


@dataclass(frozen=True)
class Line:
    """A row of the printed table: its name, whether it is a control, and (ours, printed) for each column."""

    name: str
    control: bool
    cells: tuple[tuple[str, str], ...]
    runs: int


def write_table(out: Path, table: PaperTable) -> Path:
    """Write NAME.md, NAME.csv and NAME.html atomically; return the path of the page."""
    name = table.experiment.name
    write_text(out / f"{name}.md", markdown(table))
    write_text(out / f"{name}.csv", as_csv(table))
    write_text(out / f"{name}.html", _page(table))
    return out / f"{name}.html"


def markdown(table: PaperTable) -> str:
    """Return the table with its notes below it; what must be said of the data stands above."""
    lines = [f"## {table.experiment.title}", ""]
    for bold, rest in table.origins:
        lines += [f"**{bold}** {rest}", ""]
    heads = [f"{group}: {figure}" for group, figure in columns(table)]
    cells = [cell for head in heads for cell in (head, "printed")]
    lines += [f"| supervision | {' | '.join(cells)} | runs |", "|---" * (len(cells) + 2) + "|"]
    for line in rows(table):
        shown = " | ".join(text for pair in line.cells for text in pair)
        lines.append(f"| {line.name}{' (control)' if line.control else ''} | {shown} | {line.runs} |")
    lines += ["", *(f"- {note}" for note in (*table.notes, finished_words(table)))]
    return "\n".join(lines) + "\n"


def finished_words(table: PaperTable) -> str:
    """Say how much of the table was measured."""
    seeds = ("seed " if len(table.seeds) == 1 else "seeds ") + ", ".join(map(str, table.seeds))
    return f"{table.finished} of {table.planned} runs finished; {seeds}."


def columns(table: PaperTable) -> list[tuple[str, str]]:
    """Return (group, figure) of every column, left to right."""
    return list(dict.fromkeys((entry.part, entry.figure) for entry in table.entries))


def rows(table: PaperTable) -> list[Line]:
    """Return the table's rows as they are printed."""
    controls = {row.name for row in table.experiment.rows if row.control}
    names = dict.fromkeys(entry.row for entry in table.entries)
    figures = {figure.name for figure in table.experiment.figures}
    lines = []
    for name in names:
        mine = [entry for entry in table.entries if entry.row == name]
        first = table.experiment.figures[0].name
        runs = sum(entry.runs for entry in mine if entry.figure == first and entry.figure in figures)
        pairs = tuple((ours_words(entry), printed_words(entry)) for entry in mine)
        lines.append(Line(name, name in controls, pairs, runs))
    return lines


def ours_words(entry: Entry) -> str:
    """Return our cell: "12.3 ± 4.5" per cent, "5.3G" operations or "41 s"; a dash where there is none."""
    mean, sd = entry.ours.mean, entry.ours.sd
    if math.isnan(mean):
        return DASH
    if entry.figure.startswith("FLOPs"):
        return f"{mean / 1e9:.3g}G"
    if entry.figure.startswith("Time"):
        return f"{mean:.0f} s"
    return f"{mean:.1f}" if math.isnan(sd) else f"{mean:.1f} ± {sd:.1f}"


def printed_words(entry: Entry) -> str:
    """Return the paper's cell as printed, a dash where it has none."""
    return DASH if entry.printed is None else entry.printed.text


def as_csv(table: PaperTable) -> str:
    """Return the table in long form at full precision: per cent, operations and seconds."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["row", "part", "figure", "mean", "sd", "runs", "printed", "printed_value"])
    for entry in table.entries:
        printed = (entry.printed.text, _blank(entry.printed.value)) if entry.printed else ("", "")
        ours = (_blank(entry.ours.mean), _blank(entry.ours.sd))
        writer.writerow([entry.row, entry.part, entry.figure, *ours, entry.runs, *printed])
    return buffer.getvalue()


def as_json(table: PaperTable) -> dict[str, Any]:
    """Return the table as JSON values; undefined numbers are null."""
    return {
        "table": table.experiment.name,
        "title": table.experiment.title,
        "seeds": list(table.seeds),
        "runs": {"finished": table.finished, "planned": table.planned},
        "data": [f"{bold} {rest}" for bold, rest in table.origins],
        "notes": list(table.notes),
        "cells": [
            {
                "row": entry.row,
                "part": entry.part,
                "figure": entry.figure,
                "mean": number(entry.ours.mean),
                "sd": number(entry.ours.sd),
                "runs": entry.runs,
                "printed": entry.printed.text if entry.printed else None,
                "printed_value": number(entry.printed.value) if entry.printed else None,
            }
            for entry in table.entries
        ],
    }


def _page(table: PaperTable) -> str:
    own, house = (Path(place).parent / "templates" for place in (__file__, html.__file__))
    environment = Environment(
        loader=FileSystemLoader([own, house]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("papertable.html.j2").render(
        title=table.experiment.title,
        origins=table.origins,
        groups=_groups(columns(table)),
        figures=[figure for _, figure in columns(table)],
        rows=rows(table),
        notes=table.notes,
        finished=finished_words(table),
        name=table.experiment.name,
        version=__version__,
    )


def _groups(heads: Sequence[tuple[str, str]]) -> list[tuple[str, int]]:
    """Return each group of columns with how many figures it has."""
    names = [group for group, _ in heads]
    return [(name, names.count(name)) for name in dict.fromkeys(names)]


def _blank(value: float) -> str:
    return "" if math.isnan(value) else repr(value)
