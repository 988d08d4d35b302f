"""Batch normalisation: PyTorch's own layer is the oracle; training leaves no trace."""

import copy

import pytest
import torch
from torch import nn

from mtfas.errors import BadData
from mtfas.models import build_detector, build_teacher
from mtfas.models.layers import EPSILON, BatchNorm2d, ConvReluBn, estimate_statistics


def noise(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def faces(count: int, seed: int = 0, side: int = 16) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def ours_and_torchs(channels: int) -> tuple[BatchNorm2d, nn.BatchNorm2d]:
    ours, theirs = BatchNorm2d(channels), nn.BatchNorm2d(channels, eps=EPSILON)
    for layer in (ours, theirs):
        with torch.no_grad():
            layer.weight.copy_(noise(channels, seed=1))
            layer.bias.copy_(noise(channels, seed=2))
    return ours, theirs


def test_training_equals_the_batch_normalisation_of_torch() -> None:
    ours, theirs = ours_and_torchs(5)
    features = noise(4, 5, 6, 7) * 3 + 2
    torch.testing.assert_close(ours(features), theirs(features))


def test_evaluation_equals_the_batch_normalisation_of_torch() -> None:
    ours, theirs = ours_and_torchs(5)
    theirs(noise(4, 5, 6, 7) * 3 + 2)
    ours.load_state_dict({name: value for name, value in theirs.state_dict().items() if "num" not in name})
    features = noise(3, 5, 6, 7, seed=3)
    torch.testing.assert_close(ours.eval()(features), theirs.eval()(features))


@pytest.mark.parametrize("name", ["fas-dr-8", "fas-dr-light", "resnet8"])
def test_training_never_touches_a_buffer(name: str) -> None:
    net = build_detector(name, seed=1).train()
    before = copy.deepcopy(dict(net.named_buffers()))
    assert before
    net(faces(4)).map.sum().backward()
    for buffer, value in net.named_buffers():
        assert torch.equal(value, before[buffer])


def test_training_runs_inside_function_transforms() -> None:
    layer = BatchNorm2d(3)
    features = noise(4, 3, 5, 5)

    def scaled(scale: torch.Tensor) -> torch.Tensor:
        return layer(features * scale + features.square())

    _, tangent = torch.func.jvp(scaled, (torch.tensor(0.7),), (torch.tensor(1.0),))
    assert torch.isfinite(tangent).all()
    assert tangent.abs().max() > 0


def test_statistics_of_one_layer_are_those_of_the_whole_set() -> None:
    net = ConvReluBn(3, 4)
    images = faces(23) * torch.linspace(0.1, 3.0, 23)[:, None, None, None]  # batches that differ a lot
    estimate_statistics(net, images.split(5))  # the last batch is smaller
    seen = net[1](net[0](images)).detach().double()
    torch.testing.assert_close(net[2].running_mean.double(), seen.mean((0, 2, 3)), rtol=1e-6, atol=1e-7)
    variance = seen.var((0, 2, 3), correction=0)
    torch.testing.assert_close(net[2].running_var.double(), variance, rtol=1e-6, atol=1e-7)


def test_statistics_of_one_batch_make_evaluation_equal_training() -> None:
    net = build_teacher("fas-dr-light", seed=2).train()
    images = faces(6, side=32)
    wanted = net(images).map
    estimate_statistics(net, [images])
    torch.testing.assert_close(net.eval()(images).map, wanted, rtol=1e-4, atol=1e-5)


def test_statistics_are_repeatable_and_leave_weights_and_mode_alone() -> None:
    net = build_detector("fas-dr-8", seed=3).eval()
    net.stem.train()
    weights = copy.deepcopy(dict(net.named_parameters()))
    found = []
    for _ in range(2):
        estimate_statistics(net, faces(8).split(4))
        found.append({name: value.clone() for name, value in net.named_buffers()})
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])
    assert all(torch.equal(value, weights[name]) for name, value in net.named_parameters())
    assert net.stem.training
    assert not net.top.training


def test_statistics_of_no_faces_are_refused_and_the_mode_put_back() -> None:
    net = build_detector("fas-dr-light", seed=3).eval()
    with pytest.raises(BadData, match="no faces"):
        estimate_statistics(net, [])
    assert not net.training


def test_the_middle_of_an_estimate_may_fail_without_changing_the_mode() -> None:
    net = build_detector("fas-dr-light", seed=3).eval()
    with pytest.raises(ValueError, match="multiples of 8"):
        estimate_statistics(net, [faces(2), faces(2, side=12)])
    assert not net.training
    assert not any(module._forward_pre_hooks for module in net.modules())


def test_statistics_draw_no_random_numbers() -> None:
    """Dropout would make them, and every later score, depend on what was computed before."""
    net = build_detector("depthnet", seed=0)
    images = torch.rand(4, 3, 16, 16)
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        estimate_statistics(net, [images])
        found.append({name: value.clone() for name, value in net.named_buffers()})
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])
    assert all(module.training for module in net.modules())
