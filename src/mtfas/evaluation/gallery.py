"""Faces beside their maps: typical ones of each species, and the worst errors."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mtfas.evaluation.maps import StoredMaps, face_uri, map_uri, read_maps
from mtfas.evaluation.report import Evaluation
from mtfas.types import BONA_FIDE, Label

TYPICAL = 3
"""Faces of each species shown near its median score."""
WORST = 6
"""False accepts and false rejects shown, each."""


@dataclass(frozen=True)
class Picture:
    """One face with its maps; what is not stored is None."""

    species: str
    presentation: str
    score: float
    verdict: str
    correct: bool
    face: str | None
    teacher: str | None
    detector: str | None


@dataclass(frozen=True)
class Gallery:
    """Pictures for a report.

    Attributes:
        typical: species -> faces near its median score, bona fide first.
        false_accepts: attacks called bona fide, lowest score first.
        false_rejects: bona fide called attack, highest score first.
        notes: what could not be shown.
    """

    typical: dict[str, tuple[Picture, ...]]
    false_accepts: tuple[Picture, ...]
    false_rejects: tuple[Picture, ...]
    notes: tuple[str, ...]

    @property
    def has_pictures(self) -> bool:
        """Whether any face or map is there to show."""
        rows = (*self.typical.values(), self.false_accepts, self.false_rejects)
        return any(p.face or p.detector or p.teacher for row in rows for p in row)


def make_gallery(
    evaluation: Evaluation, maps_file: Path, data: Path | None, no_data: str | None = None
) -> Gallery:
    """Pick and draw the pictures of a run's test set.

    Args:
        evaluation: scores and threshold.
        maps_file: the run's scores/test-maps.npz; without it faces have no maps and no picture.
        data: the prepared data folder; None where it cannot be shown.
        no_data: why it cannot be shown.

    Raises:
        BadFile: the maps file is damaged.
    """
    notes = [no_data] if no_data else []
    stored = read_maps(maps_file, ["detector_map"], ["teacher_map"]) if maps_file.is_file() else None
    if stored is None:
        notes.append(f"no maps are stored ({maps_file.name} is missing), so there is nothing to show.")
    artist = _Artist(evaluation, stored, data)
    typical = {
        name: artist.draw(typical_rows(evaluation, name, artist.places)) for name in shown_species(evaluation)
    }
    accepts, rejects = (artist.draw(rows) for rows in worst_errors(evaluation))
    shown = [*(p for group in typical.values() for p in group), *accepts, *rejects]
    faceless = sum(picture.face is None for picture in shown)
    if faceless and not notes:
        notes.append(f"{faceless} of {len(shown)} faces could not be read or have no stored map.")
    return Gallery(typical, accepts, rejects, tuple(notes))


def typical_rows(
    evaluation: Evaluation, species: str, drawable: Collection[str], count: int = TYPICAL
) -> pl.DataFrame:
    """Return the presentations of a species whose scores are nearest its median, by score.

    Args:
        evaluation: the evaluation.
        species: a PAI species, or bona_fide.
        drawable: presentations with a stored map, which go first; the median is of all.
        count: how many at most.
    """
    rows = evaluation.test.answered.filter(pl.col("species") == species)
    away = (rows["score"] - rows["score"].median()).abs()
    hidden = pl.Series([name not in drawable for name in rows["presentation"]], dtype=pl.Boolean)
    nearest = rows.with_columns(away=away, hidden=hidden).sort("hidden", "away", "presentation")
    return nearest.head(count).sort("score", "presentation")


def worst_errors(evaluation: Evaluation) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the false accepts with the lowest and the false rejects with the highest scores."""
    rows, cut = evaluation.test.answered, evaluation.rates.threshold
    accepts = rows.filter((pl.col("label") == Label.ATTACK) & (pl.col("score") <= cut))
    rejects = rows.filter((pl.col("label") == Label.LIVE) & (pl.col("score") > cut))
    return (
        accepts.sort("score", "presentation").head(WORST),
        rejects.sort("score", "presentation", descending=[True, False]).head(WORST),
    )


def first_places(stored: StoredMaps | None) -> dict[str, int]:
    """Return where the first frame of each presentation stands in the stored maps."""
    if stored is None:
        return {}
    order = sorted(range(len(stored.image)), key=lambda i: (stored.frame[i], i))
    return {stored.presentation[i]: i for i in reversed(order)}


def shown_species(evaluation: Evaluation) -> list[str]:
    """Return bona fide and every PAI species that has a score."""
    return [BONA_FIDE, *(name for name, rate in evaluation.rates.apcer.items() if rate.n)]


class _Artist:
    """Draws presentations from the stored maps and the data folder."""

    def __init__(self, evaluation: Evaluation, stored: StoredMaps | None, data: Path | None) -> None:
        self.cut = evaluation.rates.threshold
        self.stored = stored
        self.places = first_places(stored)
        self.data = data

    def draw(self, rows: pl.DataFrame) -> tuple[Picture, ...]:
        return tuple(self._picture(row) for row in rows.iter_rows(named=True))

    def _picture(self, row: dict[str, object]) -> Picture:
        score = float(str(row["score"]))
        called = score > self.cut
        place = self.places.get(str(row["presentation"]))
        face = None if self.stored is None or place is None else face_uri(self.data, self.stored.image[place])
        return Picture(
            species=str(row["species"]),
            presentation=str(row["presentation"]),
            score=score,
            verdict="attack" if called else "bona fide",
            correct=called == (row["label"] == Label.ATTACK),
            face=face,
            teacher=self._map("teacher_map", place),
            detector=self._map("detector_map", place),
        )

    def _map(self, name: str, place: int | None) -> str | None:
        if self.stored is None or place is None or name not in self.stored.maps:
            return None
        return map_uri(self.stored.maps[name][place])
