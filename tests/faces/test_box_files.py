from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtfas.errors import BadFile, BadSetting
from mtfas.faces.box_files import BOX_FORMATS, BoxFile, Size, eye_box, read_box_file
from mtfas.faces.depth import RELIEF
from mtfas.types import Box

SIZE = (640, 480)
EXAMPLES = {
    "frame-xywh": "0 110 60 100 120\n1 0 0 0 0\n3 111 61 100 120\n",
    "msu-corners": "0,110,60,210,180,140,105,180,105\n1,0,0,0,0,0,0,0,0\n3,111,61,211,181,141,106,181,106\n",
    "oulu-eyes": "0,500,800,636,800\n1,0,0,0,0\n3,501,801,637,801\n",
    "celeba-spoof": "74 40 78 114 0.9941801\n",
}
"""A file of each format as the data sets have it."""

EXPECTED = {
    "frame-xywh": {0: Box(110, 60, 100, 120), 3: Box(111, 61, 100, 120)},
    "msu-corners": {0: Box(110, 60, 100, 120), 3: Box(111, 61, 100, 120)},
    # 136 pixels between the eyes are 0.34 of a side of 400.
    "oulu-eyes": {0: Box(368, 648, 400, 400), 3: Box(369, 649, 400, 400)},
    "celeba-spoof": {0: Box(74 * 640 / 224, 40 * 480 / 224, 78 * 640 / 224, 114 * 480 / 224)},
}
CLIPS = ("frame-xywh", "msu-corners", "oulu-eyes")


def read(folder: Path, text: str | bytes, box_format: str, size: Size = SIZE) -> dict[int, Box]:
    path = folder / "clip.face"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_box_file(BoxFile(path, box_format), size)


def refused(folder: Path, text: str | bytes, box_format: str) -> str:
    with pytest.raises(BadFile) as error:
        read(folder, text, box_format)
    sentence = str(error.value)
    assert sentence.startswith(str(folder / "clip.face"))
    assert sentence.count("\n") == 0
    return sentence


def same(found: dict[int, Box], expected: dict[int, Box]) -> None:
    assert found.keys() == expected.keys()
    for frame, box in expected.items():
        assert found[frame].as_list() == pytest.approx(box.as_list(), abs=1e-6)


@pytest.mark.parametrize("box_format", BOX_FORMATS)
def test_an_example_of_each_format(tmp_path: Path, box_format: str) -> None:
    same(read(tmp_path, EXAMPLES[box_format], box_format), EXPECTED[box_format])


@pytest.mark.parametrize("box_format", BOX_FORMATS)
def test_line_ends_blanks_and_floats_do_not_matter(tmp_path: Path, box_format: str) -> None:
    text = "\ufeff\r\n" + EXAMPLES[box_format].replace("\n", " \t\r\n\r\n").replace("110", "110.0")
    assert read(tmp_path, text, box_format) == read(tmp_path, EXAMPLES[box_format], box_format)
    assert read(tmp_path, text.rstrip(), box_format) == read(tmp_path, EXAMPLES[box_format], box_format)


@pytest.mark.parametrize("box_format", BOX_FORMATS)
def test_an_empty_file_has_no_faces(tmp_path: Path, box_format: str) -> None:
    assert read(tmp_path, "", box_format) == {}
    assert read(tmp_path, "\r\n \n", box_format) == {}


@pytest.mark.parametrize(
    ("box_format", "line"),
    [
        ("frame-xywh", "0 10 20 0 30"),
        ("frame-xywh", "0 10 20 -5 30"),
        ("frame-xywh", "0 10 20 30 -1"),
        ("msu-corners", "0,110,60,110,180,0,0,0,0"),
        ("msu-corners", "0,110,60,100,180,0,0,0,0"),
        ("msu-corners", "0,110,60,210,50,0,0,0,0"),
        ("oulu-eyes", "0,500,800,500,800"),
        ("oulu-eyes", "0,0,0,500,800"),
        ("oulu-eyes", "0,500,800,0,0"),
        ("celeba-spoof", "0 0 0 0 0"),
        ("celeba-spoof", "10 10 1 50 0.9"),
        ("celeba-spoof", "10 10 50 1.3 0.9"),
        ("celeba-spoof", "10 10 -50 50 0.9"),
    ],
)
def test_a_box_of_nothing_is_no_face(tmp_path: Path, box_format: str, line: str) -> None:
    assert read(tmp_path, line, box_format) == {}


