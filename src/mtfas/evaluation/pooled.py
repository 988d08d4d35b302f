"""A finished run's stored maps, pooled anew: AUC of dev and test under every pool, one of them learned.

Nothing is learned from test: the learned pool is a logistic regression over the cells of the dev maps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mtfas.errors import BadData, BadFile, BadRun, BadSetting
from mtfas.evaluation.maps import read_maps
from mtfas.evaluation.presentations import Presentations, check_apart
from mtfas.evaluation.runfolder import read_record
from mtfas.evaluation.scores import ScoreTable, presentations, read_scores
from mtfas.metrics.curves import auc
from mtfas.metrics.intervals import UNKNOWN_SUBJECT
from mtfas.metrics.pools import MEAN, POOLS, Pool, evidence, means_by
from mtfas.types import Direction, FloatArray, Label

Areas = Mapping[str, float]
"""Pool → AUC."""

LEARNED = "learned"
CHOSEN = "best on dev"
"""Each run by the pool with the highest dev AUC of its own; on equal ones by the first."""
ALL_POOLS = (*POOLS, LEARNED)
STRENGTHS = tuple(10.0**power for power in range(-4, 3))
"""scikit-learn's C, the inverse of the L2 strength, strongest first."""
FOLDS = 5
HALF_STEP = 2.0**-11
"""Stored maps have 11 significant bits: a cell is off by at most this share of itself."""
SMALLEST = 2.0**-24
"""And by at most this where it is nearly nothing."""


@dataclass(frozen=True)
class Part:
    """Dev or test of a run: its score file, and [n, cells] evidence of the n frames that have a score."""

    table: ScoreTable
    cells: FloatArray

    @property
    def frames(self) -> pl.DataFrame:
        """The frames that have a score, in the order of the cells."""
        return self.table.rows.filter(pl.col("score").is_not_null())

    def auc(self, pool: Pool) -> float:
        """Return the AUC of presentations, each the mean of its frames, as evaluation has it."""
        scores = self.frames.select("presentation", "frame").with_columns(score=pool(self.cells))
        rows = self.table.rows.drop("score").join(scores, on=["presentation", "frame"], how="left",
                                                  maintain_order="left")  # fmt: skip
        return area(replace(self.table, rows=rows))


@dataclass(frozen=True)
class Rated:
    """A run: AUC under every pool on test and on dev, and how far the score file's AUC is from the mean's."""

    row: str
    protocol: str
    seed: int
    made: tuple[str, str, int]
    test: Mapping[str, float]
    dev: Mapping[str, float]
    off: float


@dataclass(frozen=True)
class Learned:
    """A pool with learned weights, and its dev AUC on subjects that each fold's fit had not seen."""

    pool: Pool
    out_of_fold: float


def area(table: ScoreTable) -> float:
    """Return the AUC of a score file's presentations."""
    rated = Presentations(presentations(table))
    return auc(rated.live, rated.attack)


def read_part(run: Path, name: str, direction: Direction) -> Part:
    """Read dev or test; scores that are not the means of the maps are refused: what would a pool change?"""
    table = read_scores(run / "scores" / f"{name}.csv")
    path = run / "scores" / f"{name}-maps.npz"
    stored = read_maps(path, ["detector_map"])
    found = Part(table, evidence(stored.maps["detector_map"], direction))
    faces = list(zip(stored.presentation, stored.frame, strict=True))
    if faces != list(found.frames.select("presentation", "frame").iter_rows()):
        raise BadFile(f"{path} has other faces than {table.path}; make the run again.")
    allowed = HALF_STEP * np.abs(stored.maps["detector_map"].astype(np.float64)).mean(axis=(1, 2)) + SMALLEST
    if (np.abs(POOLS[MEAN](found.cells) - found.frames["score"].to_numpy()) > allowed).any():
        raise BadRun(
            f"{run}: its scores are not the means of its maps (a detector with a branch, say), so other "
            "pools cannot be compared with them; give runs of detectors that are scored by their maps."
        )
    return found


