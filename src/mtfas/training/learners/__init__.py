"""How detectors learn: most by plain steps; some detectors, and some supervisions, are ways of learning."""

from mtfas.data.dataset import FaceSet
from mtfas.errors import BadSetting
from mtfas.training.learners.domains import domain_pools
from mtfas.training.learners.fitnets import FitnetsLearner
from mtfas.training.learners.learner import Learner, Material, Taught, first_network
from mtfas.training.learners.maddg import MaddgLearner
from mtfas.training.learners.okddip import OkddipLearner, PeerLearner, peers_of
from mtfas.training.learners.plain import PlainLearner
from mtfas.training.learners.rf_meta import RfMetaLearner
from mtfas.training.settings import TrainSettings

__all__ = [
    "LEARNERS",
    "ONLINE",
    "Learner",
    "Material",
    "PeerLearner",
    "PlainLearner",
    "Taught",
    "check_start",
    "learner_of",
]

LEARNERS: dict[str, type[Learner]] = {"rf-meta-fas": RfMetaLearner, "maddg": MaddgLearner}
"""Detectors whose method is a way of learning; all others learn plainly."""

ONLINE: dict[str, type[Learner]] = {"fitnets": FitnetsLearner, "okddip": OkddipLearner}
"""Supervisions that need more in a step than a label made beforehand: a teacher's features, or its peers."""


def learner_of(material: Material) -> Learner:
    """Return the learner that the settings' detector and supervision ask for, with seeded first weights.

    Raises:
        BadSetting: the detector needs several source domains and the training rows have too few, or both it
            and the supervision are ways of learning.
    """
    return _kind(material.settings)(material)


def _kind(settings: TrainSettings) -> type[Learner]:
    # OKDDip's peers from a finished run are a teacher like any other.
    online = (
        None if settings.supervision == "okddip" and settings.teacher else ONLINE.get(settings.supervision)
    )
    own = LEARNERS.get(settings.detector)
    if own and online:
        raise BadSetting(
            f"--detector {settings.detector} and --supervision {settings.supervision} each bring their own "
            "way of learning; choose another detector, or a supervision whose labels are made beforehand."
        )
    return own or online or PlainLearner


def check_start(settings: TrainSettings, faces: FaceSet) -> None:
    """Raise when a detector cannot begin to learn from these training faces, before anything is written.

    Raises:
        BadSetting: it needs several source domains and there are too few or too many, or it cannot start from
            the given weights.
        BadFile: those cannot be read.
    """
    if _kind(settings) is OkddipLearner:
        peers_of(settings)
    if settings.detector in LEARNERS:
        domain_pools(faces, settings.detector)
    if settings.imagenet is not None:
        first_network(settings)
