import json

import numpy as np
import pytest

from mtfas.errors import BadData, BadSetting
from mtfas.evaluation.report import evaluate
from mtfas.evaluation.scores import read_scores
from mtfas.metrics.intervals import clopper_pearson
from mtfas.metrics.rates import Rate
from mtfas.metrics.thresholds import eer_threshold

from .tables import DEV, TEST, table

KEYS = {
    "threshold", "threshold_source", "eer_dev", "auc", "bpcer", "apcer", "acer_worst", "acer_pooled", "hter",
    "n", "non_response", "intervals",
}  # fmt: skip


def test_the_threshold_of_dev_is_applied_to_test():
    # dev: at 0.55 one of 4 live and one of 5 attacks are wrong (|1/4 - 1/5| is the smallest gap)
    result = evaluate(DEV, TEST, repeats=20)
    assert result.rates.threshold == pytest.approx(0.55)
    assert result.rates.bpcer == Rate(2, 4)
    assert result.rates.apcer == {"printed": Rate(1, 3), "shown": Rate(1, 2)}
    assert result.rates.worst_species == "shown"
    assert result.eer_dev.rate == pytest.approx((1 / 4 + 1 / 5) / 2)


def test_json_has_what_readers_rely_on():
    figures = evaluate(DEV, TEST, repeats=20).to_json()
    assert figures.keys() >= KEYS
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert figures["threshold_source"] == "dev"
    assert figures["apcer"]["species"] == {"printed": 1 / 3, "shown": 0.5}
    assert (figures["apcer"]["worst"], figures["apcer"]["worst_species"], figures["apcer"]["pooled"]) == (
        0.5,
        "shown",
        2 / 5,
    )
    assert figures["acer_worst"] == 0.5
    assert figures["acer_pooled"] == figures["hter"] == pytest.approx(0.45)
    assert figures["n"] == {"bona_fide": 4, "attack": 5, "subjects": 5}
    assert figures["non_response"]["bona_fide"] == 1 / 5
    assert figures["non_response"]["species"] == {"printed": 0.0, "shown": 0.5}
    assert figures["non_response"]["attack"] == 2 / 7
    assert figures["unit"] == "presentation"
    assert "not terms of ISO" in figures["benchmark_only"]["note"]
    assert "diagnostic" in figures["eer_test"]["note"]


def test_hter_with_non_responses():
    figures = evaluate(DEV, TEST, repeats=20).to_json()
    # 5 live: 2 wrong + 1 silent; 7 attacks: 2 accepted, 2 silent
    assert figures["hter_non_responses_as_errors"] == pytest.approx((3 / 5 + 4 / 7) / 2)
    assert figures["hter_non_responses_as_refusals"] == pytest.approx((3 / 5 + 2 / 7) / 2)


def test_fixed_thresholds_need_no_dev():
    result = evaluate(None, TEST, threshold="fixed:0.65", repeats=20)
    assert result.rates.threshold == 0.65
    figures = result.to_json()
    assert (figures["eer_dev"], figures["threshold_source"]) == (None, "fixed:0.65")
    assert figures["bpcer_at_apcer"]["threshold_fixed_on_dev"] == {}
    assert set(figures["bpcer_at_apcer"]["diagnostic_threshold_fixed_on_test"]) == {"0.01", "0.05", "0.1"}


def test_the_oracle_is_labelled_everywhere():
    result = evaluate(DEV, TEST, threshold="test-oracle", repeats=20)
    assert result.oracle
    assert result.rates.threshold == eer_threshold(result.test.live, result.test.attack)
    assert "TEST ORACLE" in result.to_json()["threshold_words"]
    assert any("test-oracle" in warning for warning in result.warnings)


def test_source_takes_the_same_rule_and_another_name():
    result = evaluate(DEV, TEST, threshold="source", repeats=20)
    assert result.rates.threshold == evaluate(DEV, TEST, repeats=20).rates.threshold
    assert result.to_json()["threshold_source"] == "source"


def test_honest_points_use_dev_thresholds():
    result = evaluate(DEV, TEST, repeats=20)
    for point in result.points:
        dev = evaluate(None, DEV, threshold=f"fixed:{point.rates.threshold!r}", repeats=1)
        assert dev.rates.apcer_worst <= point.wanted_apcer
    assert result.points[0].rates.bpcer.value == 0.5  # between 0.3 and 0.5, so 0.58 and 0.7 are refused


@pytest.mark.parametrize(
    ("threshold", "dev", "sentence"),
    [
        ("dev", None, "needs development scores"),
        ("source", None, "needs development scores"),
        ("fixed:high", None, "needs a number after the colon"),
        ("fixed:nan", None, "needs a number"),
        ("fixed", None, "needs a number"),
        ("test", DEV, "did you mean 'test-oracle'"),
        ("dev:0.5", DEV, "unknown threshold source"),
    ],
)
def test_threshold_sources_that_are_none(threshold, dev, sentence):
    with pytest.raises(BadSetting, match=sentence):
        evaluate(dev, TEST, threshold=threshold, repeats=1)


def test_dev_and_test_stay_apart():
    with pytest.raises(BadData, match=r"9 presentations are in both dev and test, e\.g\. 'd0'"):
        evaluate(DEV, DEV, repeats=1)
    other = table("u", [0.1, 0.2], "d", printed=[0.9])
    with pytest.raises(BadData, match=r"3 subjects are in both dev and test, e\.g\. 'd0'"):
        evaluate(other, table("v", [0.1, 0.2], "d", printed=[0.9]), repeats=1)
    with pytest.raises(BadData, match="both dev and test"):
        evaluate(DEV, DEV, threshold="fixed:0.5", repeats=1)


