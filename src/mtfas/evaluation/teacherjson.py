"""teachers.json: a study of teachers as plain values."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mtfas.evaluation.localisation import LEVEL
from mtfas.evaluation.reportjson import number
from mtfas.evaluation.teachers import PARTIAL, TeacherFindings, TeacherStudy
from mtfas.types import BONA_FIDE


def as_json(study: TeacherStudy) -> dict[str, Any]:
    """Return a study as JSON values; NaN becomes null."""
    content = {
        "faces": {
            "attack": study.faces.attacks.height,
            "bona_fide": study.faces.live.height,
            "species": {name: _count(study, name) for name in study.coverage},
        },
        "coverage": study.coverage,
        "partial_below": PARTIAL,
        "partial": list(study.partial),
        "intervals": {"level": LEVEL, "unit": study.unit or None},
        "teachers": {found.teacher.name: _teacher(found) for found in study.teachers},
        "agreement": {"teachers": list(study.names), "matrix": study.agreement.tolist()},
        "notes": list(study.notes),
    }
    return {name: _plain(value) for name, value in content.items()}


def _count(study: TeacherStudy, species: str) -> int:
    return int((study.faces.attacks["species"] == species).sum())


def _teacher(found: TeacherFindings) -> dict[str, Any]:
    teacher = found.teacher
    return {
        "folder": teacher.folder,
        "method": teacher.method,
        "backbone": teacher.backbone,
        "protocol": teacher.protocol,
        "range": [0.0, teacher.high],
        "all_attacks": asdict(found.pooled),
        "partial_attacks": None if found.partial is None else asdict(found.partial),
        "species": {name: asdict(findings) for name, findings in found.species.items()},
        BONA_FIDE: asdict(found.live),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return number(value) if isinstance(value, float) else value
