"""The limit of a small step: a surrogate's slope of L_v over many unseen faces, and what it does to its maps.

For one inner step and α → 0, ∂L_v/∂P = (2α/N) J v with v = ∇L_v(θ) (bilevel/influence.py): one number v for a
surrogate that stands still, whatever faces it is taught on. So v can be averaged over many batches once, and
each face's influence costs one derivative along it, without the noise of a batch of unseen faces.
"""

import torch
from torch import Tensor
from torch.func import functional_call, jvp

from mtfas.bilevel.lower_level import Params, added, gradient, leaves, lower_loss
from mtfas.bilevel.ranking import pairwise_ranking
from mtfas.data.batch import FaceBatch
from mtfas.models import Detector
from mtfas.training.two_levels import class_map


def outer_loss(maps: Tensor, batch: FaceBatch, yardstick: str) -> Tensor:
    """Return L_v of maps [N, 1, h, w] of unseen faces, by "class" or "ranking"."""
    if yardstick == "ranking":
        return pairwise_ranking(maps, batch.labels)
    return lower_loss(maps, class_map(batch))


def mean_slope(net: Detector, batches: list[FaceBatch], yardstick: str) -> Params:
    """Return ∇_θ L_v, the mean over batches of unseen faces; nothing changes."""
    slopes = []
    for batch in batches:
        theta = leaves(dict(net.named_parameters()))
        said = functional_call(net, theta, (batch.images,)).map
        slopes.append(gradient(outer_loss(said, batch, yardstick) / len(batches), theta))
    return added(slopes)


def in_units(slope: Params, units: Params | None) -> Params:
    """Return u² · slope: the direction of a step whose parameters have units u; None is all ones."""
    return slope if units is None else {name: units[name] ** 2 * tensor for name, tensor in slope.items()}


@torch.no_grad()
def maps_along(net: Detector, direction: Params, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return f_θ(x) and J · direction, both [N, 1, h, w], exactly, by forward-mode differentiation."""
    theta = {name: tensor.detach() for name, tensor in net.named_parameters()}
    found = jvp(lambda theta: functional_call(net, theta, (images,)).map, (theta,), (direction,))
    return found[0], found[1]
