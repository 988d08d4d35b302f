"""The area under the ROC within each fold, averaged over folds, with resampled people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mtfas.metrics.intervals import Interval
from mtfas.runtime.seeds import stream
from mtfas.types import FloatArray

REPEATS = 1000
LEVEL = 0.95


@dataclass(frozen=True)
class FoldScores:
    """The tested presentations of one fold, of one species and live: their scores come from one fit.

    Attributes:
        camera: dataset/camera.
        scores: [m], higher = attack.
        attack: [m] bool.
        units: [m] whose presentation each is.
    """

    camera: str
    scores: FloatArray
    attack: npt.NDArray[np.bool_]
    units: npt.NDArray[np.int_]


@dataclass(frozen=True)
class Area:
    """The mean AUC over folds, weighted by their attack presentations; its interval and what it rests on."""

    auc: float
    interval: Interval
    live: int
    attack: int
    cameras: int


def draw_weights(units: int, seed: int, repeats: int = REPEATS) -> npt.NDArray[np.int16]:
    """Return how often each unit counts, [1 + repeats, units]: once in the first row, then as drawn."""
    drawn = stream(seed, "shortcuts", "bootstrap").multinomial(units, np.full(units, 1 / units), repeats)
    return np.vstack([np.ones((1, units)), drawn]).astype(np.int16)


def mean_area(folds: Sequence[FoldScores], weights: npt.NDArray[np.int16]) -> Area:
    """Return the mean AUC over folds with the percentile interval of the resamples.

    Args:
        folds: at least one, each with live and attack presentations.
        weights: from `draw_weights`; the fits stay as they are. A fold that a resample leaves without one
            of the classes is left out of that resample.
    """
    total, attacks = np.zeros(len(weights)), np.zeros(len(weights))
    for fold in folds:
        area, n = fold_area(fold, weights)
        total += np.where(np.isnan(area), 0.0, area * n)
        attacks += np.where(np.isnan(area), 0.0, n)
    with np.errstate(invalid="ignore"):
        areas = total / attacks
    drawn = areas[1:][~np.isnan(areas[1:])]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if drawn.size else (np.nan, np.nan)
    live, attack = (sum(int((fold.attack == of).sum()) for fold in folds) for of in (False, True))
    cameras = len({fold.camera for fold in folds})
    return Area(float(areas[0]), Interval(float(low), float(high)), live, attack, cameras)


def fold_area(fold: FoldScores, weights: npt.NDArray[np.int16]) -> tuple[FloatArray, FloatArray]:
    """Return P(attack score > live score) + P(equal) / 2 and the attack presentations, for each resample.

    Returns:
        [1 + repeats] areas, NaN where a resample holds one class only; [1 + repeats] attacks, as drawn.
    """
    order = np.argsort(fold.scores, kind="stable")
    counts = weights[:, fold.units[order]].astype(np.float64)
    starts = np.flatnonzero(np.diff(fold.scores[order], prepend=-np.inf) > 0)  # of equal scores
    attack = np.add.reduceat(counts * fold.attack[order], starts, axis=1)
    live = np.add.reduceat(counts * ~fold.attack[order], starts, axis=1)
    below = np.cumsum(live, axis=1) - live
    won = (attack * (below + live / 2)).sum(axis=1)
    n_attack, n_live = attack.sum(axis=1), live.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return won / (n_attack * n_live), n_attack
