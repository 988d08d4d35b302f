"""A teacher as supervision: a network's maps, turned into labels by a rule."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mtfas.data.batch import FaceBatch
from mtfas.errors import BadRun
from mtfas.models.detector import Detector
from mtfas.models.predict import predict_all
from mtfas.supervision.labels import only_attacks
from mtfas.supervision.rules import LabelRule, fit_rule
from mtfas.types import Direction


def soft_map(logits: Tensor) -> Tensor:
    """Return 2σ(g), the teacher's map of an attack in the bi-level learning (Eq. 2, 4); values in [0, 2]."""
    return 2.0 * logits.sigmoid()


def teaching_map(logits: Tensor, labels: Tensor) -> Tensor:
    """Return P_ω(x): 2σ(g) for attacks, the zero-map for live faces (Eq. 2 and 4); differentiable.

    Args:
        logits: [N, 1, h, w], g_ω(x).
        labels: [N], live = 0, attack = 1.
    """
    return only_attacks(soft_map(logits), labels)


@dataclass(frozen=True)
class MetaTeacher:
    """Labels of a teacher network in evaluation mode; live faces get zero-maps.

    Who the teacher is (taught, only pretrained, random) lies in the weights alone.
    """

    network: Detector
    rule: LabelRule

    @property
    def direction(self) -> Direction:
        """Attacks have the high maps."""
        return Direction.ATTACK_HIGH

    def target(self, batch: FaceBatch) -> Tensor:
        """Return the labels, [N, 1, h, w] float32, in [0, 1], or in [0, 2] for the rule `raw`.

        Raises:
            BadRun: the network's maps hold numbers that are not finite.
        """
        return only_attacks(self.rule(teacher_logits(self.network, batch.images)), batch.labels)


def teacher_logits(network: Detector, images: Tensor) -> Tensor:
    """Return g_ω(x) with running statistics, [N, 1, h, w].

    Raises:
        BadRun: some are not finite.
    """
    logits = predict_all(network, images).map
    broken = int((~torch.isfinite(logits)).flatten(1).any(1).sum())
    if broken:
        raise BadRun(
            f"the teacher's maps of {broken} of {len(logits)} faces hold NaN or infinity; "
            f"its training diverged, so train it again with a lower rate."
        )
    return logits


def teacher_with_rule(network: Detector, rule: str, faces: FaceBatch) -> MetaTeacher:
    """Return a teacher whose label rule is fitted on the attacks among the training faces.

    Raises:
        BadSetting: the rule is unknown.
        BadData: the rule needs attacks and there are none.
    """
    attacks = faces[faces.attacks]
    logits = teacher_logits(network, attacks.images) if len(attacks) else torch.empty(0)
    return MetaTeacher(network, fit_rule(rule, logits))
