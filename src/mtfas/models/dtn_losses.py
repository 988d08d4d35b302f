"""What a deep tree network minimises: its leaves are supervised, its nodes find their split by themselves.

N faces, 7 nodes, 8 leaves. Only attacks visit; live faces belong to every leaf and to no node.
"""

import torch
from torch import Tensor

DEPTH_WEIGHTS = (1.0, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25)
"""A node's weight: the share of the tree that hangs on its split."""

ALPHA, BETA = 1e-3, 1e-2


def map_loss(maps: Tensor, target: Tensor, visitors: Tensor, live: Tensor) -> Tensor:
    """Return the mean absolute error of the leaves' maps.

    Args:
        maps: [N, 8, h, w].
        target: [N, 1, h, w].
        visitors: [N, 8], the attacks that end in each leaf.
        live: [N], boolean.
    """
    return _over_leaves((maps - target).abs().mean((2, 3)), visitors, live)


def class_loss(classes: Tensor, visitors: Tensor, live: Tensor) -> Tensor:
    """Return the mean distance of the leaves' raw class outputs [N, 8] from 0 (live) and 1 (attack).

    The authors' code, unlike their text, does without a cross-entropy here.
    """
    wanted = (~live).to(classes.dtype)[:, None]
    return _over_leaves((classes - wanted).abs(), visitors, live)


def route_loss(features: Tensor, routes: Tensor, centre: Tensor, visitors: Tensor) -> Tensor:
    """Return exp(−α v C vᵀ) + β tr C, over the nodes: v shall be the direction in which visitors differ most.

    C is the covariance of a node's visitors about its centre, D × D. It is never formed: v C vᵀ is the mean
    of the squared route values, tr C that of the squared distances.

    Args:
        features: [N, 7, D].
        routes: [N, 7], (x − centre) · v with v of length 1.
        centre: [7, D].
        visitors: [N, 7], the attacks that come past each node.
    """
    along = masked_mean(routes.square(), visitors)
    trace = masked_mean((features - centre).square().sum(2), visitors)
    return _over_nodes(torch.exp(-ALPHA * along) + BETA * trace, visitors)


def uniqueness_loss(routes: Tensor, visitors: Tensor) -> Tensor:
    """Return how much less a node's visitors spread along its direction than all other faces, live ones too.

    Args:
        routes: [N, 7].
        visitors: [N, 7], as for `route_loss`.
    """
    squares = routes.square()
    return _over_nodes(masked_mean(squares, ~visitors) - masked_mean(squares, visitors), visitors)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over the first dimension of what the mask keeps; 0 where it keeps nothing."""
    return torch.where(mask, values, 0.0).sum(0) / mask.sum(0).clamp_min(1)


def _over_leaves(errors: Tensor, visitors: Tensor, live: Tensor) -> Tensor:
    """Weigh attacks and live faces alike in each leaf, whatever their numbers; unvisited leaves give 0."""
    of_live = masked_mean(errors, live[:, None].expand_as(errors))
    halved = (masked_mean(errors, visitors) + of_live) / 2
    return torch.where(visitors.any(0), halved, 0.0).mean()


def _over_nodes(losses: Tensor, visitors: Tensor) -> Tensor:
    """Return the weighted mean; a single visitor differs from nobody, so its node gives 0."""
    weights = torch.tensor(DEPTH_WEIGHTS, dtype=losses.dtype, device=losses.device)
    return torch.where(visitors.sum(0) > 1, losses * weights, 0.0).mean()
