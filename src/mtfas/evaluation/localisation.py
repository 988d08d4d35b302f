"""Do maps point at the attack, and what did learning change inside and outside it?"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mtfas.evaluation.mapstats import areas, correlations, divided, weighted_means
from mtfas.metrics.intervals import Interval, subject_bootstrap
from mtfas.types import FloatArray

LEVEL = 0.95
"""Coverage of the intervals."""


@dataclass(frozen=True)
class Localisation:
    """How well maps point at the attack region, means over faces.

    Attributes:
        correlation: between map and region over the cells of a face.
        correlation_interval: 95 %, from drawing whole subjects; NaN with one subject.
        area: AUC of the map's cells, inside against outside the region.
        area_interval: likewise.
        fixed: the correlation of one fixed map, the teacher's mean map of bona fide faces, with the same
            regions: what a liking for some place in the picture gives without looking at the attack.
        faces: with a known region and cells on both sides of it.
        units: how many subjects (or presentations, where subjects are not known) the intervals drew from.
    """

    correlation: float
    correlation_interval: Interval
    area: float
    area_interval: Interval
    fixed: float
    faces: int
    units: int


@dataclass(frozen=True)
class Change:
    """What became of the pretrained maps, means over faces.

    Attributes:
        absolute: mean of |final − start| over cells.
        correlation_with_start: of the two maps of a face.
        inside: mean signed change inside the attack region, cells weighted by their share; NaN where no
            region is known.
        outside: likewise outside it.
    """

    absolute: float
    correlation_with_start: float
    inside: float
    outside: float


def localisation(
    maps: FloatArray,
    region: FloatArray,
    subjects: npt.NDArray[np.object_],
    seed: int,
    template: FloatArray,
) -> Localisation | None:
    """Measure how well maps point at the region; None where no face has a region to point at.

    Args:
        maps: [n, h, w].
        region: [n, h, w] in [0, 1], NaN where not known.
        subjects: [n] whose face it is; frames of one person are alike, so whole subjects are drawn.
        seed: of the bootstrap.
        template: [h, w], the fixed map of `Localisation.fixed`.
    """
    useful = divided(region)
    if not useful.any():
        return None
    values = np.stack([correlations(maps, region)[useful], areas(maps[useful], region[useful])], axis=1)
    drawn = subject_bootstrap(lambda rows: values[rows].mean(axis=0), subjects[useful], seed, level=LEVEL)
    unknown = Interval(float("nan"), float("nan"))
    intervals = drawn.intervals if drawn.units > 1 else (unknown, unknown)
    fixed = float(correlations(np.broadcast_to(template, region.shape), region)[useful].mean())
    correlation, area = (float(mean) for mean in values.mean(axis=0))
    return Localisation(correlation, intervals[0], area, intervals[1], fixed, len(values), drawn.units)


def change(start: FloatArray, final: FloatArray, region: FloatArray) -> Change:
    """Compare the maps of some faces before and after.

    Args:
        start: [n, h, w].
        final: [n, h, w].
        region: [n, h, w] in [0, 1], NaN where not known.
    """
    moved = np.asarray(final, dtype=np.float64) - start
    return Change(
        absolute=float(np.abs(moved).mean()),
        correlation_with_start=float(correlations(start, final).mean()),
        inside=mean_known(weighted_means(moved, region)),
        outside=mean_known(weighted_means(moved, 1.0 - region)),
    )


def mean_known(values: FloatArray) -> float:
    """Return the mean without the NaNs; NaN where nothing else is left."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
