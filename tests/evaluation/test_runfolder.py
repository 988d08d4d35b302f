import json
import shutil

import pytest

from mtfas.errors import BadFile, BadRun, BadSetting
from mtfas.evaluation.runfolder import evaluate_run, read_record

from .conftest import write_json
from .page import Page


def change(run, **values):
    record = json.loads((run / "run.json").read_text())
    write_json(run / "run.json", {**record, **values})


def test_a_run_gets_its_report(maker):
    run = maker.run("run", maker.data())
    result = evaluate_run(run)
    page = Page(run / "report.html")
    page.check_alone()
    figures = json.loads((run / "report.json").read_text())
    assert figures["acer_worst"] == result.rates.acer_worst
    assert figures["provenance"]["protocol"] == "grandtest"
    assert "fas-dr under meta-teacher, protocol grandtest" in page.text
    assert "Rendered faces, not real data." in page.text
    assert "High means attack." in page.text
    # 3 of each species and the worst errors, three pictures each, beside four figures
    errors = sum(page.text.count(f"called {verdict}") for verdict in ("attack ", "bona fide "))
    assert errors >= 12
    assert len(page.pictures) >= 4 + 3 * 12
    assert figures["non_response"]["count"] == {"bona_fide": 0, "attack": 1}


def test_the_threshold_source_is_the_protocols_unless_asked(maker):
    run = maker.run("run", maker.data(), threshold_source="source")
    assert evaluate_run(run).threshold_source == "source"
    assert evaluate_run(run, threshold="fixed:0.5").rates.threshold == 0.5
    with pytest.raises(BadSetting, match="unknown threshold source"):
        evaluate_run(run, threshold="best")


def test_the_seed_draws_the_resamples(maker):
    run = maker.run("run", maker.data())
    drawn = {}
    for seed in (0, 7):
        evaluate_run(run, seed=seed)
        drawn[seed] = json.loads((run / "report.json").read_text())["intervals"]["bootstrap"]
        assert drawn[seed].pop("seed") == seed
    assert drawn[0] != drawn[7]


def test_data_that_is_gone_is_stated(maker):
    data = maker.data()
    run = maker.run("run", data)
    shutil.rmtree(data)
    evaluate_run(run)
    page = Page(run / "report.html")
    assert f"the data folder {data} is gone, so no face is shown." in page.text
    assert "no face" in page.text
    (run / "scores/test-maps.npz").unlink()
    evaluate_run(run)
    assert "no maps are stored" in Page(run / "report.html").text


def test_data_that_moved_can_be_named(maker):
    data = maker.data()
    run = maker.run("run", data)
    moved = data.rename(maker.root / "elsewhere")
    evaluate_run(run, data=moved)
    assert "no face is shown" not in Page(run / "report.html").text
    with pytest.raises(BadFile, match="not a prepared data set"):
        evaluate_run(run, data=maker.root / "nowhere")


def test_other_data_is_not_shown_beside_the_scores(maker):
    run = maker.run("run", maker.data())
    other = maker.data("other", dataset="other")
    evaluate_run(run, data=other)
    assert f"{other} holds other data than this run was made from" in Page(run / "report.html").text
    (maker.root / "data" / "dataset.json").write_text("{")
    evaluate_run(run)
    assert "cannot be read any more" in Page(run / "report.html").text


def test_a_record_that_says_little(maker):
    run = maker.run("run", maker.data())
    change(run, data={}, settings={}, threshold_source=None)
    assert evaluate_run(run).threshold_source == "dev"
    assert "does not say where its data is" in Page(run / "report.html").text


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"format": 9}, "has format 9, mtfas .* reads format 1; run 'mtfas train' again"),
        ({"finished": False}, "is not finished; give the same 'mtfas train' command again"),
        ({"kind": "teach"}, "is a run of 'mtfas teach', expected one of 'mtfas train'"),
    ],
)
def test_runs_that_cannot_be_evaluated(maker, values, sentence):
    run = maker.run("run", maker.data())
    change(run, **values)
    with pytest.raises(BadRun, match=sentence):
        evaluate_run(run)
    assert not (run / "report.html").exists()


def test_folders_that_are_no_runs(maker, tmp_path):
    with pytest.raises(BadRun, match="is not a run folder"):
        evaluate_run(tmp_path)
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(BadRun, match="has format None"):
        read_record(tmp_path, "train")
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(BadFile, match="not valid JSON"):
        read_record(tmp_path, "train")
    run = maker.run("run", maker.data())
    (run / "scores/dev.csv").unlink()
    with pytest.raises(BadRun, match=r"dev\.csv is missing"):
        evaluate_run(run)
