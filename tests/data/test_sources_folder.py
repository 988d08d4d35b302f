import os
from pathlib import Path

import pytest
from raw_sets import photo

from mtfas.data.sources import SOURCES
from mtfas.errors import BadData

read = SOURCES["folder"]


def test_folders_become_faces(tmp_path: Path) -> None:
    for name in (
        "live/anna/a.jpg",
        "live/anna/clip/f10.png",
        "live/anna/clip/f2.png",
        "attack/print/anna/a.jpg",
        "attack/half mask/ben/b.PNG",
    ):
        photo(tmp_path / "set" / name)
    found = read(tmp_path / "set")
    assert found.name == "set"
    assert found.warnings == []
    rows = {f.name: (f.label, f.species, f.subject, f.presentation, f.frame) for f in found.items}
    assert rows == {
        "live/anna/a.jpg": (0, "bona_fide", "anna", "live/anna/a.jpg", 0),
        "live/anna/clip/f2.png": (0, "bona_fide", "anna", "live/anna/clip", 0),
        "live/anna/clip/f10.png": (0, "bona_fide", "anna", "live/anna/clip", 1),
        "attack/print/anna/a.jpg": (1, "print", "anna", "attack/print/anna/a.jpg", 0),
        "attack/half mask/ben/b.PNG": (1, "half mask", "ben", "attack/half mask/ben/b.PNG", 0),
    }
    assert all(face.path.is_file() for face in found.items)
    assert all(
        (f.session, f.camera, f.medium, f.split, f.box) == ("unknown",) * 3 + (None,) * 2 for f in found.items
    )


def test_lone_images_are_people_of_their_own(tmp_path: Path) -> None:
    for name in ("Live/1.jpg", "Live/2.jpg", "attack/print/1.jpg"):
        photo(tmp_path / name)
    found = read(tmp_path)
    assert len({face.subject for face in found.items}) == 3
    (warning,) = found.warnings
    assert "3 file(s) lie in no subject's folder, e.g. Live/1.jpg" in warning
    assert "same person may be in train and test" in warning


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    for name in ("live/a/1.jpg", "attack/print/a/1.jpg", "other/a/1.jpg", "live/a/.hidden.jpg"):
        photo(tmp_path / name)
    for name in ("live/a/2.heic", "live/a/3.HEIC", "attack/print/a/words.txt", ".DS_Store"):
        (tmp_path / name).touch()
    found = read(tmp_path)
    assert [face.name for face in found.items] == ["live/a/1.jpg", "attack/print/a/1.jpg"]
    assert "3 file(s) are left out because of their endings: .heic × 2, .txt × 1." in found.warnings
    assert "1 file(s) are left out because they lie outside live/ and attack/." in found.warnings


def test_videos_are_clips_and_folders_of_frames_are_too(tmp_path: Path) -> None:
    names = ("live/a/one.mp4", "live/a/take/1.jpg", "live/a/take/2.jpg", "attack/print/a/b/two.AVI")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = read(tmp_path)
    assert {item.name: (item.is_clip, item.presentation, item.frame) for item in found.items} == {
        "live/a/one.mp4": (True, "live/a/one.mp4", 0),
        "live/a/take/1.jpg": (False, "live/a/take", 0),
        "live/a/take/2.jpg": (False, "live/a/take", 1),
        "attack/print/a/b/two.AVI": (True, "attack/print/a/b/two.AVI", 0),
    }
    assert {item.subject for item in found.items} == {"a"}
    assert found.warnings == []


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["live/a/1.jpg"], "has no folder attack/; expected RAW/live"),
        (["attack/print/a/1.jpg"], "has no folder live/; expected"),
        (["other/1.jpg"], "has no folder live/ and no folder attack/"),
        (
            ["live/a/1.txt", "attack/print/a/1.jpg"],
            "live holds no image or video, so there are no live faces",
        ),
        (
            ["live/a/1.jpg", "attack/print/a/1.txt"],
            "attack holds no image or video, so there are no attack faces",
        ),
        (
            ["live/a/1.jpg", "attack/1.jpg"],
            r"1 file\(s\) lie directly in .*attack, e.g. 1.jpg; put them into",
        ),
        (["live/a/1.jpg", "attack/bona_fide/1.jpg"], "is an attack of species 'bona_fide'"),
    ],
)
def test_layouts_that_are_none(tmp_path: Path, names: list[str], sentence: str) -> None:
    for name in names:
        if name.endswith(".jpg"):
            photo(tmp_path / name)
        else:
            (tmp_path / name).parent.mkdir(parents=True)
            (tmp_path / name).touch()
    with pytest.raises(BadData, match=sentence):
        read(tmp_path)


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="is not a folder"):
        read(tmp_path / "none")


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    for name in ("live/a/1.jpg", "attack/print/a/1.jpg"):
        photo(tmp_path / name)
    os.rename(tmp_path / "live/a/1.jpg", os.path.join(os.fsencode(tmp_path), b"live/a/caf\xe9.jpg"))
    with pytest.raises(BadData, match=r"1 file name\(s\) are not UTF-8, .*caf.*rename"):
        read(tmp_path)
