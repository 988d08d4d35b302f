"""Random maps: a face's own, smooth, without a common pattern, and in range under each rule."""

import numpy as np
import pytest
import torch

from mtfas.data.batch import FaceBatch
from mtfas.supervision import LABEL_RULES, label_all
from mtfas.supervision.controls import RandomMaps, random_logits
from mtfas.supervision.rules import LabelRule, fit_rule
from mtfas.types import Direction

from .faces import make_faces


def fields(count: int = 600, side: int = 64, seed: int = 5) -> torch.Tensor:
    return random_logits(make_faces(count, side).images, (8, 8), seed)


def correlation(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(np.corrcoef(a.flatten().numpy(), b.flatten().numpy())[0, 1])


def test_a_face_has_the_same_map_in_any_company() -> None:
    supervision, faces = RandomMaps(LabelRule("eq14"), 5), make_faces(19)
    labels = label_all(supervision, faces, chunk=8)
    order = torch.randperm(19, generator=torch.Generator().manual_seed(1))
    assert torch.equal(label_all(supervision, faces[order], chunk=8), labels[order])
    assert torch.equal(supervision.target(faces[7:8]), labels[7:8])


def test_the_map_depends_on_the_pixels_and_not_on_how_they_lie_in_memory() -> None:
    images = (make_faces(4).images * 255).round() / 255
    maps = random_logits(images, (4, 4), 5)
    lying_otherwise = images.contiguous(memory_format=torch.channels_last)
    assert torch.equal(random_logits(lying_otherwise, (4, 4), 5), maps)
    assert torch.equal(random_logits(images + 1e-6, (4, 4), 5), maps), "rounding is no other face"
    changed = images.clone()
    changed[2, 0, 3, 3] = 1.0 - changed[2, 0, 3, 3].round()
    assert [torch.equal(a, b) for a, b in zip(random_logits(changed, (4, 4), 5), maps, strict=True)] == [
        True,
        True,
        False,
        True,
    ]


def test_another_seed_gives_other_maps() -> None:
    assert abs(correlation(fields(seed=5), fields(seed=6))) < 0.1
    assert torch.equal(fields(seed=5), fields(seed=5))


def test_corners_are_the_standard_normals_themselves() -> None:
    corners = fields()[:, 0, ::7, ::7].flatten(1)
    assert corners.mean(0).abs().max() < 4 / 600**0.5
    assert (corners.var(0) - 1).abs().max() < 4 * (2 / 600) ** 0.5
    assert (torch.corrcoef(corners.T) - torch.eye(4)).abs().max() < 4 / 600**0.5


def test_maps_are_smooth() -> None:
    """Neighbouring cells correlate; cells at opposite borders do not."""
    maps = fields()
    assert correlation(maps[..., 1:], maps[..., :-1]) > 0.8
    assert correlation(maps[..., 1:, :], maps[..., :-1, :]) > 0.8
    assert abs(correlation(maps[..., 0], maps[..., -1])) < 0.1


def test_faces_have_nothing_in_common() -> None:
    """Without a common pattern, the average of many faces' maps is flat and pairs are uncorrelated."""
    maps = fields().flatten(1)
    assert maps.mean(0).abs().max() < 5 / 600**0.5
    pairs = torch.corrcoef(maps)[~torch.eye(600, dtype=torch.bool)]
    assert pairs.mean().abs() < 0.02
    assert pairs.std() > 0.2, "the maps have hardly any contrast in space"


@pytest.mark.parametrize("name", LABEL_RULES)
def test_labels_under_every_rule(name: str) -> None:
    training = make_faces(60, seed=1)
    attacks = training[training.attacks]
    rule = fit_rule(name, random_logits(attacks.images, attacks.map_shape(), 5))
    supervision, faces = RandomMaps(rule, 5), make_faces(40, side=64)
    labels = supervision.target(faces)
    assert supervision.direction is Direction.ATTACK_HIGH
    assert labels.shape == (40, 1, 8, 8)
    assert labels.dtype == torch.float32
    assert not labels[~faces.attacks].any()
    assert labels.min() >= 0
    assert labels.max() <= (2.0 if name == "raw" else 1.0)
    assert (labels[faces.attacks].std((1, 2, 3)) > 0).all()


def test_a_live_face_gets_no_map_whatever_it_shows() -> None:
    faces = make_faces(2)
    same = FaceBatch(faces.images[[1, 1]], torch.tensor([0, 1]), faces.depth, faces.region)
    labels = RandomMaps(LabelRule("eq13"), 5).target(same)
    assert not labels[0].any()
    assert labels[1].max() == 1
