"""Teach runs → the maps of their networks on chosen faces, as arrays for the evaluation."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import select
from mtfas.errors import BadData, BadRun, BadSetting, unknown_name
from mtfas.evaluation.runfolder import read_record
from mtfas.evaluation.teachers import ChosenFaces, TeacherMaps, TeacherStudy, choose_faces, study_teachers
from mtfas.models.detector import Detector
from mtfas.runtime.progress import track
from mtfas.supervision.rules import linear, raw
from mtfas.supervision.teacher import teacher_logits
from mtfas.training.device import use_device
from mtfas.training.teachers import META_TEACHER, TEACHING, load_teacher
from mtfas.types import FloatArray, Split

SLICE = 256
"""Faces turned into floats at a time; a multiple of the fixed inference batch, so it changes no bit."""


@dataclass(frozen=True)
class MapFamily:
    """How logits g become the map that is looked at, in [0, high]."""

    map: Callable[[Tensor], Tensor]
    high: float


SIGMOID = MapFamily(raw, 2.0)
"""2σ(g): what a meta-teacher teaches with (Eq. 2)."""
LINEAR = MapFamily(linear, 1.0)
"""g clipped to [0, 1]: teachers of distillation regress zero- and one-maps with g itself (Sec. 4.3)."""

FAMILIES = dict.fromkeys(TEACHING, SIGMOID)
"""By method of `mtfas teach`; all others are LINEAR."""


@dataclass(frozen=True)
class TeachRun:
    """A finished teach run, its folder, its record, and what the study calls it."""

    folder: Path
    record: dict[str, Any]
    name: str

    @property
    def method(self) -> str:
        """How it was taught."""
        return str(self.record.get("method", META_TEACHER))


def analyse(
    prepared: PreparedSet,
    folders: list[Path],
    protocol: str | None = None,
    split: str = "dev",
    count: int = 400,
    seed: int = 0,
    device: str = "cpu",
    threads: int = 1,
) -> tuple[TeacherStudy, str]:
    """Look at teachers on the same faces.

    Args:
        prepared: the data all of them were taught on.
        folders: finished runs of `mtfas teach`.
        protocol: whose part; None takes the first run's.
        split: train, dev or test.
        count: attack faces at most, balanced over species; as many bona fide faces.
        seed: chooses the faces and the resamples.
        device: cpu or cuda.
        threads: of torch.

    Returns:
        the study, and the protocol.

    Raises:
        BadRun: not a finished teach run, or its networks cannot be read.
        BadData: a run was taught on other data, or the part lacks a class.
        BadSetting: unknown split or protocol, or the same run twice.
    """
    if split not in list(Split):
        raise unknown_name("part", split, list(Split))
    runs = read_runs(folders, prepared)
    protocol = protocol or str(runs[0].record["protocol"])
    use_device(device, threads)
    rows = getattr(select(prepared, protocol), split).filter(pl.col("reason").is_null())
    faces, attacks, live = _load(prepared, *choose_faces(rows, count, seed))
    jobs = track(runs, "looking at teachers", len(runs))
    maps = [_maps_of(run, attacks, live, device) for run in jobs]
    return study_teachers(faces, maps, seed, tuple(_notes(runs, protocol, split))), protocol


def read_runs(folders: list[Path], prepared: PreparedSet) -> list[TeachRun]:
    """Read the records of teach runs, before any network is built.

    Raises:
        as `analyse`.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise BadSetting("the same teacher is given twice; give every run once.")
    runs = [TeachRun(f, read_record(f, "teach"), n) for f, n in zip(folders, _names(folders), strict=True)]
    for run in runs:
        if run.record.get("data", {}).get("manifest_sha256") != prepared.manifest_hash:
            raise BadData(
                f"{run.folder} was taught on other data ({run.record.get('data', {}).get('folder')}) than "
                f"{prepared.folder} holds; give the data that all teachers were taught on."
            )
        if "backbone" not in run.record.get("settings", {}) or "protocol" not in run.record:
            raise BadRun(f"{run.folder}/run.json names no backbone or no protocol; teach again.")
    return runs


def maps_of(network: Detector, faces: FaceSet, family: MapFamily, device: str = "cpu") -> FloatArray:
    """Return a teacher's maps of some faces, [n, h, w] float32 in [0, family.high].

    Raises:
        BadRun: the network's maps are not finite.
    """
    parts = torch.split(torch.arange(len(faces)), SLICE)
    logits = [teacher_logits(network, faces.batch(part).images.to(device)).cpu() for part in parts]
    return np.asarray(family.map(torch.cat(logits))[:, 0].numpy())


def _maps_of(run: TeachRun, attacks: FaceSet, live: FaceSet, device: str) -> TeacherMaps:
    family = FAMILIES.get(run.method, LINEAR)
    network = load_teacher(run.folder, device=device).network
    start = None
    if (run.folder / "pretrained.safetensors").is_file():
        start = maps_of(load_teacher(run.folder, "pretrained", device).network, attacks, family, device)
    return TeacherMaps(
        name=run.name,
        folder=str(run.folder),
        method=run.method,
        backbone=str(run.record["settings"]["backbone"]),
        protocol=str(run.record["protocol"]),
        high=family.high,
        final=maps_of(network, attacks, family, device),
        start=start,
        live=maps_of(network, live, family, device),
    )


def _load(
    prepared: PreparedSet, attacks: pl.DataFrame, live: pl.DataFrame
) -> tuple[ChosenFaces, FaceSet, FaceSet]:
    loaded = load_faces(prepared, attacks)
    region = loaded.region[:, 0].numpy() / np.float64(255.0)
    region[attacks["mask"].is_null().to_numpy()] = np.nan
    return ChosenFaces(attacks, region, live), loaded, load_faces(prepared, live)


def _names(folders: list[Path]) -> list[str]:
    """Name runs by their folders, with the folder above where two have the same name."""
    plain = [folder.resolve().name for folder in folders]
    longer = [f"{folder.resolve().parent.name}/{folder.resolve().name}" for folder in folders]
    names = [long if plain.count(name) > 1 else name for name, long in zip(plain, longer, strict=True)]
    return names if len(set(names)) == len(names) else [str(folder) for folder in folders]


def _notes(runs: list[TeachRun], protocol: str, split: str) -> list[str]:
    if split == Split.TRAIN:
        return ["these are training faces: the teachers have seen them, labels included."]
    others = [f"{run.name} ({run.record['protocol']})" for run in runs if run.record["protocol"] != protocol]
    if not others:
        return []
    return [
        f"taught under another protocol than {protocol}: {', '.join(others)}; some of these faces may be "
        "among the training faces there, so do not read the figures as those of unseen faces."
    ]