def test_of_source_domains_only_names_may_agree():
    result = evaluate(
        table("u", [0.1], "d", printed=[0.9]), table("v", [0.2], "d", printed=[0.8]), "source", repeats=1
    )
    assert any("2 subject names are in both" in warning for warning in result.warnings)


def test_a_class_without_any_score():
    with pytest.raises(BadData, match=r"t\.csv: no bona fide presentation has a score"):
        evaluate(DEV, table("t", [None, None], printed=[0.5]), repeats=1)
    with pytest.raises(BadData, match="no attack presentation has a score"):
        evaluate(DEV, table("t", [0.5], printed=[None]), repeats=1)


def test_a_species_without_any_score_is_stated():
    result = evaluate(DEV, table("t", [0.1, 0.2], printed=[0.9], mask=[None]), repeats=20)
    figures = result.to_json()
    assert figures["apcer"]["species"] == {"mask": None, "printed": 0.0}
    assert figures["apcer"]["worst_species"] == "printed"
    assert figures["non_response"]["species"]["mask"] == 1.0
    assert any("species 'mask' has a score, so it has no APCER" in warning for warning in result.warnings)


def test_warnings_for_few_and_for_zero_errors():
    warnings = evaluate(DEV, table("t", [0.1] * 40, printed=[0.9] * 20), repeats=20).warnings
    assert any("fewer than 30 presentations: species 'printed' (20)" in warning for warning in warnings)
    assert any("bona fide: no error in 40; the true rate may still be up to 7.2 %" in w for w in warnings)
    assert any("not all subjects are known" in warning for warning in warnings)
    assert any("only one PAI species" in warning for warning in warnings)


def test_intervals_are_the_metrics_ones():
    result = evaluate(DEV, TEST, repeats=50, seed=4)
    pairs = result.to_json()["intervals"]
    exact = clopper_pearson(result.rates.bpcer)
    assert pairs["clopper_pearson"]["bpcer"] == [exact.low, exact.high]
    assert pairs["bootstrap"]["unit"] == "subject"
    assert pairs == evaluate(DEV, TEST, repeats=50, seed=4).to_json()["intervals"]
    assert pairs != evaluate(DEV, TEST, repeats=50, seed=5).to_json()["intervals"]


def test_bootstrap_covers_the_figures_of_a_larger_set():
    random = np.random.default_rng(1)
    test = table("t", random.normal(0.3, 0.2, 300).tolist(), printed=random.normal(0.7, 0.2, 300).tolist())
    result = evaluate(DEV, test, repeats=300)
    for figure, value in {
        "acer_worst": result.rates.acer_worst,
        "auc": result.auc,
        "hter": result.rates.hter,
    }.items():
        interval = result.interval(figure)
        assert interval.low < value < interval.high
    exact, drawn = clopper_pearson(result.rates.bpcer), result.interval("bpcer")
    assert (drawn.low, drawn.high) == pytest.approx((exact.low, exact.high), abs=0.02)


@pytest.mark.real
def test_a_published_detector_on_oulu(real_data):
    dev, test = (
        read_scores(real_data / "scores" / f"auxiliary__cross_dataset_oulu_npu__{part}.tsv")
        for part in ("devel", "test")
    )
    figures = evaluate(dev, test, repeats=10).to_json()
    assert figures["n"] == {"bona_fide": 360, "attack": 1439, "subjects": None}
    assert figures["apcer"]["worst_species"] == "print2"
    found = [
        figures["eer_dev"], figures["threshold"], figures["bpcer"], figures["apcer"]["worst"],
        figures["acer_worst"], figures["hter"], figures["auc"], figures["apcer"]["pooled"],
    ]  # fmt: skip
    expected = [0.092090, 0.595777, 0.044444, 0.636111, 0.340278, 0.241124, 0.880612, 0.437804]
    assert found == pytest.approx(expected, abs=1e-6)


def files(tmp_path, dev_header="", test_header=""):
    """A perfect live-high system: bona fide scores near 0.9, attacks near 0.1."""
    paths = []
    for name, header in (("dev", dev_header), ("test", test_header)):
        live = [f"{name}{k},0,,{0.9 + 0.001 * k}" for k in range(10)]
        attack = [f"{name}a{k},1,print,{0.1 + 0.001 * k}" for k in range(10)]
        path = tmp_path / f"{name}.csv"
        top = [header] if header else []
        path.write_text("\n".join([*top, "presentation,label,species,score", *live, *attack, ""]))
        paths.append(path)
    return paths


def test_one_file_that_says_its_direction_beside_a_silent_one_is_refused(tmp_path):
    dev, test = files(tmp_path, dev_header="# direction: live_high")
    with pytest.raises(BadSetting, match=r"test\.csv does not"):
        evaluate(read_scores(dev), read_scores(test), repeats=5)
    told = [read_scores(path, direction="live_high") for path in (dev, test)]
    assert evaluate(*told, repeats=5).auc == 1.0


def test_scores_that_point_the_other_way_are_noticed(tmp_path):
    dev, test = files(tmp_path)
    found = evaluate(read_scores(dev), read_scores(test), repeats=5)
    assert found.auc == 0.0
    assert any("point the other way" in warning for warning in found.warnings)


def test_a_fixed_threshold_is_on_the_files_own_scale(tmp_path):
    _, test = files(tmp_path, test_header="# direction: live_high")
    found = evaluate(None, read_scores(test), threshold="fixed:0.6", repeats=5)
    assert found.rates.threshold == pytest.approx(0.4)
    assert found.rates.bpcer.errors == 0
    assert found.rates.apcer_pooled.errors == 0
