"""How well cheap cues alone tell live from each species under an unseen camera."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.shortcuts.area import REPEATS, Area, draw_weights, mean_area
from mtfas.data.shortcuts.fit import require_scikit_learn
from mtfas.data.shortcuts.folds import Folds, deal_halves, make_folds, units_of
from mtfas.data.shortcuts.table import CueTable, read_cues
from mtfas.data.shortcuts.trial import Faces, Gap, gaps, try_folds
from mtfas.errors import BadData
from mtfas.runtime.progress import track
from mtfas.types import BONA_FIDE


@dataclass(frozen=True)
class Shortcuts:
    """What cheap cues tell.

    Attributes:
        areas: for each species and group of cues; None where nothing could be tested (see `gaps`).
        gaps: what could not be tested.
        table: the cues of all faces.
        folds: who was fitted on and who was tested.
        parameters: for each species the generating parameters it has in common with live faces.
        hidden: for each species, "bona_fide" included, the faces that show no background.
        seed: of the halves and of the resamples.
        repeats: the number of resamples.
        units: how many people (or clips of unknown ones) were resampled.
    """

    areas: Mapping[str, Mapping[str, Area | None]]
    gaps: tuple[Gap, ...]
    table: CueTable
    folds: Folds
    parameters: Mapping[str, tuple[str, ...]]
    hidden: Mapping[str, int]
    seed: int
    repeats: int
    units: int


def find_shortcuts(data: Path | PreparedSet, seed: int = 0, repeats: int = REPEATS) -> Shortcuts:
    """Measure how well groups of cheap cues tell live from each species where camera and people are unseen.

    For every data set with two known cameras, every camera of it and either half of the subjects: a logistic
    regression is fitted on that half under all other cameras, those of other data sets included, and rates
    the other half under the held-out one. The score of a presentation is the mean over its frames. An AUC
    compares scores of one fit only; the AUCs are averaged, weighted by attack presentations. Below 0.5 stays
    below 0.5: a cue that turns round from camera to camera does not tell.

    Args:
        data: the prepared data set.
        seed: of the deal of subjects to halves and of the bootstrap over subjects, >= 0.
        repeats: bootstrap resamples, >= 1.

    Raises:
        BadFile: the folder is not a prepared data set, or its manifest cannot be read.
        BadData: there are no live faces, or no attacks, that can be read.
        BadSetting: scikit-learn is not installed.
    """
    require_scikit_learn()
    prepared = data if isinstance(data, PreparedSet) else open_prepared(data, changed_allowed=True)
    faces = _both_classes(prepared, read_cues(prepared))
    folds = make_folds(faces.table.rows, deal_halves(faces.units, faces.species.tolist(), seed))
    units = int(faces.units.max()) + 1
    weights = draw_weights(units, seed, repeats)
    areas: dict[str, dict[str, Area | None]] = {}
    failed: list[Gap] = []
    for name in track(faces.attack_species, "looking for shortcuts", len(faces.attack_species)):
        tried = {group: try_folds(faces, folds.folds, name, group) for group in faces.table.groups}
        areas[name] = {group: mean_area(one, weights) if one else None for group, (one, _) in tried.items()}
        failed += gaps(name, {group: not_tried for group, (_, not_tried) in tried.items()}, folds.folds)
    parameters = {name: faces.parameters(name) for name in faces.attack_species}
    hidden = {name: faces.hidden(name) for name in (BONA_FIDE, *faces.attack_species)}
    return Shortcuts(areas, tuple(failed), faces.table, folds, parameters, hidden, seed, repeats, units)


def _both_classes(prepared: PreparedSet, table: CueTable) -> Faces:
    faces = Faces(table, units_of(table.rows))
    for missing, name in ((not faces.live.any(), "live"), (bool(faces.live.all()), "attack")):
        if missing:
            raise BadData(
                f"{prepared.folder} has no usable {name} face, so there is nothing to tell apart; "
                "prepare it with faces of both classes."
            )
    return faces
