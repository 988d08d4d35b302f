"""Raw data sets of noise, for everything that does not look at what an image shows."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from mtfas.data.manifest import FaceRow


def photo(path: Path, seed: int | None = None, size: tuple[int, int] = (48, 40)) -> Path:
    """Write noise that depends on the file's name (or the seed) only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(sum(map(ord, path.as_posix()[-40:])) if seed is None else seed)
    Image.fromarray(rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)).save(path)
    return path


def write_csv(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def csv_set(folder: Path, subjects: int = 3, **more: object) -> Path:
    """A CSV of `subjects` people, each once live and once printed, with given boxes."""
    box = {"left": 10, "top": 8, "width": 20, "height": 24}
    rows = []
    for person in range(subjects):
        for label, species in (("live", ""), ("attack", "print")):
            name = f"{label}{person}.png"
            photo(folder / name, seed=2 * person + (label == "attack"))
            rows.append(
                {"file": name, "label": label, "species": species, "subject": f"s{person}", **box, **more}
            )
    return write_csv(folder / "faces.csv", rows)


def row(**given: object) -> FaceRow:
    """A manifest row of a usable live face, with what the test cares about replaced."""
    n = given.pop("n", 0)
    values: dict[str, object] = {
        "image": f"faces/{n}.png",
        "depth": None,
        "mask": None,
        "dataset": "d",
        "release": "r",
        "split": "train",
        "subject": "s",
        "session": "1",
        "camera": "a",
        "medium": "none",
        "species": "bona_fide",
        "label": 0,
        "presentation": f"p{n}",
        "frame": 0,
        "box": None,
        "detector": "given",
        "sha256": f"{n:064x}",
        "source": f"{n}.jpg",
    }
    return FaceRow(**{**values, **given})  # type: ignore[arg-type]