def test_celeba_spoof_boxes_follow_the_picture(tmp_path: Path) -> None:
    text = "56 112 28 56 0.9"
    assert read(tmp_path, text, "celeba-spoof", (224, 224)) == {0: Box(56, 112, 28, 56)}
    assert read(tmp_path, text, "celeba-spoof", (448, 112)) == {0: Box(112, 56, 56, 28)}
    # Three pixels of the picture, not of the 224.
    assert read(tmp_path, "0 0 2 2 0.9", "celeba-spoof", (448, 448)) == {0: Box(0, 0, 4, 4)}
    assert read(tmp_path, "0 0 4 4 0.9", "celeba-spoof", (112, 112)) == {}


def test_eyes_lie_where_the_canonical_face_has_them() -> None:
    places = {(x, y) for x, y, *_ in RELIEF}
    box = eye_box(300, 400, 402, 400)
    for eye in (300, 402):
        x, y = (eye - box.left) / box.width, (400 - box.top) / box.height
        assert any((x, y) == pytest.approx(place) for place in places)
    assert box.width == box.height == pytest.approx(300)


pixels = st.integers(-2000, 4000)
sides = st.integers(1, 3000)
boxes = st.dictionaries(st.integers(0, 500), st.builds(Box, pixels, pixels, sides, sides), max_size=8)


