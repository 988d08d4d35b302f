"""How much of some noisy vectors, or maps, they have in common: pure mathematics of `mtfas bench signal`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mtfas.evaluation.mapstats import correlations, divided
from mtfas.types import FloatArray

FEWEST = 3
"""Batches below which leaving one out leaves no estimate."""


@dataclass(frozen=True)
class Coherence:
    """The part of some gradients that is the same in all batches.

    Attributes:
        fraction: estimate of ‖E g‖² / E‖g‖² without bias in either expectation; below 0 by chance where
            there is next to no signal, at most 1.
        se: its standard error, by the jackknife over batches.
        norm: root mean square of ‖g‖ over the batches.
    """

    fraction: float
    se: float
    norm: float

    @property
    def batches_needed(self) -> float | None:
        """(1 − f)/f, how many batches' mean has as much signal as noise; None where no signal was found."""
        return (1.0 - self.fraction) / self.fraction if self.fraction > 0 else None


def coherence(gram: FloatArray) -> Coherence:
    """Measure what the gradients of B independent batches have in common.

    With T = Σ‖g_b‖², ‖E g‖² is estimated by (‖Σ g_b‖² − T) / (B(B − 1)), the mean product of two different
    batches, and E‖g‖² by T / B.

    Args:
        gram: [B, B], the products ⟨g_a, g_b⟩; B ≥ 3, finite, not all zero.
    """
    batches = len(gram)
    fraction = _fraction(gram.sum(), np.trace(gram), batches)
    without = fractions_without_each(gram)
    spread = np.square(without - without.mean()).sum()
    norm = np.sqrt(np.trace(gram) / batches)
    return Coherence(float(fraction), float(np.sqrt((batches - 1) / batches * spread)), float(norm))


def fractions_without_each(gram: FloatArray) -> FloatArray:
    """Return the fraction with each batch left out in turn, [B], from the sums of the whole matrix."""
    own = np.diagonal(gram)
    sums = gram.sum() - 2.0 * gram.sum(axis=1) + own
    return _fraction(sums, np.trace(gram) - own, len(gram) - 1)


def _fraction(square_of_sum: FloatArray, sum_of_squares: FloatArray, batches: int) -> FloatArray:
    return np.asarray((square_of_sum - sum_of_squares) / ((batches - 1) * sum_of_squares))


@dataclass(frozen=True)
class Wanted:
    """What one batch's L_v wants of the labels of its attack faces.

    Attributes:
        change: [n, h, w], −∂L_v/∂P in units of its root mean square over the batch's attack pixels.
        region: [n, h, w] in [0, 1], the share of each cell that is attack.
        species: [n], PAI species.
    """

    change: FloatArray
    region: FloatArray
    species: npt.NDArray[np.object_]


def in_units(influence: FloatArray) -> FloatArray:
    """Return −∂L_v/∂P [n, h, w] divided by its root mean square; zeros where it is zero everywhere."""
    change = -np.asarray(influence, dtype=np.float64)
    size = np.sqrt(np.square(change).mean())
    return change / size if size > 0 else np.zeros_like(change)


@dataclass(frozen=True)
class Region:
    """Whether the wanted change lies where the attack is.

    Attributes:
        mean: of the correlation between wanted change and region over the cells of a face.
        se: standard error of it, batches being drawn; None with one batch.
        faces: how many with cells inside and outside the region; a face drawn twice counts twice.
    """

    mean: float
    se: float | None
    faces: int


def regions(batches: Sequence[Wanted]) -> dict[str, Region]:
    """Compare wanted changes with true regions, by species; species without a partial region are left out.

    The faces of a batch share one L_v and so one noise: the standard error takes the batch as the unit.
    """
    change, region, species = (
        np.concatenate([getattr(batch, name) for batch in batches])
        for name in ("change", "region", "species")
    )
    unit = np.repeat(np.arange(len(batches)), [len(batch.species) for batch in batches])
    use = divided(region)
    if not use.any():
        return {}
    values, species, unit = correlations(change[use], region[use]), species[use], unit[use]
    return {name: _region(values[species == name], unit[species == name]) for name in sorted(set(species))}


def _region(values: FloatArray, unit: npt.NDArray[np.int64]) -> Region:
    mean = values.mean()
    off = np.array([(values[unit == batch] - mean).sum() for batch in np.unique(unit)])
    count = len(off)
    se = float(np.sqrt(count / (count - 1) * np.square(off).sum()) / len(values)) if count > 1 else None
    return Region(float(mean), se, len(values))


@dataclass(frozen=True)
class Level:
    """How much higher L_v wants the labels of one species as a whole.

    Attributes:
        mean: over batches, of the mean wanted change over the species' pixels; in root mean squares of the
            influence over a batch's attack pixels, so 1 would be nothing but level.
        se: standard error of it, batches being drawn; None with one batch.
    """

    mean: float
    se: float | None


def levels(batches: Sequence[Wanted]) -> dict[str, Level]:
    """Return how much higher each species is wanted."""
    names = sorted({name for batch in batches for name in batch.species})
    return {name: _level(_means_of(name, batches)) for name in names}


def _means_of(name: str, batches: Sequence[Wanted]) -> FloatArray:
    chosen = [batch.change[batch.species == name] for batch in batches]
    return np.array([change.mean() for change in chosen if len(change)])


def _level(means: FloatArray) -> Level:
    count = len(means)
    return Level(float(means.mean()), float(means.std(ddof=1) / np.sqrt(count)) if count > 1 else None)
