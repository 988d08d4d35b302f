"""What can be said of maps in numbers: shape, level, saturation, one template, where a region lies.

All functions take maps [n, h, w], one for each face, and compute in float64.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mtfas.metrics.curves import auc
from mtfas.types import FloatArray

SATURATED = 0.05
"""A cell this share of the range or less from an end is saturated: 2σ(g) below 0.1 or above 1.9."""

FLAT = 1e-9
"""A map that strays less than this from its mean, in root mean square, is constant but for rounding."""


@dataclass(frozen=True)
class Shape:
    """How some maps look.

    Attributes:
        faces: how many maps.
        level: mean value.
        spread_within: mean over faces of the standard deviation (ddof 0) over a map's cells.
        spread_between: standard deviation (ddof 1) over faces of the map's mean; NaN for one face.
        saturation: share of cells that lie at an end of the range.
        template_share: share of the maps' spatial variance that one map, the same for all faces, explains;
            maps that have nothing in common still give 1 / faces.
    """

    faces: int
    level: float
    spread_within: float
    spread_between: float
    saturation: float
    template_share: float


def shape_of(maps: FloatArray, high: float) -> Shape:
    """Describe maps [n, h, w], n ≥ 1.

    Args:
        maps: the maps.
        high: the end of their range; the other is 0.
    """
    flat = _flat(maps)
    centred = _centred(flat)
    means = flat.mean(axis=1)
    edge = SATURATED * high
    variance = float(np.square(centred).sum(axis=1).mean())
    return Shape(
        faces=len(flat),
        level=float(flat.mean()),
        spread_within=float(flat.std(axis=1).mean()),
        spread_between=float(means.std(ddof=1)) if len(flat) > 1 else float("nan"),
        saturation=float(((flat < edge) | (flat > high - edge)).mean()),
        template_share=float(np.square(centred.mean(axis=0)).sum() / max(variance, 1e-12)),
    )


def correlations(maps: FloatArray, others: FloatArray) -> FloatArray:
    """Return Pearson's correlation over the cells of each face's two maps, [n]; 0 where one is constant.

    A constant map says nothing of where; NaN in a map gives NaN.
    """
    a, b = _centred(_flat(maps)), _centred(_flat(others))
    lengths = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    flat = np.minimum(*lengths) < FLAT * np.sqrt(a.shape[1])
    found = (a * b).sum(axis=1) / np.where(flat, 1.0, lengths[0] * lengths[1])
    return np.where(flat, 0.0, np.clip(found, -1.0, 1.0))


def areas(maps: FloatArray, regions: FloatArray) -> FloatArray:
    """Return the AUC of each face's map as a classifier of its cells, [n].

    Positive are the cells of which the region covers half or more; ties count half.

    Args:
        maps: [n, h, w].
        regions: [n, h, w] shares in [0, 1], with cells on both sides of a half in every face.
    """
    pairs = zip(_flat(maps), _flat(regions) >= 0.5, strict=True)
    return np.array([auc(cells[~inside], cells[inside]) for cells, inside in pairs])


def divided(regions: FloatArray) -> npt.NDArray[np.bool_]:
    """Say of which faces the region is known and has cells both inside and outside, [n]."""
    flat = _flat(regions)
    inside = flat >= 0.5
    return np.asarray(inside.any(axis=1) & ~inside.all(axis=1) & ~np.isnan(flat).any(axis=1))


def weighted_means(maps: FloatArray, weights: FloatArray) -> FloatArray:
    """Return each map's mean with the cells weighted, [n]; NaN where the weights make less than one cell."""
    flat, shares = _flat(maps), _flat(weights)
    total = shares.sum(axis=1)
    enough = total >= 1.0
    return np.where(enough, (flat * shares).sum(axis=1) / np.where(enough, total, 1.0), np.nan)


def agreement(teachers: list[FloatArray]) -> FloatArray:
    """Return the mean over faces of the correlation between two teachers' maps, for every pair, [t, t]."""
    rows = [[float(correlations(a, b).mean()) for b in teachers] for a in teachers]
    return np.array(rows)


def _flat(maps: FloatArray) -> FloatArray:
    return np.asarray(maps, dtype=np.float64).reshape(len(maps), -1)


def _centred(flat: FloatArray) -> FloatArray:
    return np.asarray(flat - flat.mean(axis=1, keepdims=True))
