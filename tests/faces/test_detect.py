import cv2
import numpy as np
import pytest

from mtfas.errors import BadSetting
from mtfas.faces import detect
from mtfas.faces.detect import find_face, find_faces
from mtfas.faces.image import find_images, read_image
from mtfas.types import Box, ByteImage


def drawn_face(
    side: int = 160, at: tuple[int, int] = (200, 160), canvas: tuple[int, int] = (320, 400)
) -> ByteImage:
    """A face drawn from shaded ellipses, frontal and evenly lit: enough for a Haar cascade."""
    image = np.full((*canvas, 3), 190, np.uint8)
    x, y, s = at[0], at[1], side / 160

    def ellipse(dx: float, dy: float, a: float, b: float, colour: tuple[int, int, int]) -> None:
        centre = (round(x + dx * s), round(y + dy * s))
        cv2.ellipse(
            image, centre, (max(1, round(a * s)), max(1, round(b * s))), 0, 0, 360, colour, -1, cv2.LINE_AA
        )

    ellipse(0, -20, 72, 92, (60, 45, 35))  # hair
    ellipse(0, 5, 60, 80, (215, 175, 150))  # skin
    for side_of in (-1, 1):
        ellipse(side_of * 26, -12, 18, 12, (165, 125, 105))  # socket
        ellipse(side_of * 26, -24, 17, 4, (70, 50, 40))  # brow
        ellipse(side_of * 26, -10, 13, 7, (235, 235, 235))
        ellipse(side_of * 26, -10, 6, 6, (40, 30, 25))
        ellipse(side_of * 36, 22, 14, 12, (225, 185, 160))  # cheek
    ellipse(0, 8, 7, 22, (228, 190, 165))  # nose
    ellipse(0, 30, 13, 5, (160, 115, 95))
    ellipse(0, 52, 24, 8, (150, 70, 70))  # mouth
    return cv2.GaussianBlur(image, (0, 0), 1.6 * s)


def test_a_drawn_face_is_found_where_it_is() -> None:
    box = find_face(drawn_face())
    assert box is not None
    assert abs(box.left + box.width / 2 - 200) < 20
    assert abs(box.top + box.height / 2 - 165) < 30
    assert 90 < box.width < 200


def test_a_large_photograph_gives_the_same_place() -> None:
    small = find_face(drawn_face())
    large = find_face(cv2.resize(drawn_face(), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC))
    assert small is not None
    assert large is not None
    assert np.abs(np.array(large.as_list()) / 4 - small.as_list()).max() < 0.15 * small.width


def test_the_largest_face_comes_first_every_time() -> None:
    both = np.concatenate([drawn_face(120), drawn_face(170)], axis=1)
    boxes = find_faces(both)
    assert len(boxes) == 2
    assert boxes[0].width > boxes[1].width
    assert boxes[0].left > 400
    assert all(find_faces(both) == boxes for _ in range(3))
    assert find_face(both) == boxes[0]


@pytest.mark.parametrize("shape", [(16, 16), (16, 500), (300, 400)])
def test_no_face_where_there_is_none(shape: tuple[int, int]) -> None:
    assert find_face(np.full((*shape, 3), 128, np.uint8)) is None


def test_unknown_detector() -> None:
    with pytest.raises(BadSetting, match="unknown face detector 'har'; did you mean 'haar'"):
        find_face(drawn_face(), "har")


def test_an_opencv_without_cascades_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2.data, "haarcascades", "/nowhere/")
    detect._cascade.cache_clear()
    try:
        with pytest.raises(BadSetting, match="comes without Haar cascades; install 'opencv-python-headless"):
            find_face(drawn_face())
    finally:
        detect._cascade.cache_clear()


@pytest.mark.real
def test_portraits(real_data) -> None:
    """A face in every one of the portraits, and no box that is not one: 23 photographs, 25 faces."""
    found = {path.stem: find_faces(read_image(path)) for path in find_images(real_data / "portraits")}
    assert len(found) == 23
    assert all(found.values())
    assert sum(map(len, found.values())) <= 25
    for boxes in found.values():
        assert isinstance(boxes[0], Box)
