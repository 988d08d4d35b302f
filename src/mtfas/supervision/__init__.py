"""The supervisions by name: what map a detector is trained to give, and which way it points."""

from collections.abc import Callable
from dataclasses import dataclass

from mtfas.errors import BadSetting, unknown_name
from mtfas.supervision.controls import random_teacher
from mtfas.supervision.labels import BinaryMap, Depth, RegionMask, Supervision, label_all
from mtfas.supervision.rules import LABEL_RULES, LabelRule, fit_rule
from mtfas.supervision.teacher import MetaTeacher, soft_map, teacher_with_rule, teaching_map
from mtfas.types import Direction

__all__ = [
    "LABEL_RULES",
    "SUPERVISIONS",
    "BinaryMap",
    "Depth",
    "LabelRule",
    "MetaTeacher",
    "RegionMask",
    "Supervision",
    "SupervisionSpec",
    "build_supervision",
    "fit_rule",
    "label_all",
    "random_teacher",
    "soft_map",
    "teacher_with_rule",
    "teaching_map",
]


@dataclass(frozen=True)
class SupervisionSpec:
    """A supervision that can be asked for by name.

    Attributes:
        direction: which class has the high maps.
        handcrafted: makes the supervision; None where the labels come from a teacher network.
        needs_run: whether that network must be read from a run of `mtfas teach`.
        summary: in a few words.
    """

    direction: Direction
    handcrafted: Callable[[], Supervision] | None
    needs_run: bool
    summary: str


_HIGH = Direction.ATTACK_HIGH

SUPERVISIONS: dict[str, SupervisionSpec] = {
    "binary-map": SupervisionSpec(_HIGH, BinaryMap, False, "ones for attacks, zeros for live faces"),
    "depth": SupervisionSpec(Direction.LIVE_HIGH, Depth, False, "depth for live faces, zeros for attacks"),
    "region-mask": SupervisionSpec(_HIGH, RegionMask, False, "the attacked region of attacks"),
    "meta-teacher": SupervisionSpec(_HIGH, None, True, "labels of the teacher after both phases"),
    "pretrained-teacher": SupervisionSpec(
        _HIGH, None, True, "control: the teacher before the bi-level phase"
    ),
    "random-teacher": SupervisionSpec(_HIGH, None, False, "control: a teacher with random weights"),
}


def build_supervision(name: str, teacher: MetaTeacher | None = None) -> Supervision:
    """Return a supervision by name.

    Args:
        name: one of `SUPERVISIONS`.
        teacher: the network and label rule, for the names that take their labels from a teacher.

    Raises:
        BadSetting: the name is unknown, a teacher is missing, or one is given that would be ignored.
    """
    if name not in SUPERVISIONS:
        raise unknown_name("supervision", name, SUPERVISIONS)
    handcrafted = SUPERVISIONS[name].handcrafted
    if handcrafted is None:
        if teacher is None:
            raise BadSetting(f"the supervision '{name}' takes its labels from a teacher, but none is given.")
        return teacher
    if teacher is not None:
        raise BadSetting(
            f"the supervision '{name}' is handcrafted and uses no teacher; leave the teacher out."
        )
    return handcrafted()
