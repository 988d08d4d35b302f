"""Handcrafted maps, their direction, the zero-maps, and independence of the other faces."""

import pytest
import torch

from mtfas.data.batch import FaceBatch
from mtfas.errors import BadSetting
from mtfas.models import build_teacher
from mtfas.models.layers import estimate_statistics
from mtfas.supervision import (
    LABEL_RULES,
    SUPERVISIONS,
    BinaryMap,
    Depth,
    MetaTeacher,
    RegionMask,
    Supervision,
    build_supervision,
    label_all,
    teacher_with_rule,
)
from mtfas.types import Direction

from .faces import make_faces


def teacher(rule: str = "eq13") -> MetaTeacher:
    network = build_teacher("fas-dr-light", seed=0)
    estimate_statistics(network, [make_faces(16, seed=3).images])
    return teacher_with_rule(network, rule, make_faces(12, seed=4))


def build(name: str) -> Supervision:
    return build_supervision(name, teacher() if SUPERVISIONS[name].handcrafted is None else None)


def test_binary_map() -> None:
    target = BinaryMap().target(make_faces(4))
    assert target.shape == (4, 1, 4, 4)
    assert [face.unique().tolist() for face in target] == [[0.0], [1.0], [0.0], [1.0]]


def test_depth_is_for_live_faces_only() -> None:
    faces = make_faces(4)
    faces = FaceBatch(faces.images, faces.labels, torch.ones_like(faces.depth) * 0.7, faces.region)
    target = Depth().target(faces)
    assert torch.equal(target[[0, 2]], faces.depth[[0, 2]])
    assert not target[[1, 3]].any(), "an attack is taken for flat, whatever its depth file says"


def test_region_mask_is_for_attacks_only() -> None:
    faces = make_faces(4)
    faces = FaceBatch(faces.images, faces.labels, faces.depth, torch.ones_like(faces.region) * 0.7)
    target = RegionMask().target(faces)
    assert torch.equal(target[[1, 3]], faces.region[[1, 3]])
    assert not target[[0, 2]].any()


@pytest.mark.parametrize("name", SUPERVISIONS)
def test_direction_says_which_class_has_the_high_maps(name: str) -> None:
    supervision, faces = build(name), make_faces(8)
    target = supervision.target(faces)
    high, low = target[faces.attacks], target[~faces.attacks]
    if supervision.direction is Direction.LIVE_HIGH:
        high, low = low, high
    assert supervision.direction is SUPERVISIONS[name].direction
    assert not low.any()
    assert (high.mean((1, 2, 3)) > 0.1).all()
    assert target.shape == (8, 1, *faces.map_shape())
    assert not target.requires_grad


@pytest.mark.parametrize("name", SUPERVISIONS)
def test_changing_only_the_company_never_changes_a_label(name: str) -> None:
    supervision, faces = build(name), make_faces(19)
    labels = label_all(supervision, faces, chunk=8)
    order = torch.randperm(19, generator=torch.Generator().manual_seed(1))
    assert torch.equal(label_all(supervision, faces[order], chunk=8), labels[order])
    assert torch.equal(label_all(supervision, faces[3:14], chunk=8), labels[3:14])
    assert torch.equal(label_all(supervision, faces[17:18], chunk=8), labels[17:18])
    assert torch.equal(supervision.target(faces[4:9]), labels[4:9])


@pytest.mark.parametrize("rule", LABEL_RULES)
def test_labels_of_a_teacher_do_not_depend_on_the_company_under_any_rule(rule: str) -> None:
    supervision, faces = teacher(rule), make_faces(9)
    labels = label_all(supervision, faces)
    assert torch.equal(label_all(supervision, faces[5:6]), labels[5:6])
    assert labels[5].unique().numel() > 1


class AsItComes:
    """A supervision of somebody else that does not pad its batches."""

    direction = Direction.ATTACK_HIGH

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def target(self, batch: FaceBatch) -> torch.Tensor:
        self.sizes.append(len(batch))
        return batch.images.mean((1, 2, 3), keepdim=True)


def test_every_call_sees_the_same_number_of_faces() -> None:
    supervision = AsItComes()
    faces = make_faces(10)
    labels = label_all(supervision, faces, chunk=4)
    assert supervision.sizes == [4, 4, 4]
    assert torch.equal(labels, faces.images.mean((1, 2, 3), keepdim=True))
    with pytest.raises(ValueError, match="at least one face"):
        label_all(supervision, make_faces(2)[:0])


def test_requests_that_cannot_be_met() -> None:
    with pytest.raises(BadSetting, match="did you mean 'binary-map'"):
        build_supervision("binary")
    with pytest.raises(BadSetting, match="none is given"):
        build_supervision("meta-teacher")
    with pytest.raises(BadSetting, match="leave the teacher out"):
        build_supervision("depth", teacher())


def test_which_supervisions_need_a_run() -> None:
    assert [name for name, spec in SUPERVISIONS.items() if spec.needs_run] == [
        "meta-teacher",
        "pretrained-teacher",
        "distill",
        "distill-light",
        "bans",
        "fitnets",
    ]
