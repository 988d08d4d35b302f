"""The trust region in label space: sizes, bounds, and what a regression on noisy changes finds."""

import torch

from mtfas.bilevel.trust import target_within, wanted_change


def influence(seed: int = 0) -> torch.Tensor:
    return torch.randn(6, 1, 4, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_change_goes_against_the_influence_in_its_own_units() -> None:
    found = wanted_change(1e-9 * influence(), clip=100.0, keep_level=False)
    assert torch.isclose(found.square().mean(), torch.tensor(1.0).double())
    assert torch.all(found * influence() <= 0)
    assert torch.equal(found, wanted_change(2e-9 * influence(), clip=100.0, keep_level=False))


def test_a_kept_level_is_kept() -> None:
    lifted = influence() - 5.0  # every pixel is wanted higher
    assert wanted_change(lifted, clip=100.0, keep_level=False).mean() > 0.9
    assert abs(float(wanted_change(lifted, clip=100.0, keep_level=True).mean())) < 1e-12


def test_no_influence_wants_no_change() -> None:
    assert torch.equal(wanted_change(torch.zeros(2, 1, 2, 2), 3.0, True), torch.zeros(2, 1, 2, 2))


def test_targets_stay_within_reach_of_the_anchor_and_within_bounds() -> None:
    change = wanted_change(influence(), clip=1.5, keep_level=True)
    anchor = torch.full_like(change, 0.1)
    target = target_within(anchor, change, reach=0.4)
    assert float((target - anchor).abs().max()) <= 0.4 * 1.5 + 1e-12
    assert float(target.min()) == 0.0  # 0.1 − 0.6 would lie below
    assert float(target_within(anchor + 1.8, change, 0.4).max()) == 2.0


def test_the_mean_of_many_noisy_changes_is_the_clean_one() -> None:
    """What the regression relies on: noise averages out, the direction stays."""
    clean = influence(1)
    changes = [wanted_change(clean + 3.0 * influence(k + 2), 3.0, keep_level=False) for k in range(400)]
    mean = torch.stack(changes).mean(0)
    cosine = torch.nn.functional.cosine_similarity(mean.flatten(), -clean.flatten(), dim=0)
    assert float(cosine) > 0.97
