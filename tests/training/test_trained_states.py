"""The finite difference where it is used: rendered faces, the recipe's own batches, real training."""

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
from mtfas.training.two_levels import begin_bilevel, bilevel_step, differentiate, pretrain_step

PRETRAINING, BILEVEL = 120, 20


def cosine(a: Params, b: Params) -> float:
    flat = [torch.cat([tensor.flatten().double() for tensor in params.values()]) for params in (a, b)]
    return float(torch.nn.functional.cosine_similarity(flat[0], flat[1], dim=0))


@pytest.fixture(scope="module")
def lesson(built_in: Path) -> Lesson:
    prepared = open_prepared(built_in)
    rows = select(prepared, "grandtest").train
    # The paper's batch, steps, rates and loss; without the μ-term, which all ways share.
    settings = teach_settings("paper", protocol="grandtest", seed=4, mu=0.0)
    assert (settings.m, settings.n, settings.inner_steps, settings.alpha, settings.loss) == (
        20,
        10,
        2,
        1e-3,
        "mse",
    )
    return Lesson(settings, load_faces(prepared, rows), levels_of(rows, "train", None, seed=4))


def test_finite_differences_agree_before_and_while_teaching(lesson: Lesson) -> None:
    state: TeachState = fresh_state(lesson.settings, lesson.teacher, lesson.surrogate)
    for step in range(PRETRAINING):
        pretrain_step(lesson, state, lesson.pretraining_batch(step))
    begin_bilevel(lesson, state)
    for iteration in range(BILEVEL + 1):
        batches = lesson.batches(iteration)
        if iteration in {0, BILEVEL}:
            wanted = differentiate(lesson, state, batches, "unrolled")
            for way in ("finite-difference", "exact"):
                found = differentiate(lesson, state, batches, way)
                assert cosine(found.gradient, wanted.gradient) > 0.999
                torch.testing.assert_close(found.outer_loss, wanted.outer_loss)
        bilevel_step(lesson, state, batches, iteration)
