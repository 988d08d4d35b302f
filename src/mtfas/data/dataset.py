"""Manifest rows → faces in memory, as 8-bit tensors; batches come out as floats."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import torch
from torch import Tensor

from mtfas.data.batch import FaceBatch
from mtfas.data.manifest import PreparedSet
from mtfas.errors import BadFile
from mtfas.faces.image import read_image
from mtfas.types import ByteImage, Label

MAP_STRIDE = 8
"""One map cell covers 8 × 8 pixels: 256 px faces have the paper's 32 × 32 maps."""


@dataclass(frozen=True)
class FaceSet:
    """The faces of some manifest rows.

    Attributes:
        images: [n, 3, H, W] uint8 RGB.
        depth: [n, 1, h, w] uint8, 255 = nearest, zeros for attacks.
        region: [n, 1, h, w] uint8, 255 = wholly attack.
        rows: the n manifest rows, in the same order.
    """

    images: Tensor
    depth: Tensor
    region: Tensor
    rows: pl.DataFrame

    @property
    def labels(self) -> Tensor:
        """[n] int64, live = 0, attack = 1."""
        return torch.from_numpy(self.rows["label"].to_numpy().astype(np.int64))

    @property
    def size(self) -> int:
        """The side of the faces in pixels."""
        return int(self.images.shape[-1])

    def __len__(self) -> int:
        """Return n."""
        return self.rows.height

    def batch(self, index: Tensor) -> FaceBatch:
        """Return the chosen faces as floats in [0, 1].

        Args:
            index: [N] int64, rows of this set.
        """
        return FaceBatch(
            self.images[index].float() / 255.0,
            self.labels[index],
            self.depth[index].float() / 255.0,
            self.region[index].float() / 255.0,
        )


def load_faces(prepared: PreparedSet, rows: pl.DataFrame) -> FaceSet:
    """Read the faces, depth and region maps of some usable rows.

    Raises:
        BadFile: an image is missing or damaged, or is not of the data set's size; audit tells all of them.
    """
    size = _side(prepared.folder, rows)
    with ThreadPoolExecutor() as pool:
        loaded = list(pool.map(lambda row: _load(prepared.folder, row, size), rows.iter_rows(named=True)))
    images, depth, region = (np.stack(parts) for parts in zip(*loaded, strict=True))
    return FaceSet(
        torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(),
        torch.from_numpy(depth)[:, None],
        torch.from_numpy(region)[:, None],
        rows,
    )


def _side(folder: Path, rows: pl.DataFrame) -> int:
    first = read_image(folder / rows["image"][0])
    side = int(first.shape[0])
    if side % MAP_STRIDE or first.shape[0] != first.shape[1]:
        shape = f"{first.shape[1]}x{first.shape[0]}"
        raise BadFile(
            f"{folder / rows['image'][0]} is {shape} px; faces must be square with a side that is a multiple "
            f"of {MAP_STRIDE}; prepare the data again with such a --size."
        )
    return side


def _load(
    folder: Path, row: dict[str, str | int | None], size: int
) -> tuple[ByteImage, ByteImage, ByteImage]:
    image = read_image(folder / str(row["image"]))
    if image.shape != (size, size, 3):
        raise BadFile(
            f"{folder / str(row['image'])} is {image.shape[1]}x{image.shape[0]} px, the others are {size}; "
            f"run 'mtfas audit {folder}'."
        )
    side = size // MAP_STRIDE
    attack = row["label"] == Label.ATTACK
    depth = _map(folder, row["depth"], side, missing=0) if not attack else np.zeros((side, side), np.uint8)
    region = _map(folder, row["mask"], side, missing=255) if attack else np.zeros((side, side), np.uint8)
    return image, depth, region


def _map(folder: Path, name: str | int | None, side: int, missing: int) -> ByteImage:
    if name is None:
        return np.full((side, side), missing, np.uint8)
    picture = cv2.imread(str(folder / str(name)), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise BadFile(f"{folder / str(name)} is missing or damaged; run 'mtfas audit {folder}'.")
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA), dtype=np.uint8)
