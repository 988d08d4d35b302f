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
        handcrafted: makes the supervision; None where the labels come from a teacher or from chance.
        summary: in a few words.
        methods: of `mtfas teach --method` whose runs can be its teacher; empty where no run is read.
        needs_run: whether there must be such a run; otherwise the teacher learns beside the detector.
        weights: which network of that run.
        rule: the label rule it has unless another is asked for; None where there is nothing to turn into
            labels.
    """

    direction: Direction
    handcrafted: Callable[[], Supervision] | None
    summary: str
    methods: tuple[str, ...] = ()
    needs_run: bool = False
    weights: str = "weights"
    rule: str | None = None


_HIGH = Direction.ATTACK_HIGH


def _control(summary: str, rule: str) -> SupervisionSpec:
    return SupervisionSpec(_HIGH, None, f"control: {summary}", rule=rule)


def _of_run(summary: str, *methods: str, rule: str = "eq14", weights: str = "weights") -> SupervisionSpec:
    return SupervisionSpec(_HIGH, None, summary, methods, needs_run=True, weights=weights, rule=rule)


_PEERS = SupervisionSpec(
    _HIGH, None, "auxiliary peers that learn beside the detector, or their run", ("okddip",), rule="eq14"
)

_TAUGHT = ("meta-teacher", "influence")

SUPERVISIONS: dict[str, SupervisionSpec] = {
    "binary-map": SupervisionSpec(_HIGH, BinaryMap, "ones for attacks, zeros for live faces"),
    "depth": SupervisionSpec(Direction.LIVE_HIGH, Depth, "depth for live faces, zeros for attacks"),
    "region-mask": SupervisionSpec(_HIGH, RegionMask, "the attacked region of attacks"),
    "meta-teacher": _of_run("labels of the teacher after both phases", *_TAUGHT, rule="eq13"),
    "pretrained-teacher": _of_run(
        "control: the teacher before the bi-level phase", *_TAUGHT, rule="eq13", weights="pretrained"
    ),
    "random-teacher": _control("a teacher with random weights", "eq13"),
    "random-map": _control("a smooth random map of each face", "eq14"),
    "distill": _of_run("a deeper network's maps", "distill", "fitnets"),
    "distill-light": _of_run("the maps of the meta-teacher's network, trained to know", "distill-light"),
    "bans": _of_run("the maps of the detector's own network", "bans"),
    "fitnets": _of_run("a deeper network's maps and features", "fitnets", "distill"),
    "okddip": _PEERS,
}
"""A one-map teacher needs no name: a face in which no pixel ranks above another gets ones, the binary map."""


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
