"""The batch-hard triplet loss on embeddings."""

import torch
from torch import Tensor

TINY = 1e-12
"""Kept under the root, so that two equal embeddings have a finite slope."""


def batch_hard(embeddings: Tensor, labels: Tensor, margin: float) -> Tensor:
    """Return the mean over faces of max(0, farthest of its class − nearest of the other class + margin).

    Args:
        embeddings: [N, C]; distances are Euclidean.
        labels: [N]; both classes occur.
        margin: ≥ 0.

    References:
        Hermans, Beyer, Leibe: "In defense of the triplet loss for person re-identification", 2017.
    """
    squares = embeddings.square().sum(1)
    squared = (squares[:, None] + squares[None] - 2.0 * embeddings @ embeddings.T).clamp_min(TINY)
    distances, same = squared.sqrt(), labels[:, None] == labels[None]
    farthest = torch.where(same, distances, -torch.inf).amax(1)
    nearest = torch.where(same, torch.inf, distances).amin(1)
    return (farthest - nearest + margin).clamp_min(0.0).mean()
