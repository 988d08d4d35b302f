"""Errors by a column, against counts by hand."""

import json
import sys

import numpy as np
import polars as pl
import pytest

from mtfas.cli import main
from mtfas.data.manifest import FaceRow, open_prepared, write_manifest
from mtfas.errors import BadData, BadRun, BadSetting
from mtfas.evaluation.bins import NOT_GIVEN
from mtfas.evaluation.breakdown import break_down, with_breakdowns
from mtfas.evaluation.facevalues import SEVERAL
from mtfas.evaluation.html import percent, percent_range, write_report
from mtfas.evaluation.report import evaluate
from mtfas.evaluation.runfolder import evaluate_run
from mtfas.evaluation.scores import read_scores
from mtfas.metrics.intervals import clopper_pearson
from mtfas.metrics.rates import Rate

from .clips import CLIPS, tables
from .conftest import write_json
from .page import Page

SIDES = ("bona_fide", "attack")


def counted(column: str, clips: list = CLIPS) -> dict[str, tuple[int, int, int, int]]:
    """For each value: errors and n of the bona fide, errors and n of the attacks."""
    scores, faces = tables(clips)
    found = break_down(evaluate(None, scores, "fixed:0.5", repeats=5), scores, faces, column, repeats=5)
    return {row.value: (row.bpcer.errors, row.bpcer.n, row.apcer.errors, row.apcer.n) for row in found.rows}


def test_by_a_column_of_words() -> None:
    # an attack is missed at 0.4 and at 0.5, for the decision is strict; l4 has no score
    assert counted("camera") == {"a": (1, 2, 0, 1), "b": (0, 1, 2, 3)}


def test_presentations_without_a_value_have_a_row() -> None:
    assert counted("made.background") == {
        "shelf": (0, 1, 1, 1),
        "wall": (1, 2, 0, 2),
        NOT_GIVEN: (0, 0, 1, 1),
    }


def test_frames_of_different_words_have_a_row() -> None:
    scores, faces = tables()
    faces = faces.with_columns(
        camera=pl.when((pl.col("presentation") == "p1") & (pl.col("frame") == 1))
        .then(pl.lit("b"))
        .otherwise("camera")
    )
    found = break_down(evaluate(None, scores, "fixed:0.5", repeats=5), scores, faces, "camera", repeats=5)
    assert [(row.value, row.apcer.n) for row in found.rows] == [("a", 0), ("b", 3), (SEVERAL, 1)]
    assert np.isnan(found.rows[0].apcer_drawn.low)


def test_few_numbers_are_told_one_by_one() -> None:
    assert counted("frame") == {"0.5": (1, 3, 2, 4)}  # the mean of frames 0 and 1
    few = [(*clip[:4], (round(i / 3), round(i / 3)), clip[5]) for i, clip in enumerate(CLIPS)]
    assert counted("made.yaw", few) == {"0": (1, 2, 0, 0), "1": (0, 1, 0, 1), "2": (0, 0, 2, 3)}


def test_numbers_are_the_mean_over_frames_cut_at_quantiles() -> None:
    # means of the answered: l1 -15, l2 1, l3 5, p1 -15, p2 5, p3 30 (one frame), r1 none
    assert counted("made.yaw") == {
        "-15": (0, 1, 0, 1),
        "1": (1, 1, 0, 0),
        "5": (0, 1, 1, 1),
        "30": (0, 0, 1, 1),
        NOT_GIVEN: (0, 0, 0, 1),
    }
    random = np.random.default_rng(3)
    many = [
        (f"{'lpr'[i % 3]}{i}", int(i % 3 > 0), float(random.random()), "a", (yaw - 1, yaw + 1), "wall")
        for i, yaw in enumerate(random.normal(0, 20, 60))
    ]
    scores, faces = tables(many)
    evaluation = evaluate(None, scores, "fixed:0.5", repeats=5)
    found = break_down(evaluation, scores, faces, "made.yaw", repeats=5)
    assert [row.bpcer.n + row.apcer.n for row in found.rows] == [12] * 5
    means = np.array([sum(clip[4]) / 2 for clip in many])
    edges = np.quantile(means, [0.2, 0.4, 0.6, 0.8])
    for part, row in enumerate(found.rows):
        clips = [clip for clip, mean in zip(many, means, strict=True) if np.sum(mean > edges) == part]
        live, attacks = ([clip[2] for clip in clips if clip[1] == label] for label in (0, 1))
        assert (row.bpcer.errors, row.bpcer.n) == (sum(s > 0.5 for s in live), len(live))
        assert (row.apcer.errors, row.apcer.n) == (sum(s <= 0.5 for s in attacks), len(attacks))
        assert row.bounds is not None
        assert row.value == f"{row.bounds[0]:.4g} to {row.bounds[1]:.4g}"
        assert row.bounds[0] <= min(sum(clip[4]) / 2 for clip in clips) + 1e-9
    total = [sum(getattr(row.bpcer, n) for row in found.rows) for n in ("errors", "n")]
    assert total == [evaluation.rates.bpcer.errors, evaluation.rates.bpcer.n]
    pooled = [sum(getattr(row.apcer, n) for row in found.rows) for n in ("errors", "n")]
    assert pooled == [evaluation.rates.apcer_pooled.errors, evaluation.rates.apcer_pooled.n]