@given(found=boxes)
def test_written_boxes_come_back(found: dict[int, Box], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    rows = [(frame, *box.as_list()) for frame, box in found.items()]
    assert read(folder, "".join("{} {} {} {} {}\n".format(*row) for row in rows), "frame-xywh") == found
    corners = ((n, x, y, x + w, y + h) for n, x, y, w, h in rows)
    text = "".join("{},{},{},{},{},1,2,3,4\n".format(*row) for row in corners)
    assert read(folder, text, "msu-corners") == found


@given(box=st.builds(Box, pixels, pixels, sides, sides), size=st.tuples(st.integers(16, 4000), sides))
def test_written_celeba_boxes_come_back(
    box: Box, size: Size, tmp_path_factory: pytest.TempPathFactory
) -> None:
    across, down = 224 / size[0], 224 / size[1]
    line = f"{box.left * across!r} {box.top * down!r} {box.width * across!r} {box.height * down!r} 0.5"
    found = read(tmp_path_factory.getbasetemp(), line, "celeba-spoof", size)
    if min(box.width, box.height) > 3:
        same(found, {0: box})
    elif min(box.width, box.height) < 3:
        assert found == {}


@given(x=pixels, y=pixels, across=st.integers(-900, 900), down=st.integers(-300, 300))
def test_either_eye_may_come_first(x: int, y: int, across: int, down: int) -> None:
    box = eye_box(x, y, x + across, y + down)
    assert box == eye_box(x + across, y + down, x, y)
    assert 0.34 * box.width == pytest.approx((across**2 + down**2) ** 0.5)
    assert box.left + box.width / 2 == pytest.approx(x + across / 2)
    assert box.top + 0.38 * box.height == pytest.approx(y + down / 2)


# Five numbers separated by blanks are a line of CelebA-Spoof and a frame with its box: see the test below.
TOLD_APART = [pair for pair in permutations(BOX_FORMATS, 2) if pair != ("celeba-spoof", "frame-xywh")]


@pytest.mark.parametrize(("is_of", "read_as"), TOLD_APART)
def test_trap_22_files_of_another_format(tmp_path: Path, is_of: str, read_as: str) -> None:
    sentence = refused(tmp_path, EXAMPLES[is_of], read_as)
    assert f"(format {read_as})" in sentence
    assert ", line " in sentence
    assert "get the file again" in sentence


def test_trap_22_the_same_numbers_mean_other_places(tmp_path: Path) -> None:
    """What a line of five numbers means is told by the data set, and never guessed."""
    line = "7 40 78 114 60"
    assert read(tmp_path, line, "frame-xywh", (448, 224)) == {7: Box(40, 78, 114, 60)}
    assert read(tmp_path, line, "celeba-spoof", (448, 224)) == {0: Box(14, 40, 156, 114)}


def test_trap_22_msu_corners_are_no_sizes(tmp_path: Path) -> None:
    assert read(tmp_path, "0,100,50,300,290,0,0,0,0", "msu-corners") == {0: Box(100, 50, 200, 240)}


@pytest.mark.parametrize(
    ("box_format", "text", "words"),
    [
        ("frame-xywh", "0 1 2 3\n", "line 1 is '0 1 2 3'; expected 'frame x y w h'"),
        ("frame-xywh", "0 1 2 3 4\n\n1 1 2 3 x\n", "line 3 is '1 1 2 3 x'; expected"),
        ("frame-xywh", "0,1,2,3,4\n", "line 1 is '0,1,2,3,4'; expected"),
        ("frame-xywh", "0, 1, 2, 3, 4\n", "line 1 is '0, 1, 2, 3, 4'; expected"),
        ("frame-xywh", "0 1 2 3 nan\n", "line 1 is '0 1 2 3 nan'; expected"),
        ("frame-xywh", "0 1 2 3 1_0\n", "line 1 is '0 1 2 3 1_0'; expected"),
        ("frame-xywh", "0 1 2 3 1e999\n", "line 1 has a number above 1000000"),
        ("frame-xywh", "-1 1 2 3 4\n", "line 1 has frame -1; expected a whole number from 0"),
        ("frame-xywh", "0.5 1 2 3 4\n", "line 1 has frame 0.5; expected a whole number from 0"),
        ("frame-xywh", "0 1 2 3 4\n0 1 2 3 4\n", "line 2 has frame 0 a second time"),
        ("frame-xywh", "0 0 0 0 0\n0 1 2 3 4\n", "line 2 has frame 0 a second time"),
        ("msu-corners", "0,1,2,3,4\n", "line 1 is '0,1,2,3,4'; expected nine fields"),
        ("msu-corners", "0,1,2,3,4,5,6,7,\n", "line 1 is '0,1,2,3,4,5,6,7,'; expected nine fields"),
        ("msu-corners", "0,1,2,3,4,5,6,7,8,9\n", "expected nine fields"),
        ("msu-corners", "3,1,2,3,4,5,6,7,8\n3,0,0,0,0,0,0,0,0", "line 2 has frame 3 a second time"),
        ("oulu-eyes", "0 1 2 3 4\n", "line 1 is '0 1 2 3 4'; expected 'frame,x1,y1,x2,y2'"),
        ("oulu-eyes", "0,1,2,3\n", "line 1 is '0,1,2,3'; expected"),
        ("oulu-eyes", "0,1,2,3,4\n0,1,2,3,4\n", "line 2 has frame 0 a second time"),
        ("celeba-spoof", "1 2 3 4\n", "line 1 is '1 2 3 4'; expected 'x y w h score'"),
        ("celeba-spoof", "1 2 3 4 5\n\n1 2 3 4 5", "line 3 is a second one; expected 'x y w h score'"),
    ],
)
def test_lines_that_are_refused(tmp_path: Path, box_format: str, text: str, words: str) -> None:
    assert words in refused(tmp_path, text, box_format)


@pytest.mark.parametrize("box_format", BOX_FORMATS)
def test_files_that_are_no_text(tmp_path: Path, box_format: str) -> None:
    assert "is not text; expected face boxes" in refused(tmp_path, b"\xff\xfe\x00", box_format)
    with pytest.raises(BadFile, match=r"none\.face cannot be read \(No such file"):
        read_box_file(BoxFile(tmp_path / "none.face", box_format), SIZE)


def test_a_format_that_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="unknown format of face boxes 'frame-xyxy'; did you mean"):
        read_box_file(BoxFile(tmp_path / "a.face", "frame-xyxy"), SIZE)


@pytest.mark.parametrize("box_format", CLIPS)
def test_the_size_is_for_celeba_spoof_only(tmp_path: Path, box_format: str) -> None:
    assert read(tmp_path, EXAMPLES[box_format], box_format, (1, 1)) == read(
        tmp_path, EXAMPLES[box_format], box_format
    )
