"""Manifest rows → faces as 8-bit tensors; batches come out as floats, on the device that works on them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
import torch
from torch import Tensor

from mtfas.data.batch import FaceBatch
from mtfas.data.cache import stored_faces
from mtfas.data.decode import MAP_STRIDE, decode, face_side
from mtfas.data.manifest import PreparedSet
from mtfas.errors import BadFile


@dataclass(frozen=True)
class FaceSet:
    """The faces of some manifest rows.

    Attributes:
        pixels: [N, 3, H, W] uint8 RGB, fastest where a pixel's channels lie together; may be a map of a file.
        depth: [n, 1, h, w] uint8, 255 = nearest, zeros for attacks.
        region: [n, 1, h, w] uint8, 255 = wholly attack.
        rows: the n manifest rows, in the same order.
        places: [n] int64, which of the N pictures each row's is; None when they are the rows' in order.
    """

    pixels: Tensor
    depth: Tensor
    region: Tensor
    rows: pl.DataFrame
    places: Tensor | None = None

    @property
    def images(self) -> Tensor:
        """[n, 3, H, W] uint8, the picture of every row: all of them in memory, so for few faces only."""
        return self.pixels if self.places is None else _pick(self.pixels, self.places)

    @cached_property
    def labels(self) -> Tensor:
        """[n] int64, live = 0, attack = 1."""
        return torch.from_numpy(self.rows["label"].to_numpy().astype(np.int64))

    @property
    def size(self) -> int:
        """The side of the faces in pixels."""
        return int(self.pixels.shape[-1])

    def __len__(self) -> int:
        """Return n."""
        return self.rows.height

    def batch(self, index: Tensor, device: str = "cpu") -> FaceBatch:
        """Return the chosen faces as floats in [0, 1], images in channels-last memory.

        Bytes go to the device, a quarter of what floats would be; the same floats come out on all of them.

        Args:
            index: [N] int64, rows of this set.
            device: where the batch is wanted.
        """
        places = index if self.places is None else self.places[index]
        return FaceBatch(
            _floats(_pick(self.pixels, places), device),
            self.labels[index].to(device),
            _floats(self.depth[index], device),
            _floats(self.region[index], device),
        )


def load_faces(prepared: PreparedSet, rows: pl.DataFrame) -> FaceSet:
    """Return the faces, depth and region maps of some usable rows.

    The first call decodes the whole prepared set into FOLDER/cache (about 3·H·W bytes a face; data.cache says
    how), whatever rows it wants: the parts and protocols of one study use most of the set, and each file is
    then decoded once for all of them. Later calls map that file, so runs side by side share its memory. Where
    the cache cannot be written, or would take more than half of the free space, the rows are decoded into
    memory each time. Remove the folder to have the space back.

    Raises:
        BadFile: an image is missing or damaged, or is not of the data set's size; audit tells all of them.
    """
    side = face_side(prepared.folder, rows)
    found = stored_faces(prepared, rows, side)
    if found is None:
        images, maps = _decoded(prepared, rows, side)
        return FaceSet(_channels_first(images), maps[:, :1], maps[:, 1:], rows)
    stored, places = found
    maps = torch.from_numpy(stored.maps[places])
    pixels = _channels_first(torch.from_numpy(stored.images))
    return FaceSet(pixels, maps[:, :1], maps[:, 1:], rows, torch.from_numpy(places))


def _decoded(prepared: PreparedSet, rows: pl.DataFrame, side: int) -> tuple[Tensor, Tensor]:
    small = side // MAP_STRIDE
    images = np.empty((rows.height, side, side, 3), np.uint8)
    maps = np.empty((rows.height, 2, small, small), np.uint8)
    for k, face in enumerate(decode(prepared.folder, rows, side)):
        if isinstance(face, BadFile):
            raise face
        images[k], maps[k] = face.image, face.maps
    return torch.from_numpy(images), torch.from_numpy(maps)


def _channels_first(images: Tensor) -> Tensor:
    return images.permute(0, 3, 1, 2)


def _pick(pixels: Tensor, places: Tensor) -> Tensor:
    # Pictures are contiguous as [N, H, W, 3], which makes this a copy of whole pictures.
    return _channels_first(pixels.permute(0, 2, 3, 1).index_select(0, places))


def _floats(values: Tensor, device: str) -> Tensor:
    # Divided by a tensor: by a number, a GPU multiplies with its inverse and rounds differently.
    return values.to(device).float().div_(torch.tensor(255.0, device=device))
