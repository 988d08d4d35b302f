"""The decoded faces of a whole prepared set in one file, which runs map into memory instead of decoding.

    cache/faces-64px-KEY.bin = images [n, H, W, 3] uint8, maps [n, 2, h, w] uint8, stamps [n, 5] int64

KEY is made of the format and of the image, map and label of every usable row: tables that differ in these
never share a file, even where a changed table still carries the old manifest hash. A row's stamp says of
which files its face was decoded (sizes, times of change) and whether that went well, so a picture that is
replaced, damaged or removed later is noticed as if there were no cache. The pixels in the file itself are not
checked, as little as those of any other file.

A file appears under its name whole or not at all and is never changed afterwards; processes that build it at
once each build their own, and the last one stays. Removing the folder costs the next run the time to decode.
"""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from mtfas.data.decode import MAP_STRIDE, Decoded, decode
from mtfas.data.manifest import PreparedSet
from mtfas.errors import BadFile
from mtfas.runtime.files import SCRAP, sha256
from mtfas.runtime.progress import console, track
from mtfas.types import ByteImage, Label

FORMAT = 1
"""Raised when the content or the layout of the file changes; files of other formats are not looked at."""

LONG = 5000
"""From so many faces on the person waiting is told about it."""

_ABANDONED = 3600.0
"""Seconds after which a part-written file that nobody writes to belongs to a process that was killed."""

_COLUMNS = ("image", "depth", "mask", "label")

Index = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stored:
    """A cache file, mapped. Nothing that is done to the arrays reaches the file.

    Attributes:
        images: [n, H, W, 3] uint8.
        maps: [n, 2, h, w] uint8, depth and region.
        stamps: [n, 5] int64: size and time of the image and of its map, and 1 where they could be decoded.
    """

    images: ByteImage
    maps: ByteImage
    stamps: Index


def stored_faces(prepared: PreparedSet, rows: pl.DataFrame, side: int) -> tuple[Stored, Index] | None:
    """Return the cache of a prepared set and where in it the rows are; build it when it is not there.

    Args:
        prepared: the data set; the cache is in its folder.
        rows: the wanted rows.
        side: of the faces, in pixels.

    Returns:
        None when the cache cannot serve: its folder cannot be written, there is little space, the rows are
        not those of the set, or one of them has no readable face. The caller then decodes the rows itself.
    """
    usable = prepared.usable
    places = _places(usable, rows)
    if places is None:
        return None
    path = prepared.folder / "cache" / f"faces-{side}px-{_key(usable)}.bin"
    wanted = _stamps(prepared.folder, rows)
    stored = _open(path, usable.height, side)
    if stored is None or not np.array_equal(stored.stamps[places, :4], wanted):
        try:
            _build(path, prepared.folder, usable, side)
        except OSError as error:
            _tell(
                f"faces are decoded again in every run, {path.parent} is not written ({error})", rows.height
            )
            return None
        stored = _open(path, usable.height, side)
    whole = np.pad(wanted, ((0, 0), (0, 1)), constant_values=1)
    if stored is None or not np.array_equal(stored.stamps[places], whole):
        return None
    return stored, places


def _key(usable: pl.DataFrame) -> str:
    content = usable.select(_COLUMNS).write_csv()
    return sha256(f"{FORMAT}\n{content}".encode())[:16]


def _places(usable: pl.DataFrame, rows: pl.DataFrame) -> Index | None:
    numbered = usable.select(_COLUMNS).with_row_index("place").unique("image", keep="first")
    found = rows.select(_COLUMNS).join(
        numbered, on=_COLUMNS, how="left", nulls_equal=True, maintain_order="left"
    )["place"]
    return None if found.null_count() else found.to_numpy().astype(np.int64)


def _stamps(folder: Path, rows: pl.DataFrame) -> Index:
    """Return size and time of change of every image and of the map that its label calls for, [n, 4]."""
    found = np.zeros((rows.height, 4), np.int64)
    for k, (image, depth, mask, label) in enumerate(rows.select(_COLUMNS).iter_rows()):
        found[k] = *_stamp(folder, image), *_stamp(folder, mask if label == Label.ATTACK else depth)
    return found


def _stamp(folder: Path, name: str | None) -> tuple[int, int]:
    if name is None:
        return 0, 0
    try:
        status = os.stat(f"{folder}/{name}")
    except OSError:
        return -1, -1
    return status.st_size, status.st_mtime_ns


def _shapes(n: int, side: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    return (n, side, side, 3), (n, 2, side // MAP_STRIDE, side // MAP_STRIDE), (n, 5)


def _open(path: Path, n: int, side: int) -> Stored | None:
    """Map a cache file; None when there is none, or it is not of the length it should be."""
    images, maps, stamps = _shapes(n, side)
    ends = np.cumsum([np.prod(images), np.prod(maps), 8 * np.prod(stamps)])
    try:
        if path.stat().st_size != ends[-1]:
            return None
        # Mode "c": torch takes arrays without a warning only where they could be written to.
        content = np.memmap(path, np.uint8, mode="c")
    except OSError:
        return None
    parts = np.split(np.asarray(content), ends[:-1])
    # A copy, since int64 must lie at multiples of 8 bytes.
    numbers = np.frombuffer(parts[2].tobytes(), np.int64).reshape(stamps)
    return Stored(parts[0].reshape(images), parts[1].reshape(maps), numbers)


def _build(path: Path, folder: Path, usable: pl.DataFrame, side: int) -> None:
    path.parent.mkdir(exist_ok=True)
    _sweep_abandoned(path.parent)
    _check_space(path.parent, sum(int(np.prod(shape)) for shape in _shapes(usable.height, side)))
    handle, scrap = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=SCRAP)
    try:
        with os.fdopen(handle, "wb") as file:
            for part in _content(folder, usable, side):
                file.write(part.tobytes())
            file.flush()
            os.fsync(file.fileno())
        os.chmod(scrap, 0o644)
        os.replace(scrap, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(scrap)
        raise


def _content(folder: Path, usable: pl.DataFrame, side: int) -> Iterator[ByteImage | Index]:
    """Yield the file in pieces: an image at a time, so that memory stays small; then all maps; the stamps."""
    images, maps, stamps = _shapes(usable.height, side)
    small, numbers = np.zeros(maps, np.uint8), np.ones(stamps, np.int64)
    # Before decoding: a file that changes meanwhile must look changed afterwards.
    numbers[:, :4] = _stamps(folder, usable)
    for k, face in enumerate(_watched(decode(folder, usable, side), usable.height)):
        if isinstance(face, BadFile):
            numbers[k, 4] = 0
            yield np.zeros(images[1:], np.uint8)
        else:
            small[k] = face.maps
            yield face.image
    yield small
    yield numbers


def _watched(faces: Iterator[Decoded | BadFile], n: int) -> Iterator[Decoded | BadFile]:
    return track(faces, "decoding faces", n) if n >= LONG else faces


def _tell(what: str, n: int) -> None:
    if n >= LONG:
        console.print(what, style="yellow", highlight=False)


def _check_space(folder: Path, size: int) -> None:
    """Raise OSError when the cache would take more than half of what is free: runs need space as well."""
    if shutil.disk_usage(folder).free < 2 * size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def _sweep_abandoned(folder: Path) -> None:
    for scrap in folder.glob(f".*{SCRAP}"):
        with suppress(OSError):  # another process may be quicker
            if time.time() - scrap.stat().st_mtime > _ABANDONED:
                scrap.unlink()
