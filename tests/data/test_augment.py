import numpy as np
import pytest
import torch

from mtfas.data.augment import augment, check_augmentations, erase, flip
from mtfas.data.batch import FaceBatch
from mtfas.errors import BadSetting
from mtfas.runtime.seeds import stream


@pytest.fixture
def batch() -> FaceBatch:
    """16 faces whose maps are the area means of their first channel: a map shows where its pixels went."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(16, 3, 32, 32, generator=generator)
    maps = torch.nn.functional.avg_pool2d(images[:, :1], 8)
    return FaceBatch(images, torch.arange(16) % 2, maps, maps)


def test_flip_moves_image_and_maps_together(batch: FaceBatch) -> None:
    turned, target = flip(batch, batch.depth, stream(0, "flip"))
    expected = torch.nn.functional.avg_pool2d(turned.images[:, :1], 8)
    assert target is not None
    for maps in (turned.depth, turned.region, target):
        torch.testing.assert_close(maps, expected)
    same = (turned.images == batch.images).flatten(1).all(1)
    assert 0 < int(same.sum()) < 16
    assert torch.equal(turned.images[~same], batch.images[~same].flip(-1))


def test_erase_blackens_one_small_rectangle_of_the_image_only(batch: FaceBatch) -> None:
    erased, target = erase(batch, batch.depth, stream(0, "erase"))
    black = (erased.images == 0).all(dim=1)
    share = black.flatten(1).float().mean(1)
    assert torch.equal(erased.depth, batch.depth)
    assert target is batch.depth
    assert 0 < int((share > 0).sum()) < 16
    assert float(share.max()) <= 0.05
    for face in black[share > 0]:
        ys, xs = torch.nonzero(face, as_tuple=True)
        assert int(face.sum()) == int((ys.max() - ys.min() + 1) * (xs.max() - xs.min() + 1))


def test_augmented_faces_stay_in_range_and_depend_on_the_seed_only(batch: FaceBatch) -> None:
    names = ("flip", "colour", "erase")
    first, maps = augment(batch, batch.depth, names, stream(5, "a"))
    second, again = augment(batch, batch.depth, names, stream(5, "a"))
    assert maps is not None
    assert again is not None
    assert torch.equal(first.images, second.images)
    assert torch.equal(maps, again)
    assert 0 <= float(first.images.min()) <= float(first.images.max()) <= 1
    assert not torch.equal(first.images, augment(batch, None, names, stream(6, "a"))[0].images)
    assert np.array_equal(first.labels, batch.labels)


def test_a_misspelt_augmentation_names_the_nearest() -> None:
    with pytest.raises(BadSetting, match="did you mean 'colour'"):
        check_augmentations(("color",))
