"""A table from prepared data to its page, on the smallest preset, and the command around it."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from mtfas.cli.reproducing import reproduce as command
from mtfas.errors import BadData, BadFile, BadSetting, MtfasError
from mtfas.paper.reproduce import Planned, plan, reproduce

Command = Callable[..., Any]


def shortened(planned: Planned) -> Planned:
    """The same table on its first sub-protocol only: six times as fast, and nothing else differs."""
    first = planned.experiment.parts[0]
    part = replace(first, protocols=first.protocols[:1])
    cells = tuple(cell for cell in planned.cells if cell.protocol == part.protocols[0])
    return replace(planned, experiment=replace(planned.experiment, parts=(part,)), cells=cells)


@pytest.mark.slow
def test_two_rows_of_table_4_on_tiny_data(built_in: Path, tmp_path: Path) -> None:
    planned = shortened(plan("table4", built_in, tmp_path, preset="tiny", only="Depth,MT"))
    assert [row["state"] for row in planned.states()] == ["missing"] * 3  # a teacher and two detectors
    table = reproduce(planned, tmp_path, workers=1)
    assert (table.finished, table.planned) == (2, 2)
    assert {entry.row for entry in table.entries} == {"Depth", "MT"}
    rates = [entry.ours.mean for entry in table.entries if entry.figure == "ACER"]
    assert all(0 <= rate <= 100 for rate in rates)
    assert [row["state"] for row in planned.states()] == ["finished"] * 3
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("run.json")}
    again = reproduce(planned, tmp_path, workers=1)
    assert again == table
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("run.json")} == times
    assert "Rendered faces" in (tmp_path / "table4.html").read_text(encoding="utf-8")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Give the command alone its words; an error of ours passes through to the test."""
    app = typer.Typer()
    app.command()(command)

    def run(*words: str | Path) -> str:
        monkeypatch.setattr(sys, "argv", ["reproduce", *map(str, words)])
        app(standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_a_dry_run_lists_and_writes_nothing(call: Command, built_in: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = call("table5", built_in, "--out", out, "--preset", "tiny", "--only", "OKDDip,MT", "--dry-run")
    lines = said.splitlines()
    assert lines[-1] == "0 of 12 runs finished"  # four teachers and eight detectors
    assert all(line.startswith("missing") for line in lines[:-1])
    listed = json.loads(
        call("table5", built_in, "--out", out, "--preset", "tiny", "--only", "MT", "--dry-run", "--json")
    )
    assert [row["state"] for row in listed] == ["missing"] * 8
    assert listed[0]["folder"] == str(out / "teachers" / "meta-teacher_ocim-oci-m_0")
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "kind", "sentence"),
    [
        (["table8", "DATA"], BadSetting, "unknown table 'table8'; did you mean"),
        (["table4", "DATA", "--only", "Dept"], BadSetting, "unknown row 'Dept'; did you mean 'Depth'"),
        (["table4", "DATA", "--preset", "big"], BadSetting, "unknown preset 'big'"),
        (["table4", "nowhere"], BadFile, "not a prepared data set"),
    ],
)
def test_bad_input_is_one_sentence(
    call: Command, built_in: Path, tmp_path: Path, words: list[str], kind: type[MtfasError], sentence: str
) -> None:
    given = [str(built_in) if word == "DATA" else word for word in words]
    with pytest.raises(kind, match=sentence):
        call(*given, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_data_without_the_protocols_is_told_before_anything_is_run(tmp_path: Path) -> None:
    from mtfas.synthetic.synthesize import synthesize

    synthesize(tmp_path / "data", preset="tiny", seed=1, workers=1, domains="m")
    with pytest.raises((BadSetting, BadData), match="ocim:oci-m"):
        plan("table5", tmp_path / "data", tmp_path / "out", preset="tiny")
    assert not (tmp_path / "out").exists()
