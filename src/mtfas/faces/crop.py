"""Cut a face out: one geometry for training, depth maps and serving.

Pixel i covers the interval [i, i + 1). The crop is the square of side scale · max(width, height) around the
box's centre, resampled to size × size without rounding the square to whole pixels.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from mtfas.errors import BadData, BadSetting, unknown_name
from mtfas.faces.image import MIN_SIDE
from mtfas.types import Box, ByteImage

PADDINGS = ("border", "black")
"""What stands where the square leaves the image: its border pixels repeated, or black."""

Floats = npt.NDArray[np.float32]
Weights = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class CropRule:
    """How faces are cut out; stored with every prepared data set and every exported model.

    Attributes:
        size: side of the crop in pixels.
        scale: side of the square in units of the box's longer side.
        padding: one of PADDINGS.
    """

    size: int
    scale: float = 1.3
    padding: str = "border"

    def __post_init__(self) -> None:
        if not MIN_SIDE <= self.size <= 2048:
            raise BadSetting(f"the crop size is {self.size} pixels; choose {MIN_SIDE} to 2048.")
        if not 0.5 <= self.scale <= 5.0:
            raise BadSetting(f"the crop scale is {self.scale}; choose 0.5 to 5 times the face box.")
        if self.padding not in PADDINGS:
            raise unknown_name("padding", self.padding, PADDINGS)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain values; CropRule(**fields) gives the rule back."""
        return asdict(self)


def crop_square(box: Box, rule: CropRule) -> Box:
    """Return the square that is cut out for a face box, in pixels of the image; it may leave the image."""
    side = rule.scale * max(box.width, box.height)
    return Box(box.left + (box.width - side) / 2, box.top + (box.height - side) / 2, side, side)


def crop_face(image: ByteImage, box: Box, rule: CropRule) -> ByteImage:
    """Cut the face out.

    Where the crop is smaller than the square each pixel is the mean of the area it covers, else values are
    interpolated linearly; both are exact for squares at fractions of a pixel.

    Args:
        image: uint8 [H, W, 3].
        box: the face, in pixels of the image.
        rule: size, scale and padding.

    Returns:
        uint8 [size, size, 3].

    Raises:
        BadData: the box lies outside the image.
    """
    height, width = image.shape[:2]
    if box.left >= width or box.top >= height or box.left + box.width <= 0 or box.top + box.height <= 0:
        raise BadData(
            f"the face box {box.as_list()} lies outside the image of {width} × {height} pixels; "
            "boxes are left, top, width, height in pixels of the upright image."
        )
    square = crop_square(box, rule)
    rows, used_rows = _axis(square.top, square.height, height, rule)
    columns, used_columns = _axis(square.left, square.width, width, rule)
    window = image[used_rows, used_columns].astype(np.float32)
    return _resample(window, rows, columns)


def _resample(window: Floats, rows: sparse.csr_array, columns: sparse.csr_array) -> ByteImage:
    # h w: window, H W: crop, c: channel.  Sparse products add in a fixed order: bytes do not depend on BLAS.
    h, w, c = window.shape
    tall = (rows @ window.reshape(h, w * c)).reshape(-1, w, c)  # H w c
    sideways = np.ascontiguousarray(tall.transpose(1, 0, 2)).reshape(w, -1)  # w (H c)
    crop = (columns @ sideways).reshape(columns.shape[0], -1, c).transpose(1, 0, 2)  # H W c
    return np.ascontiguousarray(np.clip(np.rint(crop), 0, 255).astype(np.uint8))


def _axis(start: float, length: float, extent: int, rule: CropRule) -> tuple[sparse.csr_array, slice]:
    """Return the weights [size, pixels used] of one axis and which pixels they are for."""
    step = length / rule.size
    pixel, target, weight = (_area if step > 1 else _linear)(start, step, extent, rule.size)
    if rule.padding == "black":
        weight = weight * ((pixel >= 0) & (pixel < extent))
    pixel = np.clip(pixel, 0, extent - 1)
    first, last = int(pixel.min()), int(pixel.max())
    shape = (rule.size, last - first + 1)
    weights = sparse.coo_array((weight.astype(np.float32), (target, pixel - first)), shape=shape)
    return weights.tocsr(), slice(first, last + 1)


def _area(start: float, step: float, extent: int, size: int) -> Weights:
    # Cut the line at every pixel border of image and crop; each piece lies in one pixel of either.
    edges = start + step * np.arange(size + 1)
    inner = np.arange(max(0, np.floor(start)), min(extent, np.ceil(edges[-1])) + 1)
    cuts = np.unique(np.concatenate([edges, inner[(inner > edges[0]) & (inner < edges[-1])]]))
    middle = (cuts[1:] + cuts[:-1]) / 2
    target = np.clip(np.searchsorted(edges, middle, side="right") - 1, 0, size - 1)
    return np.floor(middle).astype(np.int64), target, np.diff(cuts) / step


def _linear(start: float, step: float, extent: int, size: int) -> Weights:
    at = start + step * (np.arange(size) + 0.5) - 0.5
    below = np.floor(at).astype(np.int64)
    share = at - below
    pixel, target = np.concatenate([below, below + 1]), np.tile(np.arange(size), 2)
    return pixel, target, np.concatenate([1 - share, share])
