"""Central difference convolution: what a convolution sees, less what a flat neighbourhood would show it."""

from torch import Tensor, nn
from torch.nn import functional

THETA = 0.7
"""How much of the flat response is taken away: 0 is a plain convolution, 1 sees differences only."""


class CentralDifferenceConv(nn.Conv2d):
    """3×3 convolution of stride 1 and equal size, without bias, that favours differences to its centre.

    y(p₀) = Σₙ w(pₙ) x(p₀ + pₙ) − θ x(p₀) Σₙ w(pₙ), with zeros outside the image. The second term touches
    only the pixel in the centre, so it is the first convolution with θ Σ w taken off its centre tap: one
    convolution, not two. The parameter stays w, drawn as PyTorch does by itself, as the authors' are. Xavier
    weights are larger and soon push most of a map to zero behind the final ReLU (decision 13).

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        theta: θ, 0.7 by the authors' search.

    References:
        Yu et al., "Searching central difference convolutional networks for face anti-spoofing", CVPR 2020.
    """

    def __init__(self, inputs: int, outputs: int, theta: float = THETA) -> None:
        super().__init__(inputs, outputs, 3, padding=1, bias=False)
        self.theta = theta

    def kernel(self) -> Tensor:
        """Return the weights of the equivalent plain convolution, [outputs, inputs, 3, 3]."""
        flat = self.weight.sum((2, 3), keepdim=True)
        return self.weight - self.theta * functional.pad(flat, (1, 1, 1, 1))

    def forward(self, input: Tensor) -> Tensor:
        """Transform [N, inputs, h, w] to [N, outputs, h, w]."""
        return functional.conv2d(input, self.kernel(), padding=1)