def test_json_has_exact_and_drawn_intervals() -> None:
    scores, faces = tables()
    found = break_down(evaluate(None, scores, "fixed:0.5", repeats=5), scores, faces, "camera", repeats=200)
    table = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert table["non_responses"] == 1
    assert table["intervals"] == {"level": 0.95, "bootstrap_unit": "subject"}
    attack = table["rows"][1]["attack"]
    exact = clopper_pearson(Rate(2, 3))
    assert (attack["apcer"], attack["n"], attack["errors"]) == (2 / 3, 3, 2)
    assert attack["clopper_pearson"] == [exact.low, exact.high]
    # under camera b: p2 of subject 2 and p3 of 3 are missed, r1 of 1 is found
    assert attack["bootstrap"] == [0, 1]


def with_yaw(data) -> None:
    """Give the faces of a test's data set a yaw and two cameras."""
    opened = open_prepared(data)
    rows = [
        FaceRow(**{**row, "camera": "ab"[i % 2], "made": {"yaw": float(i)}})
        for i, row in enumerate(opened.rows.iter_rows(named=True))
    ]
    write_manifest(data, rows, opened.info)


@pytest.fixture
def command(monkeypatch, capfd):
    """Give `mtfas evaluate …`; return its exit code, and what it wrote to stdout and stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["mtfas", "evaluate", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        return stopped.value.code, *capfd.readouterr()

    return run


def test_a_run_by_two_columns(maker, command) -> None:
    data = maker.data()
    with_yaw(data)
    run = maker.run("run", data)
    code, said, _ = command(run, "--by", "made.yaw", "--by", "camera")
    assert code == 0
    assert "\nmade.yaw" in said
    assert "without a score, in no row: 1" in said
    report = json.loads((run / "report.json").read_text())
    assert list(report["by"]) == ["made.yaw", "camera"]
    assert [row["value"] for row in report["by"]["camera"]["rows"]] == ["a", "b"]
    assert sum(row["attack"]["errors"] for row in report["by"]["made.yaw"]["rows"]) == sum(
        report["apcer"]["errors"].values()
    )
    for row in report["by"]["camera"]["rows"]:
        (line,) = (line for line in said.splitlines() if line.startswith(f"{row['value']} "))
        assert f"{row['bona_fide']['bpcer']:.2%}" in line
        assert line.split()[-1] == str(row["attack"]["n"])
    answer = json.loads(command(run, "--by", "camera", "--json")[1])
    assert answer["by"] == {"camera": report["by"]["camera"]}
    assert command(run)[0] == 0
    assert "by" not in json.loads((run / "report.json").read_text())


def test_score_files_need_the_data_to_be_named(maker, command) -> None:
    data = maker.data()
    with_yaw(data)
    scores = maker.run("run", data) / "scores"
    files = ("--dev", scores / "dev.csv", "--test", scores / "test.csv", "--out", maker.root / "out")
    code, _, said = command(*files, "--by", "camera")
    assert code == 2
    assert "--by needs the data set that the scores were made from; give it with --data." in said
    code, _, said = command(*files, "--by", "camra", "--data", data)
    assert "did you mean 'camera'" in said
    assert not (maker.root / "out").exists()
    assert command(*files, "--by", "camera", "--data", data)[0] == 0
    assert list(json.loads((maker.root / "out" / "report.json").read_text())["by"]) == ["camera"]


def test_the_data_of_a_run_must_be_its_own(maker) -> None:
    data = maker.data()
    run = maker.run("run", data)
    assert len(evaluate_run(run, by=["camera"]).by[0].rows) == 1
    (run / "report.html").unlink()
    with pytest.raises(BadData, match=r"holds other data than .*; give the right one with --data"):
        evaluate_run(run, data=maker.data("other", dataset="other"), by=["camera"])
    with pytest.raises(BadSetting, match="unknown manifest column 'camra'; did you mean 'camera'"):
        evaluate_run(run, by=["camra"])
    moved = data.rename(maker.root / "moved")
    with pytest.raises(BadRun, match=r"the data of .*run is not in .*data; say where it is with --data"):
        evaluate_run(run, by=["camera"])
    assert not (run / "report.html").exists()
    assert len(evaluate_run(run, data=moved, by=["camera"]).by[0].rows) == 1
    write_json(run / "run.json", {**json.loads((run / "run.json").read_text()), "data": {}})
    with pytest.raises(BadRun, match="is not in its record; say where it is"):
        evaluate_run(run, by=["camera"])


def test_a_breakdown_of_a_run_agrees_with_its_scores(maker) -> None:
    data = maker.data()
    with_yaw(data)
    run = maker.run("run", data)
    scores = read_scores(run / "scores" / "test.csv")
    evaluation = evaluate_run(run)
    found = break_down(evaluation, scores, open_prepared(data).rows, "camera", repeats=5)
    cameras = dict(open_prepared(data).rows.select("presentation", "camera").iter_rows())
    for row in found.rows:
        mine = [r for r in scores.rows.iter_rows(named=True) if cameras[r["presentation"]] == row.value]
        live = [r["score"] for r in mine if r["label"] == 0]
        assert row.bpcer == Rate(sum(s > evaluation.rates.threshold for s in live), len(live))


def test_the_page_shows_every_row_as_report_json_has_it(tmp_path) -> None:
    scores, faces = tables()
    found = evaluate(None, scores, "fixed:0.5", repeats=5)
    assert "Errors by columns" not in Page(write_report(tmp_path / "plain", found, "t")).text
    found = with_breakdowns(found, scores, faces, ["camera", "made.background", "camera"])
    page = Page(write_report(tmp_path, found, "t"))
    page.check_alone()
    by = json.loads((tmp_path / "report.json").read_text())["by"]
    assert list(by) == ["camera", "made.background"]
    text = page.text[page.text.index("Errors by columns") :]
    for row in (row for table in by.values() for row in table["rows"]):
        live, attack = (
            f"{percent(row[side][rate])} {percent_range(row[side]['clopper_pearson'])} "
            f"{row[side]['errors']} / {row[side]['n']}"
            for side, rate in (("bona_fide", "bpcer"), ("attack", "apcer"))
        )
        assert f"{row['value']} {live} {attack}" in text
    assert text.count("Without a score, so in no row: 1 presentations.") == 2
    drawn = sum(bool(row[side]["n"]) for t in by.values() for row in t["rows"] for side in SIDES)
    assert page.tags.count("svg") == page.tags.count("circle") == drawn


def test_intervals_are_drawn_where_the_numbers_are(tmp_path) -> None:
    clips = [(f"{'lp'[i % 2]}{i}", i % 2, 0.1 + 0.8 * (i % 2), "a", (0, 0), "wall") for i in range(200)]
    clips += [("l999", 0, 0.9, "a", (0, 0), "wall")]
    scores, faces = tables(clips)
    found = with_breakdowns(evaluate(None, scores, "fixed:0.5", repeats=5), scores, faces, ["camera"])
    source = Page(write_report(tmp_path, found, "t")).source
    exact = clopper_pearson(Rate(1, 101))
    assert 0.05 < exact.high < 0.1  # so the axis, 120 long, ends at 10 %
    assert "<span>10 %</span>" in source
    assert f'd="M{1200 * exact.low:.1f} 9H{1200 * exact.high:.1f}"' in source
    assert f'<circle cx="{1200 / 101:.1f}"' in source


def test_hostile_values_are_escaped(tmp_path) -> None:
    evil = "<script>alert('x')</script>"
    scores, faces = tables([(*clip[:3], evil, *clip[4:]) for clip in CLIPS])
    faces = faces.rename({"camera": evil})
    found = with_breakdowns(evaluate(None, scores, "fixed:0.5", repeats=5), scores, faces, [evil])
    page = Page(write_report(tmp_path, found, "t"))
    page.check_alone()
    assert page.text.count(evil) == 2


def test_the_seed_draws_the_intervals_of_the_rows(maker) -> None:
    data = maker.data()
    with_yaw(data)
    run = maker.run("run", data)
    one, same, other = (evaluate_run(run, seed=seed, by=["camera"]).by for seed in (1, 1, 2))
    assert one == same
    assert one != other
