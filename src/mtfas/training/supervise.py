"""From a supervision's name to the supervision: which teacher, which rule, and whether it may be used."""

from pathlib import Path
from typing import Any

import torch

from mtfas.data.dataset import FaceSet
from mtfas.data.manifest import PreparedSet
from mtfas.errors import BadRun, BadSetting, unknown_name
from mtfas.models import build_teacher
from mtfas.models.detector import Detector
from mtfas.supervision import (
    SUPERVISIONS,
    MetaTeacher,
    Supervision,
    SupervisionSpec,
    build_supervision,
)
from mtfas.supervision.controls import RandomMaps, random_logits
from mtfas.supervision.labels import BinaryMap
from mtfas.supervision.rules import LabelRule, fit_rule, rule_spec
from mtfas.supervision.teacher import teacher_logits
from mtfas.training.hand_on import settle
from mtfas.training.scoring import SLICE
from mtfas.training.settings import TrainSettings
from mtfas.training.teachers import META_TEACHER, TEACHING, TaughtTeacher, load_teacher

_RANDOM_BACKBONE = "fas-dr-light"

State = dict[str, Any]
"""What run.json says about a run's labels."""


def make_supervision(
    settings: TrainSettings, prepared: PreparedSet, faces: FaceSet
) -> tuple[Supervision, State]:
    """Return the supervision of a run, and what run.json says about its labels.

    Args:
        settings: of the run.
        prepared: the data, to compare with the teacher's.
        faces: training faces, for statistics and for rules that are fitted.

    Raises:
        BadSetting: unknown supervision or rule, or a teacher missing or superfluous.
        BadRun: the teacher run is unfinished, damaged, of another method, or was taught on something else
            without permission.
    """
    if settings.supervision not in SUPERVISIONS:
        raise unknown_name("supervision", settings.supervision, SUPERVISIONS)
    spec = SUPERVISIONS[settings.supervision]
    _check_teacher(settings, spec)
    _check_rule(settings, spec)
    _check_ignored(settings)
    if spec.handcrafted is not None:
        return build_supervision(settings.supervision), {"rule": None}
    if is_online(settings):
        # The peers teach while they learn; what is made beforehand is the ground truth all of them see.
        return BinaryMap(), {"rule": None, "teacher": "online"}
    if settings.supervision == "random-map":
        return _random_maps(settings, faces)
    if settings.supervision == "random-teacher":
        return _random_teacher(settings, faces)
    return _taught(settings, prepared, faces, spec)


def is_online(settings: TrainSettings) -> bool:
    """Whether the detector's teacher learns beside it, so that there is no run of it."""
    spec = SUPERVISIONS[settings.supervision]
    return bool(spec.methods) and not spec.needs_run and settings.teacher is None


def _check_teacher(settings: TrainSettings, spec: SupervisionSpec) -> None:
    if settings.teacher is not None and not spec.methods:
        raise BadSetting(f"--supervision {settings.supervision} uses no teacher run; leave --teacher out.")
    if settings.teacher is None and spec.needs_run:
        method = "" if META_TEACHER in spec.methods else f" --method {spec.methods[0]}"
        raise BadSetting(
            f"--supervision {settings.supervision} needs --teacher, a run folder of 'mtfas teach{method}'."
        )


def _check_rule(settings: TrainSettings, spec: SupervisionSpec) -> None:
    if settings.label_rule is None:
        return
    if spec.rule is None:
        raise BadSetting(f"--supervision {settings.supervision} has no label rule; leave --label-rule out.")
    if is_online(settings):
        raise BadSetting(
            "--supervision okddip without --teacher is online: its leader learns by Eq. 14; leave "
            "--label-rule out, or give --teacher, a run folder of 'mtfas teach --method okddip'."
        )
    rule_spec(settings.label_rule)


def _check_ignored(settings: TrainSettings) -> None:
    """Raise when an option of FitNets or of online OKDDip was given and would be ignored."""
    online = settings.supervision == "okddip" and is_online(settings)
    for name, used in (("hints", settings.supervision == "fitnets"), ("peers", online), ("peer", online)):
        if not used and getattr(settings, name) != getattr(TrainSettings, name):
            owner = "fitnets" if name == "hints" else "okddip without --teacher"
            raise BadSetting(f"--{name} is for --supervision {owner}; leave it out.")


