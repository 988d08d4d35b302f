"""The trunk's size, and how it takes public weights."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mtfas.errors import BadFile
from mtfas.models.densenet import CHANNELS, DenseNetTrunk, load_imagenet
from mtfas.models.size import count_macs, count_parameters

Shapes = dict[str, tuple[int, ...]]


def norm(name: str, channels: int) -> Shapes:
    return {f"{name}.{part}": (channels,) for part in ("weight", "bias", "running_mean", "running_var")}


def torchvision_shapes() -> Shapes:
    """Names and shapes of torchvision's densenet161 up to transition2, from the paper's description."""
    shapes: Shapes = {"features.conv0.weight": (96, 3, 7, 7)} | norm("features.norm0", 96)
    channels = 96
    for block, layers in ((1, 6), (2, 12)):
        for layer in range(1, layers + 1):
            name = f"features.denseblock{block}.denselayer{layer}"
            shapes |= norm(f"{name}.norm1", channels) | {f"{name}.conv1.weight": (192, channels, 1, 1)}
            shapes |= norm(f"{name}.norm2", 192) | {f"{name}.conv2.weight": (48, 192, 3, 3)}
            channels += 48
        name = f"features.transition{block}"
        shapes |= norm(f"{name}.norm", channels) | {f"{name}.conv.weight": (channels // 2, channels, 1, 1)}
        channels //= 2
    return shapes


def weights(seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.rand(shape, generator=generator) for name, shape in torchvision_shapes().items()}


def same(first: DenseNetTrunk, second: DenseNetTrunk) -> bool:
    other = second.state_dict()
    return all(torch.equal(value, other[name]) for name, value in first.state_dict().items())


@pytest.fixture(scope="module")
def tensors() -> dict[str, torch.Tensor]:
    return weights()


def test_parameters_are_those_of_the_public_network() -> None:
    learned = [shape for name, shape in torchvision_shapes().items() if "running" not in name]
    total = sum(torch.Size(shape).numel() for shape in learned)
    assert count_parameters(DenseNetTrunk()) == total == 3_198_144


def test_multiply_adds_by_a_formula() -> None:
    macs, channels = 7 * 7 * 3 * 96 * 64**2, 96
    for layers, side in ((6, 32), (12, 16)):
        for _ in range(layers):
            macs += (channels * 192 + 9 * 192 * 48) * side**2
            channels += 48
        macs += channels * channels // 2 * side**2
        channels //= 2
    assert channels == CHANNELS
    assert count_macs(DenseNetTrunk(), 128) == macs


def test_output_has_a_sixteenth_of_the_side() -> None:
    trunk = DenseNetTrunk().eval()
    with torch.no_grad():
        assert trunk(torch.rand(1, 3, 64, 32)).shape == (1, CHANNELS, 4, 2)
        assert trunk(torch.rand(1, 3, 40, 24)).shape == (1, CHANNELS, 2, 1)


def test_weights_of_torchvision_names(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    later = {
        "features.denseblock3.denselayer1.norm1.weight": torch.ones(384),
        "classifier.bias": torch.ones(9),
    }
    counts = {"features.norm0.num_batches_tracked": torch.tensor(3)}
    save_file(tensors | later | counts, tmp_path / "net.safetensors")
    trunk = DenseNetTrunk()
    load_imagenet(trunk, tmp_path / "net.safetensors")
    layer = trunk.blocks[1].get_submodule("layers.11")
    name = "features.denseblock2.denselayer12"
    assert torch.equal(trunk.conv.weight, tensors["features.conv0.weight"])
    assert torch.equal(trunk.norm.running_mean, tensors["features.norm0.running_mean"])
    assert torch.equal(layer.get_parameter("squeeze_norm.bias"), tensors[f"{name}.norm1.bias"])
    assert torch.equal(layer.get_parameter("squeeze.weight"), tensors[f"{name}.conv1.weight"])
    assert torch.equal(layer.get_buffer("grow_norm.running_var"), tensors[f"{name}.norm2.running_var"])
    assert torch.equal(layer.get_parameter("grow.weight"), tensors[f"{name}.conv2.weight"])
    last = trunk.transitions[1].get_parameter("conv.weight")
    assert torch.equal(last, tensors["features.transition2.conv.weight"])
    assert all(value.min() >= 0 for value in trunk.state_dict().values()), "something was not replaced"


def test_names_with_a_dot_as_in_the_public_download(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    save_file(tensors, tmp_path / "new.safetensors")
    dotted = {
        name.replace("norm1.", "norm.1.")
        .replace("norm2.", "norm.2.")
        .replace("conv1.", "conv.1.")
        .replace("conv2.", "conv.2."): value
        for name, value in tensors.items()
    }
    assert dotted.keys() != tensors.keys()
    save_file(dotted, tmp_path / "old.safetensors")
    new, old = DenseNetTrunk(), DenseNetTrunk()
    load_imagenet(new, tmp_path / "new.safetensors")
    load_imagenet(old, str(tmp_path / "old.safetensors"))
    assert same(new, old)


def test_bad_files_change_nothing_and_say_why(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    path, last = tmp_path / "net.safetensors", "features.transition2.norm.bias"
    trunk, before = DenseNetTrunk(), DenseNetTrunk()
    before.load_state_dict(trunk.state_dict())

    def refused(match: str) -> None:
        with pytest.raises(BadFile, match=match) as caught:
            load_imagenet(trunk, path)
        assert str(path) in str(caught.value)
        assert "torchvision's names" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert same(trunk, before)

    refused("No such file")
    path.write_bytes(b"not tensors at all")
    refused("safetensors file of DenseNet-161")
    save_file({"stem.0.weight": torch.ones(3)}, path)
    refused("tensors are missing, the first features.conv0.weight")
    save_file({name: value for name, value in tensors.items() if name != last}, path)
    refused(f"1 tensors are missing, the first {last}")
    save_file(tensors | {last: torch.ones(7)}, path)
    refused(r"transition2.norm.bias is \[7\] instead of \[768\]")
    save_file(tensors | {last: torch.full((768,), torch.nan)}, path)
    refused("transition2.norm.bias is not finite")
    save_file(tensors, path)
    path.write_bytes(path.read_bytes()[:-1000])
    refused("safetensors file of DenseNet-161")
