"""Which faces a batch holds: a pure function of the seed and the iteration, so that a run resumes by itself.

Batches are balanced, live : attack = 1 : 1, as in Algorithm 1 (lines 4–5).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from torch import Tensor

from mtfas.errors import BadData, BadSetting, unknown_name
from mtfas.runtime.seeds import stream
from mtfas.types import Label

Index = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """The rows of one level that batches are drawn from, by class."""

    live: Index
    attack: Index

    def draw(self, per_class: int, rng: np.random.Generator) -> Tensor:
        """Return the rows of one balanced batch: `per_class` live faces, then as many attacks.

        Faces of a batch differ from each other as long as the pool holds enough of them.
        """
        live = rng.choice(self.live, per_class, replace=len(self.live) < per_class)
        attack = rng.choice(self.attack, per_class, replace=len(self.attack) < per_class)
        return torch.from_numpy(np.concatenate([live, attack]))


@dataclass(frozen=True)
class Levels:
    """What the lower and the higher level see.

    Attributes:
        lower: pretraining and the inner steps draw from here.
        higher: L_v is measured on faces from here.
        shared: both are the same training set (the paper); then one draw is divided, so that no face is in
            both batches of an iteration.
        held_out: what the lower level never sees, in words; empty when shared.
    """

    lower: Pool
    higher: Pool
    shared: bool
    held_out: str = ""


def pool_of(rows: pl.DataFrame, chosen: npt.NDArray[np.bool_] | None = None) -> Pool:
    """Return the pool of all rows, or of the chosen ones.

    Raises:
        BadData: one class is empty.
    """
    keep = np.ones(rows.height, bool) if chosen is None else chosen
    label = rows["label"].to_numpy()
    live = np.flatnonzero(keep & (label == Label.LIVE))
    attack = np.flatnonzero(keep & (label == Label.ATTACK))
    if not len(live) or not len(attack):
        raise BadData(
            f"training needs live and attack faces, got {len(live)} live and {len(attack)} attack; "
            "look at the counts with 'mtfas audit' or choose another protocol."
        )
    return Pool(live, attack)


def pair(levels: Levels, m: int, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Draw Φ_t (2M faces) and Φ_v (2N other faces): Algorithm 1, lines 4 and 5."""
    if not levels.shared:
        return levels.lower.draw(m, rng), levels.higher.draw(n, rng)
    pool = levels.lower
    if min(len(pool.live), len(pool.attack)) < m + n:
        return _pair_of_few(pool, m, n, rng)
    both = pool.draw(m + n, rng)
    live, attack = both[: m + n], both[m + n :]
    return torch.cat([live[:m], attack[:m]]), torch.cat([live[m:], attack[m:]])


