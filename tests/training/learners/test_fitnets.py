"""FitNets' step against a slow reference, and that each stage moves what it should and nothing else."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import open_prepared
from mtfas.data.protocols import select
from mtfas.errors import BadSetting
from mtfas.models import Detector, DetectorOutput, build_detector, build_teacher
from mtfas.supervision import BinaryMap
from mtfas.training.hand_on import settle
from mtfas.training.learners.fitnets import FitnetsLearner, hint_channels, hint_loss, hint_of
from mtfas.training.learners.learner import Material, Taught
from mtfas.training.scoring import label_faces
from mtfas.training.settings import train_settings

STEPS = 10
"""Of a run; the first two of them are the first stage of `two-stage`."""


@pytest.fixture(scope="module")
def faces(built_in: Path) -> FaceSet:
    prepared = open_prepared(built_in)
    return load_faces(prepared, select(prepared, "grandtest").train)


@pytest.fixture(scope="module")
def teacher(faces: FaceSet) -> Detector:
    net = build_teacher("fas-dr-light-deep", seed=7)
    settle(net, faces, 0, count=32)
    return net.eval()


def learner(faces: FaceSet, teacher: Detector | None, hints: str = "joint", **given: Any) -> FitnetsLearner:
    given = {"detector": "fas-dr-light", "iterations": STEPS, **given}
    settings = train_settings("tiny", protocol="grandtest", supervision="binary-map", hints=hints, **given)
    return FitnetsLearner(Material(settings, faces, label_faces(BinaryMap(), faces), teacher))


def lesson(learning: FitnetsLearner, step: int) -> Taught:
    return learning.material.taught(learning.draw(step), step)


def go(learning: FitnetsLearner, steps: range) -> None:
    for step in steps:
        learning.learn(lesson(learning, step), step)


def weights(net: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in net.named_parameters()}


def moved(net: nn.Module, before: dict[str, Tensor]) -> set[str]:
    """The parameters that changed, by the first word of their names and the level."""
    changed = [name for name, value in net.named_parameters() if not torch.equal(value, before[name])]
    return {".".join(name.split(".")[:2]) for name in changed}


def slow_hint_loss(guided: Tensor, hint: Tensor, regressor: nn.Conv2d) -> float:
    """½ mean (hint − r(guided))², cell by cell, for features of one size."""
    weight, bias = regressor.weight.detach(), regressor.get_parameter("bias").detach()
    total, count = 0.0, 0
    for face in range(len(guided)):
        padded = nn.functional.pad(guided[face], (1, 1, 1, 1))
        for c in range(hint.shape[1]):
            for y in range(hint.shape[2]):
                for x in range(hint.shape[3]):
                    seen = (padded[:, y : y + 3, x : x + 3] * weight[c]).sum() + bias[c]
                    total, count = total + float(hint[face, c, y, x] - seen) ** 2, count + 1
    return 0.5 * total / count


def expected(learning: FitnetsLearner, taught: Taught, teacher: Detector) -> tuple[float, float]:
    """The two terms of a step: of the labels, and of the hint."""
    with torch.no_grad():
        output, hint = learning.net(taught.faces.images), teacher(taught.faces.images).parts["hint"]
        return (
            float((output.map - taught.maps).square().mean()),
            slow_hint_loss(output.parts["hint"], hint, learning.regressor),
        )


def test_the_joint_loss(faces: FaceSet, teacher: Detector) -> None:
    learning = learner(faces, teacher)
    for step in (0, 5):
        taught = lesson(learning, step)
        on_labels, on_hint = expected(learning, taught, teacher)
        assert min(on_labels, on_hint) > 1e-3, "a term that is nothing would not be missed"
        assert learning.learn(taught, step) == pytest.approx(on_labels + on_hint, rel=1e-4)


def test_the_losses_of_the_two_stages(faces: FaceSet, teacher: Detector) -> None:
    learning = learner(faces, teacher, "two-stage")
    for step in range(5):
        taught = lesson(learning, step)
        on_labels, on_hint = expected(learning, taught, teacher)
        wanted = on_hint if step < STEPS // 5 else on_labels
        assert learning.learn(taught, step) == pytest.approx(wanted, rel=1e-4), step


def test_the_first_stage_moves_nothing_above_the_hint(faces: FaceSet, teacher: Detector) -> None:
    learning = learner(faces, teacher, "two-stage")
    before, regressor = weights(learning.net), weights(learning.regressor)
    go(learning, range(2))
    assert moved(learning.net, before) == {"stem.0", "stem.2", "levels.0", "levels.1"}
    assert moved(learning.regressor, regressor) == {"weight", "bias"}


def test_the_second_stage_moves_the_detector_and_leaves_the_regressor(
    faces: FaceSet, teacher: Detector
) -> None:
    learning = learner(faces, teacher, "two-stage", weight_decay=1e-3)
    go(learning, range(2))
    before, regressor = weights(learning.net), weights(learning.regressor)
    go(learning, range(2, 4))
    assert len(moved(learning.net, before)) == 8, "stem, three levels and the top, which has three parts"
    assert not moved(learning.regressor, regressor)


@pytest.mark.parametrize("hints", ["joint", "two-stage"])
def test_the_teacher_stays_as_it_is(faces: FaceSet, teacher: Detector, hints: str) -> None:
    before = {name: value.clone() for name, value in teacher.state_dict().items()}
    learning = learner(faces, teacher, hints)
    go(learning, range(3))
    assert all(torch.equal(value, before[name]) for name, value in teacher.state_dict().items())
    assert not any(module.training for module in learning.teacher.modules())
    assert all(parameter.grad is None for parameter in learning.teacher.parameters())
    assert learning.net.training


@pytest.mark.parametrize("hints", ["joint", "two-stage"])
@pytest.mark.parametrize("stop", [1, 3])
def test_a_resumed_run_gives_the_same_bits(faces: FaceSet, teacher: Detector, hints: str, stop: int) -> None:
    """Stopped in the first stage and in the second."""
    whole, first, second = (learner(faces, teacher, hints) for _ in range(3))
    go(whole, range(5))
    go(first, range(stop))
    second.restore({name: value.clone() for name, value in first.tensors().items()})
    go(second, range(stop, 5))
    ours, theirs = second.tensors(), whole.tensors()
    assert set(ours) == set(theirs)
    assert {"regressor/weight", "net/stem.0.weight"} < set(ours)
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())


def test_features_come_nearer_to_the_teachers(faces: FaceSet, teacher: Detector) -> None:
    learning = learner(faces, teacher, "two-stage", iterations=200, augment="none", rate=3e-3)
    taught = lesson(learning, 0)
    _, before = expected(learning, taught, teacher)
    go(learning, range(30))
    _, after = expected(learning, taught, teacher)
    assert after < 0.7 * before


def test_the_first_regressor_depends_on_the_seed_alone(faces: FaceSet, teacher: Detector) -> None:
    torch.manual_seed(1)
    first = learner(faces, teacher).regressor.weight
    after = torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(after, torch.rand(1)), "the learner moved the global random state"
    assert torch.equal(first, learner(faces, teacher).regressor.weight)
    assert not torch.equal(first, learner(faces, teacher, seed=1).regressor.weight)


@pytest.mark.parametrize(
    ("detector", "of_teacher", "shape"),
    [
        ("fas-dr", "fas-dr-deep", (32, 32, 3, 3)),
        ("fas-dr-bc", "fas-dr-deep", (32, 32, 3, 3)),
        ("fas-dr-light", "fas-dr-light-deep", (16, 16, 3, 3)),
        ("fas-dr-light-bc", "fas-dr-light-deep", (16, 16, 3, 3)),
        ("fas-dr-light", "fas-dr-deep", (32, 16, 3, 3)),
        ("cdcn", "fas-dr-deep", (32, 384, 3, 3)),
    ],
)
def test_shapes_of_regressors(faces: FaceSet, detector: str, of_teacher: str, shape: tuple[int, ...]) -> None:
    learning = learner(faces, build_teacher(of_teacher, seed=0), detector=detector)
    assert learning.regressor.weight.shape == shape


def test_a_detector_of_its_own_can_be_given(faces: FaceSet, teacher: Detector) -> None:
    net = build_detector("resnet8", seed=3)
    material = learner(faces, teacher).material
    learning = FitnetsLearner(material, net)
    assert learning.net is net
    go(learning, range(1))


def test_finer_features_are_averaged_to_the_coarser_ones() -> None:
    rng = torch.Generator().manual_seed(0)
    fine, coarse = torch.randn(2, 3, 8, 8, generator=rng), torch.randn(2, 3, 4, 4, generator=rng)
    means = torch.empty(2, 3, 4, 4)
    for y in range(4):
        for x in range(4):
            means[:, :, y, x] = fine[:, :, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2].mean((2, 3))
    regressor = nn.Conv2d(3, 3, 3, padding=1)
    for guided, hint in ((fine, coarse), (coarse, fine)):
        found = hint_loss(guided, hint, regressor)
        pooled = (means, coarse) if guided is fine else (coarse, means)
        assert found.item() == pytest.approx(slow_hint_loss(*pooled, regressor), rel=1e-4)


def test_gradients_of_the_hint_loss_by_finite_differences() -> None:
    rng = torch.Generator().manual_seed(0)
    guided = torch.randn(2, 2, 4, 4, dtype=torch.float64, generator=rng, requires_grad=True)
    hint = torch.randn(2, 3, 2, 2, dtype=torch.float64, generator=rng)
    regressor = nn.Conv2d(2, 3, 3, padding=1, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda features: hint_loss(features, hint, regressor), (guided,))


def test_networks_without_a_hint_are_compared_below_the_head() -> None:
    features, hint = torch.zeros(1, 5, 2, 2), torch.zeros(1, 7, 4, 4)
    assert hint_of(DetectorOutput(torch.zeros(1, 1, 2, 2), None, features)) is features
    assert hint_of(DetectorOutput(torch.zeros(1, 1, 2, 2), None, features, {"hint": hint})) is hint


def test_asking_for_channels_leaves_the_mode() -> None:
    net = build_detector("fas-dr-8", seed=0).train()
    stem = net.get_submodule("stem").eval()
    assert hint_channels(net) == 16
    assert net.training
    assert not stem.training


def test_without_a_teacher_there_is_one_sentence(faces: FaceSet) -> None:
    with pytest.raises(BadSetting, match=r"there is no teacher; give --teacher, a run folder"):
        learner(faces, None)
