"""One picture of a whole data set: every instrument under every camera."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mtfas.data.manifest import FaceRow
from mtfas.types import ByteImage

CONTACT_SHEET = "contact-sheet.png"
TILE = 104
COLUMNS = 3
Cells = dict[tuple[str, str], list[ByteImage]]
_GAP = 6
_LEFT = 170
_TOP = 62
_INK = (32, 34, 38)
_FAINT = (110, 114, 122)


def draw_contact_sheet(folder: Path, rows: Sequence[FaceRow], title: str) -> None:
    """Write contact-sheet.png: a line a species, a group of columns a domain, a few subjects in each.

    Args:
        folder: the data set, its faces already written.
        rows: its rows.
        title: what it is; says that it is rendered where it is.
    """
    usable = [row for row in rows if row.image is not None]
    cells: Cells = {}
    for species in dict.fromkeys(row.species for row in usable):
        for dataset in dict.fromkeys(row.dataset for row in usable):
            chosen = _choose([row for row in usable if (row.species, row.dataset) == (species, dataset)])
            cells[species, dataset] = [_tile(folder, row) for row in chosen]
    draw_cells(cells, title, TILE).save(folder / CONTACT_SHEET, optimize=True)


def draw_cells(cells: Cells, title: str, tile: int) -> Image.Image:
    """Return a sheet of pictures: a line a species, a group of columns a domain.

    Args:
        cells: for each (species, domain) its pictures, [tile, tile, 3] each, perhaps none.
        title: what it is.
        tile: side of a picture.
    """
    lines = list(dict.fromkeys(species for species, _ in cells))
    columns = list(dict.fromkeys(domain for _, domain in cells))
    wide = {name: max(len(cells.get((line, name), ())) for line in lines) for name in columns}
    lefts = np.cumsum([_LEFT] + [wide[name] * (tile + _GAP) + 2 * _GAP for name in columns]).tolist()
    sheet = Image.new("RGB", (lefts[-1], _TOP + len(lines) * (tile + _GAP) + _GAP), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((14, 10), title, fill=_INK, font=_font(17))
    for left, name in zip(lefts, columns, strict=False):
        draw.text((left, 38), name, fill=_INK, font=_font(14))
    for number, species in enumerate(lines):
        top = _TOP + number * (tile + _GAP)
        draw.text((14, top + tile // 2 - 8), species.replace("_", " "), fill=_INK, font=_font(14))
        for left, name in zip(lefts, columns, strict=False):
            for place, picture in enumerate(cells.get((species, name), ())):
                sheet.paste(Image.fromarray(picture), (left + place * (tile + _GAP), top))
    return sheet


def _choose(rows: list[FaceRow]) -> list[FaceRow]:
    """Return rows of different instruments, cameras and subjects, spread over all of them."""
    media = list(dict.fromkeys(row.medium for row in rows))
    chosen: list[FaceRow] = []
    for place in range(min(COLUMNS, len({row.subject for row in rows}))):
        known = {row.subject for row in chosen}
        fitting = [row for row in rows if row.medium == media[place % len(media)]]
        new = [row for row in fitting if row.subject not in known] or fitting
        chosen.append(new[place * len(new) // COLUMNS])
    return chosen


def _tile(folder: Path, row: FaceRow) -> ByteImage:
    stored = cv2.cvtColor(np.asarray(cv2.imread(str(folder / str(row.image)))), cv2.COLOR_BGR2RGB)
    way = cv2.INTER_AREA if stored.shape[0] > TILE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(stored, (TILE, TILE), interpolation=way), np.uint8)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
