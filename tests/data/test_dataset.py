"""Batches: the floats that bytes stand for, wherever the pictures lie in memory."""

import polars as pl
import pytest
import torch
from torch import Tensor

from mtfas.data.dataset import FaceSet


def stored(count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Random pictures whose channels lie together, and two maps of each."""
    generator = torch.Generator().manual_seed(0)

    def noise(*shape: int) -> Tensor:
        return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)

    return noise(count, 16, 16, 3).permute(0, 3, 1, 2), noise(count, 1, 2, 2), noise(count, 1, 2, 2)


@pytest.mark.parametrize("places", [None, [4, 0, 0, 3]], ids=["in order", "some"])
@pytest.mark.parametrize("planes", [False, True], ids=["channels last", "channels first"])
def test_a_batch_holds_the_chosen_faces(places: list[int] | None, planes: bool) -> None:
    pixels, depth, region = stored(5)
    count = 5 if places is None else len(places)
    rows = pl.DataFrame({"label": [k % 2 for k in range(count)]})
    where = None if places is None else torch.tensor(places)
    given = pixels.contiguous() if planes else pixels
    faces = FaceSet(given, depth[:count], region[:count], rows, where)
    batch = faces.batch(torch.tensor([3, 1, 3]))
    order = [3, 1, 3] if places is None else [places[k] for k in (3, 1, 3)]
    assert torch.equal(batch.images, pixels[order].float() / 255.0)
    assert torch.equal(batch.depth, depth[[3, 1, 3]].float() / 255.0)
    assert torch.equal(batch.region, region[[3, 1, 3]].float() / 255.0)
    assert batch.labels.tolist() == [1, 1, 1]
    assert batch.images.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(faces.images, pixels if places is None else pixels[places])
    assert (len(faces), faces.size) == (count, 16)


def test_a_batch_is_a_copy() -> None:
    pixels, depth, region = stored(2)
    faces = FaceSet(pixels, depth, region, pl.DataFrame({"label": [0, 1]}))
    before = pixels.clone()
    batch = faces.batch(torch.tensor([0, 1]))
    for part in (batch.images, batch.depth, batch.region, batch.labels):
        part.zero_()
    assert torch.equal(pixels, before)
    assert faces.labels.tolist() == [0, 1]
    assert depth.any()
