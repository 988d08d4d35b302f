"""The plain way: one balanced batch, the detector's own loss, one step of Adam."""

from torch import Tensor

from mtfas.data.sampling import pool_of
from mtfas.models import Detector
from mtfas.runtime.seeds import stream
from mtfas.training.learners.learner import Learner, Material, Taught, descend


class PlainLearner(Learner):
    """Minimises `Detector.loss` on batches of as many live faces as attacks."""

    def __init__(self, material: Material, net: Detector | None = None) -> None:
        super().__init__(material, net)
        self.pool = pool_of(material.faces.rows)
        self.optimisers["net"] = self.adam(self.net.parameters())

    def draw(self, step: int) -> Tensor:
        """Return the rows of live faces, then of attacks."""
        return self.pool.draw(self.settings.per_class, stream(self.settings.seed, "train", step))

    def step(self, taught: Taught, step: int) -> float:
        """Take one step on the detector's loss."""
        labels = taught.faces.labels
        output = self.net(taught.faces.images)
        loss = descend(
            self.optimisers["net"], self.net.loss(output, taught.maps, labels, self.progress(step))
        )
        self.net.after_step(output, labels)
        return loss
