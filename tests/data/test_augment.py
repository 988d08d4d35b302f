import numpy as np
import pytest
import torch

from mtfas.data.augment import AUGMENTATIONS, augment, check_augmentations, colour, erase, flip
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


def test_flip_mirrors_the_faces_that_the_numbers_name(batch: FaceBatch) -> None:
    turned, _ = flip(batch, None, stream(3, "flip"))
    for k, number in enumerate(stream(3, "flip").random(16)):
        face = batch.images[k].flip(-1) if number < 0.5 else batch.images[k]
        assert torch.equal(turned.images[k], face)


def test_colour_is_gamma_then_contrast_then_level(batch: FaceBatch) -> None:
    rng = stream(3, "colour")
    gamma, contrast = np.exp(rng.uniform(-0.223, 0.223, 16)), rng.uniform(0.85, 1.15, 16)
    level = rng.uniform(-0.06, 0.06, (16, 3))
    coloured, _ = colour(batch, None, stream(3, "colour"))
    for k in range(16):
        for channel in range(3):
            pixels = batch.images[k, channel].double().clamp_min(1e-4)
            wanted = (pixels ** gamma[k] - 0.5) * contrast[k] + 0.5 + level[k, channel]
            torch.testing.assert_close(
                coloured.images[k, channel], wanted.clamp(0, 1).float(), rtol=0, atol=1e-6
            )


def test_erase_blackens_the_rectangles_that_the_numbers_name(batch: FaceBatch) -> None:
    rng = stream(3, "erase")
    wanted = batch.images.clone()
    for k in np.flatnonzero(rng.random(16) < 0.5):
        area, aspect = rng.uniform(0.01, 0.05) * 32**2, np.exp(rng.uniform(-0.693, 0.693))
        height, width = max(1, int(np.sqrt(area * aspect))), max(1, int(np.sqrt(area / aspect)))
        top, left = int(rng.integers(32 - height + 1)), int(rng.integers(32 - width + 1))
        wanted[int(k), :, top : top + height, left : left + width] = 0.0
    assert torch.equal(erase(batch, None, stream(3, "erase"))[0].images, wanted)


@pytest.mark.parametrize("name", sorted(AUGMENTATIONS))
def test_the_callers_tensors_stay_and_channels_stay_together(batch: FaceBatch, name: str) -> None:
    images = batch.images.contiguous(memory_format=torch.channels_last)
    given = FaceBatch(images, batch.labels, batch.depth.clone(), batch.region.clone())
    target = batch.depth.clone()
    changed, _ = AUGMENTATIONS[name](given, target, stream(4, name))
    assert not torch.equal(changed.images, batch.images)
    assert changed.images.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(changed.images, AUGMENTATIONS[name](batch, None, stream(4, name))[0].images)
    for kept, before in (
        (given.images, batch.images), (given.depth, batch.depth),
        (given.region, batch.region), (target, batch.depth),
    ):  # fmt: skip
        assert torch.equal(kept, before)


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
