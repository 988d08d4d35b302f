"""DepthNet and its descendants: sizes, shapes, what joins what, and each one's own loss."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from mtfas.models.cdcn import Cdcn, CdcnPlus
from mtfas.models.colour import with_hsv
from mtfas.models.depthnet import DepthNet, ThreeBlockNet, bilinear, subsample
from mtfas.models.detector import DetectorOutput, parameters_of
from mtfas.models.layers import estimate_statistics
from mtfas.models.sgtd import FasSgtd, GradientMagnitude
from mtfas.models.size import count_macs, count_parameters

FAMILY = [DepthNet, Cdcn, CdcnPlus, FasSgtd]


def faces(count: int, height: int = 32, width: int | None = None, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, height, width or height, generator=generator)


def built(kind: Callable[..., ThreeBlockNet], **settings: object) -> ThreeBlockNet:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return kind(**settings)


@torch.no_grad()
def trained_pass(net: ThreeBlockNet, images: Tensor) -> DetectorOutput:
    """A pass in training mode; dropout always drops the same."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return net.train()(images)


@pytest.mark.parametrize(
    ("kind", "parameters", "giga_macs"),
    [
        (DepthNet, 2_246_745, 47.45),
        (Cdcn, 2_245_016, 47.34),
        (CdcnPlus, 2_257_352, 50.78),
        (FasSgtd, 2_469_697, 51.72),
    ],
)
def test_size(kind: type[ThreeBlockNet], parameters: int, giga_macs: float) -> None:
    net = built(kind)
    assert count_parameters(net) == parameters
    assert count_macs(net, 256) / 1e9 == pytest.approx(giga_macs, rel=2e-4)


