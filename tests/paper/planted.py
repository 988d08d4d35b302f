"""Finished run folders of a grid, planted: their scores are known, every cell can be worked by hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from mtfas.evaluation.scorerows import ScoreRow
from mtfas.evaluation.scores import write_scores
from mtfas.paper.grid import Cell
from mtfas.runtime.files import sha256, write_json
from mtfas.training.grid import Job
from mtfas.types import BONA_FIDE

HASH = "0" * 64
Scores = Mapping[str, Sequence[float]]
"""By species, "bona_fide" among them."""

DEV = {BONA_FIDE: [0.1, 0.2, 0.3, 0.4], "print": [0.6, 0.7, 0.8, 0.9]}
"""Separated: the threshold lies in [0.4, 0.6)."""


def plant_data(folder: Path, dataset: str = "built-in") -> Path:
    """The one file of a prepared set that tables look at."""
    write_json(folder / "dataset.json", {"format": 1, "dataset": dataset, "manifest_sha256": HASH})
    return folder


def plant(cell: Cell, test: Scores, dev: Scores = DEV, **record: object) -> None:
    """Write a finished run of a cell, and of its teacher if there is none yet."""
    labels = {}
    if cell.lesson is not None:
        if not (cell.lesson.out / "run.json").exists():
            plant_lesson(cell.lesson, 10.0)
        name = "pretrained" if cell.row.supervision == "pretrained-teacher" else "weights"
        labels = {"weights_sha256": sha256((cell.lesson.out / f"{name}.safetensors").read_bytes())}
    for part, scores in (("dev", dev), ("test", test)):
        write_scores(cell.job.out / "scores" / f"{part}.csv", rows(part, scores), "attack_high")
    (cell.job.out / "weights.safetensors").write_bytes(str(cell.job.out).encode())
    _record(cell.job, "train", 2.5, labels=labels, threshold_source="dev", **record)


def plant_lesson(job: Job, seconds: float) -> None:
    """Write a finished run of a teacher."""
    job.out.mkdir(parents=True, exist_ok=True)
    for name in ("weights", "pretrained"):
        (job.out / f"{name}.safetensors").write_bytes(f"{job.out} {name}".encode())
    _record(job, "teach", seconds)


def rows(part: str, scores: Scores) -> list[ScoreRow]:
    return [
        ScoreRow(f"{part}-{species}-{i}", 0, f"{part}-{i}", int(species != BONA_FIDE), species, score)
        for species, own in scores.items()
        for i, score in enumerate(own)
    ]


def _record(job: Job, kind: str, seconds: float, **more: object) -> None:
    settings = json.loads(json.dumps(asdict(job.settings)))
    content = {
        "format": 1, "mtfas": "0.1.0", "kind": kind, "settings": settings, "protocol": job.settings.protocol,
        "data": {"folder": "gone", "manifest_sha256": HASH, "dataset": "built-in"},
        "hardware": {"processor": "an abacus"}, "wall_seconds": seconds, "finished": True,
    }  # fmt: skip
    write_json(job.out / "run.json", {**content, **more})
