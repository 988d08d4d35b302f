"""Our own small augmentation set. What moves pixels moves the image and every map together."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mtfas.data.batch import FaceBatch
from mtfas.errors import unknown_name
from mtfas.types import FloatArray

Augmentation = Callable[[FaceBatch, Tensor | None, np.random.Generator], tuple[FaceBatch, Tensor | None]]
"""(batch, target maps or None, random numbers) → (batch, target maps)."""


def flip(batch: FaceBatch, maps: Tensor | None, rng: np.random.Generator) -> tuple[FaceBatch, Tensor | None]:
    """Mirror half of the faces left to right, with their depth, region and target maps."""
    mirrored = torch.from_numpy(rng.random(len(batch)) < 0.5)[:, None, None, None]

    def turn(picture: Tensor) -> Tensor:
        return torch.where(mirrored, picture.flip(-1), picture)

    turned = FaceBatch(turn(batch.images), batch.labels, turn(batch.depth), turn(batch.region))
    return turned, None if maps is None else turn(maps)


def colour(
    batch: FaceBatch, maps: Tensor | None, rng: np.random.Generator
) -> tuple[FaceBatch, Tensor | None]:
    """Change gamma (0.8–1.25), contrast (±15 %) and each channel's level (±0.06) of every face; maps stay."""
    n = len(batch)
    gamma = _column(np.exp(rng.uniform(-0.223, 0.223, n)))
    contrast = _column(rng.uniform(0.85, 1.15, n))
    shift = torch.from_numpy(rng.uniform(-0.06, 0.06, (n, 3, 1, 1))).float()
    images = (batch.images.clamp_min(1e-4) ** gamma - 0.5) * contrast + 0.5 + shift
    return FaceBatch(images.clamp(0.0, 1.0), batch.labels, batch.depth, batch.region), maps


def erase(batch: FaceBatch, maps: Tensor | None, rng: np.random.Generator) -> tuple[FaceBatch, Tensor | None]:
    """Blacken a rectangle (1–5 % of the area, aspect 1/2–2) in half of the faces; maps stay, as in CDCN."""
    images = batch.images.clone()
    side = images.shape[-1]
    for k in np.flatnonzero(rng.random(len(batch)) < 0.5):
        area, aspect = rng.uniform(0.01, 0.05) * side**2, np.exp(rng.uniform(-0.693, 0.693))
        height, width = max(1, int(np.sqrt(area * aspect))), max(1, int(np.sqrt(area / aspect)))
        top, left = int(rng.integers(side - height + 1)), int(rng.integers(side - width + 1))
        images[int(k), :, top : top + height, left : left + width] = 0.0
    return FaceBatch(images, batch.labels, batch.depth, batch.region), maps


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


def _column(values: FloatArray) -> Tensor:
    return torch.from_numpy(values).float()[:, None, None, None]
