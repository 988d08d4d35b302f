"""Our own small augmentation set. What moves pixels moves the image and every map together.

Random numbers are drawn on the CPU, so every device sees the same faces; the work is done where the batch is,
and the caller's tensors stay as they are.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mtfas.data.batch import FaceBatch
from mtfas.errors import unknown_name
from mtfas.types import FloatArray

IntArray = npt.NDArray[np.int64]

Augmentation = Callable[[FaceBatch, Tensor | None, np.random.Generator], tuple[FaceBatch, Tensor | None]]
"""(batch, target maps or None, random numbers) → (batch, target maps)."""


def flip(batch: FaceBatch, maps: Tensor | None, rng: np.random.Generator) -> tuple[FaceBatch, Tensor | None]:
    """Mirror half of the faces left to right, with their depth, region and target maps."""
    chosen = np.flatnonzero(rng.random(len(batch)) < 0.5)
    mirrored = torch.from_numpy(chosen).to(batch.images.device)

    def turn(picture: Tensor) -> Tensor:
        turned = picture.clone()
        # As [N, H, W, C], the order in memory, faces are copied whole.
        across = turned.movedim(1, -1)
        across.index_copy_(0, mirrored, across.index_select(0, mirrored).flip(2))
        return turned

    faces = FaceBatch(turn(batch.images), batch.labels, turn(batch.depth), turn(batch.region))
    return faces, None if maps is None else turn(maps)


def colour(
    batch: FaceBatch, maps: Tensor | None, rng: np.random.Generator
) -> tuple[FaceBatch, Tensor | None]:
    """Change gamma (0.8–1.25), contrast (±15 %) and each channel's level (±0.06) of every face; maps stay.

    A pixel x becomes (x^gamma - 0.5) · contrast + 0.5 + level, cut to [0, 1].
    """
    n, device = len(batch), batch.images.device
    gamma = _factor(np.exp(rng.uniform(-0.223, 0.223, n))).to(device)
    contrast = _factor(rng.uniform(0.85, 1.15, n)).to(device)
    level = torch.from_numpy(rng.uniform(-0.06, 0.06, (n, 1, 3))).float().to(device)
    offset = (level + 0.5 - 0.5 * contrast).repeat(1, 1, batch.images.shape[-1])
    # x^gamma as 2^(gamma · log2 x): a third faster than pow on a CPU, and equal to float32 rounding.
    pixels = _lines(batch.images).clamp_min(1e-4).log2_().mul_(gamma).exp2_()
    torch.addcmul(offset, pixels, contrast, out=pixels)
    return _with_lines(batch, pixels.clamp_(0.0, 1.0)), maps


def erase(batch: FaceBatch, maps: Tensor | None, rng: np.random.Generator) -> tuple[FaceBatch, Tensor | None]:
    """Blacken a rectangle (1–5 % of the area, aspect 1/2–2) in half of the faces; maps stay, as in CDCN."""
    side = batch.images.shape[-1]
    first, last = _rectangles(len(batch), side, rng)
    place = np.arange(side)
    inside = (first[..., None] <= place) & (place < last[..., None])  # [N, 2, side]: rows, columns
    black = inside[:, 0, :, None] & inside[:, 1].repeat(3, axis=-1)[:, None]
    lines = _lines(batch.images)
    return _with_lines(batch, torch.where(torch.from_numpy(black).to(lines.device), 0.0, lines)), maps


def _rectangles(n: int, side: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Draw (top, left) and (bottom, right) of n rectangles, [n, 2] each; half of them are empty."""
    first, last = np.zeros((n, 2), np.int64), np.zeros((n, 2), np.int64)
    for k in np.flatnonzero(rng.random(n) < 0.5):
        area, aspect = rng.uniform(0.01, 0.05) * side**2, np.exp(rng.uniform(-0.693, 0.693))
        height, width = max(1, int(np.sqrt(area * aspect))), max(1, int(np.sqrt(area / aspect)))
        first[k] = rng.integers(side - height + 1), rng.integers(side - width + 1)
        last[k] = first[k] + (height, width)
    return first, last


def _lines(images: Tensor) -> Tensor:
    """Return images as [N, H, W·3], their order in channels-last memory: loops over it are long."""
    return images.movedim(1, -1).flatten(2)


def _with_lines(batch: FaceBatch, lines: Tensor) -> FaceBatch:
    images = lines.reshape(*lines.shape[:2], -1, 3).movedim(-1, 1)
    return FaceBatch(images, batch.labels, batch.depth, batch.region)


AUGMENTATIONS: dict[str, Augmentation] = {"flip": flip, "colour": colour, "erase": erase}


def augment(
    batch: FaceBatch, maps: Tensor | None, names: tuple[str, ...], rng: np.random.Generator
) -> tuple[FaceBatch, Tensor | None]:
    """Apply the named augmentations in order.

    Args:
        batch: faces as loaded.
        maps: [N, 1, h, w] target maps of these faces, or None when labels are made afterwards.
        names: keys of AUGMENTATIONS, e.g. ("flip", "colour").
        rng: the iteration's random numbers.
    """
    for name in names:
        batch, maps = AUGMENTATIONS[name](batch, maps, rng)
    return batch, maps


def check_augmentations(names: tuple[str, ...]) -> None:
    """Raise BadSetting for an unknown augmentation."""
    for name in names:
        if name not in AUGMENTATIONS:
            raise unknown_name("augmentation", name, AUGMENTATIONS)


def _factor(values: FloatArray) -> Tensor:
    return torch.from_numpy(values).float()[:, None, None]
