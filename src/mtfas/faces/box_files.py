"""Files with face boxes as published data sets bring them along: one reader a format, never guessed.

    frame-xywh     frame x y w h                     blank separated; x, y = top left; zeros = no face
    msu-corners    frame,left,top,right,bottom,…     nine fields with the eyes; corners, not a size
    oulu-eyes      frame,x1,y1,x2,y2                 the two eyes; the box is derived from them
    celeba-spoof   x y w h score                     one line; the picture is thought 224 × 224 large

The same five numbers can stand in two of them and mean other places, so a file's format comes with its path.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mtfas.errors import BadFile, unknown_name
from mtfas.types import Box

Size = tuple[int, int]
"""Width and height of the upright image or frame in pixels."""

Reader = Callable[[str, Size], dict[int, Box]]
"""From a file's text to the box of each frame that has a face; an image is frame 0.

It raises a ValueError that names the line and what was expected.
"""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)

LARGEST = 1_000_000
"""Frames and pixels beyond this are no numbers of a face box."""

XYWH_LINE = "'frame x y w h', separated by blanks"
MSU_LINE = "nine fields separated by commas: frame, left, top, right, bottom and both eyes' x and y"
OULU_LINE = "'frame,x1,y1,x2,y2', separated by commas"
CELEBA_LINE = "'x y w h score', separated by blanks, in one line"

EYE_LEFT, EYE_RIGHT, EYE_HEIGHT = 0.33, 0.67, 0.38
"""Where the eyes are in a face box, in units of its sides: where the canonical face of depth.py has its eye
sockets, so that its depth has them on the eyes."""

CELEBA_SIDE = 224
"""Width and height in which CelebA-Spoof writes its boxes, whatever the picture's."""

CELEBA_MIN_SIDE = 3
"""Some boxes of CelebA-Spoof hold nothing: no face is narrower or lower, in pixels of the picture."""


@dataclass(frozen=True)
class BoxFile:
    """A data set's own face boxes of one image or clip.

    Attributes:
        path: the file.
        format: its format, a name in BOX_FORMATS.
    """

    path: Path
    format: str


def read_box_file(file: BoxFile, size: Size) -> dict[int, Box]:
    """Return the box of each frame that has a face, in pixels of the upright frame.

    A frame has none where its line is missing, is all zeros, or has a box without area.

    Args:
        file: where the boxes are, and their format.
        size: width and height of the upright frame.

    Raises:
        BadFile: the file is missing or not of its format.
        BadSetting: the format is unknown.
    """
    if file.format not in BOX_FORMATS:
        raise unknown_name("format of face boxes", file.format, BOX_FORMATS)
    try:
        return BOX_FORMATS[file.format](file.path.read_text(encoding="utf-8-sig"), size)
    except OSError as error:
        raise BadFile(f"{file.path} cannot be read ({error.strerror}); check the path.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{file.path} is not text; expected face boxes ({file.format}).") from error
    except ValueError as error:
        raise BadFile(
            f"{file.path}, {error} (format {file.format}); get the file again from the data's owners."
        ) from error


def _read_frame_xywh(text: str, size: Size) -> dict[int, Box]:
    """Read Idiap's .face files of Replay-Attack and CASIA-MFSD."""
    lines = _frames(text, None, 5, XYWH_LINE)
    return _faces((frame, Box(x, y, width, height)) for frame, (x, y, width, height) in lines)


def _read_msu_corners(text: str, size: Size) -> dict[int, Box]:
    """Read MSU-MFSD's .face files; frames count from 0."""
    lines = _frames(text, ",", 9, MSU_LINE)
    return _faces(
        (frame, Box(left, top, right - left, bottom - top)) for frame, (left, top, right, bottom, *_) in lines
    )


def _read_oulu_eyes(text: str, size: Size) -> dict[int, Box]:
    """Read OULU-NPU's eye files; an eye at (0, 0) is one that was not found."""
    lines = _frames(text, ",", 5, OULU_LINE)
    return _faces((frame, eye_box(*eyes)) for frame, eyes in lines if any(eyes[:2]) and any(eyes[2:]))


def _read_celeba_spoof(text: str, size: Size) -> dict[int, Box]:
    """Read CelebA-Spoof's _BB.txt files; an empty file is a picture without a face."""
    rows = list(_rows(text, None, 5, CELEBA_LINE))
    if len(rows) > 1:
        raise ValueError(f"line {rows[1][0]} is a second one; expected {CELEBA_LINE}")
    if not rows:
        return {}
    (_, (x, y, width, height, _)), *_ = rows
    across, down = size[0] / CELEBA_SIDE, size[1] / CELEBA_SIDE
    box = Box(x * across, y * down, width * across, height * down)
    return {0: box} if min(box.width, box.height) >= CELEBA_MIN_SIDE else {}


def eye_box(x1: float, y1: float, x2: float, y2: float) -> Box:
    """Return the square face box that has these two eyes at EYE_LEFT, EYE_RIGHT and EYE_HEIGHT.

    Of a tilted face it has the eyes' middle there. Either eye may come first: data sets differ in whether
    "left" is the subject's or the viewer's. Eyes in the same place give a box without area.
    """
    side = math.hypot(x2 - x1, y2 - y1) / (EYE_RIGHT - EYE_LEFT)
    middle = (EYE_LEFT + EYE_RIGHT) / 2
    return Box((x1 + x2) / 2 - middle * side, (y1 + y2) / 2 - EYE_HEIGHT * side, side, side)


def _faces(boxes: Iterator[tuple[int, Box]]) -> dict[int, Box]:
    return {frame: box for frame, box in boxes if box.width > 0 and box.height > 0}


def _frames(text: str, comma: str | None, fields: int, line: str) -> Iterator[tuple[int, list[float]]]:
    """Yield (frame, the other numbers) of each line."""
    seen: set[int] = set()
    for number, (first, *others) in _rows(text, comma, fields, line):
        frame = int(first)
        if frame != first or frame < 0:
            raise ValueError(f"line {number} has frame {first:g}; expected a whole number from 0 in {line}")
        if frame in seen:
            raise ValueError(f"line {number} has frame {frame} a second time; expected each once in {line}")
        seen.add(frame)
        yield frame, others


def _rows(text: str, comma: str | None, fields: int, line: str) -> Iterator[tuple[int, list[float]]]:
    """Yield (line number, its numbers) of each line that is not empty."""
    for number, content in enumerate(text.splitlines(), 1):
        if not content.strip():
            continue
        words = [word.strip() for word in content.strip().split(comma)]
        if len(words) != fields or not all(NUMBER.fullmatch(word) for word in words):
            raise ValueError(f"line {number} is '{content.strip()[:60]}'; expected {line}")
        numbers = [float(word) for word in words]
        if max(map(abs, numbers)) > LARGEST:
            raise ValueError(f"line {number} has a number above {LARGEST}; expected {line}")
        yield number, numbers


BOX_FORMATS: dict[str, Reader] = {
    "frame-xywh": _read_frame_xywh,
    "msu-corners": _read_msu_corners,
    "oulu-eyes": _read_oulu_eyes,
    "celeba-spoof": _read_celeba_spoof,
}
"""Readers by format; what each sees is at the top of this file."""
