"""The ranking yardstick: against a slow loop, and blind to what it must not see."""

import math

import torch

from mtfas.bilevel.ranking import pairwise_ranking

LABELS = torch.tensor([0, 1, 0, 1, 1])


def maps(seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(5, 1, 3, 3, generator=generator, dtype=torch.float64)


def test_equals_a_slow_loop() -> None:
    scores = [float(m.mean()) for m in maps()]
    mean = sum(scores) / 5
    spread = math.sqrt(sum((s - mean) ** 2 for s in scores) / 5)
    pairs = [(a, live) for a in (1, 3, 4) for live in (0, 2)]
    slow = sum(math.log1p(math.exp((scores[live] - scores[a]) / spread)) for a, live in pairs) / len(pairs)
    assert math.isclose(float(pairwise_ranking(maps(), LABELS)), slow, rel_tol=1e-12)


def test_a_common_shift_and_factor_change_neither_value_nor_gradient_along_them() -> None:
    said = maps().requires_grad_()
    loss = pairwise_ranking(said, LABELS)
    assert torch.isclose(loss, pairwise_ranking(3.0 * said - 0.7, LABELS))
    (slope,) = torch.autograd.grad(loss, said)
    assert abs(float(slope.sum())) < 1e-12  # along a shift
    assert abs(float((slope * said.detach()).sum())) < 1e-12  # along a factor
    assert slope.abs().max() > 1e-3


def test_its_gradient_is_that_of_finite_differences() -> None:
    assert torch.autograd.gradcheck(lambda said: pairwise_ranking(said, LABELS), (maps(1).requires_grad_(),))


def test_falls_as_attacks_rise() -> None:
    better = maps() + LABELS[:, None, None, None].double()
    assert pairwise_ranking(better, LABELS) < pairwise_ranking(maps(), LABELS)
