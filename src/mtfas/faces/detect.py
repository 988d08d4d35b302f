"""Find faces in a photograph, by the name of a detector."""

import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from mtfas.errors import BadSetting, unknown_name
from mtfas.types import Box, ByteImage

Detector = Callable[[ByteImage], list[Box]]

# Chosen on 23 open-licence portraits: this cascade at these settings found a face in all of them and nothing
# but faces; "default" found up to four boxes in one portrait, twice the neighbours lost two portraits.
CASCADE = "haarcascade_frontalface_alt2.xml"
SEARCH_SIDE = 640
SCALE_STEP = 1.1
NEIGHBOURS = 5
SMALLEST = 24
SMALLEST_SHARE = 1 / 8


def find_faces(image: ByteImage, detector: str = "haar") -> list[Box]:
    """Return the boxes of all faces, the largest first (then from left to right, top to bottom).

    Args:
        image: uint8 [H, W, 3], upright RGB.
        detector: a name in DETECTORS.

    Raises:
        BadSetting: the detector is unknown or not installed.
    """
    if detector not in DETECTORS:
        raise unknown_name("face detector", detector, DETECTORS)
    boxes = DETECTORS[detector](image)
    return sorted(boxes, key=lambda box: (-box.width * box.height, box.left, box.top))


def find_face(image: ByteImage, detector: str = "haar") -> Box | None:
    """Return the box of the largest face, or None where none is found."""
    faces = find_faces(image, detector)
    return faces[0] if faces else None


def find_by_haar(image: ByteImage) -> list[Box]:
    """Find frontal faces at least an eighth of the shorter side wide, with OpenCV's boosted Haar cascade.

    Large photographs are shrunk to SEARCH_SIDE first; the same image gives the same boxes.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    shrink = min(1.0, SEARCH_SIDE / max(grey.shape))
    if shrink < 1:
        size = (max(1, round(grey.shape[1] * shrink)), max(1, round(grey.shape[0] * shrink)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    smallest = max(SMALLEST, int(min(grey.shape) * SMALLEST_SHARE))
    found = _cascade().detectMultiScale(grey, SCALE_STEP, NEIGHBOURS, minSize=(smallest, smallest))
    across, down = image.shape[1] / grey.shape[1], image.shape[0] / grey.shape[0]
    stretch = np.array([across, down, across, down])
    return [Box(*map(float, box * stretch)) for box in np.reshape(found, (-1, 4))]


_OWN = threading.local()
"""A cascade for each thread: one that two use at once mixes up their pictures."""


def _cascade() -> cv2.CascadeClassifier:
    if not hasattr(_OWN, "cascade"):
        _OWN.cascade = _loaded()
    cascade: cv2.CascadeClassifier = _OWN.cascade
    return cascade


def _loaded() -> cv2.CascadeClassifier:
    path = Path(getattr(getattr(cv2, "data", None), "haarcascades", "")) / CASCADE
    if not hasattr(cv2, "CascadeClassifier") or not path.is_file():
        raise BadSetting(
            f"OpenCV {cv2.__version__} comes without Haar cascades; install "
            "'opencv-python-headless>=4.10,<5', or give the face boxes yourself."
        )
    return cv2.CascadeClassifier(str(path))


DETECTORS: dict[str, Detector] = {"haar": find_by_haar}
