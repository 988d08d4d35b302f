import base64
import io
import json

import numpy as np
import polars as pl
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from mtfas.data.manifest import open_prepared
from mtfas.errors import BadSetting
from mtfas.evaluation.localisation import change, localisation
from mtfas.evaluation.mapstats import agreement, areas, correlations, divided, shape_of, weighted_means
from mtfas.evaluation.teacherpage import change_uri, face_rows, shown_faces, write_study
from mtfas.evaluation.teachers import (
    FEW_SUBJECTS,
    ChosenFaces,
    TeacherMaps,
    choose_faces,
    study_teachers,
)
from mtfas.types import BONA_FIDE

from .page import Page

SIDE = 4
RANDOM = np.random.default_rng(7)


def some_maps(n: int, high: float = 2.0) -> np.ndarray:
    return RANDOM.uniform(0, high, (n, SIDE, SIDE)).astype(np.float32)


def teacher(name: str, final: np.ndarray, live: np.ndarray, start: np.ndarray | None = None, high: float = 2):
    method = "distill" if high == 1 else "meta-teacher"
    return TeacherMaps(name, f"runs/{name}", method, "fas-dr-light", "grandtest", high, final, start, live)


@pytest.fixture
def faces(maker):
    """Test faces of the small data set: 12 prints, 12 replays of unknown region, 6 half masks."""
    rows = open_prepared(maker.data()).rows.filter(pl.col("split") == "test")
    attacks, live = choose_faces(rows, 100, seed=0)
    region = np.full((attacks.height, SIDE, SIDE), np.nan)
    region[(attacks["species"] == "silicone mask").to_numpy()] = np.repeat([0, 0, 1, 1], SIDE).reshape(4, 4)
    return ChosenFaces(attacks, region, live)


