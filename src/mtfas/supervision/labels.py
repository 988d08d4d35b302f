"""What target map a face gets, and which way it points: the handcrafted supervisions."""

from typing import Protocol

import torch
from torch import Tensor

from mtfas.data.batch import FaceBatch
from mtfas.models.predict import CHUNK, fixed_chunks
from mtfas.types import Direction


class Supervision(Protocol):
    """A source of target maps for detectors."""

    @property
    def direction(self) -> Direction:
        """Which class has the high maps."""
        ...

    def target(self, batch: FaceBatch) -> Tensor:
        """Return the target maps [N, 1, h, w] of clean faces; a face's map depends on that face alone."""
        ...


class BinaryMap:
    """Ones for attacks, zeros for live faces: the pixel-wise binary label."""

    direction = Direction.ATTACK_HIGH

    def target(self, batch: FaceBatch) -> Tensor:
        """Return the maps; values 0 or 1."""
        return only_attacks(torch.ones_like(batch.depth), batch.labels)


class Depth:
    """The face's depth for live faces, zeros for attacks, which are taken for flat."""

    direction = Direction.LIVE_HIGH

    def target(self, batch: FaceBatch) -> Tensor:
        """Return the maps; values in [0, 1], 1 = nearest."""
        return torch.where(_over_maps(batch.attacks), 0.0, batch.depth)


class RegionMask:
    """The share of each cell that is attack; zeros for live faces, ones where a region is unknown."""

    direction = Direction.ATTACK_HIGH

    def target(self, batch: FaceBatch) -> Tensor:
        """Return the maps; values in [0, 1]."""
        return only_attacks(batch.region, batch.labels)


def only_attacks(maps: Tensor, labels: Tensor) -> Tensor:
    """Return the maps with zero-maps for live faces, ⊗ of Eq. 2.

    Args:
        maps: [N, 1, h, w].
        labels: [N], live = 0, attack = 1.
    """
    return torch.where(_over_maps(labels == 1), maps, 0.0)


def _over_maps(faces: Tensor) -> Tensor:
    return faces[:, None, None, None]


@torch.no_grad()
def label_all(supervision: Supervision, faces: FaceBatch, chunk: int = CHUNK) -> Tensor:
    """Return the target maps of a whole set of clean faces, [N, 1, h, w].

    Call it once, before augmentation, and keep the result. Every call of `target` sees the same number of
    faces, the last one padded, so which other faces are in the set changes no bit of a label.

    Raises:
        ValueError: there are no faces.
    """
    if len(faces) == 0:
        raise ValueError("label_all needs at least one face, but got none.")
    return torch.cat(
        [supervision.target(faces[rows])[:kept] for rows, kept in fixed_chunks(len(faces), chunk)]
    )
