"""Every number of a teacher of distillation (Sec. 4.3): whom it is, and how it learns zero- and one-maps."""

from dataclasses import dataclass
from typing import Any

from mtfas.errors import BadSetting, unknown_name
from mtfas.models import SURROGATES, TEACHERS
from mtfas.training.schedules import SCHEDULES
from mtfas.training.setting_checks import check, merged


@dataclass(frozen=True)
class Method:
    """A way to make a teacher that knows, rather than one that teaches.

    Attributes:
        backbones: its network by preset: the paper's, and what stands for it beside a smaller student.
        summary: in a few words.
    """

    backbones: dict[str, str]
    summary: str


_DEEP = {"tiny": "fas-dr-light-deep", "cpu": "fas-dr-light-deep", "paper": "fas-dr-deep"}
_STUDENT = {"tiny": "fas-dr-light", "cpu": "fas-dr-light", "paper": "fas-dr"}
_LIGHT = dict.fromkeys(("tiny", "cpu", "paper"), "fas-dr-light")

METHODS: dict[str, Method] = {
    "distill": Method(_DEEP, "a deeper network (Hinton et al. in the map form of Sec. 4.3)"),
    "distill-light": Method(_LIGHT, "the meta-teacher's network without bi-level learning"),
    "bans": Method(_STUDENT, "the student's own network (born-again networks)"),
    "fitnets": Method(_DEEP, "as distill; its features are hints for the student as well"),
    "okddip": Method(_STUDENT, "auxiliary peers that learn from each other; their mean map teaches"),
}
"""Teachers the meta-teacher is compared with, by name."""


@dataclass(frozen=True)
class DistillSettings:
    """How a teacher of distillation is trained: MSE of its map g to zero-maps (live), one-maps (attack).

    Defaults are the paper's (Adam, 1e-3, about 40,000 iterations; Sec. 4.3); 32 faces a batch is read from
    its costs (docs/paper-notes.md).

    Attributes:
        protocol: whose training rows are used.
        method: a name of METHODS.
        backbone: its network, a name of TEACHERS (a linear head); for "okddip" each peer's, one of SURROGATES
            (a detector's own head, since peers are students).
        seed: of weights, batches and augmentation.
        generations: "bans" only: the k-th learns the labels (Eq. 14) of the (k − 1)-th. 1 in the paper.
        peers: "okddip" only: how many, m − 1; 2 in the paper.
        iterations: optimiser steps, of each generation.
        per_class: live faces, and attack faces, in a batch.
        rate: Adam's.
        schedule: how the rate changes, a name of SCHEDULES.
        augment: augmentations, comma-separated, or "none".
        validate_every: iterations between two looks at dev; for the log only.
        checkpoint_every: iterations between two checkpoints.
        threads: of torch; part of the settings because sums depend on it in the last bit.
        device: "cpu" or "cuda".
    """

    protocol: str
    method: str
    backbone: str
    seed: int = 0
    generations: int = 1
    peers: int = 2
    iterations: int = 40_000
    per_class: int = 16
    rate: float = 1e-3
    schedule: str = "tail"
    augment: str = "flip,colour"
    validate_every: int = 5_000
    checkpoint_every: int = 200
    threads: int = 1
    device: str = "cpu"


DISTILL_PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {"iterations": 12, "per_class": 4, "validate_every": 6, "checkpoint_every": 4},
    "cpu": {"iterations": 1500, "per_class": 12, "augment": "flip", "validate_every": 500,
            "checkpoint_every": 150},
    "paper": {},
}  # fmt: skip

# With the small student of these presets BANs' first teacher is the network, trained alike, of distill-light.
_GENERATIONS = {"tiny": 2, "cpu": 2}


def distill_settings(preset: str, method: str, **given: Any) -> DistillSettings:
    """Return a preset's settings with what the user gave on top (None means not given).

    Raises:
        BadSetting: an unknown preset, method, network or choice, or a number out of range.
    """
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    values = {"method": method, **merged(DISTILL_PRESETS, preset, given)}
    values.setdefault("backbone", METHODS[method].backbones[preset])
    if method == "bans":
        values.setdefault("generations", _GENERATIONS.get(preset, 1))
    settings = DistillSettings(**values)
    _check_network(settings)
    _check_ignored(settings)
    check(settings, _RANGES, _CHOICES)
    return settings


def _check_network(settings: DistillSettings) -> None:
    known = SURROGATES if settings.method == "okddip" else TEACHERS
    if settings.backbone not in known:
        raise unknown_name("backbone", settings.backbone, known)


def _check_ignored(settings: DistillSettings) -> None:
    for name, owner, only in (("generations", "bans", 1), ("peers", "okddip", 2)):
        if settings.method != owner and getattr(settings, name) != only:
            raise BadSetting(f"--{name} is for --method {owner}; leave it out with {settings.method}.")


_RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**32), "generations": (1, 100), "peers": (1, 16), "iterations": (1, 1e9),
    "per_class": (1, 10_000), "rate": (0, 10), "validate_every": (1, 1e9), "checkpoint_every": (1, 1e9),
    "threads": (1, 1024),
}  # fmt: skip
_CHOICES: dict[str, tuple[str, ...]] = {"schedule": tuple(SCHEDULES), "device": ("cpu", "cuda")}
