"""The blocks every network here is built from: batch normalisation without side effects, conv–ReLU–BN."""

from collections.abc import Iterable
from contextlib import ExitStack

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtfas.errors import BadData
from mtfas.models.normalise import channel_sums, has_tangent, normalise
from mtfas.models.pooling import MaxPool
from mtfas.runtime import processes

EPSILON = 1e-3
"""Added to the variance. 1e-3 is what the public FAS-DR code ran with (TensorFlow's default); PyTorch's 1e-5
would amplify a channel that ReLU has switched off by 300 instead of 30."""


class BatchNorm2d(nn.Module):
    """Normalise each channel; in training mode by the batch alone, without ever touching a buffer.

    A forward pass in training mode therefore has no memory: it can run inside `torch.func` transforms, and
    the trial steps of the bi-level learning leave no trace. In evaluation mode the buffers `running_mean` and
    `running_var` are used, so that a face's output never depends on its neighbours; `estimate_statistics`
    fills them from training faces.

    Where several processes share a batch, "the batch" is each one's own part of it, or, after `synchronise`,
    all of it.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, epsilon: float = EPSILON) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.synchronised = False
        self.torchs_own = False
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, features: Tensor) -> Tensor:
        """Normalise [N, C, h, w]; same shape."""
        if self.training and self.synchronised and processes.count() > 1:
            return self._across(features)
        if self.training and not self.torchs_own and self._closed_form(features):
            return normalise(features, self.weight, self.bias, self.epsilon)
        if self.training:
            return functional.batch_norm(
                features, None, None, self.weight, self.bias, training=True, eps=self.epsilon
            )
        return functional.batch_norm(
            features,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training=False,
            eps=self.epsilon,
        )

    def _closed_form(self, features: Tensor) -> bool:
        # A GPU has a good kernel for all but forward mode over the backward pass.
        return features.device.type == "cpu" or has_tangent(self.weight)

    def _across(self, features: Tensor) -> Tensor:
        """Normalise by the statistics of all processes' faces; each must have as many."""
        variance, mean = torch.var_mean(features, (0, 2, 3), correction=0)
        mean, variance = mean.double(), variance.double()  # means are squared and subtracted: no cancellation
        sums = processes.sum_over_processes(torch.cat([mean, variance + mean.square()]))
        mean, square = (sums / processes.count()).chunk(2)
        scale = self.weight.double() * torch.rsqrt(square - mean.square() + self.epsilon)
        shift = self.bias.double() - mean * scale
        scale, shift = (v.to(features.dtype)[:, None, None] for v in (scale, shift))
        return features * scale + shift


def synchronise(net: nn.Module) -> None:
    """Let every `BatchNorm2d` in training mode use the statistics of all processes' faces together."""
    for module in net.modules():
        if isinstance(module, BatchNorm2d):
            module.synchronised = True


def use_torchs_layers(net: nn.Module, wanted: bool = True) -> None:
    """Normalise and pool by torch's own functions in training, as other networks do; or no more."""
    for module in net.modules():
        if isinstance(module, BatchNorm2d | MaxPool):
            module.torchs_own = wanted


class ConvReluBn(nn.Sequential):
    """3×3 convolution, stride 1, same size, with bias; ReLU; batch normalisation (the order of FAS-DR)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        # In place: the convolution does not need its output again, and the largest tensors are made here.
        super().__init__(conv(inputs, outputs), nn.ReLU(inplace=True), BatchNorm2d(outputs))


def conv(inputs: int, outputs: int, size: int = 3) -> nn.Conv2d:
    """Return a convolution of stride 1 that keeps the height and width, Xavier weights and zero bias."""
    layer = nn.Conv2d(inputs, outputs, size, padding=size // 2)
    nn.init.xavier_uniform_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


class _Moments:
    """Mean and variance of everything one layer has seen, merged batch by batch (Chan's formula, float64)."""

    def __init__(self) -> None:
        self.count = 0
        self.mean: Tensor | float = 0.0
        self.squares: Tensor | float = 0.0  # the sum of squared distances from the mean

    def add(self, features: Tensor) -> None:
        # Sums, not a copy in double precision: at 256 px that would take gigabytes.
        features = features.detach()
        count = features.numel() // features.shape[1]
        mean, total = channel_sums(features) / count, self.count + count
        gap = mean - self.mean
        squares = (channel_sums(features * features) - count * mean.square()).clamp_min(0.0)
        self.squares = self.squares + squares + gap.square() * (self.count * count / total)
        self.mean = self.mean + gap * (count / total)
        self.count = total


@torch.no_grad()
def estimate_statistics(net: nn.Module, batches: Iterable[Tensor]) -> None:
    """Fill the running statistics of every `BatchNorm2d` from image batches; weights are not changed.

    The batches pass through the net in training mode, so every layer sees inputs normalised as in training. A
    layer's mean is that over all batches; its variance is that of all values together, so the spread between
    batches counts. The same batches always give the same numbers. The net's mode is put back.

    Args:
        net: the network, changed in place.
        batches: images [N, 3, H, W] in [0, 1]; use training faces in the mixture of live and attack that the
            network was trained with.

    Raises:
        BadData: there are no batches.
    """
    modes = {module: module.training for module in net.modules()}
    moments = {module: _Moments() for module in net.modules() if isinstance(module, BatchNorm2d)}
    with ExitStack() as hooks:
        for layer, seen in moments.items():
            handle = layer.register_forward_pre_hook(lambda _, inputs, seen=seen: seen.add(inputs[0]))
            hooks.callback(handle.remove)
        hooks.callback(lambda: [module.train(mode) for module, mode in modes.items()])
        net.train()
        for module in net.modules():
            if isinstance(module, nn.Dropout):
                module.eval()  # as where the statistics will be used; and no random numbers are drawn
        for images in batches:
            net(images)
    for layer, seen in moments.items():
        _store(layer, seen)


def _store(layer: BatchNorm2d, seen: _Moments) -> None:
    if not isinstance(seen.mean, Tensor) or not isinstance(seen.squares, Tensor):
        raise BadData("no faces came to estimate the running statistics from; give at least one batch.")
    layer.running_mean.copy_(seen.mean)
    layer.running_var.copy_(seen.squares / seen.count)
