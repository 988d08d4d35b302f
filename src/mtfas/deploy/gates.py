"""When there is no answer: the face is missing, not alone, too small, too dark or too blurred to judge.

Darkness and sharpness are measured in the crop the network gets, so the same measures can be taken of the
faces it was trained on.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np

from mtfas.faces.crop import CropRule
from mtfas.types import Box, ByteImage, FloatArray

SHARPNESS_SIDE = 64
"""Side in pixels to which a face is shrunk before its sharpness is measured; smaller faces stay."""

# Chosen on 23 open-licence portraits, one of them out of focus, cut to 32, 64 and 256 pixels: all are above
# both. A Gaussian blur of a twentieth of the face's width puts all below DULLEST at 64 pixels and more;
# exposed a sixteenth as long, most are below DARKEST; a thirty-second, all.
DARKEST = 60.0
DULLEST = 0.03
SECOND_FACE = 1 / 3
SMALLEST = 0.5
OVERLAP = 0.5
"""Two boxes are one face when they share more than this part of the smaller one."""


@dataclass(frozen=True)
class Gates:
    """Limits beyond which a face is not judged.

    Attributes:
        smallest_face: shortest longer side of a face box, in pixels of the picture.
        darkest: least brightness: the 90th percentile of grey values inside the face, 0 to 255. A high
            percentile rather than the mean, so that it asks for the light and less for the skin.
        dullest: least sharpness, see `sharpness`.
        second_face: another face whose side is at least this part of the largest one's is one too many.
    """

    smallest_face: float
    darkest: float = DARKEST
    dullest: float = DULLEST
    second_face: float = SECOND_FACE

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain values; Gates(**fields) gives the limits back."""
        return asdict(self)


def smallest_face(rule: CropRule) -> float:
    """Return the side of a face that fills half the pixels a side which the crop gives it."""
    return float(math.floor(SMALLEST * rule.size / rule.scale))


def distinct_faces(boxes: list[Box]) -> list[Box]:
    """Return the boxes without those that lie on a larger one: a detector may find one face twice.

    Args:
        boxes: the largest first.
    """
    kept: list[Box] = []
    for box in boxes:
        if all(_shared(box, other) <= OVERLAP for other in kept):
            kept.append(box)
    return kept


def several(boxes: list[Box], gates: Gates) -> bool:
    """Say whether the second of some distinct faces is large enough to be meant; the largest is first."""
    return len(boxes) > 1 and _side(boxes[1]) >= gates.second_face * _side(boxes[0])


def fault_of_box(box: Box, gates: Gates) -> str | None:
    """Return "face_too_small" or None."""
    return "face_too_small" if _side(box) < gates.smallest_face else None


def fault_of_crop(crop: ByteImage, rule: CropRule, gates: Gates) -> str | None:
    """Return "too_dark", "blurred" or None for a crop [size, size, 3]."""
    if brightness(crop, rule) < gates.darkest:
        return "too_dark"
    return "blurred" if sharpness(crop, rule) < gates.dullest else None


def brightness(crop: ByteImage, rule: CropRule) -> float:
    """Return the 90th percentile of grey values inside the face, 0 to 255."""
    return float(np.percentile(_face(crop, rule), 90))


def sharpness(crop: ByteImage, rule: CropRule) -> float:
    """Return the variance of the face's Laplacian over the variance of its grey values.

    Dividing makes it independent of contrast: a face in flat light is not blurred. A face of one grey value
    has sharpness 0.
    """
    face: FloatArray = _face(crop, rule).astype(np.float32)
    if face.shape[0] > SHARPNESS_SIDE:
        small = (SHARPNESS_SIDE, SHARPNESS_SIDE)
        face = np.asarray(cv2.resize(face, small, interpolation=cv2.INTER_AREA), np.float32)
    spread = float(face.var())
    # The outermost pixels have no neighbours of their own.
    return float(cv2.Laplacian(face, cv2.CV_32F)[1:-1, 1:-1].var()) / spread if spread > 0 else 0.0


def _face(crop: ByteImage, rule: CropRule) -> ByteImage:
    """Return the grey middle of a crop, where the face box is, [side, side]."""
    side = min(rule.size, max(4, round(rule.size / rule.scale)))
    start = (rule.size - side) // 2
    grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)
    return grey[start : start + side, start : start + side]


def _side(box: Box) -> float:
    return max(box.width, box.height)


def _shared(small: Box, large: Box) -> float:
    across = min(small.left + small.width, large.left + large.width) - max(small.left, large.left)
    down = min(small.top + small.height, large.top + large.height) - max(small.top, large.top)
    return max(0.0, across) * max(0.0, down) / (small.width * small.height)
