"""A few faces as a batch."""

import torch

from mtfas.data.batch import FaceBatch


def make_faces(count: int, side: int = 32, seed: int = 0) -> FaceBatch:
    """Noise faces, every second one an attack; depth and region as the prepared data promises them."""
    rng = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2
    attacks = (labels == 1)[:, None, None, None]
    shape = (count, 1, side // 8, side // 8)
    depth, region = torch.rand(shape, generator=rng), torch.rand(shape, generator=rng)
    return FaceBatch(
        torch.rand(count, 3, side, side, generator=rng),
        labels,
        torch.where(attacks, 0.0, depth),
        torch.where(attacks, region, 0.0),
    )
