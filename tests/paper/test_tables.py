import csv
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from planted import plant, plant_data, plant_lesson

from mtfas.paper.cells import measure, teaching_seconds
from mtfas.paper.experiments import TABLE_4, TABLE_5, Experiment, choose_rows
from mtfas.paper.grid import Cell, Grid
from mtfas.paper.pages import as_csv, as_json, markdown, rows, write_table
from mtfas.paper.tables import Entry, PaperTable, make_table

LIVE = "bona_fide"


@dataclass(frozen=True)
class Cost:
    flops_teacher: float | None
    flops_student: float | None


def cells_of(experiment: Experiment, folder: Path, only: str, seeds: int) -> list[Cell]:
    made = Grid(plant_data(folder / "data"), folder / "out", "tiny", "fas-dr-light", experiment.protocols)
    return made.cells(choose_rows(experiment, only), range(seeds))


def table_of(experiment: Experiment, cells: list[Cell], **given) -> PaperTable:
    return make_table(experiment, cells, measure(cells), teaching_seconds(cells), "built-in", **given)


def entry(table: PaperTable, row: str, figure: str, part: str | None = None) -> Entry:
    return next(e for e in table.entries if (e.row, e.figure) == (row, figure) and part in (None, e.part))


def wrong(live: int, attack: int) -> dict[str, list[float]]:
    """Ten bona fide presentations and ten prints, so many on the wrong side; twenty replays, all right."""
    return {
        LIVE: [0.9] * live + [0.1] * (10 - live),
        "print": [0.1] * attack + [0.9] * (10 - attack),
        "replay": [0.9] * 20,
    }


def test_table_4_is_mean_and_deviation_over_the_sub_protocols(tmp_path: Path) -> None:
    """ACER of k live and 2k prints wrong of ten: (0.1 k + 0.2 k) / 2 = 15 k per cent; k = 0 … 5 by protocol.

    Seeds 0 and 1 have the same errors but for sub-protocol 4.1, where the second seed has one live face more:
    its ACER is 5, and the protocol's mean is 2.5.
    """
    cells = cells_of(TABLE_4, tmp_path, "Depth", seeds=2)
    for cell in cells:
        k = TABLE_4.protocols.index(cell.protocol)
        plant(cell, wrong(k + (k == 0 and cell.seed == 1), 2 * k if k < 5 else 10))
    table = table_of(TABLE_4, cells)
    found = entry(table, "Depth", "ACER")
    means = [2.5, 15, 30, 45, 60, 75]
    mean = sum(means) / 6
    sd = math.sqrt(sum((value - mean) ** 2 for value in means) / 5)
    assert (found.ours.mean, found.ours.sd) == pytest.approx((mean, sd))
    assert found.runs == 12
    assert found.printed is not None
    assert found.printed.text == "6.8±5.2"


def test_table_5_is_mean_and_deviation_over_the_seeds(tmp_path: Path) -> None:
    """HTER pools the attacks: 2 of 10 live and 6 of 30 attacks wrong give (0.2 + 0.2) / 2 = 20 per cent."""
    cells = cells_of(TABLE_5, tmp_path, "Distill", seeds=2)
    for cell in cells:
        plant(cell, wrong(2, 6) if cell.seed else wrong(0, 0))
    table = table_of(TABLE_5, cells)
    found = entry(table, "Distill", "HTER", "O&C&I to M")
    assert (found.ours.mean, found.ours.sd) == pytest.approx((10, 20 / math.sqrt(2)))
    # AUC of seed 1: of 10 × 30 pairs, those won, and half of the ties: (8·24 + ½ (8·6 + 2·24)) / 300.
    area = 100 * (8 * 24 + 0.5 * (8 * 6 + 2 * 24)) / 300
    found = entry(table, "Distill", "AUC", "I&C&M to O")
    assert found.ours.mean == pytest.approx((100 + area) / 2)
    assert found.printed is not None
    assert found.printed.text == "89.51"


