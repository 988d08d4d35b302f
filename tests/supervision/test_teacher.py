"""A teacher's labels: Eq. 2 and 4 in the bi-level learning, Eq. 13 after it; and the random control."""

import copy
import math

import pytest
import torch

from mtfas.errors import BadData, BadRun, BadSetting
from mtfas.models import build_teacher
from mtfas.models.layers import estimate_statistics
from mtfas.supervision import (
    LabelRule,
    MetaTeacher,
    random_teacher,
    soft_map,
    teacher_with_rule,
    teaching_map,
)

from .faces import make_faces


def test_teaching_map_by_loops() -> None:
    logits = torch.randn(4, 1, 2, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 1, 0])
    found = teaching_map(logits, labels)
    for face in range(4):
        for g, value in zip(logits[face].flatten(), found[face].flatten(), strict=True):
            wanted = 2 / (1 + math.exp(-float(g))) if labels[face] else 0.0
            assert float(value) == pytest.approx(wanted, rel=1e-6)


def test_teaching_map_spans_zero_to_two_and_starts_at_one() -> None:
    assert soft_map(torch.tensor([-100.0, 0.0, 100.0])).tolist() == [0.0, 1.0, 2.0]


def test_live_faces_send_nothing_back_to_the_teacher() -> None:
    logits = torch.zeros(2, 1, 2, 2, requires_grad=True)
    (slope,) = torch.autograd.grad(teaching_map(logits, torch.tensor([0, 1])).sum(), logits)
    assert not slope[0].any()
    assert torch.equal(slope[1], torch.full((1, 2, 2), 0.5))


def test_labels_are_the_rule_on_the_network_in_evaluation_mode() -> None:
    network = build_teacher("resnet8", seed=0)
    faces = make_faces(6)
    estimate_statistics(network, [faces.images])
    network.train()
    labels = MetaTeacher(network, LabelRule("eq13")).target(faces)
    assert network.training
    with torch.no_grad():
        maps = network.eval()(faces.images).map.sigmoid()
    for face in range(6):
        low, high = maps[face].min(), maps[face].max()
        wanted = (maps[face] - low) / (high - low) if faces.attacks[face] else torch.zeros(1, 4, 4)
        torch.testing.assert_close(labels[face], wanted, rtol=1e-3, atol=1e-4)


def test_a_diverged_teacher_is_named() -> None:
    network = build_teacher("fas-dr-light", seed=0)
    with torch.no_grad():
        network.get_parameter("top.2.bias").fill_(float("nan"))
    with pytest.raises(BadRun, match="of 3 of 3 faces hold NaN"):
        MetaTeacher(network, LabelRule("raw")).target(make_faces(3))


def test_quantiles_are_fitted_on_attacks_only() -> None:
    network = random_teacher("fas-dr-light", 0, [make_faces(16, seed=1).images])
    faces = make_faces(12, seed=2)
    rule = teacher_with_rule(network, "quantile", faces).rule
    assert rule == teacher_with_rule(network, "quantile", faces[faces.attacks]).rule
    other = copy.copy(faces)
    other.images[~faces.attacks] = 0.0
    assert rule == teacher_with_rule(network, "quantile", other).rule
    with pytest.raises(BadData, match="there are none"):
        teacher_with_rule(network, "quantile", faces[~faces.attacks])
    assert teacher_with_rule(network, "eq13", faces[~faces.attacks]).rule == LabelRule("eq13")


def test_the_random_teacher_is_seeded_and_has_the_statistics_of_the_faces() -> None:
    images = make_faces(16, seed=1).images
    first, second, other = (random_teacher("fas-dr-light", seed, images.split(8)) for seed in (3, 3, 4))
    assert not first.training
    state = first.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in second.state_dict().items())
    assert not torch.equal(other.state_dict()["stem.0.weight"], state["stem.0.weight"])
    fresh = build_teacher("fas-dr-light", 3)
    assert torch.equal(fresh.get_parameter("stem.0.weight"), first.get_parameter("stem.0.weight"))
    assert not torch.equal(fresh.get_buffer("stem.2.running_mean"), first.get_buffer("stem.2.running_mean"))
    with pytest.raises(BadSetting, match="unknown teacher"):
        random_teacher("vgg", 0, [images])
