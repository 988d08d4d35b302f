"""What every way of learning has in common: a network, optimisers, and steps that can be resumed."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from mtfas.data.augment import augment
from mtfas.data.batch import FaceBatch
from mtfas.data.dataset import FaceSet
from mtfas.errors import BadSetting
from mtfas.models import Detector, build_detector
from mtfas.models.deep_pix_bis import DeepPixBis
from mtfas.models.densenet import load_imagenet
from mtfas.models.layers import use_torchs_layers
from mtfas.runtime.seeds import stream
from mtfas.training.schedules import SCHEDULES
from mtfas.training.settings import TrainSettings, augmentations
from mtfas.training.snapshot import put_back, tensors_of

Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True)
class Taught:
    """Augmented faces with the maps they are to be given, [N, 1, h, w]."""

    faces: FaceBatch
    maps: Tensor

    def __getitem__(self, rows: slice) -> "Taught":
        """Return some of the faces."""
        return Taught(self.faces[rows], self.maps[rows])


@dataclass(frozen=True)
class Material:
    """What a detector learns from: faces, and the map of each, [n, 1, h, w], made once on the clean face.

    Attributes:
        settings: of the run.
        faces: training faces.
        targets: the supervision's maps.
        teacher: the network behind the maps, in evaluation mode, for learners that ask it in every step.
    """

    settings: TrainSettings
    faces: FaceSet
    targets: Tensor
    teacher: Detector | None = None

    def taught(self, index: Tensor, step: int) -> Taught:
        """Return the chosen faces and their maps, augmented together by the step's random numbers."""
        rng = stream(self.settings.seed, "augment", "train", step)
        batch, device = self.faces.batch(index, self.settings.device), self.settings.device
        faces, maps = augment(
            batch, self.targets[index].to(device), augmentations(self.settings.augment), rng
        )
        assert maps is not None
        return Taught(faces, maps)


def first_network(settings: TrainSettings) -> Detector:
    """Return the settings' detector with its seeded first weights, or ImageNet's where a file is given.

    Raises:
        BadSetting: the detector's trunk is not what such files hold.
        BadFile: the file is none of DenseNet-161.
    """
    net = build_detector(settings.detector, seed=settings.seed)
    if settings.imagenet is not None:
        if not isinstance(net, DeepPixBis):
            raise BadSetting(
                f"--imagenet is for the detector deep-pix-bis, whose trunk is a DenseNet-161; "
                f"{settings.detector} starts from random weights, so leave it out."
            )
        load_imagenet(net.trunk, settings.imagenet)
    return net


class Learner(ABC):
    """A detector on its way: draws batches, takes steps, and can be put into a checkpoint.

    Args:
        material: what it learns from.
        net: the network that learns, with its first weights; the settings' detector when None.

    Attributes:
        net: the detector.
        networks: everything with weights, by name; "net" is the detector.
        optimisers: by name.
    """

    second_order = False
    """Whether gradients are differentiated again: what our own layers are for. Else torch's are faster."""

    def __init__(self, material: Material, net: Detector | None = None) -> None:
        self.material = material
        self.settings = material.settings
        self.net: Detector = self.ready(first_network(self.settings) if net is None else net)
        self.networks: dict[str, nn.Module] = {"net": self.net}
        self.optimisers: dict[str, torch.optim.Optimizer] = {}

    @abstractmethod
    def draw(self, step: int) -> Tensor:
        """Return the rows of a step's faces."""

    @abstractmethod
    def step(self, taught: Taught, step: int) -> float:
        """Learn from a batch once; return the loss."""

    def learn(self, taught: Taught, step: int) -> float:
        """Take a step at the schedule's rate, with the step's own random numbers for dropout."""
        share = SCHEDULES[self.settings.schedule](step / self.settings.iterations)
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = self.settings.rate * group["share"] * share
        with seeded(self.settings.seed, "dropout", step):
            return self.step(taught, step)

    def progress(self, step: int) -> float:
        """Return the share of the training that is over before this step."""
        return step / self.settings.iterations

    def ready(self, net: Net) -> Net:
        """Return a network on the device, in training mode, by the fastest layers and memory format."""
        use_torchs_layers(net, wanted=not self.second_order)
        net.to(self.settings.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return net.train()

    def adam(self, parameters: Iterable[nn.Parameter], share: float = 1.0) -> torch.optim.Adam:
        """Return Adam as the settings ask, at a share of their rate."""
        return torch.optim.Adam(
            [{"params": list(parameters), "share": share}],
            lr=self.settings.rate,
            betas=(self.settings.beta1, 0.999),
            weight_decay=self.settings.weight_decay,
        )

    def tensors(self) -> dict[str, Tensor]:
        """Return everything a resumed run needs."""
        return tensors_of(self.networks, self.optimisers)

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go back to the state that `tensors` returned."""
        put_back(tensors, self.networks, self.optimisers)


def descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> float:
    """Take one step of an optimiser down a loss; return the loss."""
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return loss.item()


@contextmanager
def seeded(seed: int, *purpose: str | int) -> Iterator[None]:
    """Give torch's own random numbers a state that depends on the seed and the purpose alone."""
    with torch.random.fork_rng():
        torch.manual_seed(int(stream(seed, *purpose).integers(2**63)))
        yield
