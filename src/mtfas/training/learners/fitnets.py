"""FitNets: beside its labels, a detector learns to see what its teacher sees half-way up the network."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtfas.data.sampling import pool_of
from mtfas.errors import BadSetting
from mtfas.models import Detector, DetectorOutput
from mtfas.models.layers import conv
from mtfas.runtime.seeds import stream
from mtfas.training.learners.learner import Learner, Material, Taught, descend, seeded

HINT_WEIGHT = 0.5
"""Of the squared difference of features (Romero et al., Eq. 3)."""

HINT_STAGE = 0.2
"""The share of the iterations that `two-stage` spends on features alone; the paper gives no number."""

SMALL = 32
"""The side of the face that only shows how many channels a network has."""


class FitnetsLearner(Learner):
    """Minimises `Detector.loss` and the distance of its features, through a regressor, from the teacher's.

    The teacher sees the same augmented faces, with its running statistics. `hints` says when its features
    count: `joint`, in every step beside the labels, which is what the paper's cost implies (Table 4: 436 G a
    step, against 431 G with the same teacher's labels alone); or `two-stage`, as published: at first features
    alone, then labels alone.

    Raises:
        BadSetting: there is no teacher whose features could be learned.

    References:
        Romero et al.: "FitNets: hints for thin deep nets", ICLR 2015; the paper, Sec. 4.3.
    """

    def __init__(self, material: Material, net: Detector | None = None) -> None:
        if material.teacher is None:
            raise BadSetting(
                "FitNets compares a detector's features with its teacher's, but there is no teacher; "
                "give --teacher, a run folder of 'mtfas teach --method fitnets'."
            )
        super().__init__(material, net)
        self.pool = pool_of(material.faces.rows)
        self.teacher = self.ready(material.teacher).eval()
        with seeded(self.settings.seed, "weights", "regressor"):
            # On the CPU first, so that the weights are the same on every device.
            regressor = conv(hint_channels(self.net), hint_channels(self.teacher))
        self.regressor = self.ready(regressor)
        self.networks["regressor"] = self.regressor
        self.optimisers["net"] = self.adam([*self.net.parameters(), *self.regressor.parameters()])

    def draw(self, step: int) -> Tensor:
        """Return the rows of live faces, then of attacks."""
        return self.pool.draw(self.settings.per_class, stream(self.settings.seed, "train", step))

    def step(self, taught: Taught, step: int) -> float:
        """Take one step on the labels' loss, the hint's, or both."""
        output, labels = self.net(taught.faces.images), taught.faces.labels
        if self._hints_alone(step):
            return descend(self.optimisers["net"], self._hint_loss(output, taught))
        loss = self.net.loss(output, taught.maps, labels, self.progress(step))
        if self.settings.hints == "joint":
            loss = loss + self._hint_loss(output, taught)
        fallen = descend(self.optimisers["net"], loss)
        self.net.after_step(output, labels)
        return fallen

    def _hints_alone(self, step: int) -> bool:
        return self.settings.hints == "two-stage" and self.progress(step) < HINT_STAGE

    def _hint_loss(self, output: DetectorOutput, taught: Taught) -> Tensor:
        with torch.no_grad():
            hint = hint_of(self.teacher(taught.faces.images))
        return hint_loss(hint_of(output), hint, self.regressor)


def hint_of(output: DetectorOutput) -> Tensor:
    """Return the features that are compared, [N, C, h, w]: those half-way up, or else below the head."""
    return output.parts.get("hint", output.features)


def hint_loss(guided: Tensor, hint: Tensor, regressor: nn.Module) -> Tensor:
    """Return half the mean squared difference of the teacher's features and the student's regressed ones.

    Where one network's features are finer, they are averaged to the cells of the other's.

    Args:
        guided: [N, C, h, w] of the student.
        hint: [N, C', h', w'] of the teacher.
        regressor: C → C' channels, the same height and width.
    """
    height, width = min(guided.shape[-2:], hint.shape[-2:])
    guided, hint = (functional.adaptive_avg_pool2d(features, (height, width)) for features in (guided, hint))
    return HINT_WEIGHT * functional.mse_loss(regressor(guided), hint)


@torch.no_grad()
def hint_channels(net: Detector) -> int:
    """Return how many channels the compared features of a network have; its mode is left as it was."""
    modes = {module: module.training for module in net.modules()}
    device = next(net.parameters()).device
    channels = hint_of(net.eval()(torch.zeros(1, 3, SMALL, SMALL, device=device))).shape[1]
    for module, training in modes.items():
        module.training = training
    return channels
