"""What a detector is: images in, a map out; and the same network as a pure function of its parameters."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

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
        features: [N, C, h', w'], the joined features below the head (what feature distillation compares).
        parts: what else the detector's own loss needs, by name; the first dimension is N.
    """

    map: Tensor
    logit: Tensor | None
    features: Tensor
    parts: Mapping[str, Tensor] = field(default_factory=dict)


SCORES = ("map", "logit", "both")
"""What a score is made of: the mean of the map, the branch's probability, or half of each (Sec. 4.2.3)."""


class Detector(nn.Module):
    """A network from faces of any size to maps; normalises its input itself and knows its own loss."""

    __call__: Callable[..., DetectorOutput]

    scored_by = "map"
    """One of `SCORES`, as the detector's authors score a face."""

    def forward(self, images: Tensor) -> DetectorOutput:
        """Regress the maps of some faces.

        Args:
            images: [N, 3, H, W] RGB in [0, 1]; H and W are multiples of 8. The paper uses 256×256.

        Raises:
            ValueError: the images have another shape.
        """
        check_images(images)
        return self.regress(self.normalise(images))

    def normalise(self, images: Tensor) -> Tensor:
        """Scale images [N, 3, H, W] from [0, 1] to what the first layer expects; here [-1, 1]."""
        return images * 2.0 - 1.0

    @abstractmethod
    def regress(self, images: Tensor) -> DetectorOutput:
        """Regress the maps of normalised images."""

    def loss(self, output: DetectorOutput, target: Tensor, labels: Tensor, progress: float = 1.0) -> Tensor:
        """Return what the detector minimises, under any supervision.

        Here the mean squared error of the map (the text below Eq. 1), plus the cross-entropy of the binary
        branch where there is one.

        Args:
            output: for N faces, in training mode.
            target: [N, 1, h, w] maps of the supervision.
            labels: [N], live = 0, attack = 1.
            progress: share of the training that is over, for losses with a schedule.
        """
        on_map = (output.map - target).square().mean()
        return on_map if output.logit is None else on_map + cross_entropy(output.logit, labels)

    def after_step(self, output: DetectorOutput, labels: Tensor) -> None:
        """Update what is no parameter (moving averages) once a step's output is used; here nothing."""


def cross_entropy(logit: Tensor, labels: Tensor) -> Tensor:
    """Return the mean binary cross-entropy of logits [N] (positive = attack) against labels [N]."""
    return functional.binary_cross_entropy_with_logits(logit, labels.to(logit.dtype))


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
