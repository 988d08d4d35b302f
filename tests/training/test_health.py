import numpy as np
import pytest
import torch

from mtfas.training.health import health


def test_health_of_an_untouched_teacher() -> None:
    maps = 0.5 + torch.rand(6, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    now = health(maps, maps)
    assert now.level == pytest.approx(float(maps.double().mean()))
    assert now.saturation == 0
    assert now.correlation_with_start == pytest.approx(1)
    assert now.warnings() == {}


def test_health_against_a_slow_loop() -> None:
    rng = np.random.default_rng(0)
    maps, start = (2 * rng.random((5, 1, 3, 3)) for _ in range(2))
    now = health(torch.from_numpy(maps), torch.from_numpy(start))
    correlations = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(maps, start, strict=True)]
    shapes = np.stack([m.ravel() - m.mean() for m in maps])
    assert now.correlation_with_start == pytest.approx(np.mean(correlations))
    assert now.template_share == pytest.approx((shapes.mean(0) ** 2).sum() / (shapes**2).sum(1).mean())
    assert now.saturation == pytest.approx(np.mean((maps < 0.1) | (maps > 1.9)))


def test_one_map_for_all_faces_is_all_template() -> None:
    one = torch.rand(1, 1, 4, 4).expand(7, 1, 4, 4)
    assert health(one, one).template_share == pytest.approx(1)


def test_a_destroyed_teacher_is_told() -> None:
    start = torch.rand(6, 1, 4, 4)
    sentences = health(torch.zeros(6, 1, 4, 4), start).warnings()
    assert len(sentences) == 3
    assert "vanishing" in sentences["level"]