@pytest.mark.parametrize("kind", FAMILY)
@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 64), (128, 128), (40, 24), (8, 8)])
def test_maps_have_an_eighth_of_the_side(kind: type[ThreeBlockNet], height: int, width: int) -> None:
    with torch.no_grad():
        output = built(kind).eval()(faces(1, height, width))
    assert output.map.shape == (1, 1, height // 8, width // 8)
    assert output.features.shape == (1, 384, height // 8, width // 8)
    assert output.logit is None


def test_a_face_of_256_pixels_gives_a_map_of_32() -> None:
    with torch.no_grad():
        assert built(Cdcn).eval()(faces(1, 256)).map.shape == (1, 1, 32, 32)


@pytest.mark.parametrize("kind", FAMILY)
def test_heads_differ_by_the_final_relu_only(kind: type[ThreeBlockNet]) -> None:
    low, high = (trained_pass(built(kind, head=head), faces(4)).map for head in ("linear", "relu"))
    assert low.min() < 0
    torch.testing.assert_close(high, low.clamp(min=0))
    with pytest.raises(ValueError, match="relu, linear"):
        kind(head="sigmoid")


def test_the_authors_heads() -> None:
    assert [built(kind).rectified for kind in FAMILY] == [False, True, True, True]
    assert all(kind.scored_by == "map" for kind in FAMILY)


def test_what_each_network_sees() -> None:
    images = torch.tensor([0.0, 127.5 / 255, 1.0]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    central, steep = (built(kind).normalise(images)[0, :, 0, 0] for kind in (Cdcn, FasSgtd))
    torch.testing.assert_close(central, torch.tensor([-127.5 / 128, 0.0, 127.5 / 128]))
    torch.testing.assert_close(steep, torch.tensor([-0.5, 0.0, 0.5]))
    assert torch.equal(built(DepthNet).normalise(images), with_hsv(images))


def test_bilinear_by_four_looks_at_the_inner_pixels_only() -> None:
    features = torch.rand(2, 3, 128, 128, dtype=torch.float64)
    inner = features.unflatten(2, (32, 4)).unflatten(4, (32, 4))[:, :, :, 1:3, :, 1:3].mean((3, 5))
    torch.testing.assert_close(bilinear(features, 4), inner)
    assert not torch.allclose(bilinear(features, 4), functional.avg_pool2d(features, 4), atol=0.01)
    torch.testing.assert_close(bilinear(features, 2), functional.avg_pool2d(features, 2))
    assert bilinear(features, 1) is features


def test_subsampling_keeps_whole_pixels() -> None:
    features = torch.arange(64.0).view(1, 1, 8, 8)
    assert subsample(features, 4).flatten().tolist() == [0.0, 4.0, 32.0, 36.0]


@pytest.mark.parametrize(("kind", "resize"), [(DepthNet, subsample), (Cdcn, bilinear), (FasSgtd, subsample)])
def test_features_are_the_three_blocks_side_by_side(
    kind: type[ThreeBlockNet], resize: Callable[[Tensor, int], Tensor]
) -> None:
    net = built(kind).eval()
    with torch.no_grad():
        levels = net.levels(net.normalise(faces(1, 64)))
        joined = net(faces(1, 64)).features
    assert [level.shape[-1] for level in levels] == [32, 16, 8]
    for k, factor in enumerate((4, 2, 1)):
        torch.testing.assert_close(joined[:, 128 * k : 128 * (k + 1)], resize(levels[k], factor))


def test_depthnet_averages_last_and_leaves_out_the_padding() -> None:
    pools = list(built(DepthNet).pools)
    assert [type(pool) for pool in pools] == [nn.MaxPool2d, nn.MaxPool2d, nn.AvgPool2d]
    assert torch.equal(pools[2](torch.ones(1, 1, 6, 6)), torch.ones(1, 1, 3, 3))


def test_attention_weighs_what_is_joined_and_not_what_the_next_block_gets() -> None:
    net = built(CdcnPlus).eval()
    trunk: list[Tensor] = []
    net.pools[2].register_forward_hook(lambda _, __, output: trunk.append(output))
    with torch.no_grad():
        before = net(faces(1, 64)).features
        for attention in net.attentions:
            attention.conv.weight.fill_(0.0)
        after = net(faces(1, 64)).features
    assert torch.equal(trunk[0], trunk[1])
    torch.testing.assert_close(after[:, 256:], trunk[1] / 2)  # σ(0) = 1/2
    assert not torch.allclose(before, after)


def test_attention_by_hand() -> None:
    attention = built(CdcnPlus).attentions[2]
    features = torch.tensor([1.0, -3.0]).view(1, 2, 1, 1)
    with torch.no_grad():
        attention.conv.weight.zero_()
        attention.conv.weight[0, :, 1, 1] = torch.tensor([2.0, 0.5])  # of the mean, of the maximum
        weighed = attention(features)
    torch.testing.assert_close(weighed, torch.sigmoid(torch.tensor(2.0 * -1.0 + 0.5 * 1.0)) * features)


def test_gradient_magnitude_of_a_slope() -> None:
    rows, columns = torch.meshgrid(torch.arange(5.0), torch.arange(5.0), indexing="ij")
    images = torch.stack([3 * columns, 4 * rows, 3 * columns + 4 * rows])[None]
    steep = GradientMagnitude()(images)[0, :, 2, 2]
    torch.testing.assert_close(steep, torch.tensor([24.0, 32.0, 40.0]))  # a Sobel kernel weighs 8 steps


def test_a_flat_image_has_a_finite_slope() -> None:
    images = torch.full((1, 2, 5, 5), 0.3, requires_grad=True)
    (slope,) = torch.autograd.grad(GradientMagnitude()(images).sum(), images)
    assert slope.isfinite().all()


def test_sobel_kernels_are_neither_learned_nor_saved() -> None:
    net = built(FasSgtd)
    assert not [name for name in net.state_dict() if "kernels" in name]
    assert not [name for name, _ in net.named_parameters() if "kernels" in name]


def spike() -> tuple[DetectorOutput, Tensor]:
    """A map that is wrong by 0.5 in one inner pixel of 4×4."""
    maps = torch.zeros(1, 1, 4, 4)
    maps[0, 0, 1, 1] = 0.5
    return DetectorOutput(maps, None, torch.zeros(1, 1, 1, 1)), torch.zeros(1, 1, 4, 4)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (DepthNet, 0.5 / 16),
        # Valid contrasts are those of 2×2 pixels: 8 of the spike and 3 seen by its inner neighbours.
        (Cdcn, 0.25 / 16 + 11 * 0.25 / 32),
        (CdcnPlus, 0.25 / 16 + 11 * 0.25 / 32),
        # Padded, all eight neighbours are there: 16 of 8·16.
        (FasSgtd, 0.25 / 16 + 0.5 * 16 * 0.25 / 128),
    ],
)
def test_losses_by_hand(kind: type[ThreeBlockNet], expected: float) -> None:
    output, target = spike()
    assert float(built(kind).loss(output, target, torch.zeros(1))) == pytest.approx(expected)


@pytest.mark.parametrize("kind", FAMILY)
def test_every_weight_learns(kind: type[ThreeBlockNet]) -> None:
    net = built(kind, head="linear").train()
    images = faces(4)
    net.loss(net(images), torch.ones(4, 1, 4, 4), torch.zeros(4)).backward()
    still = [name for name, value in net.named_parameters() if value.grad is None or not value.grad.any()]
    assert still == []


@pytest.mark.parametrize("kind", [DepthNet, FasSgtd, CdcnPlus])
def test_a_network_is_a_function_of_its_parameters(kind: type[ThreeBlockNet]) -> None:
    net = built(kind).eval()
    theta = parameters_of(net)
    with torch.no_grad():
        same = functional_call(net, theta, (faces(2),)).map
        torch.testing.assert_close(same, net(faces(2)).map)


@torch.no_grad()
def test_dropout_draws_in_training_only() -> None:
    net, others = built(DepthNet), [built(kind).train() for kind in (Cdcn, CdcnPlus, FasSgtd)]
    with torch.random.fork_rng():
        state = torch.get_rng_state()
        for quiet in (net.eval(), *others):
            quiet(faces(2))
        assert torch.equal(state, torch.get_rng_state())
        net.train()(faces(2))
        assert not torch.equal(state, torch.get_rng_state())


def test_a_face_depends_on_no_neighbour_after_statistics() -> None:
    net = built(CdcnPlus)
    estimate_statistics(net, [faces(4)])
    with torch.no_grad():
        together, alone = net.eval()(faces(3)).map, net(faces(3)[1:2]).map
    torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-5)
