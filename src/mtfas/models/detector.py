"""What a detector is: images in, a map out; and the same network as a pure function of its parameters."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from torch.func import functional_call

Params = dict[str, Tensor]
"""A network's parameters by name."""

STRIDE = 8
"""Image pixels a side for one map pixel: 256 → 32, 64 → 8."""

HEADS = ("relu", "linear")
"""How a map ends: `relu` for detectors (maps ≥ 0), `linear` for teachers (logits g of 2σ(g), Eq. 2)."""


@dataclass(frozen=True)
class DetectorOutput:
    """What a detector says about N faces.

    Attributes:
        map: [N, 1, h, w], h = H/8, logits where the head is linear; the supervision says which way it points.
        logit: [N] of a binary branch, positive = attack; None where there is no such branch.
        features: [N, C, h, w], the concatenated features below the head (what feature distillation compares).
    """

    map: Tensor
    logit: Tensor | None
    features: Tensor


class Detector(nn.Module):
    """A fully convolutional network from faces to maps; normalises its input itself."""

    __call__: Callable[..., DetectorOutput]

    def forward(self, images: Tensor) -> DetectorOutput:
        """Regress the maps of some faces.

        Args:
            images: [N, 3, H, W] RGB in [0, 1]; H and W are multiples of 8. The paper uses 256×256.

        Raises:
            ValueError: the images have another shape.
        """
        check_images(images)
        return self.regress(images * 2.0 - 1.0)

    @abstractmethod
    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress the maps of images in [-1, 1]."""


def check_images(images: Tensor) -> None:
    """Raise unless the images are [N, 3, H, W] with sides that are multiples of 8.

    Raises:
        ValueError: they are not.
    """
    if images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"images must be [N, 3, H, W], but came as {list(images.shape)}; stack RGB faces.")
    height, width = images.shape[-2:]
    if height % STRIDE or width % STRIDE or not height or not width:
        raise ValueError(
            f"image sides must be multiples of {STRIDE}, but came as {height}×{width}; "
            f"resize the faces, e.g. to 64, 128 or 256 pixels."
        )


def check_head(head: str) -> None:
    """Raise unless the head is known.

    Raises:
        ValueError: it is not.
    """
    if head not in HEADS:
        raise ValueError(f"a head is one of {', '.join(HEADS)}, but came as '{head}'.")


def parameters_of(net: nn.Module) -> Params:
    """Return a detached copy of a network's parameters: θ or ω of the bi-level learning."""
    return {name: value.detach().clone() for name, value in net.named_parameters()}


def map_function(net: Detector, images: Tensor) -> Callable[[Params], Tensor]:
    """Return the maps of these faces as a function of the network's parameters, θ → f_θ(x).

    The network keeps its mode (call `net.train()` first for batch statistics) and its own parameters.
    """

    def maps(params: Params) -> Tensor:
        output: DetectorOutput = functional_call(net, params, (images,))
        return output.map

    return maps
