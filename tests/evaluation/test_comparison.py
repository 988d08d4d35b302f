import json
import math

import numpy as np
import pytest
from scipy.stats import ttest_rel

from mtfas.errors import BadFile, BadRun, BadSetting
from mtfas.evaluation.comparison import compare
from mtfas.evaluation.html import percent, percent_range
from mtfas.evaluation.lesson import read_health, read_lesson
from mtfas.evaluation.runfolder import read_run_scores
from mtfas.evaluation.seedgroups import NamedRun, acer_interval, groups, pairs

from .conftest import SPECIES, write_json
from .page import Page


@pytest.fixture
def data(maker):
    return maker.data()


def test_two_runs_and_a_teacher_on_one_page(maker, data, tmp_path):
    runs = [("binary map", maker.run("a", data)), ("<i>teacher</i>", maker.run("b", data, skill=3.0))]
    teacher = maker.teach_run("teacher", data)
    page = Page(compare(tmp_path / "out", runs, "Side by side", ["Mind & read."], teacher))
    page.check_alone()
    figures = json.loads((tmp_path / "out/report.json").read_text())
    assert [run["name"] for run in figures["runs"]] == ["binary map", "<i>teacher</i>"]
    for run in figures["runs"]:
        values = [run["acer_worst"], run["bpcer"], run["apcer"]["worst"], run["hter"], run["eer_dev"]]
        assert all(percent(value) in page.text for value in [*values, *run["apcer"]["species"].values()])
        assert f"{run['auc']:.3f}" in page.text
    assert len(figures["teacher_health"]) == 10
    assert figures["teacher_health"][-1]["iteration"] == 90
    assert "Mind & read." in page.text
    assert "<i>teacher</i>: target" in page.text
    assert "true region" in page.text
    # figures 3 + health 1; grid of 8 faces: face, region (4 known), 2 runs × 2 maps; 6 samples × 3
    assert len(page.pictures) == 3 + 1 + 8 * 5 + 4 + 6 * 3


@pytest.mark.parametrize(
    ("count", "head"),
    [(2, "species run-0 run-1 print"), (4, "run print replay silicone mask run-0")],
)
def test_the_species_are_rows_where_they_outnumber_the_runs(maker, data, tmp_path, count, head):
    runs = [(f"run-{seed}", maker.run(f"r{seed}", data, seed=seed)) for seed in range(count)]
    page = Page(compare(tmp_path / "out", runs))
    rated = json.loads((tmp_path / "out/report.json").read_text())["runs"]
    order = [(run, "print") for run in rated] if count == 2 else [(rated[0], name) for name in SPECIES]
    cells = [
        f"{percent(run['apcer']['species'][name])} "
        f"{percent_range(run['intervals']['clopper_pearson'][f'apcer:{name}'])}"
        for run, name in order
    ]
    assert f"APCER of each species {head} {' '.join(cells)}" in page.text


def test_no_winner_is_named(maker, data, tmp_path):
    page = Page(
        compare(tmp_path / "out", [("a", maker.run("a", data)), ("b", maker.run("bb", data, skill=9.0))])
    )
    for word in ("best", "winner", "better", "outperform", "superior", "state-of-the-art"):
        assert word not in page.text.lower()
    assert "As measured" in page.text


def test_overlapping_intervals_are_not_distinguishable(maker, data):
    near = [NamedRun(n, read_run_scores(maker.run(n, data))) for n in ("a", "b")]
    assert pairs(near)[0].sentence.endswith("the intervals overlap: not distinguishable at this sample size.")
    far = [near[0], NamedRun("c", read_run_scores(maker.run("c", data, skill=30.0), "fixed:0.001"))]
    one, other = (acer_interval(run.run.evaluation) for run in far)
    assert pairs(far)[0].distinguishable == (one.low > other.high)
    assert other.high > 0  # no error came up, and still the interval has a width
    assert far[1].run.evaluation.rates.acer_worst == 0


