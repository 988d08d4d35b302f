"""One picture of a whole data set: every instrument under every camera."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mtfas.data.manifest import FaceRow
from mtfas.types import ByteImage

CONTACT_SHEET = "contact-sheet.png"
_TILE = 104
_GAP = 6
_LEFT = 118
_TOP = 62
_COLUMNS = 3
_INK = (32, 34, 38)
_FAINT = (110, 114, 122)


def draw_contact_sheet(folder: Path, rows: Sequence[FaceRow], title: str) -> None:
    """Write contact-sheet.png: a line an instrument, a group of columns a camera, a few subjects in each.

    Args:
        folder: the data set, its faces already written.
        rows: its rows.
        title: what it is; says that it is rendered where it is.
    """
    usable = [row for row in rows if row.image is not None]
    lines = list(dict.fromkeys((row.species, row.medium) for row in usable))
    cameras = list(dict.fromkeys(row.camera for row in usable))
    group = _COLUMNS * (_TILE + _GAP) + 2 * _GAP
    sheet = Image.new(
        "RGB", (_LEFT + group * len(cameras), _TOP + len(lines) * (_TILE + _GAP) + _GAP), "white"
    )
    draw = ImageDraw.Draw(sheet)
    draw.text((14, 10), title, fill=_INK, font=_font(17))
    for column, camera in enumerate(cameras):
        draw.text((_LEFT + column * group, 38), camera, fill=_INK, font=_font(14))
    for number, (species, medium) in enumerate(lines):
        top = _TOP + number * (_TILE + _GAP)
        draw.text((14, top + 34), species.replace("_", " "), fill=_INK, font=_font(14))
        draw.text((14, top + 54), "" if medium == "none" else medium, fill=_FAINT, font=_font(12))
        for column, camera in enumerate(cameras):
            chosen = _choose([row for row in usable if (row.medium, row.camera) == (medium, camera)])
            for place, row in enumerate(chosen):
                left = _LEFT + column * group + place * (_TILE + _GAP)
                sheet.paste(Image.fromarray(_tile(folder, row)), (left, top))
    sheet.save(folder / CONTACT_SHEET, optimize=True)


def _choose(rows: list[FaceRow]) -> list[FaceRow]:
    """Return rows of different subjects, spread over the whole set; the same subjects on every line."""
    subjects = list(dict.fromkeys(row.subject for row in rows))
    step = max(1, len(subjects) // _COLUMNS)
    wanted = subjects[::step][:_COLUMNS]
    return [next(row for row in rows if row.subject == subject) for subject in wanted]


def _tile(folder: Path, row: FaceRow) -> ByteImage:
    stored = cv2.cvtColor(np.asarray(cv2.imread(str(folder / str(row.image)))), cv2.COLOR_BGR2RGB)
    way = cv2.INTER_AREA if stored.shape[0] > _TILE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(stored, (_TILE, _TILE), interpolation=way), np.uint8)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
