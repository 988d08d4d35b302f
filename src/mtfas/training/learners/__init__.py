"""How detectors learn, by name: most by one plain step a batch, two by recipes of their own."""

from mtfas.data.dataset import FaceSet
from mtfas.training.learners.domains import domain_pools
from mtfas.training.learners.learner import Learner, Material, Taught, first_network
from mtfas.training.learners.maddg import MaddgLearner
from mtfas.training.learners.plain import PlainLearner
from mtfas.training.learners.rf_meta import RfMetaLearner
from mtfas.training.settings import TrainSettings

__all__ = ["LEARNERS", "Learner", "Material", "Taught", "check_start", "learner_of"]

LEARNERS: dict[str, type[Learner]] = {"rf-meta-fas": RfMetaLearner, "maddg": MaddgLearner}
"""Detectors whose method is a way of learning; all others learn plainly."""


def learner_of(material: Material) -> Learner:
    """Return the learner of the settings' detector, with its seeded first weights.

    Raises:
        BadSetting: the detector needs several source domains and the training rows have too few.
    """
    return LEARNERS.get(material.settings.detector, PlainLearner)(material)


def check_start(settings: TrainSettings, faces: FaceSet) -> None:
    """Raise when a detector cannot begin to learn from these training faces, before anything is written.

    Raises:
        BadSetting: it needs several source domains and there are too few or too many, or it cannot start from
            the given weights.
        BadFile: those cannot be read.
    """
    if settings.detector in LEARNERS:
        domain_pools(faces, settings.detector)
    if settings.imagenet is not None:
        first_network(settings)
