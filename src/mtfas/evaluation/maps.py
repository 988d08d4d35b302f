"""Stored maps of a run, and faces and maps as small pictures inside a page."""

import base64
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from PIL import Image, UnidentifiedImageError

from mtfas.errors import BadFile
from mtfas.types import FloatArray

FACE_PIXELS = 128
"""Faces larger than this are shrunk for the page."""


@dataclass(frozen=True)
class StoredMaps:
    """The maps of some faces, row by row.

    Attributes:
        image: paths relative to the data folder.
        presentation: the presentation of each face; empty where the file does not say.
        frame: its frame.
        species: its species; empty where the file does not say.
        maps: name -> [n, h, w], e.g. "detector_map" in [0, 1] as predicted.
    """

    image: tuple[str, ...]
    presentation: tuple[str, ...]
    frame: tuple[int, ...]
    species: tuple[str, ...]
    maps: Mapping[str, FloatArray]


def read_maps(path: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> StoredMaps:
    """Read an .npz of faces and maps; nothing pickled is ever loaded.

    Raises:
        BadFile: the file is damaged, lacks an array, or its arrays disagree in length or shape.
    """
    try:
        zipfile.ZipFile(path).close()  # np.load would take other kinds of files as well
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BadFile(f"{path} cannot be read as stored maps ({error}); make the run again.") from error
    missing = [name for name in ("image", *needed) if name not in arrays]
    if missing:
        raise BadFile(f"{path} has no array {', '.join(missing)}; make the run again.")
    n = len(arrays["image"])
    maps = {name: arrays[name] for name in (*needed, *optional) if name in arrays}
    for name, array in maps.items():
        if array.ndim != 3 or len(array) != n:
            raise BadFile(
                f"{path}: {name} has shape {array.shape}, expected [{n}, h, w]; make the run again."
            )
    names = {name: arrays.get(name, np.full(n, "")) for name in ("presentation", "species")}
    frames = arrays.get("frame", np.zeros(n, dtype=int))
    if any(len(array) != n for array in (*names.values(), frames)):
        raise BadFile(f"{path}: its arrays have different lengths; make the run again.")
    texts = {name: tuple(map(str, array)) for name, array in names.items()}
    images, numbers = tuple(map(str, arrays["image"])), tuple(map(int, frames))
    return StoredMaps(images, texts["presentation"], numbers, texts["species"], maps)


def map_uri(values: FloatArray, high: float = 1.0) -> str:
    """Return a map as a picture in the colours of the paper's figures: 0 blue … `high` red; NaN is grey."""
    shares = np.asarray(values, dtype=np.float64) / high
    coloured = colormaps["jet"](np.clip(shares, 0, 1), bytes=True)[..., :3]
    coloured[np.isnan(shares)] = 128
    return png_uri(Image.fromarray(np.ascontiguousarray(coloured)))


def face_uri(data: Path | None, image: str | None) -> str | None:
    """Return a face as a picture, or None where the data folder or the file is gone or not an image."""
    path = inside(data, image)
    if path is None:
        return None
    try:
        with Image.open(path) as opened:
            face = opened.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError):
        return None
    face.thumbnail((FACE_PIXELS, FACE_PIXELS))
    return png_uri(face)


def inside(data: Path | None, image: str | None) -> Path | None:
    """Return the file of a relative path, unless it leads out of the data folder or does not exist."""
    if data is None or not image:
        return None
    path = (data / image).resolve()
    return path if path.is_relative_to(data.resolve()) and path.is_file() else None


def png_uri(picture: Image.Image) -> str:
    """Return a picture as a PNG data URI."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
