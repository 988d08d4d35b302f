"""The presentations of a score file: by class, by species, with a score or without."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from mtfas.errors import BadData
from mtfas.evaluation.scores import ScoreTable
from mtfas.metrics.intervals import UNKNOWN_SUBJECT
from mtfas.metrics.rates import Rate, non_response
from mtfas.types import FloatArray, Label


@dataclass(frozen=True)
class Presentations:
    """The presentations of one score file, one row each (see `scores.presentations`)."""

    rows: pl.DataFrame

    @property
    def answered(self) -> pl.DataFrame:
        """Those that have a score."""
        return self.rows.filter(pl.col("score").is_not_null())

    @property
    def live(self) -> FloatArray:
        """[n] scores of bona fide presentations."""
        return self.answered.filter(pl.col("label") == Label.LIVE)["score"].to_numpy()

    @property
    def attack(self) -> FloatArray:
        """[m] scores of attack presentations."""
        return self.answered.filter(pl.col("label") == Label.ATTACK)["score"].to_numpy()

    @property
    def attack_species(self) -> np.ndarray:
        """[m] their PAI species."""
        return np.array(self.answered.filter(pl.col("label") == Label.ATTACK)["species"].to_list(), dtype=str)

    @property
    def species(self) -> list[str]:
        """All PAI species by name, those without any score included."""
        return sorted(self.rows.filter(pl.col("label") == Label.ATTACK)["species"].unique().to_list())


@dataclass(frozen=True)
class NonResponses:
    """Presentations without a score: BPNRR, APNRR of each species, and APNRR over all attacks."""

    bona_fide: Rate
    attack: Rate
    species: Mapping[str, Rate]


def non_responses(part: Presentations) -> NonResponses:
    """Return the shares of presentations without a score."""

    def rate(rows: pl.DataFrame) -> Rate:
        return non_response(rows["score"].is_not_null().to_numpy())

    attacks = part.rows.filter(pl.col("label") == Label.ATTACK)
    by_species = {name: rate(attacks.filter(pl.col("species") == name)) for name in part.species}
    return NonResponses(rate(part.rows.filter(pl.col("label") == Label.LIVE)), rate(attacks), by_species)


def check_scored(part: Presentations, table: ScoreTable) -> None:
    """Check that both classes have a score.

    Raises:
        BadData: one class has none.
    """
    for name, scores in (("bona fide", part.live), ("attack", part.attack)):
        if not scores.size:
            raise BadData(f"{table.path}: no {name} presentation has a score, so no error rate can be had.")


def check_apart(dev: pl.DataFrame, test: pl.DataFrame, threshold: str) -> list[str]:
    """Refuse what stands in both files; of other data sets' subjects, only the names may agree."""
    both = sorted(set(dev["presentation"]) & set(test["presentation"]))
    if both:
        raise BadData(
            f"{len(both)} presentations are in both dev and test, e.g. '{both[0]}'; keep them apart."
        )
    people = sorted(set(known_subjects(dev)) & set(known_subjects(test)))
    if people and threshold != "source":
        raise BadData(
            f"{len(people)} subjects are in both dev and test, e.g. '{people[0]}'; keep them apart."
        )
    return [f"{len(people)} subject names are in both source and test scores."] if people else []


def known_subjects(rows: pl.DataFrame) -> pl.Series:
    """Return the subject of each presentation that has a known one."""
    return rows["subject"].filter(rows["subject"] != UNKNOWN_SUBJECT)
