"""One picture of a whole data set: every instrument under every camera."""

from pathlib import Path

import cv2
import numpy as np
import polars as pl
from PIL import Image, ImageDraw, ImageFont

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


def draw_contact_sheet(folder: Path, table: pl.DataFrame, title: str) -> None:
    """Write contact-sheet.png: a line a species, a group of columns a domain, a few subjects in each.

    Args:
        folder: the data set, its faces already written.
        table: its manifest.
        title: what it is; says that it is rendered where it is.
    """
    usable = table.filter(pl.col("image").is_not_null())
    cells: Cells = {}
    for species in usable["species"].unique(maintain_order=True):
        for dataset in usable["dataset"].unique(maintain_order=True):
            rows = usable.filter((pl.col("species") == species) & (pl.col("dataset") == dataset))
            cells[species, dataset] = [_tile(folder, image) for image in _choose(rows)]
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


def _choose(rows: pl.DataFrame) -> list[str]:
    """Return images of different instruments and subjects, spread over all of them."""
    media = rows["medium"].unique(maintain_order=True)
    chosen: dict[str, str] = {}
    for place in range(min(COLUMNS, rows["subject"].n_unique())):
        fitting = rows.filter(pl.col("medium") == media[place % len(media)])
        new = fitting.filter(~pl.col("subject").is_in(list(chosen)))
        pick = new if new.height else fitting
        row = pick.row(place * pick.height // COLUMNS, named=True)
        chosen[row["subject"]] = row["image"]
    return list(chosen.values())


def _tile(folder: Path, image: str) -> ByteImage:
    stored = cv2.cvtColor(np.asarray(cv2.imread(str(folder / image))), cv2.COLOR_BGR2RGB)
    way = cv2.INTER_AREA if stored.shape[0] > TILE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(stored, (TILE, TILE), interpolation=way), np.uint8)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
