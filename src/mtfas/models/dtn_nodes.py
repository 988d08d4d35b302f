"""What a deep tree network is made of: convolutional, routing and leaf units, and the walk through a tree."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtfas.models.layers import BatchNorm2d

NODES = 7
"""Inner nodes of the binary tree: one, two and four on three levels; node k's children are 2k+1 and 2k+2."""

LEAVES = NODES + 1
"""The children of the third level, from left to right."""

SLOPE = 0.2
SPREAD = 0.02
"""Standard deviation of every weight at the start; small, as batch normalisation sets the scale."""

ROUTED_SIDE, CLASSED_SIDE = 8, 4
"""Sides of what a node routes by and of what a leaf's class is told from. Faces of 256 pixels give these by
themselves; the features of other faces are brought to them, so that the weights fit every size."""


class ConvBnLeaky(nn.Sequential):
    """Convolution without bias, batch normalisation, leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, size: int = 3, stride: int = 1, padding: int = 1) -> None:
        layer = plain_conv(inputs, outputs, size, stride, padding)
        super().__init__(layer, BatchNorm2d(outputs), nn.LeakyReLU(SLOPE))


class Residual(nn.Module):
    """Two 3×3 convolutions beside nothing: x + f(x), then leaky ReLU."""

    def __init__(self, filters: int) -> None:
        super().__init__()
        self.path = nn.Sequential(
            ConvBnLeaky(filters, filters), plain_conv(filters, filters), BatchNorm2d(filters)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Transform [N, f, h, w]; same shape."""
        return functional.leaky_relu(features + self.path(features), SLOPE)


class Cru(nn.Module):
    """Convolutional residual unit: two residual blocks, then a 3×3 maximum at every second place.

    TensorFlow pads "same" pooling and convolutions of stride 2 on the right and at the bottom only, torch on
    all sides: here a window's centre lies one place further up and left than in the authors' code.
    """

    def __init__(self, filters: int, pooled: bool = True) -> None:
        super().__init__()
        self.blocks = nn.Sequential(Residual(filters), Residual(filters))
        self.pooled = pooled

    def forward(self, features: Tensor) -> Tensor:
        """Transform [N, f, h, w] to [N, f, h/2, w/2], or to the same shape where nothing is pooled."""
        features = self.blocks(features)
        return functional.max_pool2d(features, 3, 2, 1) if self.pooled else features


class Tru(nn.Module):
    """Tree routing unit: shrinks a node's features to the vector that its visitors are told apart by.

    Args:
        filters: f.
        halvings: convolutions of stride 2. Their number is fixed by the level, not by the image's size.
    """

    def __init__(self, filters: int, halvings: int) -> None:
        super().__init__()
        self.shrink = nn.Sequential(*(ConvBnLeaky(filters, filters, stride=2) for _ in range(halvings)))

    def forward(self, features: Tensor) -> Tensor:
        """Return [N, 64f] of [N, f, h, w]."""
        small = functional.avg_pool2d(self.shrink(features), 3, 2, 1, count_include_pad=False)
        return functional.interpolate(small, size=(ROUTED_SIDE, ROUTED_SIDE)).flatten(1)


class Leaf(nn.Module):
    """Supervised feature learning: a node's features give one map, in (0, 1), and one number, the class."""

    def __init__(self, filters: int) -> None:
        super().__init__()
        self.map = nn.Sequential(Cru(filters, pooled=False), plain_conv(filters, 1), nn.Sigmoid())
        self.shrink = nn.Sequential(
            ConvBnLeaky(filters, filters, stride=2),
            ConvBnLeaky(filters, filters, stride=2),
            ConvBnLeaky(filters, 2 * filters, stride=2),
        )
        self.classify = nn.Sequential(
            ConvBnLeaky(2 * filters, 4 * filters, size=CLASSED_SIDE, padding=0),
            nn.Dropout(0.3),
            ConvBnLeaky(4 * filters, 256, size=1, padding=0),  # on one place: a fully connected layer
            plain_conv(256, 1, size=1, padding=0),
        )

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return the map [N, 1, h, w] and the raw class output [N, 1] of [N, f, h, w]."""
        small = functional.interpolate(self.shrink(features), size=(CLASSED_SIDE, CLASSED_SIDE))
        return self.map(features), self.classify(small).flatten(1)


def plain_conv(inputs: int, outputs: int, size: int = 3, stride: int = 1, padding: int = 1) -> nn.Conv2d:
    """Return a convolution without bias whose weights are drawn from N(0, 0.02²)."""
    layer = nn.Conv2d(inputs, outputs, size, stride, padding, bias=False)
    nn.init.normal_(layer.weight, std=SPREAD)
    return layer


def walk(routes: Tensor) -> tuple[Tensor, Tensor]:
    """Send every face down the tree: left where a node's value is at least 0, right where it is below.

    Args:
        routes: [N, 7], each face's value at every node, whether it gets there or not.

    Returns:
        which nodes [N, 7] and which one of the leaves [N, 8] each face visits, boolean.
    """
    left = routes >= 0
    visited = [torch.ones_like(left[:, 0])]
    for node in range(NODES):
        visited += [visited[node] & left[:, node], visited[node] & ~left[:, node]]
    return torch.stack(visited[:NODES], 1), torch.stack(visited[NODES:], 1)
