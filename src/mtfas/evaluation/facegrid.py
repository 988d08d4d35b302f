"""The same test faces down, every run's target and detector maps across."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

from mtfas.data.manifest import open_prepared
from mtfas.errors import BadFile
from mtfas.evaluation.gallery import first_places, shown_species, typical_rows
from mtfas.evaluation.maps import StoredMaps, face_uri, inside, map_uri, read_maps
from mtfas.evaluation.runfolder import why_no_faces
from mtfas.evaluation.seedgroups import NamedRun
from mtfas.types import BONA_FIDE

FACES = 2
"""Faces of each species in the grid."""
REGION_CELLS = 32
"""The true region is drawn this wide."""


@dataclass(frozen=True)
class GridRow:
    """One test face; `maps` holds (target, detector) of each run, None where not stored."""

    species: str
    presentation: str
    face: str | None
    region: str | None
    maps: tuple[tuple[str | None, str | None], ...]


@dataclass(frozen=True)
class FaceGrid:
    """The grid: a column pair for each name, and what could not be shown."""

    names: tuple[str, ...]
    rows: tuple[GridRow, ...]
    notes: tuple[str, ...]

    @property
    def has_regions(self) -> bool:
        """Whether the true attack region of any face is known."""
        return any(row.region for row in self.rows)


def make_grid(runs: Sequence[NamedRun]) -> FaceGrid:
    """Draw the grid from the first run of each name; faces near the median score of the first run.

    Raises:
        BadFile: a maps file is damaged.
    """
    shown = [next(run for run in runs if run.name == name) for name in dict.fromkeys(r.name for r in runs)]
    stored = [_stored(run) for run in shown]
    notes = [
        f"{run.name}: no maps are stored." for run, maps in zip(shown, stored, strict=True) if maps is None
    ]
    if len(shown) < len(runs):
        notes.append("names with several seeds are shown by their first run.")
    data = shown[0].run.data_folder()
    why = why_no_faces(shown[0].run, data)
    if why:
        notes.append(why)
    images = {p: m.image[i] for m in reversed(stored) if m is not None for p, i in first_places(m).items()}
    rows = _rows(shown, stored, images, None if why else data)
    return FaceGrid(tuple(run.name for run in shown), rows, tuple(notes))


def _stored(run: NamedRun) -> StoredMaps | None:
    path = run.run.maps_file
    return read_maps(path, ["detector_map"], ["teacher_map"]) if path.is_file() else None


def _rows(
    shown: Sequence[NamedRun], stored: Sequence[StoredMaps | None], images: dict[str, str], data: Path | None
) -> tuple[GridRow, ...]:
    regions = _regions(data)
    places = [first_places(maps) for maps in stored]
    rows, evaluation = [], shown[0].run.evaluation
    for species in shown_species(evaluation):
        for name in typical_rows(evaluation, species, images, FACES)["presentation"]:
            if name not in images:
                continue
            maps = tuple(_maps(m, place.get(name)) for m, place in zip(stored, places, strict=True))
            empty = map_uri(np.zeros((1, 1))) if regions and species == BONA_FIDE else None
            region = empty or _region(data, regions.get(images[name]))
            rows.append(GridRow(species, name, face_uri(data, images[name]), region, maps))
    return tuple(rows)


def _maps(stored: StoredMaps | None, place: int | None) -> tuple[str | None, str | None]:
    if stored is None or place is None:
        return None, None
    target = stored.maps.get("teacher_map")
    return None if target is None else map_uri(target[place]), map_uri(stored.maps["detector_map"][place])


def _regions(data: Path | None) -> dict[str, str]:
    """Return image -> mask for the attacks whose region is known."""
    if data is None:
        return {}
    try:
        rows = open_prepared(data).rows
    except BadFile:
        return {}
    known = rows.filter(pl.col("mask").is_not_null() & pl.col("image").is_not_null())
    return dict(zip(known["image"].to_list(), known["mask"].to_list(), strict=True))


def _region(data: Path | None, mask: str | None) -> str | None:
    path = inside(data, mask)
    if path is None:
        return None
    try:
        with Image.open(path) as opened:
            small = opened.convert("L").resize((REGION_CELLS, REGION_CELLS), Image.Resampling.BOX)
    except (OSError, SyntaxError):
        return None
    return map_uri(np.asarray(small) / 255.0)
