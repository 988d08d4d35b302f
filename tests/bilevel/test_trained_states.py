"""The fast way in float32 on states like those it is used on: networks after real pretraining."""

from dataclasses import replace

import pytest
import torch

from mtfas.bilevel.lower_level import lower_loss
from mtfas.models import Detector

from .problem import Problem, class_maps, cosine, draw_faces, make_problem, relative_error

SIDE = 32


def pretrain(
    net: Detector, images: torch.Tensor, labels: torch.Tensor, teacher: bool, iterations: int
) -> None:
    """Line 1 of Algorithm 1, small: attacks as one-maps, live faces as zero-maps."""
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    rng = torch.Generator().manual_seed(0)
    for _ in range(iterations):
        rows = torch.randperm(len(images), generator=rng)[:24]
        maps = net(images[rows]).map
        loss = lower_loss(2 * maps.sigmoid() if teacher else maps, class_maps(labels[rows], maps))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


@pytest.fixture(scope="module", params=[60, 200])
def pretrained(request: pytest.FixtureRequest) -> Problem:
    images, labels = (tensor for tensor in draw_faces(96, SIDE, seed=0))
    images = images.float()
    problem = make_problem(torch.float32, SIDE)
    pretrain(problem.student, images, labels, teacher=False, iterations=request.param)
    pretrain(problem.teacher, images, labels, teacher=True, iterations=request.param)
    with torch.no_grad():
        soft = 2 * problem.teacher(images).map.sigmoid()
        wanted = soft * class_maps(labels, soft)
    return replace(
        problem,
        images=images[:40],
        labels=labels[:40],
        outer_images=images[40:60],
        outer_maps=wanted[40:60],
    )


def test_pretraining_did_its_work(pretrained: Problem) -> None:
    with torch.no_grad():
        maps = pretrained.maps(pretrained.theta)
    assert lower_loss(maps, class_maps(pretrained.labels, maps)) < 0.25


def test_finite_difference_agrees_where_it_is_recommended(pretrained: Problem) -> None:
    wanted = pretrained.solve("unrolled").gradient
    found = pretrained.solve("finite-difference").gradient
    assert cosine(found, wanted) > 0.999
    assert relative_error(found, wanted) < 0.05


def test_exact_agrees_in_single_precision(pretrained: Problem) -> None:
    for loss in ("mse", "norm"):
        wanted = pretrained.solve("unrolled", loss=loss).gradient
        assert cosine(pretrained.solve("exact", loss=loss).gradient, wanted) > 0.9999


def test_the_hessian_term_pays(pretrained: Problem) -> None:
    wanted = pretrained.solve("unrolled").gradient
    whole, truncated = (
        relative_error(pretrained.solve("finite-difference", truncated=flag).gradient, wanted)
        for flag in (False, True)
    )
    assert whole < truncated
