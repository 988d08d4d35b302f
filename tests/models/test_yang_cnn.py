"""The AlexNet-like detector: its size, its two outputs."""

import pytest
import torch
from torch.nn import functional

from mtfas.models.layers import estimate_statistics
from mtfas.models.size import count_macs, count_parameters
from mtfas.models.yang_cnn import YangCnn


def faces(count: int, height: int = 32, width: int = 32, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def net() -> YangCnn:
    torch.manual_seed(0)
    net = YangCnn()
    estimate_statistics(net, [faces(4, 64, 64)])
    return net.eval()


def test_size_by_hand(net: YangCnn) -> None:
    layers = [(3, 96, 11, 32), (96, 256, 5, 16), (256, 384, 3, 8), (384, 384, 3, 8), (384, 256, 3, 8)]
    dense = [(6 * 6 * 256, 4096), (4096, 4096), (4096, 1)]
    parameters = sum((k * k * a + 1) * b for a, b, k, _ in layers) + sum((a + 1) * b for a, b in dense)
    macs = sum(k * k * a * b * side**2 for a, b, k, side in layers) + sum(a * b for a, b in dense)
    assert count_parameters(net) == parameters + 2 * 256 + 257
    assert count_macs(net, 128) == macs + 256 * 8 * 8


@pytest.mark.parametrize(("height", "width"), [(32, 32), (40, 24), (64, 64), (128, 128), (256, 256), (8, 8)])
def test_shapes(net: YangCnn, height: int, width: int) -> None:
    with torch.no_grad():
        output = net(faces(2, height, width))
    assert output.map.shape == (2, 1, height // 8, width // 8)
    assert output.logit is not None
    assert output.logit.shape == (2,)
    assert output.features.shape[:2] == (2, 256)
    assert output.map.min() >= 0


def test_scored_by_its_logit() -> None:
    assert YangCnn.scored_by == "logit"


def test_the_map_does_not_start_dead(net: YangCnn) -> None:
    with torch.no_grad():
        maps = net(faces(4, 64, 64)).map
    assert 0.2 < (maps > 0).float().mean() < 0.8


def test_loss_by_hand(net: YangCnn) -> None:
    labels, target = torch.tensor([0, 1, 1]), torch.rand(3, 1, 4, 4)
    with torch.no_grad():
        output = net(faces(3))
    assert output.logit is not None
    p = output.logit.double().sigmoid()
    whole = -(torch.stack([1 - p[0], p[1], p[2]]).log()).mean()
    expected = ((output.map - target).double() ** 2).mean() + whole
    assert net.loss(output, target, labels).item() == pytest.approx(expected.item(), rel=1e-5)


def test_six_by_six_features_are_not_interpolated(net: YangCnn) -> None:
    """Of 192 pixels, 6 × 6 positions are left, as AlexNet has them."""
    with torch.no_grad():
        output = net(faces(1, 192, 192))
        grid = functional.max_pool2d(output.features, 3, 2, 1)
        assert grid.shape[-2:] == (6, 6)
        torch.testing.assert_close(output.logit, net.whole(grid.flatten(1)).flatten())


def test_dropout_in_training_only(net: YangCnn) -> None:
    images = faces(2)
    with torch.no_grad():
        assert torch.equal(net(images).logit, net(images).logit)
        net.train()
        first, second = net(images), net(images)
        net.eval()
    assert not torch.equal(first.logit, second.logit)
    assert torch.equal(first.map, second.map)
