"""Who is fitted on and who is tested: an unseen camera, and people that were not fitted on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mtfas.data.sources.raw import UNKNOWN, natural_key
from mtfas.metrics.intervals import UNKNOWN_SUBJECT
from mtfas.runtime.seeds import stream

Mask = npt.NDArray[np.bool_]

HELD_OUT = {
    "camera": "a camera that was not fitted on, and subjects that were not",
    "subjects": "subjects that were not fitted on; no data set has two known cameras, so none is unseen",
}
"""What the tested faces have that the fitted ones have not, in words."""


@dataclass(frozen=True)
class Fold:
    """Some faces to fit on and others to test on, of all species.

    Attributes:
        camera: of the tested faces, as dataset/camera.
        half: of the subjects, the fitted one: 0 or 1.
        fit: [n] faces.
        test: [n] faces.
    """

    camera: str
    half: int
    fit: Mask
    test: Mask


@dataclass(frozen=True)
class Folds:
    """All folds of a data set, a name in HELD_OUT, and what could not be put into any, in sentences."""

    folds: tuple[Fold, ...]
    held_out: str
    notes: tuple[str, ...]


def make_folds(rows: pl.DataFrame, halves: npt.NDArray[np.int_]) -> Folds:
    """Hold out every camera of every data set that has two, for either half of the subjects.

    Where no data set has two known cameras, only subjects are held out.

    Args:
        rows: n manifest rows.
        halves: [n] the half of each row's subject.
    """
    known = known_cameras(rows)
    measured = {dataset: cameras for dataset, cameras in known.items() if len(cameras) > 1}
    if not measured:
        return Folds(tuple(_same_cameras(rows, halves)), "subjects", ())
    folds = tuple(_unseen_cameras(rows, halves, measured))
    return Folds(folds, "camera", tuple(_not_held_out(rows, known)))


def known_cameras(rows: pl.DataFrame) -> dict[str, list[str]]:
    """Return the known cameras of each data set, sorted naturally."""
    cameras = {
        dataset: set(rows.filter(pl.col("dataset") == dataset)["camera"].unique()) - {UNKNOWN, ""}
        for dataset in sorted(rows["dataset"].unique())
    }
    return {dataset: sorted(names, key=natural_key) for dataset, names in cameras.items()}


def units_of(rows: pl.DataFrame) -> npt.NDArray[np.int_]:
    """Return the number of the person on each row, [n]; a clip of an unknown person is a unit of its own."""
    clip = pl.concat_str(pl.lit("clip "), pl.col("presentation"))
    person = pl.concat_str(pl.lit("subject "), pl.col("subject"))
    unit = pl.when(pl.col("subject") == UNKNOWN_SUBJECT).then(clip).otherwise(person)
    return np.unique(rows.select(unit.alias("unit"))["unit"].to_numpy(), return_inverse=True)[1]


def deal_halves(units: npt.NDArray[np.int_], species: Sequence[str], seed: int) -> npt.NDArray[np.int_]:
    """Deal the units to two halves, [n] of 0 and 1.

    Units that hold the same species are shuffled and dealt in turn, so that both halves get some of each.

    Args:
        units: [n] from `units_of`.
        species: [n] of each row.
        seed: the same seed gives the same halves.
    """
    held: dict[int, set[str]] = {}
    for unit, name in zip(units.tolist(), species, strict=True):
        held.setdefault(unit, set()).add(name)
    order = stream(seed, "shortcuts", "halves").permutation(len(held)).tolist()
    alike = sorted(order, key=lambda unit: sorted(held[unit]))  # stable: shuffled within each kind
    half = np.empty(len(held), int)
    half[alike] = np.arange(len(held)) % 2
    return half[units]


def _unseen_cameras(
    rows: pl.DataFrame, halves: npt.NDArray[np.int_], measured: dict[str, list[str]]
) -> Iterator[Fold]:
    datasets, cameras = (rows[name].to_numpy() for name in ("dataset", "camera"))
    for dataset, names in measured.items():
        for camera in names:
            held_out = (datasets == dataset) & (cameras == camera)
            # A face of an unknown camera might be of this one: it is in neither part.
            perhaps = (datasets == dataset) & np.isin(cameras, [UNKNOWN, ""])
            for half in (0, 1):
                fit = (halves == half) & ~held_out & ~perhaps
                yield Fold(f"{dataset}/{camera}", half, fit, (halves != half) & held_out)


def _same_cameras(rows: pl.DataFrame, halves: npt.NDArray[np.int_]) -> Iterator[Fold]:
    for dataset, camera in rows.select("dataset", "camera").unique().sort("dataset", "camera").iter_rows():
        held_out = rows.select((pl.col("dataset") == dataset) & (pl.col("camera") == camera)).to_series()
        for half in (0, 1):
            yield Fold(f"{dataset}/{camera}", half, halves == half, (halves != half) & held_out.to_numpy())


def _not_held_out(rows: pl.DataFrame, known: dict[str, list[str]]) -> Iterator[str]:
    for dataset, cameras in known.items():
        faces = rows.filter(pl.col("dataset") == dataset)
        if len(cameras) < 2:
            said = f"one known camera ('{cameras[0]}')" if cameras else "no known camera"
            yield (
                f"data set '{dataset}' has {said}, so none of it can be unseen: its {faces.height} faces are "
                "fitted on, never tested."
            )
            continue
        unknown = faces.filter(pl.col("camera").is_in([UNKNOWN, ""])).height
        if unknown:
            yield (
                f"{unknown} faces of data set '{dataset}' have no known camera: they are never tested, and "
                "not fitted on where a camera of that data set is held out."
            )
