"""DenseNet-161 up to its second transition: 384 channels at a sixteenth of the image's side."""

import re
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from mtfas.errors import BadFile
from mtfas.models.layers import BatchNorm2d

EPSILON = 1e-5
"""What the public ImageNet weights were trained with."""

GROWTH = 48
STEM = 96
BOTTLENECK = 4
LAYERS = (6, 12)
CHANNELS = 384
"""What the trunk ends with: (((96 + 6 · 48) / 2) + 12 · 48) / 2."""

LAYER_NAMES = {"norm1": "squeeze_norm", "conv1": "squeeze", "norm2": "grow_norm", "conv2": "grow"}
"""torchvision's names within a layer, and ours."""


class DenseLayer(nn.Module):
    """Normalise, squeeze to 4 · 48 channels, normalise, grow by 48."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        narrow = BOTTLENECK * GROWTH
        self.squeeze_norm = BatchNorm2d(inputs, EPSILON)
        self.squeeze = plain_conv(inputs, narrow, 1)
        self.grow_norm = BatchNorm2d(narrow, EPSILON)
        self.grow = plain_conv(narrow, GROWTH, 3)

    def forward(self, features: Tensor) -> Tensor:
        """Return the 48 new channels, [N, C, h, w] → [N, 48, h, w]."""
        narrow = self.squeeze(self.squeeze_norm(features).relu())
        new: Tensor = self.grow(self.grow_norm(narrow).relu())
        return new


class DenseBlock(nn.Module):
    """Layers that each see the block's input and all that earlier layers added to it."""

    def __init__(self, inputs: int, count: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DenseLayer(inputs + GROWTH * i) for i in range(count))

    def forward(self, features: Tensor) -> Tensor:
        """Add 48 channels a layer, [N, C, h, w] → [N, C + 48 · layers, h, w]."""
        for layer in self.layers:
            features = torch.cat([features, layer(features)], dim=1)
        return features


class Transition(nn.Module):
    """Halve the channels and the sides."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.norm = BatchNorm2d(inputs, EPSILON)
        self.conv = plain_conv(inputs, inputs // 2, 1)
        self.pool = nn.AvgPool2d(2)

    def forward(self, features: Tensor) -> Tensor:
        """[N, C, h, w] → [N, C/2, h/2, w/2], odd sides rounded down."""
        halved: Tensor = self.pool(self.conv(self.norm(features).relu()))
        return halved


class DenseNetTrunk(nn.Module):
    """The stem, two dense blocks (6 and 12 layers) and their transitions.

    References:
        Huang et al., "Densely connected convolutional networks", CVPR 2017; the 161 of its public weights.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv = plain_conv(3, STEM, 7, stride=2)
        self.norm = BatchNorm2d(STEM, EPSILON)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.blocks, self.transitions = nn.ModuleList(), nn.ModuleList()
        channels = STEM
        for count in LAYERS:
            self.blocks.append(DenseBlock(channels, count))
            channels += GROWTH * count
            self.transitions.append(Transition(channels))
            channels //= 2

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, H, W], normalised as ImageNet is → [N, 384, H/16, W/16], odd quarters rounded down."""
        features: Tensor = self.pool(self.norm(self.conv(images)).relu())
        for block, transition in zip(self.blocks, self.transitions, strict=True):
            features = transition(block(features))
        return features


def plain_conv(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Conv2d:
    """Return a convolution without bias that keeps the sides but for its stride; He weights."""
    layer = nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight)
    return layer


def load_imagenet(trunk: DenseNetTrunk, path: str | Path) -> None:
    """Copy ImageNet weights and running statistics into a trunk; it is left alone where they do not fit.

    Args:
        trunk: changed in place.
        path: a local safetensors file of a DenseNet-161 with torchvision's names (`features.conv0.weight`,
            `features.denseblock1.denselayer1.norm1.weight`, ..., or `norm.1` as in the public download);
            what belongs to later blocks is not read.

    Raises:
        BadFile: the file is missing, damaged, or of another network.
    """
    homes = dict(_homes(trunk))
    found = _read(Path(path), homes)
    missing = sorted(homes.keys() - found.keys())
    if missing:
        raise _other_file(path, f"{len(missing)} tensors are missing, the first {missing[0]}")
    for name, home in homes.items():
        if found[name].shape != home.shape:
            raise _other_file(path, f"{name} is {list(found[name].shape)} instead of {list(home.shape)}")
        if not found[name].isfinite().all():
            raise _other_file(path, f"{name} is not finite")
    with torch.no_grad():
        for name, home in homes.items():
            home.copy_(found[name])


def _homes(trunk: DenseNetTrunk) -> Iterator[tuple[str, Tensor]]:
    """Each tensor of the trunk with torchvision's name for it."""
    for name, module in _modules(trunk):
        for part, tensor in (*module.named_parameters(), *module.named_buffers()):
            yield f"features.{name}.{part}", tensor


def _modules(trunk: DenseNetTrunk) -> Iterator[tuple[str, nn.Module]]:
    yield from (("conv0", trunk.conv), ("norm0", trunk.norm))
    for i, (block, transition) in enumerate(zip(trunk.blocks, trunk.transitions, strict=True), start=1):
        for j, layer in enumerate(block.get_submodule("layers").children(), start=1):
            for theirs, ours in LAYER_NAMES.items():
                yield f"denseblock{i}.denselayer{j}.{theirs}", layer.get_submodule(ours)
        for name in ("norm", "conv"):
            yield f"transition{i}.{name}", transition.get_submodule(name)


def _read(path: Path, wanted: dict[str, Tensor]) -> dict[str, Tensor]:
    """Read what is wanted and there, by torchvision's names of today."""
    try:
        with safe_open(path, framework="pt") as file:
            names = {re.sub(r"\.(norm|conv)\.([12])\.", r".\1\2.", key): key for key in file.keys()}  # noqa: SIM118
            return {name: file.get_tensor(names[name]) for name in wanted if name in names}
    except (OSError, SafetensorError) as error:
        raise _other_file(path, str(error).splitlines()[0]) from error


def _other_file(path: str | Path, reason: str) -> BadFile:
    return BadFile(
        f"{path} should be a safetensors file of DenseNet-161 with torchvision's names, but {reason}; "
        f"save torchvision's densenet161 state dict with safetensors, or leave the weights out."
    )
