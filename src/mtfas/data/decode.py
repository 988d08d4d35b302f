"""Image files of a prepared set → the bytes of a face and of its two maps."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import polars as pl

from mtfas.errors import BadFile
from mtfas.faces.image import read_image
from mtfas.types import ByteImage, Label

MAP_STRIDE = 8
"""One map cell covers 8 × 8 pixels: 256 px faces have the paper's 32 × 32 maps."""

_PART = 256
"""Faces handed to the threads at a time, so that few wait decoded in memory."""


@dataclass(frozen=True)
class Decoded:
    """One face.

    Attributes:
        image: [H, W, 3] uint8 RGB.
        maps: [2, h, w] uint8 at map resolution: depth (255 = nearest, zeros for attacks) and region (255 =
            wholly attack).
    """

    image: ByteImage
    maps: ByteImage


def face_side(folder: Path, rows: pl.DataFrame) -> int:
    """Return the side of the first face in pixels; the others must have the same.

    Raises:
        BadFile: the face cannot be read, is not square, or its side is no multiple of MAP_STRIDE.
    """
    first = read_image(folder / rows["image"][0])
    side = int(first.shape[0])
    if side % MAP_STRIDE or first.shape[0] != first.shape[1]:
        shape = f"{first.shape[1]}x{first.shape[0]}"
        raise BadFile(
            f"{folder / rows['image'][0]} is {shape} px; faces must be square with a side that is a multiple "
            f"of {MAP_STRIDE}; prepare the data again with such a --size."
        )
    return side


def decode(folder: Path, rows: pl.DataFrame, side: int) -> Iterator[Decoded | BadFile]:
    """Yield the faces of the rows in order, decoded by as many threads as there are cores.

    What is wrong with a face is yielded in its place: only the caller knows whether that face matters.
    """
    with ThreadPoolExecutor() as pool:
        for part in rows.select("image", "depth", "mask", "label").iter_slices(_PART):
            yield from pool.map(partial(_attempt, folder, side), part.iter_rows(named=True))


def _attempt(folder: Path, side: int, row: dict[str, Any]) -> Decoded | BadFile:
    try:
        return _decode(folder, side, row)
    except BadFile as error:
        return error


def _decode(folder: Path, side: int, row: dict[str, Any]) -> Decoded:
    image = read_image(folder / row["image"])
    if image.shape != (side, side, 3):
        raise BadFile(
            f"{folder / row['image']} is {image.shape[1]}x{image.shape[0]} px, the others are {side}; "
            f"run 'mtfas audit {folder}'."
        )
    maps = np.zeros((2, side // MAP_STRIDE, side // MAP_STRIDE), np.uint8)
    if row["label"] == Label.ATTACK:
        maps[1] = _map(folder, row["mask"], side, missing=255)
    else:
        maps[0] = _map(folder, row["depth"], side, missing=0)
    return Decoded(image, maps)


def _map(folder: Path, name: str | None, side: int, missing: int) -> ByteImage:
    small = (side // MAP_STRIDE, side // MAP_STRIDE)
    if name is None:
        return np.full(small, missing, np.uint8)
    picture = cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise BadFile(f"{folder / name} is missing or damaged; run 'mtfas audit {folder}'.")
    return np.asarray(cv2.resize(picture, small, interpolation=cv2.INTER_AREA), dtype=np.uint8)
