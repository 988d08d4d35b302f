"""From a supervision's name to the supervision: which teacher, which rule, and whether it may be used."""

from pathlib import Path
from typing import Any

import torch

from mtfas.data.dataset import FaceSet
from mtfas.data.manifest import PreparedSet
from mtfas.errors import BadRun, BadSetting, unknown_name
from mtfas.evaluation.runfolder import read_record
from mtfas.models import build_teacher
from mtfas.models.detector import Detector
from mtfas.runtime.files import sha256
from mtfas.supervision import SUPERVISIONS, MetaTeacher, Supervision, build_supervision
from mtfas.supervision.rules import fit_rule, rule_spec
from mtfas.supervision.teacher import teacher_logits
from mtfas.training.hand_on import settle
from mtfas.training.runs import load_network
from mtfas.training.scoring import SLICE
from mtfas.training.settings import TrainSettings

_WEIGHTS = {"meta-teacher": "weights", "pretrained-teacher": "pretrained"}
"""Which network of a teach run gives the labels."""

_RANDOM_BACKBONE = "fas-dr-light"

PAPER_RULE = "eq13"


def make_supervision(
    settings: TrainSettings, prepared: PreparedSet, faces: FaceSet
) -> tuple[Supervision, dict[str, Any]]:
    """Return the supervision of a run, and what run.json says about its labels.

    Args:
        settings: of the run.
        prepared: the data, to compare with the teacher's.
        faces: training faces, for statistics and for rules that are fitted.

    Raises:
        BadSetting: unknown supervision or rule, or a teacher missing or superfluous.
        BadRun: the teacher run is unfinished, damaged, or was taught on something else without permission.
    """
    if settings.supervision not in SUPERVISIONS:
        raise unknown_name("supervision", settings.supervision, SUPERVISIONS)
    spec = SUPERVISIONS[settings.supervision]
    if settings.teacher is not None and not spec.needs_run:
        raise BadSetting(f"--supervision {settings.supervision} uses no teacher run; leave --teacher out.")
    if spec.handcrafted is not None:
        if settings.label_rule is not None:
            raise BadSetting(
                f"--supervision {settings.supervision} has no label rule; leave --label-rule out."
            )
        return build_supervision(settings.supervision), {"rule": None}
    rule_spec(settings.label_rule or PAPER_RULE)
    network, source = _teacher(settings, prepared, faces)
    rule = fit_rule(settings.label_rule or PAPER_RULE, _attack_logits(network, faces, settings.device))
    return MetaTeacher(network, rule), {"rule": rule.name, "numbers": rule.numbers, **source}


def _teacher(
    settings: TrainSettings, prepared: PreparedSet, faces: FaceSet
) -> tuple[Detector, dict[str, Any]]:
    if settings.supervision == "random-teacher":
        network = build_teacher(_RANDOM_BACKBONE, seed=settings.seed).to(settings.device)
        settle(network, faces, settings.seed, settings.device)
        return network, {"teacher": "random", "backbone": _RANDOM_BACKBONE}
    if settings.teacher is None:
        raise BadSetting(
            f"--supervision {settings.supervision} needs --teacher, a run folder of 'mtfas teach'."
        )
    folder = Path(settings.teacher)
    record = read_record(folder, "teach")
    foreign = _foreign(record, settings, prepared)
    if foreign and settings.teacher_protocol == "clean":
        raise BadRun(
            f"{folder} was taught on {foreign}, so its labels may carry what this protocol holds out; "
            "teach one here, or say --teacher-protocol paper."
        )
    network, name = build_teacher(record["settings"]["backbone"], seed=0), _WEIGHTS[settings.supervision]
    load_network(network, folder, name)
    source = {
        "teacher": record["settings"],
        "teacher_data": record["data"],
        "weights_sha256": sha256((folder / f"{name}.safetensors").read_bytes()),
        "foreign": foreign,
    }
    return network.to(settings.device).eval(), source


def _foreign(record: dict[str, Any], settings: TrainSettings, prepared: PreparedSet) -> str:
    """Say what else the teacher was taught on; empty when the same protocol of the same data."""
    if record["data"]["manifest_sha256"] != prepared.manifest_hash:
        return f"other data ({record['data']['folder']})"
    if record["protocol"] != settings.protocol:
        return f"protocol {record['protocol']}, not {settings.protocol}"
    return ""


def _attack_logits(network: Detector, faces: FaceSet, device: str) -> torch.Tensor:
    attacks = torch.nonzero(faces.labels == 1)[:, 0]
    parts = torch.split(attacks, SLICE)
    return torch.cat([teacher_logits(network, faces.batch(part).images.to(device)).cpu() for part in parts])
