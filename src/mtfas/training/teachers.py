"""Teach runs as teachers: their network with its weights, by whichever method it was taught."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtfas.evaluation.runfolder import read_record
from mtfas.models import build_teacher
from mtfas.models.detector import Detector
from mtfas.runtime.files import sha256
from mtfas.training.learners.okddip import build_peers
from mtfas.training.runs import load_network

META_TEACHER, INFLUENCE = "meta-teacher", "influence"
TEACHING = (META_TEACHER, INFLUENCE)
"""Methods that train to teach: labels are 2σ(g), and the run keeps the teacher as it was before."""


@dataclass(frozen=True)
class TaughtTeacher:
    """The network of a finished teach run.

    Attributes:
        network: in evaluation mode, with running statistics.
        method: how it was taught, a name of METHODS or "meta-teacher".
        record: the run's run.json.
        weights_sha256: of the file the weights were read from.
    """

    network: Detector
    method: str
    record: dict[str, Any]
    weights_sha256: str


def network_of(settings: Mapping[str, Any], seed: int) -> Detector:
    """Return the network that a teach run's settings describe, with weights drawn from a seed."""
    if settings.get("method") == "okddip":
        return build_peers(settings["backbone"], settings["peers"], seed)
    return build_teacher(settings["backbone"], seed)


def load_teacher(folder: Path, name: str = "weights", device: str = "cpu") -> TaughtTeacher:
    """Read a teacher from its run folder.

    Args:
        folder: of a finished `mtfas teach`.
        name: which of its networks: "weights", or of a meta-teacher also "pretrained" or "momentum".
        device: where to put it.

    Raises:
        BadRun: the run is unfinished or damaged, or is none of `mtfas teach`.
    """
    record = read_record(folder, "teach")
    network = network_of(record["settings"], seed=0)
    load_network(network, folder, name)
    hashed = sha256((folder / f"{name}.safetensors").read_bytes())
    return TaughtTeacher(network.to(device).eval(), record.get("method", META_TEACHER), record, hashed)
