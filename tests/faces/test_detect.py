import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from drawn_face import drawn_face

from mtfas.errors import BadSetting
from mtfas.faces import detect
from mtfas.faces.detect import find_face, find_faces
from mtfas.faces.image import find_images, read_image
from mtfas.types import Box


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


def test_threads_do_not_disturb_each_other() -> None:
    """OpenCV's cascade keeps the picture it searches: shared by threads it answers with others' faces."""
    pictures = [np.roll(drawn_face(), shift, axis=1) for shift in (0, 15, -15, 30)]
    alone = [find_faces(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(find_faces, pictures * 20))
    assert together == alone * 20


@pytest.mark.parametrize("shape", [(16, 16), (16, 500), (300, 400)])
def test_no_face_where_there_is_none(shape: tuple[int, int]) -> None:
    assert find_face(np.full((*shape, 3), 128, np.uint8)) is None


def test_unknown_detector() -> None:
    with pytest.raises(BadSetting, match="unknown face detector 'har'; did you mean 'haar'"):
        find_face(drawn_face(), "har")


def test_an_opencv_without_cascades_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2.data, "haarcascades", "/nowhere/")
    monkeypatch.setattr(detect, "_OWN", threading.local())
    with pytest.raises(BadSetting, match="comes without Haar cascades; install 'opencv-python-headless"):
        find_face(drawn_face())


@pytest.mark.real
def test_portraits(real_data) -> None:
    """A face in every one of the portraits, and no box that is not one: 23 photographs, 25 faces."""
    found = {path.stem: find_faces(read_image(path)) for path in find_images(real_data / "portraits")}
    assert len(found) == 23
    assert all(found.values())
    assert sum(map(len, found.values())) <= 25
    for boxes in found.values():
        assert isinstance(boxes[0], Box)
