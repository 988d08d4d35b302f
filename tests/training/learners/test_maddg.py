"""MADDG's terms against slow loops, and that each step moves what it should and nothing else."""

import pytest
import torch
from torch import Tensor

from mtfas.models.maddg import Discriminator, Embedder
from mtfas.training.learners.maddg import ACROSS, WITHIN, WITHIN_WEIGHT, dual_force, least_squares
from mtfas.training.learners.triplet import batch_hard


def embeddings(count: int, seed: int = 0) -> Tensor:
    points = torch.randn(count, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(points, dim=1)


def slow_triplet(points: Tensor, labels: Tensor, margin: float) -> float:
    losses = []
    for i, a in enumerate(points):
        same = [float((a - b).norm()) for j, b in enumerate(points) if labels[i] == labels[j] and i != j]
        other = [float((a - b).norm()) for j, b in enumerate(points) if labels[i] != labels[j]]
        losses.append(max(0.0, max([0.0, *same]) - min(other) + margin))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("margin", [0.0, 0.1, 0.5])
def test_triplet_against_loops(margin: float) -> None:
    points, labels = embeddings(9), torch.tensor([0, 1, 0, 1, 1, 0, 0, 1, 0])
    found = batch_hard(points, labels, margin)
    assert found.item() == pytest.approx(slow_triplet(points, labels, margin), abs=1e-6)


def test_triplet_slope_is_finite_where_embeddings_are_equal() -> None:
    points = torch.ones(4, 3, dtype=torch.float64, requires_grad=True)
    batch_hard(points, torch.tensor([0, 0, 1, 1]), 0.5).backward()
    assert points.grad is not None
    assert points.grad.isfinite().all()


def test_triplet_slope_by_finite_differences() -> None:
    points, labels = embeddings(6, 3).requires_grad_(), torch.tensor([0, 1, 0, 1, 1, 0])
    assert torch.autograd.gradcheck(lambda p: batch_hard(p, labels, 0.5), (points,))


def test_dual_force_is_three_pairs_and_three_domains() -> None:
    domains = [embeddings(6, seed) for seed in range(3)]
    labels = [torch.tensor([0, 0, 0, 1, 1, 1])] * 3
    wanted = 0.0
    for a, b in ((0, 1), (0, 2), (1, 2)):
        wanted += slow_triplet(torch.cat([domains[a], domains[b]]), torch.cat([labels[a], labels[b]]), ACROSS)
    wanted += sum(WITHIN_WEIGHT * slow_triplet(d, y, WITHIN) for d, y in zip(domains, labels, strict=True))
    assert dual_force(domains, labels).item() == pytest.approx(wanted, abs=1e-6)


def test_least_squares_terms() -> None:
    verdicts = torch.tensor([0.2, 0.7, 1.5])
    assert least_squares(verdicts, 1.0).item() == pytest.approx((0.64 + 0.09 + 0.25) / 3)
    assert least_squares(verdicts, 0.0).item() == pytest.approx((0.04 + 0.49 + 2.25) / 3)


@pytest.mark.parametrize(("side", "patches"), [(4, 1), (8, 1), (16, 1), (32, 3)])
def test_discriminators_judge_maps_of_any_face(side: int, patches: int) -> None:
    verdict = Discriminator().eval()(torch.rand(2, 128, side, side))
    assert verdict.shape == (2, 1, patches, patches)


def test_embeddings_have_length_one() -> None:
    embedding, logit = Embedder().eval()(torch.rand(3, 128, 8, 8))
    torch.testing.assert_close(embedding.norm(dim=1), torch.ones(3))
    assert logit.shape == (3,)
