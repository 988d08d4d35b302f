"""One trial: live against one species, by one group of cues, in every fold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mtfas.data.shortcuts.area import FoldScores
from mtfas.data.shortcuts.fit import fit_and_score
from mtfas.data.shortcuts.folds import Fold
from mtfas.data.shortcuts.table import PARAMETERS, CueTable
from mtfas.types import FloatArray, Label

Mask = npt.NDArray[np.bool_]

NOT_COMMON = "live faces and this species have none of these cues in common"


@dataclass(frozen=True)
class Gap:
    """A species that could not be tried: by which cues, why, and under which cameras ((): all)."""

    species: str
    groups: tuple[str, ...]
    reason: str
    cameras: tuple[str, ...]


@dataclass(frozen=True)
class Faces:
    """The faces of a data set: their cues and, for each of the n, the number of the person."""

    table: CueTable
    units: npt.NDArray[np.int_]

    @cached_property
    def live(self) -> Mask:
        """[n], live faces."""
        return np.asarray(self.table.rows["label"].to_numpy() == Label.LIVE)

    @cached_property
    def species(self) -> npt.NDArray[np.str_]:
        """[n], "bona_fide" for live faces."""
        return np.array(self.table.rows["species"].to_list(), dtype=str)

    @cached_property
    def presentation(self) -> npt.NDArray[np.int_]:
        """[n], a number for each presentation."""
        return np.unique(self.table.rows["presentation"].to_numpy().astype(str), return_inverse=True)[1]

    @property
    def attack_species(self) -> list[str]:
        """The attack species by name."""
        return sorted(set(self.species[~self.live].tolist()))

    def common(self, species: str, group: str) -> Mask:
        """Return the columns of a group in which both live faces and a species have values, [k]."""
        has = np.isfinite(self.table.groups[group])
        return np.asarray(has[self.live].any(axis=0) & has[self.of(species)].any(axis=0))

    def of(self, species: str) -> Mask:
        """Say which faces are of a species, [n]."""
        return np.asarray(self.species == species)

    def parameters(self, species: str) -> tuple[str, ...]:
        """Return the generating parameters that live faces and a species have in common."""
        if PARAMETERS not in self.table.groups:
            return ()
        return tuple(dict.fromkeys(self.table.parameters[self.common(species, PARAMETERS)].tolist()))

    def hidden(self, species: str) -> int:
        """Return how many faces of a species show no background."""
        shown = np.isfinite(self.table.groups["background"][self.of(species)])
        return int(np.count_nonzero(~shown.all(axis=1)))


def try_folds(
    faces: Faces, folds: Sequence[Fold], species: str, group: str
) -> tuple[list[FoldScores], dict[str, list[Fold]]]:
    """Fit and test in every fold.

    Returns:
        What was tested; and for each reason the folds in which nothing could be.
    """
    columns = faces.common(species, group)
    if not columns.any():
        return [], {NOT_COMMON: list(folds)}
    cues = faces.table.groups[group][:, columns]
    used = faces.live | faces.of(species)
    if group == "background":  # a face that shows none has no such cue; elsewhere what is missing is average
        used &= np.isfinite(cues).all(axis=1)
    tested: list[FoldScores] = []
    failed: dict[str, list[Fold]] = {}
    for fold in folds:
        reason = _lacking(faces, fold.fit & used, fold.test & used)
        if reason:
            failed.setdefault(reason, []).append(fold)
        else:
            tested.append(_try(faces, cues, fold, used))
    return tested, failed


def gaps(species: str, failed: dict[str, dict[str, list[Fold]]], folds: Sequence[Fold]) -> Iterator[Gap]:
    """Say once what failed in the same way for several groups of cues.

    Args:
        species: which one.
        failed: for each group, for each reason, the folds.
        folds: all of them.
    """
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for group, reasons in failed.items():
        for reason, where in reasons.items():
            cameras = () if len(where) == len(folds) else tuple(_names(where))
            alike.setdefault((reason, cameras), []).append(group)
    for (reason, cameras), groups in alike.items():
        yield Gap(species, tuple(groups), reason, cameras)


def _names(folds: Sequence[Fold]) -> Iterator[str]:
    by_camera: dict[str, list[int]] = {}
    for fold in folds:
        by_camera.setdefault(fold.camera, []).append(fold.half)
    for camera, halves in by_camera.items():
        yield camera if len(halves) > 1 else f"{camera} (fitted on half {halves[0] + 1} of the subjects)"


def _lacking(faces: Faces, fit: Mask, test: Mask) -> str | None:
    for part, what in ((test, "to test"), (fit, "to fit on")):
        for of, name in ((~faces.live, "attack"), (faces.live, "live face")):
            if not (part & of).any():
                return f"no {name} {what}"
    return None


def _try(faces: Faces, cues: FloatArray, fold: Fold, used: Mask) -> FoldScores:
    fit, test = fold.fit & used, fold.test & used
    scores = fit_and_score(cues[fit], ~faces.live[fit], cues[test])
    # label and unit belong to the key: a presentation that mixes them (audit says so) is taken apart
    key = np.stack([faces.presentation[test], faces.live[test], faces.units[test]])
    clips, clip = np.unique(key, axis=1, return_inverse=True)
    means = np.bincount(clip.ravel(), weights=scores) / np.bincount(clip.ravel())
    return FoldScores(fold.camera, means, clips[1] == 0, clips[2])
