"""RFMetaFAS: the decision must still be right on a domain it was not adapted to (Shao et al., AAAI 2020)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mtfas.models.detector import cross_entropy
from mtfas.models.rf_meta_fas import RfMetaFas
from mtfas.runtime.seeds import stream
from mtfas.training.learners.domains import by_domain, domain_pools, draw_domains
from mtfas.training.learners.learner import Learner, Material, Taught, descend

INNER_RATE = 1e-3
MAP_WEIGHT = 10.0

Params = Mapping[str, Tensor]
Decide = Callable[[Params, Tensor], Tensor]
"""(parameters of the meta learner, features) → logits [N]."""


@dataclass(frozen=True)
class Seen:
    """What the extractor and the depth estimator make of one domain: features, map loss; and the labels."""

    features: Tensor
    on_map: Tensor
    labels: Tensor


def meta_loss(decide: Decide, params: Params, train: Sequence[Seen], test: Seen, rate: float) -> Tensor:
    """Return the loss of one iteration: of the meta-train domains, and of the meta-test domain after them.

    Each meta-train domain adapts the meta learner by itself, by one gradient step that the loss looks
    through; each of the adapted learners decides about the meta-test domain. Sums over domains, not means.

    Args:
        decide: the meta learner as a function of its parameters.
        params: its parameters.
        train: the meta-train domains, two in the original.
        test: the meta-test domain.
        rate: of the inner step.
    """
    total = MAP_WEIGHT * test.on_map
    for domain in train:
        loss = cross_entropy(decide(params, domain.features), domain.labels)
        adapted = _adapted(params, loss, rate)
        total = total + loss + MAP_WEIGHT * domain.on_map
        total = total + cross_entropy(decide(adapted, test.features), test.labels)
    return total


def _adapted(params: Params, loss: Tensor, rate: float) -> dict[str, Tensor]:
    slopes = torch.autograd.grad(loss, list(params.values()), create_graph=True)
    return {name: value - rate * slope for (name, value), slope in zip(params.items(), slopes, strict=True)}


class RfMetaLearner(Learner):
    """Two of the three source domains, in an order drawn anew every step, teach; the third examines."""

    net: RfMetaFas

    second_order = True

    def __init__(self, material: Material) -> None:
        self.pools = domain_pools(material.faces, material.settings.detector)
        super().__init__(material)
        self.optimisers["net"] = self.adam(self.net.parameters())

    def draw(self, step: int) -> Tensor:
        """Return rows of every domain; `per_class` counts a domain's."""
        return draw_domains(self.pools, self.settings.per_class, self.settings.seed, step)

    def step(self, taught: Taught, step: int) -> float:
        """Take one step of Adam on the meta-learning loss."""
        domains = by_domain(taught, len(self.pools))
        order = stream(self.settings.seed, "meta-test", step).permutation(len(domains))
        *train, test = [self._seen(domains[k]) for k in order]  # a pass each: batch statistics are a domain's
        params = dict(self.net.meta_learner.named_parameters())
        loss = meta_loss(self.net.decide, params, train, test, INNER_RATE)
        return descend(self.optimisers["net"], loss)

    def _seen(self, domain: Taught) -> Seen:
        joined, last = self.net.extractor(self.net.normalise(domain.faces.images))
        return Seen(last, functional.mse_loss(self.net.depth(joined), domain.maps), domain.faces.labels)
