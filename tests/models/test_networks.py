"""Each network against the counts that the paper's description fixes."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from mtfas.errors import BadSetting
from mtfas.models import (
    DETECTORS,
    SURROGATES,
    TEACHERS,
    build_detector,
    build_teacher,
    count_macs,
    count_parameters,
    describe_detectors,
)
from mtfas.models.detector import map_function, parameters_of
from mtfas.models.layers import estimate_statistics

BRANCHED = {
    "fas-dr-bc",
    "fas-dr-light-bc",
    "dtn",
    "dtn-hsv",
    "deep-pix-bis",
    "yang-cnn",
    "rf-meta-fas",
    "maddg",
}
"""Detectors that decide beside their map."""


def faces(count: int, side: int = 32, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("name", "parameters", "million_macs"),
    [
        ("fas-dr", 140_017, 2930.4),
        ("fas-dr-32", 556_513, 11_664.7),
        ("fas-dr-64", 2_218_945, 46_544.8),
        ("fas-dr-light", 16_681, 55.52),
        ("cdcn", 2_245_016, 47_338.0),
        ("cdcn++", 2_257_352, 50_784.0),
        ("fas-dr-deep", 202_657, 4714.0),
        ("fas-dr-bc", 269_746, 2949.3),
        ("fas-dr-light-bc", 51_594, 60.83),
        ("fas-dr-light-deep", 21_937, 60.83),
        ("rf-meta-fas", 1_731_108 + 517_251 + 1_625_217, 47_752.7),
        ("resnet8", 18_097, 287.2),
    ],
)
def test_size(name: str, parameters: int, million_macs: float) -> None:
    net = build_detector(name, seed=0)
    assert count_parameters(net) == parameters
    assert count_macs(net, 256) / 1e6 == pytest.approx(million_macs, rel=2e-4)


def test_costs_of_the_light_networks_by_hand() -> None:
    """N = 8: one convolution 24 → 24 more at an eighth of the side; two of stride 2 from 56 channels."""
    light = count_macs(build_detector("fas-dr-light", seed=0), 256)
    deep, branched = (
        count_macs(build_detector(f"fas-dr-light-{end}", seed=0), 256) for end in ("deep", "bc")
    )
    assert deep - light == 9 * 24 * 24 * 32 * 32
    assert branched - light == 9 * 56 * 32 * 16 * 16 + 9 * 32 * 64 * 8 * 8 + 64


def test_multiply_adds_by_hand() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.MaxPool2d(2), nn.Conv2d(4, 5, 1))
    assert count_macs(net, 6) == 3 * 3 * 3 * 4 * 36 + 4 * 5 * 9


def test_cost_ratio_of_table_4() -> None:
    """Table 4 prints 280 units for FAS-DR and 5.3 for the light backbone."""
    ratio = count_macs(build_detector("fas-dr", 0)) / count_macs(build_teacher("fas-dr-light", 0))
    assert ratio == pytest.approx(280 / 5.3, rel=0.01)


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 64), (40, 24)])
def test_maps_have_an_eighth_of_the_side(name: str, height: int, width: int) -> None:
    net = build_detector(name, seed=0).eval()
    with torch.no_grad():
        output = net(torch.rand(2, 3, height, width))
    assert output.map.shape == (2, 1, height // 8, width // 8)
    assert output.features.ndim == 4
    assert output.map.isfinite().all()
    assert output.map.min() >= 0 or name == "depthnet", "only DepthNet's head is linear"
    assert (output.logit is not None) == (name in BRANCHED)
    if output.logit is not None:
        assert output.logit.shape == (2,)
    if name in SURROGATES:
        assert output.features.shape[-2:] == output.map.shape[-2:]


@pytest.mark.parametrize("name", DETECTORS)
def test_every_parameter_learns(name: str) -> None:
    """By `Detector.loss`; those of MADDG and RFMetaFAS too, though their own learners use other losses."""
    net = build_detector(name, seed=0).train()
    output = net(faces(4))
    net.loss(output, torch.rand(4, 1, 4, 4), torch.tensor([0, 1, 1, 0])).backward()
    for parameter_name, value in net.named_parameters():
        assert value.grad is not None, parameter_name
        assert value.grad.isfinite().all(), parameter_name
        # Of DTN, leaves and nodes that no attack of the batch comes to do not learn from it.
        assert value.grad.any() or name.startswith("dtn"), parameter_name


@pytest.mark.parametrize("name", DETECTORS)
def test_a_face_does_not_depend_on_its_neighbours(name: str) -> None:
    net = build_detector(name, seed=0)
    estimate_statistics(net, [faces(8, seed=1)])
    net.eval()
    with torch.no_grad():
        together, alone = net(faces(4)), net(faces(4)[2:3])
    torch.testing.assert_close(together.map[2:3], alone.map, rtol=1e-4, atol=1e-5)
    for part in together.parts:
        torch.testing.assert_close(together.parts[part][2:3], alone.parts[part], rtol=1e-4, atol=1e-5)
    if together.logit is not None:
        torch.testing.assert_close(together.logit[2:3], alone.logit, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("fas-dr", (32, 16, 12)),
        ("fas-dr-bc", (32, 16, 12)),
        ("fas-dr-8", (16, 16, 12)),
        ("fas-dr-deep", (32, 16, 12)),
        ("fas-dr-light", (16, 8, 6)),
        ("fas-dr-light-bc", (16, 8, 6)),
        ("fas-dr-light-deep", (16, 8, 6)),
    ],
)
def test_the_hint_is_the_second_levels_pooled_output(name: str, shape: tuple[int, ...]) -> None:
    """The joined features hold it too: averaged to their cells in FAS-DR, as it is in FAS-DR-Light."""
    with torch.no_grad():
        output = build_detector(name, seed=0)(torch.rand(2, 3, 64, 48))
    hint, channels = output.parts["hint"], shape[0]
    assert hint.shape == (2, *shape)
    cells = functional.adaptive_avg_pool2d(hint, (8, 6))
    torch.testing.assert_close(output.features[:, channels : 2 * channels], cells)


@pytest.mark.parametrize(
    ("plain", "branched"), [("fas-dr", "fas-dr-bc"), ("fas-dr-light", "fas-dr-light-bc")]
)
def test_the_branch_leaves_the_map_and_the_weights_below_it_alone(plain: str, branched: str) -> None:
    """The weights below are copied, because each name draws its own."""
    bare, full = build_detector(plain, seed=0), build_detector(branched, seed=0)
    own = {name for name in full.state_dict() if name.split(".")[0] in {"branch", "decide"}}
    assert set(full.state_dict()) - own == set(bare.state_dict())
    assert {name for name in own if "weight" in name} == {
        "branch.0.0.weight", "branch.0.2.weight", "branch.1.0.weight", "branch.1.2.weight", "decide.weight",
    }  # fmt: skip
    bare.load_state_dict({name: value for name, value in full.state_dict().items() if name not in own})
    with torch.no_grad():
        assert torch.equal(full(faces(4)).map, bare(faces(4)).map)


def test_a_face_of_256_pixels_gives_the_map_of_the_paper() -> None:
    with torch.no_grad():
        assert build_teacher("fas-dr-light", seed=0).eval()(faces(1, 256)).map.shape == (1, 1, 32, 32)


@pytest.mark.parametrize("name", TEACHERS)
def test_teachers_can_fall_below_zero(name: str) -> None:
    """With a ReLU at the end, 2σ(g) would never be below 1."""
    with torch.no_grad():
        maps = build_teacher(name, seed=0)(faces(8)).map
    assert maps.min() < 0 < maps.max()


@pytest.mark.parametrize("name", ["fas-dr-8", "fas-dr-light", "resnet8"])
def test_heads_differ_by_the_final_relu_only(name: str) -> None:
    linear, rectified = (build_detector(name, seed=4, head=head)(faces(4)).map for head in ("linear", "relu"))
    torch.testing.assert_close(rectified, linear.clamp(min=0))
    assert linear.min() < 0


def test_weights_depend_on_the_seed_and_nothing_else() -> None:
    torch.manual_seed(1)
    first = parameters_of(build_detector("fas-dr-light", seed=5))
    after = torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(after, torch.rand(1)), "building a net moved the global random state"
    second = parameters_of(build_detector("fas-dr-light", seed=5))
    other = parameters_of(build_detector("fas-dr-light", seed=6))
    teacher = parameters_of(build_teacher("fas-dr-light", seed=5))
    assert all(torch.equal(first[name], second[name]) for name in first)
    name = "stem.0.weight"
    assert not torch.equal(first[name], other[name])
    assert not torch.equal(first[name], teacher[name])


def test_convolutions_start_as_xavier_with_zero_bias() -> None:
    net = build_detector("fas-dr", seed=0)
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            limit = (6 / (9 * (layer.in_channels + layer.out_channels))) ** 0.5
            assert 0.9 * limit < layer.weight.abs().max() <= limit
            assert layer.bias is not None
            assert not layer.bias.any()


def test_evaluation_does_not_depend_on_the_neighbours() -> None:
    net = build_detector("fas-dr-8", seed=0).eval()
    images = faces(5)
    with torch.no_grad():
        together, alone = net(images).map, net(images[2:3]).map
        net.train()
        assert not torch.allclose(net(images).map[2:3], net(images[1:4]).map[1:2], atol=1e-3)
    torch.testing.assert_close(together[2:3], alone, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 3, 60, 64), (1, 3, 64, 4), (1, 1, 64, 64), (3, 64, 64), (1, 3, 0, 64)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"images must be|multiples of 8"):
        build_detector("fas-dr-light", seed=0)(torch.zeros(shape))


def test_unknown_names_give_the_nearest() -> None:
    with pytest.raises(BadSetting, match="did you mean 'fas-dr-light'"):
        build_detector("fas-dr-lite", seed=0)
    with pytest.raises(BadSetting, match="did you mean 'resnet8'"):
        build_teacher("resnet-8", seed=0)
    with pytest.raises(ValueError, match="relu, linear"):
        build_detector("fas-dr", seed=0, head="sigmoid")


def test_descriptions_are_complete() -> None:
    rows = describe_detectors()
    assert [row["name"] for row in rows] == list(DETECTORS)
    for row in rows:
        assert set(row) == {
            "name",
            "parameters",
            "macs_256",
            "input",
            "score",
            "native_supervision",
            "source",
        }
        assert row["parameters"] > 0
        assert row["macs_256"] > 0


def test_a_network_is_a_function_of_its_parameters() -> None:
    net = build_detector("fas-dr-light", seed=0).train()
    theta = parameters_of(net)
    maps = map_function(net, faces(4))
    torch.testing.assert_close(maps(theta), net(faces(4)).map)
    doubled = {name: 2 * value for name, value in theta.items()}
    assert not torch.allclose(maps(doubled), maps(theta))
    assert all(torch.equal(value, theta[name]) for name, value in net.named_parameters())
