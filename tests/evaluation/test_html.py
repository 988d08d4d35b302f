import json
from dataclasses import replace

import pytest

from mtfas.evaluation.gallery import Gallery, Picture
from mtfas.evaluation.html import axis_top, direction_words, flat, fold, percent, percent_range, write_report
from mtfas.evaluation.report import evaluate

from .page import Page
from .tables import DEV, TEST, table

RECORD = {"data": {"dataset": "oulu-npu"}, "settings": {"seed": 3, "list": [1, 2]}, "direction": "live_high"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_report(folder, evaluate(DEV, TEST, repeats=20), "A title", RECORD)
    return folder


@pytest.fixture(scope="module")
def page(folder):
    return Page(folder / "report.html")


def test_the_page_stands_alone(page):
    page.check_alone()
    assert len(page.pictures) == 4


def test_the_page_holds_the_numbers_of_report_json(page, folder):
    figures = json.loads((folder / "report.json").read_text())
    assert figures["provenance"] == RECORD
    exact, drawn = figures["intervals"]["clopper_pearson"], figures["intervals"]["bootstrap"]
    wanted = [
        figures["bpcer"],
        figures["acer_worst"],
        figures["acer_pooled"],
        figures["hter"],
        figures["eer_dev"],
    ]
    wanted += [*figures["apcer"]["species"].values(), *figures["non_response"]["species"].values()]
    wanted += [point["bpcer"] for kind in figures["bpcer_at_apcer"].values() for point in kind.values()]
    assert all(percent(value) in page.text for value in wanted)
    ranges = [
        *exact.values(),
        *(pair for name, pair in drawn.items() if isinstance(pair, list) and name != "auc"),
    ]
    assert all(percent_range(pair) in page.text for pair in ranges)
    assert f"{figures['threshold']:.4g}" in page.text
    assert f"{figures['auc']:.3f}" in page.text
    assert all(warning in page.text for warning in figures["warnings"])


def test_the_headline_says_it_in_words(page):
    assert "50.0 % of the bona fide presentations are refused" in page.text
    assert "shown, 50.0 % of the attacks get through. Over all 5 attacks it is 40.0 %." in page.text


def test_figures_outside_the_standard_are_labelled(page):
    assert "Benchmark figures (not terms of ISO/IEC 30107-3)" in page.text
    assert page.text.index("Benchmark figures") < page.text.index("ACER, worst species")


def test_provenance_is_listed(page):
    assert "settings.seed 3" in page.text
    assert "settings.list 1, 2" in page.text


def test_hostile_names_are_escaped(tmp_path):
    evil = "<script>alert('x')</script>"
    test = table("e", [0.1, 0.7], **{evil: [0.9, 0.2], '"><img src=x onerror=y>{{7*7}}': [None]})
    path = write_report(tmp_path, evaluate(DEV, test, repeats=5), f"title {evil}", {"a": {evil: evil}})
    page = Page(path)
    page.check_alone()
    assert page.text.count(evil) >= 4
    assert "{{7*7}}" in page.text
    assert "49" not in page.text.split("onerror=y>")[1][:6]


@pytest.mark.parametrize(
    ("dataset", "banner"),
    [
        ("built-in", "Rendered faces, not real data."),
        ("from-photos", "Simulated attacks on real photographs."),
    ],
)
def test_what_is_made_up_is_never_passed_off_as_real(page, tmp_path, dataset, banner):
    result = evaluate(DEV, TEST, repeats=5)
    assert banner in Page(write_report(tmp_path, result, "t", {"data": {"dataset": dataset}})).text
    assert banner not in page.text


def test_the_oracle_is_labelled(page, tmp_path):
    oracle = evaluate(DEV, TEST, threshold="test-oracle", repeats=5)
    assert "Test oracle." in Page(write_report(tmp_path, oracle, "t")).text
    assert "Test oracle." not in page.text


def test_without_dev_nothing_is_claimed(tmp_path):
    page = Page(write_report(tmp_path, evaluate(None, TEST, threshold="fixed:0.5", repeats=5), "t"))
    assert "No development scores were given" in page.text
    assert "No run record was given" in page.text
    assert "threshold from dev" not in page.text


def test_the_same_evaluation_gives_the_same_bytes(tmp_path):
    result = evaluate(DEV, TEST, repeats=5)
    first = write_report(tmp_path / "a", result, "t", RECORD).read_bytes()
    assert first == write_report(tmp_path / "b", result, "t", RECORD).read_bytes()
    assert not list(tmp_path.glob("*/.*"))


def test_words_and_numbers():
    assert (percent(0.0444), percent(None), percent(float("nan"))) == ("4.4 %", "–", "–")
    assert (percent_range([0.1, 0.25]), percent_range([None, 1]), percent_range(None)) == (
        "10.0–25.0 %",
        "–",
        "–",
    )
    assert "bona fide" in direction_words(RECORD)
    assert direction_words({"direction": "attack_high"}) == "High means attack."
    assert direction_words(None) == ""
    assert list(flat({"a": {"b": None}, "c": True})) == [("a.b", "–"), ("c", "True")]


def pictures(species, count=3):
    return tuple(
        Picture(species, f"{species}-{i}", 0.5, "attack", True, None, None, None) for i in range(count)
    )


def test_of_many_species_one_face_each_is_shown_and_no_face_is_lost():
    few = {f"s{i}": pictures(f"s{i}") for i in range(6)}
    assert fold(few) == ((), few)
    many = {**few, "alone": pictures("alone", 1), "none": ()}
    shown, rest = fold(many)
    assert [picture.presentation for picture in shown] == [*(f"s{i}-1" for i in range(6)), "alone-0"]
    assert list(rest) == list(few)
    both = [*shown, *(picture for group in rest.values() for picture in group)]
    assert sorted(p.presentation for p in both) == sorted(p.presentation for g in many.values() for p in g)


@pytest.mark.parametrize("count", [3, 12])
def test_a_page_of_many_species_has_all_their_faces(tmp_path, count):
    names = [f"kind-{i}" for i in range(count)]
    result = evaluate(None, table("t", [0.1, 0.2], **{n: [0.9, 0.4] for n in names}), "fixed:0.5", repeats=5)
    face = "data:image/png;base64,AAAA"
    groups = {n: tuple(replace(p, face=face) for p in pictures(n)) for n in names}
    page = Page(write_report(tmp_path, result, "t", gallery=Gallery(groups, (), (), ())))
    page.check_alone()
    for name in names:
        assert all(page.text.count(p.presentation) == 1 for p in groups[name])
    assert ("More of each species" in page.text) == (count == 12)
    assert page.pictures.count(face) == 3 * count


@pytest.mark.parametrize(
    ("exact", "drawn", "top"),
    [
        ([0, 0.04], [0, 0.05], 0.05),
        ([0, 0.04], [0, 0.3], 0.5),
        ([0, 0.11], [None, None], 0.2),
        ([0, 1], [0, 0], 1),
    ],
)
def test_the_axis_of_a_breakdown_holds_every_interval(exact, drawn, top):
    cell = {"n": 9, "clopper_pearson": exact, "bootstrap": drawn}
    nothing = {"n": 0, "clopper_pearson": [None, None], "bootstrap": [None, None]}
    assert axis_top({"rows": [{"bona_fide": nothing, "attack": cell}]}) == top
