"""DeepPixBiS: maps of probabilities, two losses, any size."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional

from mtfas.errors import BadFile
from mtfas.models.deep_pix_bis import DeepPixBis
from mtfas.models.detector import DetectorOutput
from mtfas.models.layers import estimate_statistics
from mtfas.models.size import count_parameters


def faces(count: int, height: int = 32, width: int = 32, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def net() -> DeepPixBis:
    torch.manual_seed(0)
    net = DeepPixBis()
    estimate_statistics(net, [faces(4, 64, 64)])
    return net.eval()


@pytest.mark.parametrize(("height", "width"), [(32, 32), (40, 24), (64, 64), (128, 128), (224, 224)])
def test_shapes(net: DeepPixBis, height: int, width: int) -> None:
    with torch.no_grad():
        output = net(faces(2, height, width))
    assert output.map.shape == (2, 1, height // 8, width // 8)
    assert output.logit is not None
    assert output.logit.shape == (2,)
    assert output.features.shape == (2, 384, height // 16, width // 16)
    assert 0 <= output.map.min() <= output.map.max() <= 1
    torch.testing.assert_close(output.map, output.parts["map_logits"].sigmoid())


def test_parameters() -> None:
    assert count_parameters(DeepPixBis()) == 3_198_144 + 385 + 197


def test_scored_by_its_map() -> None:
    assert DeepPixBis.scored_by == "map"


def test_pixels_are_scaled_as_for_imagenet(net: DeepPixBis) -> None:
    scaled = net.normalise(torch.tensor([0.485, 0.456, 1.0]).view(1, 3, 1, 1)).flatten()
    torch.testing.assert_close(scaled, torch.tensor([0.0, 0.0, (1 - 0.406) / 0.225]))


def test_at_224_pixels_the_face_is_judged_by_the_map_itself(net: DeepPixBis) -> None:
    with torch.no_grad():
        output = net(faces(1, 224, 224))
        small = output.map[..., ::2, ::2]
        assert torch.equal(output.map, small.repeat_interleave(2, -1).repeat_interleave(2, -2))
        torch.testing.assert_close(output.logit, net.whole(small.flatten(1)).flatten())


def test_loss_by_hand(net: DeepPixBis) -> None:
    logits = torch.tensor([[2.0, -1.0], [0.0, 0.5]]).view(2, 1, 1, 2)
    output = DetectorOutput(
        logits.sigmoid(), torch.tensor([1.0, -3.0]), torch.zeros(2), {"map_logits": logits}
    )
    target = torch.tensor([[1.7, 0.0], [0.25, -2.0]]).view(2, 1, 1, 2)
    p, t = logits.double().sigmoid().flatten(), torch.tensor([1.0, 0.0, 0.25, 0.0]).double()
    pixels = -(t * p.log() + (1 - t) * (1 - p).log()).mean()
    whole = -(torch.tensor(1.0).sigmoid().log() + (1 - torch.tensor(-3.0).sigmoid()).log()) / 2
    loss = net.loss(output, target, torch.tensor([1, 0]))
    assert loss.item() == pytest.approx((0.5 * pixels + 0.5 * whole).item(), rel=1e-6)


def test_loss_is_that_of_the_small_map_and_averaged_targets(net: DeepPixBis) -> None:
    with torch.no_grad():
        output = net(faces(3, 64, 64))
    target, labels = torch.rand(3, 1, 8, 8), torch.tensor([0, 1, 1])
    small = output.parts["map_logits"][..., ::2, ::2]
    expected = functional.binary_cross_entropy_with_logits(small, functional.avg_pool2d(target, 2))
    assert output.logit is not None
    whole = functional.binary_cross_entropy_with_logits(output.logit, labels.float())
    torch.testing.assert_close(net.loss(output, target, labels), (expected + whole) / 2)


def test_loss_of_certain_mistakes_is_finite(net: DeepPixBis) -> None:
    sure = torch.full((1, 1, 2, 2), 200.0)
    output = DetectorOutput(sure.sigmoid(), torch.tensor([200.0]), sure, {"map_logits": sure})
    loss = net.loss(output, torch.zeros(1, 1, 2, 2), torch.tensor([0]))
    assert loss.item() == pytest.approx(200.0)


def test_weights_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"a": torch.ones(1)}, path)
    with pytest.raises(BadFile, match="DenseNet-161"):
        DeepPixBis(str(path))