def _rule_name(settings: TrainSettings) -> str:
    name = settings.label_rule or SUPERVISIONS[settings.supervision].rule
    assert name is not None
    return name


def _random_maps(settings: TrainSettings, faces: FaceSet) -> tuple[Supervision, State]:
    logits = [
        random_logits(faces.batch(part).images, faces.batch(part).map_shape(), settings.seed)
        for part in _attack_slices(faces)
    ]
    rule = fit_rule(_rule_name(settings), torch.cat(logits))
    return RandomMaps(rule, settings.seed), _state(rule, {"teacher": "random map"})


def _random_teacher(settings: TrainSettings, faces: FaceSet) -> tuple[Supervision, State]:
    network = build_teacher(_RANDOM_BACKBONE, seed=settings.seed).to(settings.device)
    settle(network, faces, settings.seed, settings.device)
    source = {"teacher": "random", "backbone": _RANDOM_BACKBONE}
    return _labelled(network, _rule_name(settings), settings, faces, source)


def _taught(
    settings: TrainSettings, prepared: PreparedSet, faces: FaceSet, spec: SupervisionSpec
) -> tuple[Supervision, State]:
    assert settings.teacher is not None
    folder = Path(settings.teacher)
    teacher = load_teacher(folder, spec.weights, settings.device)
    _check_method(folder, teacher, settings, spec)
    foreign = _foreign(teacher.record, settings, prepared)
    if foreign and settings.teacher_protocol == "clean":
        raise BadRun(
            f"{folder} was taught on {foreign}, so its labels may carry what this protocol holds out; "
            "teach one here, or say --teacher-protocol paper."
        )
    source = {
        "teacher": teacher.record["settings"],
        "method": teacher.method,
        "teacher_data": teacher.record["data"],
        "weights_sha256": teacher.weights_sha256,
        "foreign": foreign,
    }
    name = _rule_name(settings)
    if name == "raw" and teacher.method not in TEACHING:
        name = "linear"  # "raw" is the map as its teacher was trained to give it: here g itself
    return _labelled(teacher.network, name, settings, faces, source)


def _check_method(
    folder: Path, teacher: TaughtTeacher, settings: TrainSettings, spec: SupervisionSpec
) -> None:
    if teacher.method not in spec.methods:
        wanted = " or ".join(spec.methods)
        raise BadRun(
            f"{folder} was taught by --method {teacher.method}, but --supervision {settings.supervision} "
            f"takes a teacher of {wanted}; give such a run, or the supervision of that method."
        )


def _labelled(
    network: Detector, rule_name: str, settings: TrainSettings, faces: FaceSet, source: State
) -> tuple[Supervision, State]:
    fitted = rule_spec(rule_name).fit is not None
    logits = _attack_logits(network, faces, settings.device) if fitted else torch.empty(0)
    rule = fit_rule(rule_name, logits)
    return MetaTeacher(network, rule), _state(rule, source)


def _state(rule: LabelRule, source: State) -> State:
    return {"rule": rule.name, "numbers": rule.numbers, **source}


def _foreign(record: dict[str, Any], settings: TrainSettings, prepared: PreparedSet) -> str:
    """Say what else the teacher was taught on; empty when the same protocol of the same data."""
    if record["data"]["manifest_sha256"] != prepared.manifest_hash:
        return f"other data ({record['data']['folder']})"
    if record["protocol"] != settings.protocol:
        return f"protocol {record['protocol']}, not {settings.protocol}"
    return ""


def _attack_slices(faces: FaceSet) -> tuple[torch.Tensor, ...]:
    return torch.split(torch.nonzero(faces.labels == 1)[:, 0], SLICE)


def _attack_logits(network: Detector, faces: FaceSet, device: str) -> torch.Tensor:
    return torch.cat(
        [teacher_logits(network, faces.batch(part).images.to(device)).cpu() for part in _attack_slices(faces)]
    )
