from pathlib import Path

import pytest
from raw_sets import photo, write_csv

from mtfas.data.sources import SOURCES
from mtfas.errors import BadData, BadFile
from mtfas.types import Box

read = SOURCES["csv"]


def problems(path: Path) -> list[str]:
    with pytest.raises(BadFile) as error:
        read(path)
    return [line.strip() for line in str(error.value).splitlines()[1:]]


def test_every_column_is_read(tmp_path: Path) -> None:
    photo(tmp_path / "in" / "a.png")
    photo(tmp_path / "b.png")
    first = {"file": "in/a.png", "label": "Bona_Fide", "species": "live", "subject": "anna", "split": "dev"}
    second = {
        "file": "b.png",
        "label": "1",
        "species": "replay",
        "subject": "ben",
        "split": "test",
        "session": "2",
    }
    second |= {"camera": "c", "medium": "ipad", "presentation": "clip", "frame": "7"}
    second |= {"left": "1", "top": "2", "width": "3.5", "height": "4"}
    found = read(write_csv(tmp_path / "my set.csv", [first, second]))
    assert found.name == "my set"
    a, b = found.items
    assert (a.name, a.label, a.species, a.subject, a.split) == ("in/a.png", 0, "bona_fide", "anna", "dev")
    assert (a.session, a.camera, a.medium, a.presentation, a.frame, a.box) == (
        *["unknown"] * 3,
        "in/a.png",
        0,
        None,
    )
    assert a.path == tmp_path / "in/a.png"
    assert (b.label, b.species, b.split, b.session, b.camera, b.medium) == (
        1,
        "replay",
        "test",
        "2",
        "c",
        "ipad",
    )
    assert (b.presentation, b.frame, b.box) == ("clip", 7, Box(1, 2, 3.5, 4))


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("live", 0),
        ("LIVE", 0),
        ("0", 0),
        ("bona fide", 0),
        ("real", 0),
        ("attack", 1),
        ("1", 1),
        ("Spoof", 1),
    ],
)
def test_words_for_labels(tmp_path: Path, word: str, label: int) -> None:
    photo(tmp_path / "a.png")
    record = {"file": "a.png", "label": word, "species": "print" if label else "", "subject": "s"}
    assert read(write_csv(tmp_path / "a.csv", [record])).items[0].label == label


def test_frames_of_a_clip_are_numbered(tmp_path: Path) -> None:
    base = {"label": "live", "species": "", "subject": "s", "presentation": "clip"}
    rows = [{"file": photo(tmp_path / f"{i}.png").name, **base} for i in range(3)]
    assert [face.frame for face in read(write_csv(tmp_path / "a.csv", rows)).items] == [0, 1, 2]


def test_all_problems_with_their_rows(tmp_path: Path) -> None:
    for name in ("ok.png", "b.png", "set/link.png"):
        photo(tmp_path / name)
    outside = photo(tmp_path / "outside.png")
    folder = tmp_path / "set"
    for name in "abcdefgh":
        photo(folder / f"{name}.png")
    (folder / "out.png").symlink_to(outside)
    live = {"label": "live", "species": "", "subject": "s"}
    rows = [
        {**live, "file": "../outside.png"},  # row 2
        {**live, "file": str(outside)},
        {**live, "file": "out.png"},
        {**live, "file": "none.png"},
        {**live, "file": ""},
        {**live, "file": "a.png", "label": "maybe"},  # row 7
        {**live, "file": "b.png", "label": "attack"},
        {**live, "file": "c.png", "species": "print"},
        {**live, "file": "d.png", "label": "1", "species": "live"},
        {**live, "file": "e.png", "subject": ""},
        {**live, "file": "f.png", "left": "1", "top": "1", "width": "-3", "height": "4"},  # row 12
        {**live, "file": "g.png", "left": "1"},
        {**live, "file": "h.png", "frame": "-1"},
        {**live, "file": "link.png", "split": "validation"},
    ]
    found = problems(write_csv(folder / "faces.csv", rows))
    expected = {
        2: "must be relative to the CSV's folder",
        3: "must be relative to the CSV's folder",
        4: "is a link that leads out",
        5: "does not exist",
        6: "file is empty",
        7: "label is 'maybe', expected live (0) or attack (1)",
        8: "species is empty but label is attack",
        9: "label is live but species is 'print'",
        10: "label is attack but species is 'live'",
        11: "subject is empty",
        12: "the box is -3 × 4",
        13: "top is ''",
        14: "frame is '-1'",
        15: "split is 'validation', expected train, dev, test",
    }
    for number, words in expected.items():
        assert any(line.startswith(f"row {number}: ") and words in line for line in found), (
            number,
            words,
            found,
        )


def test_what_no_row_says_alone(tmp_path: Path) -> None:
    for name in "abcdef":
        photo(tmp_path / f"{name}.png")
    live = {"label": "live", "species": "", "subject": "s"}
    rows = [
        {**live, "file": "a.png", "split": "train"},
        {**live, "file": "./a.png"},
        {**live, "file": "b.png", "presentation": "clip", "frame": "1"},
        {**live, "file": "c.png", "presentation": "clip", "frame": "1"},
        {**live, "file": "d.png", "presentation": "mixed", "subject": "t"},
        {**live, "file": "e.png", "presentation": "mixed"},
    ]
    found = problems(write_csv(tmp_path / "faces.csv", rows))
    assert "file 'a.png' is listed 2 times" in found
    assert "presentation 'clip' has frame 1 2 times" in found
    assert "presentation 'mixed' has rows of different subject or species or split" in found
    assert "5 of 6 rows have no split; give it for all rows or for none" in found


def test_missing_columns_and_rows(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no column species, subject"):
        read(write_csv(tmp_path / "a.csv", [{"file": "a", "label": "live"}]))
    (tmp_path / "b.csv").write_text("file,label,species,subject\n")
    with pytest.raises(BadData, match="lists no image"):
        read(tmp_path / "b.csv")
    with pytest.raises(BadFile, match="cannot be read"):
        read(tmp_path)