def learn(dev: Part) -> Learned:
    """Fit one weight a cell on dev presentations; pooling is linear, so it may follow the mean of frames."""
    names, cells = means_by(dev.cells, dev.frames["presentation"].to_list())
    rows = {row["presentation"]: row for row in presentations(dev.table).iter_rows(named=True)}
    attack = np.array([rows[name]["label"] == Label.ATTACK for name in names])
    groups = np.array([group_of(rows[name]) for name in names])
    center = cells.mean(axis=0)
    scale = float((cells - center).std()) or 1.0  # one for all cells: a quiet cell must not be blown up
    scaled = (cells - center) / scale
    strength, out_of_fold = choose_strength(scaled, attack, groups)
    model = regression(strength).fit(scaled, attack)
    return Learned(lambda frames: np.asarray(model.decision_function((frames - center) / scale)), out_of_fold)


def group_of(row: Mapping[str, Any]) -> str:
    """Return what is kept on one side of a fold: the subject, or a presentation whose subject is unknown."""
    known = row["subject"] != UNKNOWN_SUBJECT
    return f"subject {row['subject']}" if known else f"presentation {row['presentation']}"


def choose_strength(cells: FloatArray, attack: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    """Return the C of the highest AUC over subjects left out, the smallest on equal ones, and that AUC."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = min(FOLDS, *(len(set(groups[attack == label])) for label in (False, True)))
    if folds < 2:
        raise BadData("learned pools need at least 2 dev subjects of each class; leave them out by --pools.")
    parts = list(StratifiedGroupKFold(folds, shuffle=True, random_state=0).split(cells, attack, groups))
    found = {}
    for strength in STRENGTHS:
        scores = np.empty(len(cells))
        for fit, held in parts:
            model = regression(strength).fit(cells[fit], attack[fit])
            scores[held] = model.decision_function(cells[held])
        found[strength] = auc(scores[~attack], scores[attack])
    best = max(found, key=found.__getitem__)
    return best, found[best]


def regression(strength: float) -> Any:
    """Return an unfitted balanced logistic regression; `strength` is scikit-learn's C."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, class_weight="balanced", solver="newton-cholesky")


def check_scikit_learn() -> None:
    """Raise unless the learned pool can be had.

    Raises:
        BadSetting: scikit-learn is missing.
    """
    try:
        regression(1.0)
    except ImportError as error:
        raise BadSetting(
            "the learned pool needs scikit-learn, which is not installed; run: pip install 'mtfas[audit]', "
            "or name other pools by --pools."
        ) from error


def rate(run: Path, pools: Sequence[str]) -> Rated:
    """Rate a finished run under each pool.

    Args:
        run: its folder, named ROW_PROTOCOL_SEED.
        pools: names of ALL_POOLS, "mean" among them.

    Raises:
        BadRun: it is unfinished, damaged or named otherwise, or its maps are not those of its scores.
    """
    record = read_record(run, "train")
    protocol, seed = str(record["protocol"]), int(record["settings"]["seed"])
    direction = Direction(record["direction"])
    dev, test = (read_part(run, name, direction) for name in ("dev", "test"))
    threshold = str(record.get("threshold_source") or "dev")
    check_apart(presentations(dev.table), presentations(test.table), threshold)
    fixed = {name: POOLS[name] for name in pools if name in POOLS}
    areas = {name: (test.auc(pool), dev.auc(pool)) for name, pool in fixed.items()}
    if LEARNED in pools:
        learned = learn(dev)
        areas[LEARNED] = test.auc(learned.pool), learned.out_of_fold
    on_test, on_dev = ({name: both[side] for name, both in areas.items()} for side in (0, 1))
    chosen = max(on_dev, key=on_dev.__getitem__)
    made = record["settings"]["detector"], record["data"]["manifest_sha256"], record["settings"]["iterations"]
    row, off = row_of(run, protocol, seed), abs(areas[MEAN][0] - area(test.table))
    return Rated(row, protocol, seed, made, {**on_test, CHOSEN: on_test[chosen]}, on_dev, off)


def row_of(run: Path, protocol: str, seed: int) -> str:
    """Return the row of a folder ROW_PROTOCOL_SEED."""
    name, ending = run.resolve().name, f"_{protocol.lower().replace(':', '-').replace('_', '-')}_{seed}"
    if not name.endswith(ending) or name == ending:
        raise BadRun(
            f"{run} is not named ROW{ending}, after its protocol and seed; give run folders as "
            "benchmarks/teachers.py names them."
        )
    return name.removesuffix(ending)
