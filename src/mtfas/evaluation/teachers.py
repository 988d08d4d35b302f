"""Teachers side by side: their maps on the same faces, where they point, what learning changed in them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mtfas.evaluation.localisation import Change, Localisation, change, localisation, mean_known
from mtfas.evaluation.mapstats import Shape, agreement, shape_of
from mtfas.metrics.curves import auc
from mtfas.runtime.seeds import stream
from mtfas.types import BONA_FIDE, FloatArray, Label

PARTIAL = 0.6
"""A species whose region covers less than this share of the face picture on average is a partial attack."""

FEW_SUBJECTS = 10
"""Intervals from fewer subjects than this are rough."""


@dataclass(frozen=True)
class TeacherMaps:
    """A teacher and its maps of the chosen faces.

    Attributes:
        name: what pages call it.
        folder: its run folder.
        method: how it was taught, a name of `mtfas teach --method`.
        backbone: its network.
        protocol: whose training faces it was taught on.
        high: the end of its maps' range: 2 for 2σ(g), 1 for g clipped to [0, 1].
        final: [n, h, w] maps of the attack faces.
        start: [n, h, w] the same before the bi-level phase; None where it was never pretrained.
        live: [k, h, w] maps of the bona fide faces.
    """

    name: str
    folder: str
    method: str
    backbone: str
    protocol: str
    high: float
    final: FloatArray
    start: FloatArray | None
    live: FloatArray


@dataclass(frozen=True)
class ChosenFaces:
    """The faces that all teachers look at.

    Attributes:
        attacks: n manifest rows.
        region: [n, h, w] share of each cell that is attack; NaN in faces whose region is not known.
        live: k manifest rows.
    """

    attacks: pl.DataFrame
    region: FloatArray
    live: pl.DataFrame


@dataclass(frozen=True)
class Findings:
    """One teacher on one group of attack faces.

    Attributes:
        shape: level, spread, saturation, template share.
        auc: of the mean of the map, these attacks against all bona fide faces.
        localisation: of the final maps; None where the attack is not partial or no region is known.
        start_localisation: of the pretrained maps, likewise.
        change: from the pretrained maps; None where there are none.
    """

    shape: Shape
    auc: float
    localisation: Localisation | None
    start_localisation: Localisation | None
    change: Change | None


@dataclass(frozen=True)
class TeacherFindings:
    """One teacher: on all attack faces, on the partial attacks among them, by species, on bona fide faces."""

    teacher: TeacherMaps
    pooled: Findings
    partial: Findings | None
    species: dict[str, Findings]
    live: Shape


@dataclass(frozen=True)
class TeacherStudy:
    """Some teachers on the same faces.

    Attributes:
        faces: which.
        coverage: species → mean share of the face picture that is attack; NaN where no region is known.
        partial: the species with less than PARTIAL.
        teachers: what was found of each.
        agreement: [t, t] mean over attack faces of the correlation between two teachers' maps.
        unit: what the intervals drew: subjects, presentations, or both in words; empty without intervals.
        notes: what had to be left out, and what a reader should know first.
    """

    faces: ChosenFaces
    coverage: dict[str, float]
    partial: tuple[str, ...]
    teachers: tuple[TeacherFindings, ...]
    agreement: FloatArray
    unit: str
    notes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The teachers' names in order."""
        return tuple(found.teacher.name for found in self.teachers)


