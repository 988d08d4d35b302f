from pathlib import Path

import pytest

from mtfas.errors import BadFile
from mtfas.faces.box import read_boxes
from mtfas.types import Box


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_boxes_are_read(tmp_path: Path) -> None:
    text = (
        "\ufefffile, left ,top,width,height,note\nlive/a b.jpg,-1.5,2,30,40,x\n\n./live/c.jpg, 1e1 ,0,3,4,\n"
    )
    boxes = read_boxes(write(tmp_path / "boxes.csv", text))
    assert boxes == {"live/a b.jpg": Box(-1.5, 2, 30, 40), "live/c.jpg": Box(10, 0, 3, 4)}


def test_every_bad_row_is_named(tmp_path: Path) -> None:
    rows = [
        "a.jpg,1,1,0,4",
        "b.jpg,1,one,3,4",
        "c.jpg,nan,1,3,4",
        "d.jpg,1,1,3,4",
        "d.jpg,1,1,3,4",
        ",1,1,3,4",
        "e.jpg,1",
    ]
    path = write(tmp_path / "boxes.csv", "\n".join(["file,left,top,width,height", *rows]))
    with pytest.raises(BadFile) as error:
        read_boxes(path)
    lines = str(error.value).splitlines()
    assert "boxes.csv has 6 problem(s)" in lines[0]
    for row, words in [
        (2, "0 × 4"),
        (3, "top is 'one'"),
        (4, "not finite"),
        (6, "'d.jpg' has a box already"),
        (7, "no file"),
        (8, "top is ''"),
    ]:
        assert any(f"row {row}: " in line and words in line for line in lines), (row, words)


def test_a_long_list_of_problems_is_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "boxes.csv", "file,left,top,width,height\n" + "a.jpg,x,1,1,1\n" * 30)
    with pytest.raises(BadFile, match=r"(?s)30 problem.*and 10 more"):
        read_boxes(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column file, left, top, width, height.*found: nothing"),
        ("file;left;top;width;height\n", "no column.*found: file;left"),
        ("file,left,left,top,width,height\n", "names the column left twice"),
        ("file,left,top,width,height\na,b.jpg,1,1,3,4\n", "row 2 has too many cells"),
    ],
)
def test_what_is_no_table_of_boxes(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        read_boxes(write(tmp_path / "boxes.csv", text))


def test_unreadable_tables(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read_boxes(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("file,left,top,width,height\né,1,1,1,1".encode("latin-1"))
    with pytest.raises(BadFile, match="UTF-8"):
        read_boxes(tmp_path / "latin.csv")
