"""How large a network is: parameters and multiply–adds."""

import copy
import math

import torch
from torch import Tensor, nn


def count_parameters(net: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(parameter.numel() for parameter in net.parameters() if parameter.requires_grad)


@torch.no_grad()
def count_macs(net: nn.Module, size: int = 256) -> int:
    """Return the multiply–adds of all convolutions and linear layers for one face of size × size pixels.

    k·k·Cin·Cout·Hout·Wout a convolution, biases and batch normalisation not counted. Nothing is computed and
    no memory taken: only shapes pass through a copy of the net.
    """
    shadow = copy.deepcopy(net).to("meta").eval()
    macs = 0

    def count(layer: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal macs
        weight = layer.get_parameter("weight")
        positions = math.prod(output.shape[2:]) if isinstance(layer, nn.Conv2d) else 1
        macs += weight.numel() * positions

    for layer in shadow.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    shadow(torch.empty(1, 3, size, size, device="meta"))
    return macs