def test_the_correlation_is_that_of_each_face():
    a, b = some_maps(9), some_maps(9)
    slow = [np.corrcoef(x.ravel(), y.ravel())[0, 1] for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(correlations(a, b), slow, rtol=1e-6)
    np.testing.assert_allclose(correlations(a, 3 * a + 1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(correlations(a, -a), -1.0, rtol=1e-6)


@pytest.mark.parametrize("level", [0.0, 0.1, 1 / 3])
def test_a_constant_map_points_nowhere(level):
    flat = np.full((2, SIDE, SIDE), level)
    assert correlations(flat, some_maps(2)).tolist() == [0.0, 0.0]


def test_what_is_not_known_stays_unknown():
    region = np.full((1, SIDE, SIDE), np.nan)
    assert np.isnan(correlations(some_maps(1), region)).all()
    assert not divided(region).any()
    assert np.isnan(weighted_means(some_maps(1), region)).all()


def test_the_shape_is_that_of_slow_loops():
    maps = some_maps(11)
    shape = shape_of(maps, 2.0)
    cells = [float(v) for m in maps for v in m.ravel()]
    assert shape.faces == 11
    assert shape.level == pytest.approx(sum(cells) / len(cells))
    assert shape.spread_within == pytest.approx(np.mean([np.std(m) for m in maps.astype(float)]))
    assert shape.spread_between == pytest.approx(np.std([m.mean() for m in maps.astype(float)], ddof=1))
    assert shape.saturation == sum(v < 0.1 or v > 1.9 for v in cells) / len(cells)
    own = [m.astype(float) - m.astype(float).mean() for m in maps]
    template = sum(own) / 11
    explained = sum(float((template**2).sum()) for _ in own) / sum(float((m**2).sum()) for m in own)
    assert shape.template_share == pytest.approx(explained)


def test_one_template_for_all_faces_explains_everything():
    same = np.repeat(some_maps(1), 8, axis=0)
    assert shape_of(same, 2.0).template_share == pytest.approx(1.0)
    assert shape_of(same, 2.0).spread_between == pytest.approx(0.0)
    assert np.isnan(shape_of(same[:1], 2.0).spread_between)
    assert shape_of(np.zeros((3, SIDE, SIDE)), 1.0).template_share == 0.0


def test_the_area_is_scikit_learns():
    maps, region = np.round(some_maps(8), 1), RANDOM.uniform(0, 1, (8, SIDE, SIDE))
    maps[0] = 1.0
    slow = [roc_auc_score(r.ravel() >= 0.5, m.ravel()) for m, r in zip(maps, region, strict=True)]
    np.testing.assert_allclose(areas(maps, region), slow, rtol=1e-12)
    assert areas(maps, region)[0] == 0.5


def test_change_is_weighted_by_the_region():
    start, region = np.full((1, 2, 2), 1.0), np.array([[[1.0, 0.5], [0.0, 0.0]]])
    final = start + np.array([[[0.6, 0.3], [-0.1, -0.1]]])
    found = change(start, final, region)
    assert found.absolute == pytest.approx(1.1 / 4)
    assert found.inside == pytest.approx((0.6 + 0.5 * 0.3) / 1.5)
    assert found.outside == pytest.approx((0.5 * 0.3 - 0.2) / 2.5)
    assert found.correlation_with_start == 0.0
    unknown = change(start, final, np.full((1, 2, 2), np.nan))
    assert np.isnan([unknown.inside, unknown.outside]).all()
    assert unknown.absolute == found.absolute


def test_equal_teachers_agree_wholly_and_the_matrix_is_symmetric():
    a, b = some_maps(6), some_maps(6)
    matrix = agreement([a, a.copy(), b])
    np.testing.assert_allclose(matrix[:2, :2], 1.0, rtol=1e-9)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-12)
    assert matrix[0, 2] == pytest.approx(
        np.mean([np.corrcoef(x.ravel(), y.ravel())[0, 1] for x, y in zip(a, b, strict=True)])
    )


def test_the_interval_holds_the_mean_and_needs_two_subjects():
    region = np.tile(np.repeat([0.0, 1.0], SIDE * 2).reshape(1, SIDE, SIDE), (40, 1, 1))
    maps = region + RANDOM.normal(0, 1, region.shape)
    people = np.array([f"s{i % 10}" for i in range(40)], dtype=object)
    found = localisation(maps, region, people, 1, region[0])
    slow = np.mean([np.corrcoef(m.ravel(), r.ravel())[0, 1] for m, r in zip(maps, region, strict=True)])
    assert found.correlation == pytest.approx(slow)
    assert found.correlation_interval.low < found.correlation < found.correlation_interval.high
    assert found.area_interval.low < found.area < found.area_interval.high
    assert (found.faces, found.units) == (40, 10)
    assert found.fixed == pytest.approx(1.0)
    alone = localisation(maps, region, np.full(40, "s0", dtype=object), 1, maps[0])
    assert np.isnan([alone.correlation_interval.low, alone.correlation_interval.high]).all()
    assert localisation(maps, np.ones_like(region), people, 1, maps[0]) is None


def test_faces_are_balanced_over_species_and_drawn_by_the_seed(maker):
    rows = open_prepared(maker.data()).rows
    attacks, live = choose_faces(rows, 12, seed=0)
    assert attacks["species"].value_counts()["count"].to_list() == [4, 4, 4]
    assert live.height == 12
    assert set(live["species"]) == {BONA_FIDE}
    again, _ = choose_faces(rows, 12, seed=0)
    other, _ = choose_faces(rows, 12, seed=1)
    assert again["image"].to_list() == attacks["image"].to_list() != other["image"].to_list()
    everything, _ = choose_faces(rows, 10_000, seed=0)
    assert everything.height == rows.filter(pl.col("label") == 1).height
    few, _ = choose_faces(rows.filter(pl.col("split") == "test"), 26, seed=0)
    counts = dict(few["species"].value_counts().iter_rows())
    assert counts == {"print": 10, "replay": 10, "silicone mask": 6}


def test_a_planted_teacher_finds_the_region(faces):
    n, k = faces.attacks.height, faces.live.height
    planted = np.nan_to_num(faces.region, nan=0.7) + 0.5
    blind = np.tile(some_maps(1), (n, 1, 1))
    study = study_teachers(
        faces,
        [teacher("planted", planted, np.zeros((k, SIDE, SIDE))), teacher("blind", blind, some_maps(k))],
        seed=0,
    )
    assert study.partial == ("silicone mask",)
    assert study.coverage["silicone mask"] == 0.5
    spot = study.teachers[0].species["silicone mask"].localisation
    assert spot.correlation == pytest.approx(1.0)
    assert spot.area == 1.0
    assert (spot.faces, spot.units) == (6, 6)
    assert spot.correlation_interval.low == pytest.approx(1.0)
    assert study.teachers[0].species["print"].localisation is None
    assert study.teachers[0].pooled.auc == 1.0
    assert study.teachers[0].live.level == 0.0
    assert study.teachers[0].pooled.change is None
    mean = study.teachers[1].teacher.live.astype(float).mean(axis=0).ravel()
    lower = np.repeat([0, 0, 1, 1], SIDE)
    blind_spot = study.teachers[1].partial.localisation
    assert blind_spot.fixed == pytest.approx(np.corrcoef(mean, lower)[0, 1])
    assert blind_spot.correlation == pytest.approx(np.corrcoef(blind[0].ravel(), lower)[0, 1])
    assert any("print, replay" in note for note in study.notes)
    assert any(f"fewer than {FEW_SUBJECTS} subjects" in note for note in study.notes)


def test_without_regions_localisation_is_left_out_and_that_is_said(faces, tmp_path):
    n, k = faces.attacks.height, faces.live.height
    blank = ChosenFaces(faces.attacks, np.full((n, SIDE, SIDE), np.nan), faces.live)
    study = study_teachers(blank, [teacher("a", some_maps(n), some_maps(k), some_maps(n))], seed=0)
    assert study.teachers[0].partial is None
    assert "no attack region is known" in study.notes[0]
    whole = ChosenFaces(faces.attacks, np.ones((n, SIDE, SIDE)), faces.live)
    assert "nothing to point at" in study_teachers(whole, [teacher("a", *study_maps(n, k))], seed=0).notes[0]
    write_study(tmp_path / "out", study, tmp_path, "oulu-npu", about())
    page = Page(tmp_path / "out" / "teachers.html")
    page.check_alone()
    assert "Left out: the notes above say why." in page.text
    assert "no region" in page.text
    assert "no face" in page.text
    assert "There is one teacher only." in page.text
    assert not (tmp_path / "out" / "agreement.png").exists()
    assert not (tmp_path / "out" / "localisation.png").exists()
    assert "Rendered faces" not in page.text


def study_maps(n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    return some_maps(n), some_maps(k)


def about(**more):
    return {"protocol": "grandtest", "split": "test", "asked_faces": 100, "seed": 0, **more}


@pytest.fixture
def written(faces, maker, tmp_path):
    n, k = faces.attacks.height, faces.live.height
    teachers = [
        teacher("meta & co", some_maps(n), some_maps(k), some_maps(n)),
        teacher("plain", some_maps(n, 1.0), some_maps(k, 1.0), high=1),
    ]
    study = study_teachers(faces, teachers, seed=0, notes=("a note of the caller.",))
    content = write_study(tmp_path / "out", study, maker.root / "data", "built-in", about())
    return study, content, tmp_path / "out"


def test_the_page_has_its_parts(written):
    study, content, out = written
    page = Page(out / "teachers.html")
    page.check_alone()
    assert "Rendered faces, not real data." in page.text
    assert "a note of the caller." in page.text
    for part in ("In short", "point at the attack", "changed from pretraining", "agree", "same faces"):
        assert part in page.text
    assert "meta & co" in page.text
    # 3 figures; 6 faces, of which 2 have a region; 3 maps of the first teacher and 1 of the second
    assert len(page.pictures) == 3 + 6 + 2 + 6 * 4
    assert page.text.count("no region") == 4
    first = content["teachers"]["meta & co"]["species"]["silicone mask"]["localisation"]["correlation"]
    assert f"{first:.2f}".replace("-", "−") in page.text
    pages = {row.species: row for row in face_rows(study, out.parent / "data")}
    assert pages["print"].maps[1][0] is None
    assert pages["print"].maps[1][2] is None


def test_the_json_is_the_study_and_the_figures_are_pictures(written):
    study, content, out = written
    stored = json.loads((out / "teachers.json").read_text())
    assert stored == json.loads(json.dumps(content))
    assert stored["faces"] == {
        "attack": 30,
        "bona_fide": 24,
        "species": {"print": 12, "replay": 12, "silicone mask": 6},
    }
    plain = stored["teachers"]["plain"]
    assert plain["range"] == [0.0, 1.0]
    assert plain["all_attacks"]["change"] is None
    assert plain["species"]["print"]["localisation"] is None
    moved = stored["teachers"]["meta & co"]["species"]
    assert moved["print"]["change"]["inside"] is None
    assert moved["silicone mask"]["change"]["inside"] is not None
    assert stored["coverage"]["print"] is None
    assert stored["agreement"]["matrix"] == study.agreement.tolist()
    names = sorted(path.name for path in out.iterdir())
    pictures = ["agreement.png", "faces.png", "levels.png", "localisation.png"]
    assert names == sorted([*pictures, "teachers.html", "teachers.json"])
    for name in pictures:
        with Image.open(out / name) as opened:
            assert opened.format == "PNG"
            assert min(opened.size) > 200


def test_the_same_study_gives_the_same_page(written, tmp_path):
    study, _, out = written
    write_study(tmp_path / "again", study, tmp_path / "data", "built-in", about())
    for path in out.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    with pytest.raises(BadSetting, match="already exists"):
        write_study(out, study, tmp_path / "data", "built-in", about())


def test_shown_faces_are_of_different_subjects(faces):
    study = study_teachers(
        faces, [teacher("a", *study_maps(faces.attacks.height, faces.live.height))], seed=0
    )
    subjects = faces.attacks["subject"].to_list()
    for name in study.coverage:
        first, second = shown_faces(study, name)
        assert subjects[first] != subjects[second]


def test_a_change_is_white_where_nothing_changed():
    uri = change_uri(np.array([[-2.0, 0.0, 2.0]]), high=2.0)
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))[0].astype(int)
    assert pixels[0, 2] > pixels[0, 0] + 50
    assert pixels[1].min() > 240
    assert pixels[2, 0] > pixels[2, 2] + 50