def test_thresholds_are_devs(tmp_path: Path) -> None:
    """Scores that some threshold would separate, but not dev's, which lies between 0.4 and 0.6."""
    cells = cells_of(TABLE_5, tmp_path, "Depth", seeds=1)
    for cell in cells:
        plant(cell, {LIVE: [0.7, 0.71], "print": [0.9, 0.91]})
    table = table_of(TABLE_5, cells)
    assert entry(table, "Depth", "HTER").ours.mean == pytest.approx(50)
    assert entry(table, "Depth", "AUC").ours.mean == pytest.approx(100)


def test_costs_are_the_teachers_seconds_and_the_operations_given(tmp_path: Path) -> None:
    cells = cells_of(TABLE_4, tmp_path, "Depth,FitNets,MT,Pretrained teacher", seeds=1)
    for cell in cells:
        if cell.lesson is not None:
            plant_lesson(cell.lesson, 100.0 if "distill" in str(cell.lesson.out) else 40.0)
        plant(cell, wrong(1, 1))
    table = table_of(TABLE_4, cells, costs={"MT": Cost(5.25e9, 1e9), "Depth": Cost(None, 9e8)})
    assert entry(table, "FitNets", "Time_T").ours.mean == pytest.approx(100)
    assert entry(table, "MT", "Time_T").ours.mean == pytest.approx(40)
    assert math.isnan(entry(table, "Pretrained teacher", "Time_T").ours.mean)
    shown = {line.name: [text for pair in line.cells for text in pair] for line in rows(table)}
    assert shown["MT"] == ["10.0 ± 0.0", "4.3 ± 4.0", "5.25G", "781G", "40 s", "8.9H", "1G", "283G"]
    assert shown["Depth"] == ["10.0 ± 0.0", "6.8±5.2", "–", "/", "–", "/", "0.9G", "280G"]
    assert shown["Pretrained teacher"] == ["10.0 ± 0.0", "–", "–", "–", "–", "–", "–", "–"]


def test_what_is_not_there_is_a_dash_and_counted(tmp_path: Path) -> None:
    cells = cells_of(TABLE_5, tmp_path, "Depth,MT", seeds=1)
    plant(cells[0], wrong(1, 1))
    table = table_of(TABLE_5, cells)
    assert (table.finished, table.planned) == (1, 8)
    assert "1 of 8 runs finished" in markdown(table)
    assert math.isnan(entry(table, "MT", "HTER").ours.mean)
    assert as_json(table)["cells"][-1]["mean"] is None


def test_built_in_data_always_carries_its_note(tmp_path: Path) -> None:
    cells = cells_of(TABLE_4, tmp_path, "Depth", seeds=1)
    empty = table_of(TABLE_4, cells)
    for cell in cells:
        plant(cell, wrong(1, 1))
    for table in (empty, table_of(TABLE_4, cells)):
        page = write_table(tmp_path / "page", table).read_text(encoding="utf-8")
        for text in (markdown(table), page, json.dumps(as_json(table))):
            assert "Rendered faces, not real data." in text
            assert "cannot be compared" in text
    real = make_table(TABLE_4, cells, measure(cells), {}, "oulu-npu")
    assert "cannot be compared" not in markdown(real)


def test_the_files_say_the_same(tmp_path: Path) -> None:
    cells = cells_of(TABLE_5, tmp_path, "Depth,MT", seeds=2)
    for cell in cells:
        plant(cell, wrong(1, 3 + cell.seed))
    table = table_of(TABLE_5, cells)
    write_table(tmp_path, table)
    lines = list(csv.DictReader((tmp_path / "table5.csv").read_text(encoding="utf-8").splitlines()))
    assert (tmp_path / "table5.csv").read_text(encoding="utf-8") == as_csv(table)
    assert len(lines) == len(table.entries) == 2 * 4 * 2
    for line, one in zip(lines, table.entries, strict=True):
        assert float(line["mean"]) == one.ours.mean
        assert line["printed"] == (one.printed.text if one.printed else "")
    page = (tmp_path / "table5.html").read_text(encoding="utf-8")
    assert (tmp_path / "table5.md").read_text(encoding="utf-8") == markdown(table)
    body = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr><td>.*?</tr>", page)]
    shown = [
        [line.name, *(text for pair in line.cells for text in pair), str(line.runs)] for line in rows(table)
    ]
    assert body == shown
    assert "http" not in re.sub(r"<!DOCTYPE.*?<body>", "", page, flags=re.DOTALL)
