"""BCN: a map and patch decisions from bilateral features."""

import pytest
import torch

from mtfas.models.bcn import Bcn, MacroMicro, Refine
from mtfas.models.detector import DetectorOutput
from mtfas.models.layers import estimate_statistics
from mtfas.models.size import count_macs, count_parameters


def faces(count: int, height: int = 32, width: int = 32, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def net() -> Bcn:
    torch.manual_seed(0)
    net = Bcn()
    estimate_statistics(net, [faces(4)])
    return net.eval()


def test_size_by_hand(net: Bcn) -> None:
    """Convolutions as (inputs, outputs, size, side at 64 pixels, whether normalised)."""
    layers = [(3, 64, 3, 64, True)]
    for inputs, side in ((64, 64), (128, 32), (128, 16)):
        layers += [(inputs, 128, 3, side, True), (128, 196, 3, side, True), (196, 128, 3, side, True)]
        layers += [(256, 128, 1, side // 2, True)]
    layers += 3 * [(128, 20, 1, 8, False), (20, 25, 5, 8, False)]
    layers += 2 * [(384, 128, 3, 8, True), (128, 64, 3, 8, True), (64, 1, 3, 8, False)]
    parameters = sum((k * k * a + 1 + 2 * normed) * b for a, b, k, _, normed in layers)
    assert count_parameters(net) == parameters
    assert count_macs(net, 64) == sum(k * k * a * b * side**2 for a, b, k, side, _ in layers)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (40, 24), (64, 64), (128, 128)])
def test_shapes(net: Bcn, height: int, width: int) -> None:
    with torch.no_grad():
        output = net(faces(2, height, width))
    assert output.map.shape == output.parts["patch"].shape == (2, 1, height // 8, width // 8)
    assert output.features.shape == (2, 384, height // 8, width // 8)
    assert output.logit is None
    assert output.map.min() >= 0
    assert output.parts["patch"].min() < 0


def test_scored_by_its_map() -> None:
    assert Bcn.scored_by == "map"


def test_loss_by_hand(net: Bcn) -> None:
    patch = torch.tensor([[2.0, -1.0], [0.0, 0.5]]).view(2, 1, 1, 2)
    maps, target = torch.tensor([[0.5, 1.0], [0.0, 0.2]]).view(2, 1, 1, 2), torch.ones(2, 1, 1, 2)
    p = patch.double().sigmoid().flatten()
    on_patch = -torch.stack([p[0], p[1], 1 - p[2], 1 - p[3]]).log().mean()
    expected = (0.25 + 0.0 + 1.0 + 0.64) / 4 + on_patch.item()
    output = DetectorOutput(maps, None, maps, {"patch": patch})
    assert net.loss(output, target, torch.tensor([1, 0])).item() == pytest.approx(expected, rel=1e-6)


def test_base_and_residual_together_lose_nothing() -> None:
    split = MacroMicro(2)
    features = torch.rand(3, 2, 6, 6)
    convolution, normalisation = split.join[0], split.join[1]
    with torch.no_grad():
        convolution.weight.copy_(torch.eye(2).repeat(1, 2).view(2, 4, 1, 1))
        normalisation.running_var.fill_(1 - 1e-5)
        torch.testing.assert_close(split.eval()(features), features)


def test_refinement_by_hand() -> None:
    torch.manual_seed(1)
    refine, features = Refine(3), torch.rand(2, 3, 5, 4)
    with torch.no_grad():
        kernels, refined = refine.kernels(features), refine(features)
    torch.testing.assert_close(kernels.sum(1), torch.ones(2, 5, 4))
    window = torch.zeros(3)
    for i in range(25):
        y, x = min(max(1 + i // 5 - 2, 0), 4), min(max(3 + i % 5 - 2, 0), 3)
        window += kernels[1, i, 1, 3] * features[1, :, y, x]
    torch.testing.assert_close(refined[1, :, 1, 3], window)
