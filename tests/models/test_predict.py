"""A face's result is the same to the last bit, whoever else is predicted with it."""

import pytest
import torch

from mtfas.models import Detector, build_detector
from mtfas.models.detector import DetectorOutput
from mtfas.models.layers import estimate_statistics
from mtfas.models.predict import fixed_chunks, predict_all


def faces(count: int, side: int = 32) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", ["fas-dr-8", "fas-dr-light", "resnet8"])
def test_permuting_choosing_and_isolating_faces_changes_no_bit(name: str) -> None:
    net = build_detector(name, seed=1)
    images = faces(21)
    estimate_statistics(net, [images])
    maps = predict_all(net, images, chunk=8).map
    order = torch.randperm(21, generator=torch.Generator().manual_seed(1))
    assert torch.equal(predict_all(net, images[order], chunk=8).map, maps[order])
    assert torch.equal(predict_all(net, images[5:18], chunk=8).map, maps[5:18])
    assert torch.equal(predict_all(net, images[20:], chunk=8).map, maps[20:])
    assert torch.unique(maps.flatten(1), dim=0).shape[0] == 21, "the faces are not told apart"


def test_the_result_is_that_of_the_network_in_evaluation_mode() -> None:
    net = build_detector("fas-dr-8", seed=1).train()
    images = faces(7)
    predicted = predict_all(net, images, chunk=4)
    assert net.training
    assert not predicted.map.requires_grad
    assert predicted.logit is None
    torch.testing.assert_close(predicted.map, net.eval()(images).map.detach(), rtol=1e-4, atol=1e-6)


class WithBranch(Detector):
    """FAS-DR-Light with the mean of its map as a binary branch."""

    def __init__(self) -> None:
        super().__init__()
        self.body = build_detector("fas-dr-light", seed=0)

    def regress(self, images: torch.Tensor) -> DetectorOutput:
        output: DetectorOutput = self.body.regress(images)
        return DetectorOutput(output.map, output.map.mean((1, 2, 3)), output.features)


def test_a_binary_branch_is_predicted_too() -> None:
    predicted = predict_all(WithBranch(), faces(7), chunk=4)
    assert predicted.logit is not None
    torch.testing.assert_close(predicted.logit, predicted.map.mean((1, 2, 3)))


def test_no_faces_are_refused_and_a_failure_puts_the_mode_back() -> None:
    net = build_detector("fas-dr-light", seed=0).train()
    with pytest.raises(ValueError, match="at least one face"):
        predict_all(net, faces(0))
    with pytest.raises(ValueError, match="multiples of 8"):
        predict_all(net, torch.zeros(1, 3, 12, 12))
    assert net.training


@pytest.mark.parametrize(("count", "chunk"), [(1, 4), (4, 4), (5, 4), (9, 1)])
def test_chunks_cover_every_row_once_at_one_length(count: int, chunk: int) -> None:
    chunks = list(fixed_chunks(count, chunk))
    assert all(len(rows) == chunk for rows, _ in chunks)
    assert torch.cat([rows[:kept] for rows, kept in chunks]).tolist() == list(range(count))
