"""MADDG: features that fool a discriminator of every source domain (Shao et al., CVPR 2019)."""

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.detector import cross_entropy
from mtfas.models.layers import estimate_statistics
from mtfas.models.maddg import Discriminator, DomainNetwork, Maddg
from mtfas.runtime.seeds import stream
from mtfas.training.learners.domains import by_domain, domain_pools, draw_domains
from mtfas.training.learners.learner import Learner, Material, Taught, descend, seeded
from mtfas.training.learners.triplet import batch_hard

FIRST_STAGE = 0.25
"""Share of the steps in which the domains' own extractors learn; the original takes 10 epochs for them."""
ACROSS, WITHIN, WITHIN_WEIGHT = 0.5, 0.1, 0.1
"""The triplet margins across and within domains, and the weight of the latter."""
SLOW = 0.1
"""Rate of everything but depth, as a share of depth's: 1e-5 beside 1e-4."""
STATISTICS_BATCHES = 8


def least_squares(verdict: Tensor, real: float) -> Tensor:
    """Return the mean squared distance of a discriminator's verdicts from 1 (real) or 0: LSGAN's terms."""
    return (verdict - real).square().mean()


def dual_force(embeddings: list[Tensor], labels: list[Tensor]) -> Tensor:
    """Return the triplet terms of every pair of domains together and of every domain alone.

    Args:
        embeddings: of each domain, [N, C] of length 1.
        labels: of each domain, [N].
    """
    total = embeddings[0].new_zeros(())
    for pair in itertools.combinations(range(len(labels)), 2):
        both = torch.cat([embeddings[k] for k in pair]), torch.cat([labels[k] for k in pair])
        total = total + batch_hard(*both, ACROSS)
    for embedding, label in zip(embeddings, labels, strict=True):
        total = total + WITHIN_WEIGHT * batch_hard(embedding, label, WITHIN)
    return total


class MaddgLearner(Learner):
    """First every domain's own extractor; then the shared one against a discriminator of each."""

    net: Maddg

    def __init__(self, material: Material) -> None:
        self.pools = domain_pools(material.faces, material.settings.detector)
        super().__init__(material)
        count = range(len(self.pools))
        with seeded(self.settings.seed, "weights", "maddg"):
            self.own = nn.ModuleList(self.ready(DomainNetwork()) for _ in count)
            self.judges = nn.ModuleList(self.ready(Discriminator()) for _ in count)
        self.networks |= {"own": self.own, "judges": self.judges}
        net, extractor = self.net, list(self.net.extractor.parameters())
        self.optimisers = {
            "own": self.adam(self.own.parameters()),
            "depth": self.adam([*extractor, *net.depth.parameters()]),
            "shared": self.adam([*extractor, *net.embedder.parameters()], SLOW),
            "judges": self.adam(self.judges.parameters(), SLOW),
        }
        self.first = max(1, int(FIRST_STAGE * self.settings.iterations))

    def draw(self, step: int) -> Tensor:
        """Return rows of every domain; `per_class` counts a domain's."""
        return draw_domains(self.pools, self.settings.per_class, self.settings.seed, step)

    def step(self, taught: Taught, step: int) -> float:
        """Take a step of the stage the run is in; the loss is the mean map loss plus, later, the others."""
        domains = by_domain(taught, len(self.pools))
        if step < self.first:
            loss = self._learn_domains(domains)
            if step + 1 == self.first:
                self._freeze()
            return loss
        self.own.eval()
        return self._learn_depth(taught) + self._fool(taught, domains) + self._judge(taught, domains)

    def _learn_domains(self, domains: list[Taught]) -> float:
        losses = [
            functional.mse_loss(net(domain.faces.images)[0], domain.maps)
            for net, domain in zip(self.own, domains, strict=True)
        ]
        return descend(self.optimisers["own"], torch.stack(losses).sum()) / len(domains)

    def _freeze(self) -> None:
        """Estimate each domain network's statistics on its own domain; from here on they stay as they are."""
        faces, settings = self.material.faces, self.settings
        for net, (name, pool) in zip(self.own, self.pools.items(), strict=True):
            draws = (stream(settings.seed, "statistics", name, k) for k in range(STATISTICS_BATCHES))
            estimate_statistics(
                net,
                (faces.batch(pool.draw(settings.per_class, rng), settings.device).images for rng in draws),
            )

    def _learn_depth(self, taught: Taught) -> float:
        output = self.net(taught.faces.images)
        return descend(self.optimisers["depth"], functional.mse_loss(output.map, taught.maps))

    def _fool(self, taught: Taught, domains: list[Taught]) -> float:
        output, labels = self.net(taught.faces.images), taught.faces.labels
        embeddings = list(output.parts["embedding"].chunk(len(domains)))
        assert output.logit is not None
        loss = dual_force(embeddings, list(labels.chunk(len(domains)))) + cross_entropy(output.logit, labels)
        verdicts = [least_squares(judge(output.parts["last"]), 1.0) for judge in self.judges]
        return descend(self.optimisers["shared"], loss + torch.stack(verdicts).mean())

    def _judge(self, taught: Taught, domains: list[Taught]) -> float:
        with torch.no_grad():
            _, shared = self.net.extractor(self.net.normalise(taught.faces.images))
            real = [net(domain.faces.images)[1] for net, domain in zip(self.own, domains, strict=True)]
        losses = [
            # As many real ones as there are shared ones, which come from all domains.
            least_squares(judge(own.repeat(len(domains), 1, 1, 1)), 1.0) + least_squares(judge(shared), 0.0)
            for judge, own in zip(self.judges, real, strict=True)
        ]
        return descend(self.optimisers["judges"], 0.5 * torch.stack(losses).sum()) / len(domains)
