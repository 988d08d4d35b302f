"""Label rules against slow loops, at their extremes, and one face at a time."""

import json
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mtfas.errors import BadData, BadSetting
from mtfas.supervision.rules import (
    HIGH_QUANTILE,
    LABEL_RULES,
    LOW_QUANTILE,
    LabelRule,
    eq13,
    eq14,
    fit_rule,
    linear,
    raw,
)


def logits(count: int = 5, seed: int = 0, scale: float = 2.0) -> torch.Tensor:
    return torch.randn(count, 1, 3, 4, generator=torch.Generator().manual_seed(seed)) * scale


def ready(name: str) -> LabelRule:
    return fit_rule(name, logits(50, seed=9))


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def by_loops(maps: torch.Tensor, squash: Callable[[float], float]) -> torch.Tensor:
    """Min–max per face, pixel by pixel."""
    faces = []
    for face in maps:
        values = [squash(float(value)) for value in face.flatten()]
        low, high = min(values), max(values)
        faces.append([(value - low) / (high - low) for value in values])
    return torch.tensor(faces).reshape(maps.shape)


def test_equation_13_by_loops() -> None:
    torch.testing.assert_close(eq13(logits()), by_loops(logits(), sigmoid))


def test_equation_14_by_loops() -> None:
    torch.testing.assert_close(eq14(logits()), by_loops(logits(), lambda value: value))


def test_raw_by_loops() -> None:
    wanted = torch.tensor([2 * sigmoid(float(value)) for value in logits().flatten()]).reshape(5, 1, 3, 4)
    torch.testing.assert_close(raw(logits()), wanted)


def test_linear_by_loops() -> None:
    wanted = torch.tensor([min(1.0, max(0.0, float(value))) for value in logits().flatten()])
    torch.testing.assert_close(linear(logits()).flatten(), wanted, rtol=0, atol=0)
    assert 0 < int(((wanted > 0) & (wanted < 1)).sum()) < len(wanted), "the test needs values on all sides"


def test_linear_leaves_a_map_of_the_labels_as_it_is_where_equation_14_stretches_it() -> None:
    nearly_ones = 0.9 + logits(scale=0.01)
    torch.testing.assert_close(linear(nearly_ones), nearly_ones, rtol=0, atol=0)
    assert eq14(nearly_ones).min() == 0


def test_the_two_equations_differ_where_a_logit_sticks_out() -> None:
    maps = torch.tensor([-1.0, 0.0, 1.0, 30.0]).reshape(1, 1, 2, 2)
    assert eq13(maps)[0, 0, 1, 0] > 0.5
    assert eq14(maps)[0, 0, 1, 0] < 0.1


def test_quantile_scales_by_the_training_attacks() -> None:
    training = logits(50, seed=9)
    rule = fit_rule("quantile", training)
    levels = np.array([sigmoid(float(value)) for value in training.flatten()])
    low, high = np.quantile(levels, [LOW_QUANTILE, HIGH_QUANTILE])
    assert rule.numbers == pytest.approx({"low": low, "high": high}, rel=1e-6)
    wanted = [min(1.0, max(0.0, (sigmoid(float(v)) - low) / (high - low))) for v in logits().flatten()]
    torch.testing.assert_close(
        rule(logits()), torch.tensor(wanted).float().reshape(5, 1, 3, 4), rtol=1e-4, atol=1e-5
    )


def test_quantile_keeps_the_level_that_min_max_throws_away() -> None:
    high, low = logits(1, scale=0.1) + 3, logits(1, scale=0.1) - 3
    rule = ready("quantile")
    assert rule(high).mean() > rule(low).mean() + 0.5
    assert abs(float(eq13(high).mean() - eq13(low).mean())) < 0.1


@pytest.mark.parametrize("name", LABEL_RULES)
def test_a_stored_rule_gives_the_same_labels(name: str) -> None:
    rule = ready(name)
    stored = json.loads(json.dumps({"name": rule.name, "numbers": rule.numbers}))
    assert torch.equal(LabelRule(**stored)(logits()), rule(logits()))


@pytest.mark.parametrize("name", LABEL_RULES)
def test_a_face_never_depends_on_the_others(name: str) -> None:
    rule = ready(name)
    together = rule(logits(7))
    for face in range(7):
        assert torch.equal(rule(logits(7)[face : face + 1])[0], together[face])
    order = torch.tensor([3, 0, 6, 1])
    assert torch.equal(rule(logits(7)[order]), together[order])


@pytest.mark.parametrize("rule", [eq13, eq14])
@pytest.mark.parametrize("value", [0.0, -5.0, 40.0, -200.0, 3e38, -3e38])
def test_a_constant_map_is_labelled_attack_everywhere(
    rule: Callable[[torch.Tensor], torch.Tensor], value: float
) -> None:
    maps = torch.full((2, 1, 3, 4), value)
    assert torch.equal(rule(maps), torch.ones(2, 1, 3, 4))


def test_rounding_is_not_blown_up_to_contrast() -> None:
    maps = torch.full((1, 1, 2, 2), 2.0)
    maps[0, 0, 0, 0] = torch.nextafter(torch.tensor(2.0), torch.tensor(3.0))
    assert torch.equal(eq13(maps), torch.ones(1, 1, 2, 2))
    assert torch.equal(eq14(maps), torch.ones(1, 1, 2, 2))


def test_a_constant_map_beside_others_changes_only_itself() -> None:
    maps = logits(3)
    maps[1] = 0.5
    assert torch.equal(eq13(maps)[1], torch.ones(1, 3, 4))
    assert torch.equal(eq13(maps)[[0, 2]], eq13(maps[[0, 2]]))


@pytest.mark.parametrize("name", LABEL_RULES)
def test_huge_logits(name: str) -> None:
    maps = torch.tensor([-3e38, -100.0, 100.0, 3e38]).reshape(1, 1, 2, 2)
    labels = ready(name)(maps).flatten()
    assert torch.isfinite(labels).all()
    assert labels[0] == 0
    assert labels[3] == (2.0 if name == "raw" else 1.0)


@pytest.mark.parametrize("name", LABEL_RULES)
def test_half_precision_logits(name: str) -> None:
    half = logits().half()
    labels = ready(name)(half)
    assert labels.dtype == torch.float32
    assert torch.equal(labels, ready(name)(half.float()))


@pytest.mark.parametrize("name", LABEL_RULES)
@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=12, max_size=12))
def test_ranges_and_order(name: str, values: list[float]) -> None:
    maps = torch.tensor(values).reshape(1, 1, 3, 4)
    labels = ready(name)(maps).flatten()
    assert labels.min() >= 0
    assert labels.max() <= (2.0 if name == "raw" else 1.0)
    order = torch.argsort(torch.tensor(values))
    assert (labels[order].diff() >= 0).all(), "a higher logit got a lower label"


def test_rules_that_cannot_be_made() -> None:
    with pytest.raises(BadSetting, match="did you mean 'eq13'"):
        fit_rule("eq-13", logits())
    with pytest.raises(BadSetting, match="unknown label rule"):
        LabelRule("mean")
    with pytest.raises(BadSetting, match="needs the numbers"):
        LabelRule("quantile")
    with pytest.raises(BadSetting, match="low < high"):
        LabelRule("quantile", {"low": 0.5, "high": 0.5})
    with pytest.raises(BadSetting, match="needs the numbers"):
        LabelRule("eq13", {"low": 0.5})
    with pytest.raises(BadData, match="there are none"):
        fit_rule("quantile", torch.empty(0))
    with pytest.raises(BadData, match="has no scale"):
        fit_rule("quantile", torch.zeros(3, 1, 2, 2))
