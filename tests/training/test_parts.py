"""The recipe in parts: the same faces, the same gradient, under fixed statistics."""

from pathlib import Path

import pytest
import torch

from mtfas.bilevel.lower_level import Params
from mtfas.data.dataset import load_faces
from mtfas.data.manifest import open_prepared
from mtfas.data.protocols import select
from mtfas.data.sampling import levels_of
from mtfas.training.lesson import Lesson
from mtfas.training.settings import teach_settings
from mtfas.training.teach_state import TeachState, fresh_state
from mtfas.training.two_levels import begin_bilevel, differentiate, pretrain_step

PARTS = 3


def begun(built_in: Path, batch_norm: str) -> tuple[Lesson, TeachState]:
    prepared = open_prepared(built_in)
    rows = select(prepared, "grandtest").train
    settings = teach_settings("cpu", protocol="grandtest", m=5, n=4, batch_norm=batch_norm)
    lesson = Lesson(settings, load_faces(prepared, rows), levels_of(rows, "train", None, seed=0))
    state = fresh_state(settings, lesson.teacher, lesson.surrogate)
    for step in range(3):
        pretrain_step(lesson, state, lesson.pretraining_batch(step))
    begin_bilevel(lesson, state)
    return lesson, state


def flat(params: Params) -> torch.Tensor:
    return torch.cat([tensor.detach().flatten().double() for tensor in params.values()])


def test_a_batch_in_parts_holds_the_same_faces(built_in: Path) -> None:
    lesson, _ = begun(built_in, "batch")
    whole = lesson.batches(0)
    lesson.parts = PARTS
    parts = lesson.batches(0)
    assert [len(part) for part in parts.lower] == [4, 4, 2]
    assert [len(part) for part in parts.higher] == [4, 4]
    for of_parts, of_whole in ((parts.lower, whole.lower), (parts.higher, whole.higher)):
        together = torch.cat([part.images for part in of_parts]).flatten(1)
        assert torch.equal(together.sum(1).sort().values, of_whole[0].images.flatten(1).sum(1).sort().values)
        assert all(int(part.labels.sum()) * 2 == len(part) for part in of_parts)


@pytest.mark.parametrize("way", ["exact", "finite-difference"])
def test_the_gradient_in_parts_is_the_gradient_at_once(built_in: Path, way: str) -> None:
    lesson, state = begun(built_in, "fixed")
    whole = flat(differentiate(lesson, state, lesson.batches(0), way).gradient)
    lesson.parts = PARTS
    parts = flat(differentiate(lesson, state, lesson.batches(0), way).gradient)
    assert float((parts - whole).norm() / whole.norm()) < (1e-4 if way == "exact" else 2e-2)


def test_pretraining_goes_on_in_parts(built_in: Path) -> None:
    lesson, state = begun(built_in, "batch")
    lesson.parts = PARTS
    before = flat(state.omega)
    values = pretrain_step(lesson, state, lesson.pretraining_batch(3))
    assert 0 < values["teacher_loss"] < 2
    assert not torch.equal(flat(state.omega), before)


@pytest.mark.parametrize("mu", [0.0, 0.5])
def test_the_teacher_with_fixed_statistics_is_shown_attacks_only(
    built_in: Path, monkeypatch: pytest.MonkeyPatch, mu: float
) -> None:
    """Its gradient is that of a teacher who sees the live half too, less the level term of live faces."""
    lesson, state = begun(built_in, "fixed-teacher")
    lesson = lesson.changed(mu=mu)
    (batch,) = lesson.batches(0).lower
    seen: list[int] = []
    logits = lesson.logits

    def watched(omega: Params, images: torch.Tensor) -> torch.Tensor:
        seen.append(len(images))
        return logits(omega, images)

    monkeypatch.setattr(lesson, "logits", watched)
    attacks_only = differentiate(lesson, state, lesson.batches(0), "exact")
    assert seen == [4, 5], "the yardstick's and the teacher's attacks"
    assert not attacks_only.labels[:5].any()
    # The same network, in evaluation mode, on all faces; the live faces' level term taken away by hand.
    whole = differentiate(lesson.changed(batch_norm="batch"), state, lesson.batches(0), "exact")
    omega = {name: tensor.detach().requires_grad_() for name, tensor in state.omega.items()}
    live = -mu * logits(omega, batch.images)[:5].sigmoid().mean() / 2
    pushes = torch.autograd.grad(live, list(omega.values())) if mu else [torch.zeros(())] * len(omega)
    for (name, slope), push in zip(whole.gradient.items(), pushes, strict=True):
        torch.testing.assert_close(attacks_only.gradient[name], slope - push, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("way", ["exact", "finite-difference"])
def test_in_bfloat16_both_ways_are_as_near_as_unrolling(built_in: Path, way: str) -> None:
    """Rounding to 8 bits turns the gradient by itself; perturbed passes in float32 must add nothing to it."""
    lesson, state = begun(built_in, "batch")
    batches, rounded = lesson.batches(0), lesson.changed(precision="bfloat16")
    wanted = flat(differentiate(lesson, state, batches, "unrolled").gradient)
    near, found = (
        float(
            torch.cosine_similarity(flat(differentiate(rounded, state, batches, w).gradient), wanted, dim=0)
        )
        for w in ("unrolled", way)
    )
    assert near < 1 - 1e-6, "nothing was rounded"
    assert found > max(0.95, near - 0.01)
