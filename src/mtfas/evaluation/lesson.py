"""What a teach run left behind: how its maps fared as it learned, and how they looked before and after."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtfas.errors import BadFile
from mtfas.evaluation.maps import face_uri, map_uri, read_maps
from mtfas.evaluation.plots import HEALTH_WORDS, health_plot
from mtfas.evaluation.runfolder import read_record

MAP_HIGH = 2.0
"""The teacher's maps are 2σ(g), in [0, 2]."""
SAMPLES = 2
"""Faces of each species shown."""


@dataclass(frozen=True)
class Sample:
    """A training face with the teacher's map before and after the bi-level phase."""

    species: str
    face: str | None
    start: str
    final: str


@dataclass(frozen=True)
class Lesson:
    """A teach run for the page: health by iteration, its figure, sample maps, and what is missing."""

    health: tuple[dict[str, float], ...]
    figure: str | None
    samples: tuple[Sample, ...]
    notes: tuple[str, ...]


def read_lesson(teacher: Path) -> Lesson:
    """Read a finished teach run.

    Raises:
        BadRun: not a finished teach run.
        BadFile: its log or maps are damaged.
    """
    record = read_record(teacher, "teach")
    notes, log, maps = [], teacher / "log.jsonl", teacher / "teacher-maps.npz"
    health = read_health(log) if log.is_file() else []
    if not health:
        notes.append("the teacher's log holds no health figures.")
    samples = _samples(maps, record) if maps.is_file() else []
    if not samples:
        notes.append("the teacher's run holds no sample maps.")
    return Lesson(tuple(health), health_plot(health) if health else None, tuple(samples), tuple(notes))


def read_health(log: Path) -> list[dict[str, float]]:
    """Return the health events of a teach run's log, by iteration.

    Raises:
        BadFile: a line is not a JSON object.
    """
    events = [_numbers(event) for event in health_events(log)]
    return sorted((event for event in events if "iteration" in event), key=lambda event: event["iteration"])


def health_events(log: Path) -> list[dict[str, Any]]:
    """Return the health events of a teach run's log as they were written.

    Raises:
        BadFile: the log is not there, or a line is not a JSON object.
    """
    if not log.is_file():
        raise BadFile(f"{log} does not exist; restore it or teach again.")
    events = []
    for number, line in enumerate(log.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        try:
            event = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadFile(
                f"{log}, line {number} is not JSON ({error}); restore it or teach again."
            ) from error
        if not isinstance(event, dict):
            raise BadFile(f"{log}, line {number} is not a JSON object; restore it or teach again.")
        if event.get("event") == "health":
            events.append(event)
    return events


def _numbers(event: dict[str, Any]) -> dict[str, float]:
    wanted = ("iteration", *HEALTH_WORDS)
    found = {name: event[name] for name in wanted if isinstance(event.get(name), int | float)}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _samples(path: Path, record: dict[str, Any]) -> list[Sample]:
    stored = read_maps(path, ["start_map", "final_map"])
    folder = record.get("data", {}).get("folder")
    data = Path(folder) if folder else None
    samples, taken = [], dict.fromkeys(stored.species, 0)
    for i, species in enumerate(stored.species):
        taken[species] += 1
        if taken[species] <= SAMPLES:
            start, final = (map_uri(stored.maps[name][i], MAP_HIGH) for name in ("start_map", "final_map"))
            samples.append(Sample(species, face_uri(data, stored.image[i]), start, final))
    return samples
