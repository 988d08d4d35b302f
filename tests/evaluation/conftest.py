"""Small but whole run folders: a prepared data set with PNG faces, score files, stored maps, run.json."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtfas.data.manifest import FaceRow, open_prepared, write_manifest
from mtfas.evaluation.scorerows import ScoreRow
from mtfas.evaluation.scores import write_scores
from mtfas.types import BONA_FIDE

SPECIES = ("print", "replay", "silicone mask")
PER_SPECIES = {BONA_FIDE: 24, "print": 12, "replay": 12, "silicone mask": 6}


@dataclass(frozen=True)
class Maker:
    """Writes data sets and runs into a test's folder."""

    root: Path

    def data(self, name: str = "data", dataset: str = "built-in", size: int = 32) -> Path:
        folder = self.root / name
        rows = [
            _face(folder, dataset, split, s, i, size) for split in ("dev", "test") for s, i in _everyone()
        ]
        write_manifest(folder, rows, {"dataset": dataset, "source": "test"})
        return folder

    def run(self, name: str, data: Path, seed: int = 0, skill: float = 1.5, **record: object) -> Path:
        folder = self.root / name
        random = np.random.default_rng([seed, len(name), *name.encode()])
        for split in ("dev", "test"):
            write_scores(folder / "scores" / f"{split}.csv", _scores(split, random, skill), "attack_high")
        _maps(folder / "scores" / "test-maps.npz", random)
        write_json(folder / "run.json", {**_record(data, seed), **record})
        return folder

    def teach_run(self, name: str, data: Path, **record: object) -> Path:
        folder = self.root / name
        random = np.random.default_rng(5)
        people = [(s, i) for s, i in _everyone() if s != BONA_FIDE and i < 3]
        folder.mkdir(parents=True)
        np.savez_compressed(
            folder / "teacher-maps.npz",
            image=np.array([f"faces/{_name('test', s, i)}.png" for s, i in people]),
            species=np.array([s for s, _ in people]),
            start_map=random.uniform(0.8, 1.2, (len(people), 8, 8)).astype(np.float16),
            final_map=random.uniform(0.2, 1.8, (len(people), 8, 8)).astype(np.float16),
        )
        lines = [{"event": "pretrain", "step": 1, "teacher_loss": 0.5}]
        for i in range(0, 100, 10):
            health = {"level": 1 - i / 300, "saturation": i / 900, "correlation_with_start": 1 - i / 200}
            rest = {"template_share": 0.1 + i / 500, "outer_loss": 0.2 - i / 1000, "lower_loss": 0.1}
            lines.append({"event": "health", "step": 50 + i, "iteration": i, **health, **rest})
        (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        write_json(folder / "run.json", {**_record(data, 0), "kind": "teach", **record})
        return folder


def _everyone():
    return [(species, i) for species, n in PER_SPECIES.items() for i in range(n)]


def _name(split: str, species: str, i: int) -> str:
    return f"{split}/{species.replace(' ', '-')}-{i}"


def _face(folder: Path, dataset: str, split: str, species: str, i: int, size: int) -> FaceRow:
    name, live = _name(split, species, i), species == BONA_FIDE
    image = f"faces/{name}.png"
    (folder / image).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(face_pixels(species, i, size)).save(folder / image)
    mask = None
    if species == "silicone mask":
        mask = f"masks/{name}.png"
        (folder / mask).parent.mkdir(parents=True, exist_ok=True)
        region = np.zeros((size, size), np.uint8)
        region[size // 2 :] = 255
        Image.fromarray(region).save(folder / mask)
    return FaceRow(
        image=image, depth=None, mask=mask, dataset=dataset, release="1", split=split,
        subject=f"{split}-{i % 8}", session="1", camera="a", medium="none" if live else species,
        species=species, label=int(not live), presentation=name, frame=0, box=[0.0, 0.0, 8.0, 8.0],
        detector="given", sha256=None, source=name,
    )  # fmt: skip


def face_pixels(species: str, i: int, size: int) -> np.ndarray:
    """A drawn face: skin, eyes and mouth, with a stripe or dot pattern where it is an attack."""
    y, x = np.mgrid[0:size, 0:size] / size - 0.5
    picture = np.full((size, size, 3), 60 + 10 * (i % 8), np.uint8)
    picture[(x / 0.36) ** 2 + (y / 0.46) ** 2 < 1] = (205 - 9 * (i % 8), 160 - 8 * (i % 8), 130)
    for side in (-0.15, 0.15):
        picture[(x - side) ** 2 + (y + 0.1) ** 2 < 0.004] = 30
    picture[(abs(y - 0.2) < 0.03) & (abs(x) < 0.13)] = (150, 60, 60)
    if species == "replay":
        picture[::3] //= 2
    if species == "print":
        picture[::2, ::2] //= 2
    if species == "silicone mask":
        picture[size // 2 :] = picture[size // 2 :] // 2 + 90
    return picture


def _scores(split: str, random: np.random.Generator, skill: float) -> list[ScoreRow]:
    rows = []
    for species, i in _everyone():
        attack = species != BONA_FIDE
        centre = {"print": skill, "replay": 1.2 * skill, "silicone mask": 0.4 * skill}.get(species, 0.0)
        score = float(1 / (1 + np.exp(-(random.normal(centre, 1.0) - skill / 2))))
        given = None if species == "replay" and i == 0 else score
        name, subject = _name(split, species, i), f"{split}-{i % 8}"
        rows.append(ScoreRow(name, 0, subject, int(attack), species, given))
    return rows


def _maps(path: Path, random: np.random.Generator) -> None:
    people = _everyone()
    y = np.linspace(0, 1, 8)[None, :, None]
    level = np.array([0.2 if s == BONA_FIDE else 0.7 for s, _ in people])[:, None, None]
    noise = random.normal(0, 0.1, (len(people), 8, 8))
    np.savez_compressed(
        path,
        image=np.array([f"faces/{_name('test', s, i)}.png" for s, i in people]),
        presentation=np.array([_name("test", s, i) for s, i in people]),
        frame=np.zeros(len(people), np.int32),
        detector_map=np.clip(level * (0.6 + 0.8 * y) + noise, 0, 1).astype(np.float16),
        teacher_map=np.clip(level * (0.4 + y) * (level > 0.5) + np.zeros((1, 8, 8)), 0, 1).astype(np.float16),
    )


def _record(data: Path, seed: int) -> dict:
    prepared = open_prepared(data)
    dataset, settings = prepared.info["dataset"], {"detector": "fas-dr", "supervision": "meta-teacher"}
    return {
        "format": 1, "mtfas": "0.1.0", "kind": "train",
        "settings": {**settings, "label_rule": "eq13", "seed": seed},
        "data": {"folder": str(data), "manifest_sha256": prepared.manifest_hash, "dataset": dataset},
        "protocol": "grandtest", "threshold_source": "dev", "direction": "attack_high",
        "versions": {"numpy": np.__version__}, "hardware": {"cpu": "two cores"}, "commit": None,
        "wall_seconds": 12.5, "finished": True,
    }  # fmt: skip


def write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)