def choose_faces(rows: pl.DataFrame, count: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return up to `count` attack rows, as many of each species as there are, and up to `count` live rows.

    Rows are drawn by the seed and stand in the order of the manifest.
    """
    species = rows.filter(pl.col("label") == Label.ATTACK)["species"].unique().sort().to_list()
    orders = {name: _order(rows, name, seed) for name in species}
    turns = max((len(order) for order in orders.values()), default=0)
    dealt = [order[turn] for turn in range(turns) for order in orders.values() if turn < len(order)]
    live = _order(rows, BONA_FIDE, seed)
    return rows[sorted(dealt[:count])], rows[sorted(live[:count])]


def _order(rows: pl.DataFrame, species: str, seed: int) -> list[int]:
    places = np.flatnonzero((rows["species"] == species).to_numpy())
    return [int(place) for place in stream(seed, "teacher faces", species).permutation(places)]


def study_teachers(
    faces: ChosenFaces, teachers: list[TeacherMaps], seed: int, notes: tuple[str, ...] = ()
) -> TeacherStudy:
    """Measure teachers on the same faces.

    Args:
        faces: at least one attack face and one bona fide face.
        teachers: their maps, all of the same h × w.
        seed: of the bootstrap; all teachers get the same resamples.
        notes: what the caller has to say about the teachers.
    """
    names = faces.attacks["species"].unique().sort().to_list()
    groups = {name: (faces.attacks["species"] == name).to_numpy() for name in names}
    coverage = {name: _coverage(faces.region[group]) for name, group in groups.items()}
    partial = tuple(name for name, share in coverage.items() if share < PARTIAL)
    found = tuple(_findings_of(teacher, faces, groups, partial, seed) for teacher in teachers)
    unit, rough = _unit(faces.attacks, partial)
    said = (*notes, *_left_out(coverage, partial), *rough)
    matrix = agreement([teacher.final for teacher in teachers])
    return TeacherStudy(faces, coverage, partial, found, matrix, unit, said)


def _findings_of(
    teacher: TeacherMaps,
    faces: ChosenFaces,
    groups: Mapping[str, npt.NDArray[np.bool_]],
    partial: tuple[str, ...],
    seed: int,
) -> TeacherFindings:
    def on(group: npt.NDArray[np.bool_], located: bool) -> Findings:
        return _findings(teacher, faces, group, located, seed)

    everything = np.ones(faces.attacks.height, bool)
    some = np.any([groups[name] for name in partial], axis=0) if partial else None
    return TeacherFindings(
        teacher,
        pooled=on(everything, False),
        partial=None if some is None else on(some, True),
        species={name: on(group, name in partial) for name, group in groups.items()},
        live=shape_of(teacher.live, teacher.high),
    )


def _findings(
    teacher: TeacherMaps, faces: ChosenFaces, group: npt.NDArray[np.bool_], located: bool, seed: int
) -> Findings:
    final, region = teacher.final[group], faces.region[group]
    start = None if teacher.start is None else teacher.start[group]
    subjects = faces.attacks["subject"].to_numpy()[group]

    def point(maps: FloatArray | None) -> Localisation | None:
        template = teacher.live.mean(axis=0, dtype=np.float64)
        return None if maps is None or not located else localisation(maps, region, subjects, seed, template)

    return Findings(
        shape=shape_of(final, teacher.high),
        auc=auc(_means(teacher.live), _means(final)),
        localisation=point(final),
        start_localisation=point(start),
        change=None if start is None else change(start, final, region),
    )


def _means(maps: FloatArray) -> FloatArray:
    return np.asarray(np.asarray(maps, dtype=np.float64).mean(axis=(1, 2)))


def _coverage(region: FloatArray) -> float:
    return mean_known(_means(region))


def _unit(attacks: pl.DataFrame, partial: tuple[str, ...]) -> tuple[str, list[str]]:
    """Name what the intervals draw; say so where there are few of a species."""
    if not partial:
        return "", []
    rows = attacks.filter(pl.col("species").is_in(list(partial)))
    known = int((rows["subject"] != "unknown").sum())
    unit = "subjects" if known == rows.height else "faces" if not known else "subjects (faces where unknown)"
    counts = {name: rows.filter(pl.col("species") == name)["subject"].n_unique() for name in partial}
    few = ", ".join(f"{name} {count}" for name, count in counts.items() if count < FEW_SUBJECTS)
    rough = f"fewer than {FEW_SUBJECTS} subjects, so intervals are rough: {few}."
    return unit, [rough] if few and known == rows.height else []


def _left_out(coverage: Mapping[str, float], partial: tuple[str, ...]) -> list[str]:
    unknown = [name for name, share in coverage.items() if np.isnan(share)]
    if len(unknown) == len(coverage):
        return ["no attack region is known in these faces, so where the maps point is left out."]
    said = []
    if unknown:
        said.append(f"no attack region is known of {', '.join(unknown)}: left out where maps must point.")
    if not partial:
        said.append(
            f"every species with a known region covers {100 * PARTIAL:.0f} % of the face picture or more, so "
            "there is nothing to point at and localisation is left out; try another --protocol."
        )
    return said
