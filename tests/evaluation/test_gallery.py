import base64
import io

import numpy as np
import pytest
from PIL import Image

from mtfas.errors import BadFile
from mtfas.evaluation.gallery import make_gallery, typical_rows, worst_errors
from mtfas.evaluation.maps import face_uri, inside, map_uri, read_maps
from mtfas.evaluation.runfolder import read_run_scores
from mtfas.types import BONA_FIDE


def picture(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))


@pytest.fixture
def shown(maker):
    data = maker.data()
    found = read_run_scores(maker.run("run", data))
    return found, data


def test_maps_run_from_blue_to_red():
    colours = picture(map_uri(np.array([[0.0, 0.5, 1.0, 2.0, np.nan]])))[0]
    assert colours[0].tolist() == [0, 0, 127]
    assert colours[2].tolist() == colours[3].tolist() == [127, 0, 0]
    assert colours[1][1] > 200
    assert colours[4].tolist() == [128, 128, 128]
    assert picture(map_uri(np.array([[2.0]]), high=2.0))[0, 0].tolist() == [127, 0, 0]


def test_every_species_is_shown_near_its_median(shown):
    found, data = shown
    gallery = make_gallery(found.evaluation, found.maps_file, data)
    assert list(gallery.typical) == [BONA_FIDE, "print", "replay", "silicone mask"]
    scores = found.evaluation.test.answered
    for name, pictures in gallery.typical.items():
        mine = scores.filter(scores["species"] == name)["score"]
        middle = mine.median()
        shown_gap = max(abs(p.score - middle) for p in pictures)
        assert len(pictures) == 3
        assert sum((mine - middle).abs() < shown_gap) <= 2
    first = gallery.typical["print"][0]
    assert picture(first.face).shape == (32, 32, 3)
    assert picture(first.detector).shape == picture(first.teacher).shape == (8, 8, 3)
    assert gallery.notes == ()


def test_worst_errors_are_the_worst(shown):
    found, data = shown
    accepts, rejects = worst_errors(found.evaluation)
    cut = found.evaluation.rates.threshold
    assert accepts["score"].to_list() == sorted(accepts["score"].to_list())
    assert accepts["score"][0] == found.evaluation.test.attack.min() <= cut
    assert rejects["score"][0] == found.evaluation.test.live.max() > cut
    gallery = make_gallery(found.evaluation, found.maps_file, data)
    assert all(not p.correct for p in (*gallery.false_accepts, *gallery.false_rejects))
    assert {p.verdict for p in gallery.false_accepts} == {"bona fide"}


def test_presentations_with_maps_go_first(shown):
    found, _ = shown
    rows = typical_rows(found.evaluation, "print", ["test/print-7"], count=1)
    assert rows["presentation"].to_list() == ["test/print-7"]


def test_missing_pieces_are_stated(shown):
    found, data = shown
    (data / "faces/test/print-1.png").unlink()
    (data / "faces/test/print-2.png").write_bytes(b"no picture")
    assert face_uri(data, "faces/test/print-1.png") is None
    assert face_uri(data, "faces/test/print-2.png") is None
    for face in (data / "faces/test").glob("*.png"):
        face.unlink()
    gallery = make_gallery(found.evaluation, found.maps_file, data)
    assert "faces could not be read or have no stored map" in gallery.notes[0]
    assert gallery.has_pictures
    found.maps_file.unlink()
    gallery = make_gallery(found.evaluation, found.maps_file, None, "the data is gone.")
    assert gallery.notes[0] == "the data is gone."
    assert "no maps are stored" in gallery.notes[1]
    assert not gallery.has_pictures


def test_no_picture_outside_the_data_folder(tmp_path):
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "data").mkdir()
    assert inside(tmp_path / "data", "../secret.png") is None
    assert inside(tmp_path / "data", str(tmp_path / "secret.png")) is None
    assert inside(None, "x.png") is None


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"image": np.array(["a"])}, "no array detector_map"),
        ({"detector_map": np.zeros((1, 2, 2))}, "no array image"),
        ({"image": np.array(["a"]), "detector_map": np.zeros((2, 2, 2))}, r"expected \[1, h, w\]"),
        ({"image": np.array(["a"]), "detector_map": np.zeros((1, 2))}, r"expected \[1, h, w\]"),
        (
            {"image": np.array(["a"]), "detector_map": np.zeros((1, 2, 2)), "frame": np.array([1, 2])},
            "different lengths",
        ),
        ({"image": np.array([{}], dtype=object), "detector_map": np.zeros((1, 2, 2))}, "cannot be read"),
    ],
)
def test_maps_that_make_no_sense(tmp_path, arrays, sentence):
    np.savez(tmp_path / "m.npz", **arrays)
    with pytest.raises(BadFile, match=sentence):
        read_maps(tmp_path / "m.npz", ["detector_map"])


def test_a_file_that_is_no_archive(tmp_path):
    for content in (b"", b"PK\x03\x04 cut off"):
        (tmp_path / "m.npz").write_bytes(content)
        with pytest.raises(BadFile, match="cannot be read as stored maps"):
            read_maps(tmp_path / "m.npz", ["detector_map"])
    np.save(tmp_path / "m.npy", np.zeros(3))
    (tmp_path / "m.npy").rename(tmp_path / "m.npz")
    with pytest.raises(BadFile, match="cannot be read as stored maps"):
        read_maps(tmp_path / "m.npz", ["detector_map"])