def test_seeds_are_averaged_and_paired(maker, data):
    runs = [
        NamedRun(name, read_run_scores(maker.run(f"{name}-{seed}", data, seed=seed, skill=skill)))
        for name, skill in (("a", 1.0), ("b", 5.0))
        for seed in range(4)
    ]
    acers = np.array([run.run.evaluation.rates.acer_worst for run in runs]).reshape(2, 4)
    first, second = groups(runs)
    assert (first.runs, second.runs) == (4, 4)
    assert first.spreads["acer_worst"].mean == pytest.approx(acers[0].mean())
    assert second.spreads["acer_worst"].sd == pytest.approx(acers[1].std(ddof=1))
    pair = pairs(runs)[0]
    expected = ttest_rel(acers[1], acers[0]).confidence_interval()
    assert f"interval, {100 * expected.low:+.1f} … {100 * expected.high:+.1f}" in pair.sentence
    assert pair.distinguishable == (expected.low > 0 or expected.high < 0)
    assert "over 4 paired seeds" in pair.sentence


def test_seeds_that_do_not_pair(maker, data):
    runs = [NamedRun("a", read_run_scores(maker.run(f"a{s}", data, seed=s))) for s in (0, 1)]
    runs.append(NamedRun("b", read_run_scores(maker.run("b7", data, seed=7))))
    assert "0 seeds in common" in pairs(runs)[0].sentence
    assert math.isnan(groups(runs)[1].spreads["auc"].sd)


def test_seeds_on_the_page(maker, data, tmp_path):
    runs = [("a", maker.run(f"a{s}", data, seed=s)) for s in (0, 1)]
    page = Page(compare(tmp_path / "out", runs))
    page.check_alone()
    assert "a, seed 0" in page.text
    assert "mean ± standard deviation (ddof 1)" in page.text
    assert "names with several seeds are shown by their first run" in page.text


def test_unlike_runs_are_said(maker, data, tmp_path):
    other = maker.run("b", maker.data("other", dataset="oulu"), protocol="oulu:1", threshold_source="source")
    page = Page(compare(tmp_path / "out", [("a", maker.run("a", data)), ("b", other)]))
    for what in ("data", "protocols", "threshold sources"):
        assert f"different {what}: their rows are not comparable" in page.text
    assert "different test presentations" not in page.text


def test_missing_maps_and_data_are_stated(maker, data, tmp_path):
    one, other = maker.run("a", data), maker.run("b", data)
    (one / "scores/test-maps.npz").unlink()
    page = Page(compare(tmp_path / "out", [("a", one), ("b", other)]))
    assert "a: no maps are stored." in page.text
    assert "no target map" in page.text
    (data / "dataset.json").unlink()
    assert "so no face is shown" in Page(compare(tmp_path / "out", [("b", other)])).text


def test_what_cannot_be_compared(maker, data, tmp_path):
    with pytest.raises(BadSetting, match="at least one run"):
        compare(tmp_path / "out", [])
    with pytest.raises(BadRun, match="is not a run folder"):
        compare(tmp_path / "out", [("a", tmp_path)])
    run = maker.run("a", data)
    with pytest.raises(BadRun, match="expected one of 'mtfas teach'"):
        compare(tmp_path / "out", [("a", run)], teacher=run)
    assert not (tmp_path / "out").exists()


def test_a_teacher_that_left_little(maker, data, tmp_path):
    write_json(tmp_path / "t/run.json", {"format": 1, "kind": "teach", "finished": True})
    lesson = read_lesson(tmp_path / "t")
    assert (lesson.health, lesson.figure, lesson.samples) == ((), None, ())
    assert len(lesson.notes) == 2
    page = Page(compare(tmp_path / "out", [("a", maker.run("a", data))], teacher=tmp_path / "t"))
    assert "the teacher's log holds no health figures." in page.text


@pytest.mark.parametrize(
    ("line", "sentence"), [("{", "line 2 is not JSON"), ("[1]", "line 2 is not a JSON object")]
)
def test_damaged_logs(tmp_path, line, sentence):
    (tmp_path / "log.jsonl").write_text('{"event": "health", "iteration": 3, "level": 1.0}\n' + line + "\n")
    with pytest.raises(BadFile, match=sentence):
        read_health(tmp_path / "log.jsonl")


def test_health_events_are_sorted_and_numbers_only(tmp_path):
    events = [
        {"event": "health", "iteration": i, "level": i / 10, "note": "x", "saturation": None} for i in (5, 2)
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    assert read_health(tmp_path / "log.jsonl") == [
        {"iteration": 2, "level": 0.2},
        {"iteration": 5, "level": 0.5},
    ]
