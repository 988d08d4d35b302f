from dataclasses import replace
from pathlib import Path

import pytest
from planted import plant, plant_data, plant_lesson

from mtfas.errors import BadSetting
from mtfas.models import DETECTORS
from mtfas.paper.experiments import (
    EXPERIMENTS,
    TABLE_4,
    TABLE_5,
    Row,
    choose_rows,
    find_experiment,
    student_of,
)
from mtfas.paper.grid import Grid, is_done, lessons, state
from mtfas.supervision import LABEL_RULES, SUPERVISIONS


def grid(experiment, folder: Path, preset: str = "tiny") -> Grid:
    return Grid(folder / "data", folder / "out", preset, student_of(experiment, preset), experiment.protocols)


@pytest.mark.parametrize(
    ("experiment", "seeds", "runs", "teachers"),
    [(TABLE_4, 1, 54, 24), (TABLE_4, 3, 162, 72), (TABLE_5, 2, 72, 32)],
)
def test_a_table_expands_to_so_many_runs(
    experiment, seeds: int, runs: int, teachers: int, tmp_path: Path
) -> None:
    """Nine rows; four different teachers a protocol and seed, the deep one shared by Distill and FitNets."""
    cells = grid(experiment, tmp_path).cells(experiment.rows, range(seeds))
    assert len(cells) == runs
    assert len(lessons(cells)) == teachers
    folders = [job.out for job in (*lessons(cells), *(cell.job for cell in cells))]
    assert len(set(folders)) == runs + teachers


@pytest.mark.parametrize("experiment", EXPERIMENTS.values(), ids=lambda e: e.name)
def test_names_are_known_ones(experiment) -> None:
    assert {row.supervision for row in experiment.rows} <= set(SUPERVISIONS)
    assert {row.rule for row in experiment.rows} <= {None, *LABEL_RULES}
    assert set(experiment.students.values()) <= set(DETECTORS)


@pytest.mark.parametrize("preset", ["tiny", "cpu", "paper"])
def test_runs_are_where_and_what_they_should_be(preset: str, tmp_path: Path) -> None:
    made = grid(TABLE_5, tmp_path, preset)
    rows = {row.name: row for row in TABLE_5.rows}
    fitnets, distill = (made.cell(rows[name], "ocim:oci-m", 1) for name in ("FitNets", "Distill"))
    assert fitnets.job.out == tmp_path / "out" / "runs" / "fitnets_ocim-oci-m_1"
    assert fitnets.lesson == distill.lesson
    assert fitnets.lesson is not None
    assert fitnets.lesson.out == tmp_path / "out" / "teachers" / "distill_ocim-oci-m_1"
    settings = fitnets.job.settings
    assert (settings.protocol, settings.seed, settings.threads) == ("ocim:oci-m", 1, 1)
    assert settings.detector == {"paper": "fas-dr-bc"}.get(preset, "fas-dr-light-bc")
    assert (settings.supervision, settings.label_rule) == ("fitnets", "eq14")
    assert settings.teacher == str(fitnets.lesson.out)
    assert made.cell(rows["OKDDip"], "ocim:oci-m", 1).lesson is None


def test_bans_has_two_generations_where_its_network_is_distill_lights(tmp_path: Path) -> None:
    bans = {
        preset: grid(TABLE_4, tmp_path, preset).lesson("bans", "oulu:4.1", 0) for preset in ("cpu", "paper")
    }
    assert bans["cpu"].settings.generations == 2
    assert bans["paper"].settings.generations == 1


def test_a_foreign_teacher_is_that_of_the_next_protocol(tmp_path: Path) -> None:
    row = Row("meta-teacher elsewhere", "meta-teacher", "meta-teacher", "eq13", foreign=True)
    made = grid(TABLE_5, tmp_path)
    cells = made.cells([row], [0])
    taught_on = [cell.lesson.settings.protocol for cell in cells if cell.lesson]
    assert taught_on == [*TABLE_5.protocols[1:], TABLE_5.protocols[0]]
    assert {cell.job.settings.teacher_protocol for cell in cells} == {"paper"}
    with pytest.raises(BadSetting, match="second protocol"):
        replace(made, protocols=("ocim:oci-m",)).cells([row], [0])


def test_only_a_finished_run_of_the_same_settings_and_teacher_is_done(tmp_path: Path) -> None:
    made = replace(grid(TABLE_4, tmp_path), data=plant_data(tmp_path / "data"))
    cell = made.cell({row.name: row for row in TABLE_4.rows}["MT"], "oulu:4.1", 0)
    assert cell.lesson is not None
    assert (state(cell.job), is_done(cell.job)) == ("missing", False)
    plant(cell, {"bona_fide": [0.1], "print": [0.9]})
    assert (state(cell.job), is_done(cell.job), is_done(cell.lesson)) == ("finished", True, True)
    other = replace(cell.job, settings=replace(cell.job.settings, iterations=13))
    assert (state(other), is_done(other)) == ("finished", False)
    (cell.lesson.out / "weights.safetensors").write_bytes(b"taught again")
    assert not is_done(cell.job)


def test_an_unfinished_run_is_begun(tmp_path: Path) -> None:
    made = replace(grid(TABLE_4, tmp_path), data=plant_data(tmp_path / "data"))
    job = made.lesson("distill", "oulu:4.1", 0)
    plant_lesson(job, 1.0)
    text = (job.out / "run.json").read_text()
    (job.out / "run.json").write_text(text.replace('"finished": true', '"finished": false'))
    assert (state(job), is_done(job)) == ("begun", False)


def test_rows_are_chosen_by_name() -> None:
    assert [row.name for row in choose_rows(TABLE_4, "mt, Depth")] == ["Depth", "MT"]
    assert choose_rows(TABLE_4, None) == TABLE_4.rows
    with pytest.raises(BadSetting, match="did you mean 'Distill'"):
        choose_rows(TABLE_4, "Depth,Distil")
    with pytest.raises(BadSetting, match="names no row"):
        choose_rows(TABLE_4, " , ")


def test_unknown_names_are_told() -> None:
    with pytest.raises(BadSetting, match="unknown table 'table7'"):
        find_experiment("table7")
    with pytest.raises(BadSetting, match="unknown preset 'huge'"):
        student_of(TABLE_4, "huge")