def _pair_of_few(pool: Pool, m: int, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Divide each class first, in the ratio m : n, and draw from the parts: no face is in both batches."""
    parts = []
    for rows in (pool.live, pool.attack):
        order = rng.permutation(rows)
        cut = min(max(1, round(len(rows) * m / (m + n))), len(rows) - 1)
        parts.append((order[:cut], order[cut:]))
    (live, other_live), (attack, other_attack) = parts
    return Pool(live, attack).draw(m, rng), Pool(other_live, other_attack).draw(n, rng)


def train_levels(rows: pl.DataFrame, held_out: str | None, seed: int) -> Levels:
    """Both levels from the whole training set, as the paper does (Sec. 3.4.5)."""
    pool = pool_of(rows)
    if min(len(pool.live), len(pool.attack)) < 2:
        raise BadData("teaching needs at least 2 live and 2 attack faces: one for each level.")
    return Levels(pool, pool, shared=True)


def unseen_subjects(rows: pl.DataFrame, held_out: str | None, seed: int) -> Levels:
    """The higher level looks at a third of the training subjects, whom the lower level never sees.

    Where subjects have attacks but no live faces (SiW-M), a third of those is held out as well.
    """
    third = _third_of_subjects(rows, seed) | _third_of_attacked(rows, seed)
    outer = rows["subject"].is_in(list(third)).to_numpy()
    return Levels(pool_of(rows, ~outer), pool_of(rows, outer), False, f"{len(third)} subjects")


def unseen_species(rows: pl.DataFrame, held_out: str | None, seed: int) -> Levels:
    """The higher level looks at one species and the live faces of a third of the subjects, unseen below."""
    attacks = rows.filter(pl.col("label") == Label.ATTACK)
    species = _one_of("species", attacks["species"].unique().to_list(), held_out, seed)
    third = _third_of_subjects(rows, seed)
    of_third = rows["subject"].is_in(list(third)).to_numpy()
    live = (rows["label"] == Label.LIVE).to_numpy()
    of_species = (rows["species"] == species).to_numpy()
    outer = (live & of_third) | of_species
    lower = ~of_species & ~of_third
    return Levels(
        pool_of(rows, lower),
        pool_of(rows, outer),
        False,
        f"species {species}, {len(third)} subjects' live faces",
    )


def unseen_cameras(rows: pl.DataFrame, held_out: str | None, seed: int) -> Levels:
    """The higher level looks at one camera of the training set, which the lower level never sees."""
    return _without_one("camera", rows["camera"], rows, held_out, seed)


def unseen_datasets(rows: pl.DataFrame, held_out: str | None, seed: int) -> Levels:
    """The higher level looks at one of the data sets trained on, which the lower level never sees."""
    return _without_one("data set", rows["dataset"], rows, held_out, seed)


def _without_one(kind: str, of: pl.Series, rows: pl.DataFrame, held_out: str | None, seed: int) -> Levels:
    name = _one_of(kind, of.unique().to_list(), held_out, seed)
    outer = (of == name).to_numpy()
    return Levels(pool_of(rows, ~outer), pool_of(rows, outer), False, f"{kind} {name}")


HIGHER_BATCHES: dict[str, Callable[[pl.DataFrame, str | None, int], Levels]] = {
    "train": train_levels,
    "unseen-subjects": unseen_subjects,
    "unseen-species": unseen_species,
    "unseen-cameras": unseen_cameras,
    "unseen-datasets": unseen_datasets,
}
"""What the higher level looks at; "train" is the paper's."""

NAMED = {"unseen-species", "unseen-cameras", "unseen-datasets"}
"""The choices whose held-out part has a name."""


def levels_of(rows: pl.DataFrame, higher_batch: str, held_out: str | None, seed: int) -> Levels:
    """Divide the training rows between the levels.

    Args:
        rows: usable training rows.
        higher_batch: a name of HIGHER_BATCHES.
        held_out: which species, camera or data set to hold out; chosen by the seed when None.
        seed: the run's seed.

    Raises:
        BadSetting: an unknown name.
        BadData: the training set cannot be divided so (one camera only, one class empty).
    """
    if higher_batch not in HIGHER_BATCHES:
        raise unknown_name("higher batch", higher_batch, HIGHER_BATCHES)
    if held_out is not None and higher_batch not in NAMED:
        raise BadSetting(
            f"--held-out {held_out} has no meaning with --higher-batch {higher_batch}; leave it out."
        )
    return HIGHER_BATCHES[higher_batch](rows, held_out, seed)


def _third_of_subjects(rows: pl.DataFrame, seed: int) -> set[str]:
    # Only subjects with live faces count: a third without any would leave the higher level one-sided.
    with_live = rows.filter(pl.col("label") == Label.LIVE)["subject"].unique().sort().to_list()
    if len(with_live) < 2:
        raise BadData(
            "holding out subjects needs 2 training subjects with live faces; use --higher-batch train."
        )
    order = stream(seed, "held-out subjects").permutation(len(with_live))
    return {with_live[int(k)] for k in order[: max(1, len(with_live) // 3)]}


def _third_of_attacked(rows: pl.DataFrame, seed: int) -> set[str]:
    """Draw a third of the subjects who have no live faces."""
    with_live = rows.filter(pl.col("label") == Label.LIVE)["subject"].unique()
    others = rows.filter(~pl.col("subject").is_in(with_live.to_list()))["subject"].unique().sort().to_list()
    order = stream(seed, "held-out attacked subjects").permutation(len(others))
    return {others[int(k)] for k in order[: len(others) // 3]}


def _one_of(kind: str, names: list[str], wanted: str | None, seed: int) -> str:
    names = sorted(names)
    if len(names) < 2:
        raise BadData(
            f"holding out a {kind} needs at least 2 in the training set, found {', '.join(names)}; "
            "use --higher-batch train."
        )
    if wanted is not None and wanted not in names:
        raise unknown_name(kind, wanted, names)
    return wanted if wanted is not None else names[int(stream(seed, f"held-out {kind}").integers(len(names)))]


def share_rows(per_class: int, rank: int = 0, processes: int = 1, parts: int = 1) -> list[Tensor]:
    """Divide a balanced batch (live faces, then attacks) among processes, and a process's faces into parts.

    Every part is balanced as the batch is; all parts of all processes together are the batch.

    Args:
        per_class: live faces, and attack faces, in the batch; a multiple of `processes`.
        rank: whose faces.
        processes: how many processes share the batch.
        parts: into how many parts the process divides its own; at most its faces of a class.

    Returns:
        for each part the rows of the batch, int64.
    """
    own = torch.arange(per_class).tensor_split(processes)[rank]
    return [torch.cat([part, per_class + part]) for part in own.tensor_split(min(parts, len(own)))]
