"""`mtfas bench signal`: how much of the hypergradient is signal, and how much noise of the batches.

At a pretrained state, nothing updated, the hypergradient of many batches is taken without the level term
(μ = 0), which is the same in all of them. The part they have in common can teach; the rest averages out.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from mtfas.bench.coherence import Coherence, Level, Region, Wanted, coherence, in_units, levels, regions
from mtfas.bench.signal_cases import Case
from mtfas.bench.signal_pools import pretrained_pools
from mtfas.bilevel.lower_level import gradient, leaves
from mtfas.data.dataset import load_faces
from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import select
from mtfas.data.sampling import Levels, levels_of, pair
from mtfas.errors import BadData, BadRun
from mtfas.runtime.progress import track
from mtfas.runtime.seeds import stream
from mtfas.supervision.teacher import soft_map
from mtfas.training.device import use_device
from mtfas.training.lesson import Batches, Lesson
from mtfas.training.settings import TeachSettings
from mtfas.training.teach_state import TeachState
from mtfas.training.two_levels import differentiate


@dataclass(frozen=True)
class Row:
    """What was measured for one combination.

    Attributes:
        higher_batch: what L_v looked at.
        held_out: what the lower level never saw, in words; empty where it saw everything.
        m: faces per class in Φ_t.
        n: faces per class in Φ_v.
        inner_steps: of the surrogate.
        alpha: their rate.
        pretrain_iterations: before the measurement.
        yardstick: of L_v.
        surrogates: averaged over.
        coherent: fraction of E‖g‖² that is ‖E g‖².
        coherent_se: its standard error.
        placed: the same fraction where the labels' common level is taken out: their mean wanted change over
            a batch's attack pixels counts nothing, so only their place remains.
        placed_se: its standard error.
        norm: root mean square of ‖g‖.
        batches_needed: until signal = noise; None where no signal was found.
        outer_loss: L_v(θ*), mean over the batches.
        region: by PAI species, whether the wanted change of the labels lies where the attack is.
        level: by PAI species, how much higher the labels are wanted as a whole.
    """

    higher_batch: str
    held_out: str
    m: int
    n: int
    inner_steps: int
    alpha: float
    pretrain_iterations: int
    yardstick: str
    surrogates: int
    coherent: float
    coherent_se: float
    placed: float
    placed_se: float
    norm: float
    batches_needed: float | None
    outer_loss: float
    region: dict[str, Region]
    level: dict[str, Level]


def signal(prepared: PreparedSet, base: TeachSettings, chosen: Sequence[Case], batches: int) -> list[Row]:
    """Measure every case, in order; those of one higher batch share their pretraining.

    Args:
        prepared: the data set.
        base: its `m` is the batch of pretraining.
        chosen: from `cases`.
        batches: B ≥ 3, drawn for each case as a teach run draws its first B.

    Raises:
        MtfasError: a protocol or higher batch that the data cannot give; a hypergradient that is zero or not
            finite.
    """
    use_device(base.device, base.threads)
    rows = select(prepared, base.protocol).train
    groups = [list(group) for _, group in groupby(chosen, lambda case: case.settings.higher_batch)]
    divided = [_levels(rows, group[0].settings) for group in groups]  # all of them before any long work
    faces, found = load_faces(prepared, rows), list[Row]()
    for group, parts in zip(groups, divided, strict=True):
        grown = pretrained_pools(Lesson(replace(group[0].settings, m=base.m), faces, parts), group)
        for case in group:
            lesson = Lesson(case.settings, faces, parts)
            pool = grown[case.settings.pretrain_iterations, case.surrogates]
            found.append(measured(lesson, pool, batches, f"row {len(found) + 1} of {len(chosen)}"))
    return found


def _levels(rows: pl.DataFrame, settings: TeachSettings) -> Levels:
    try:
        return levels_of(rows, settings.higher_batch, settings.held_out, settings.seed)
    except BadData as error:  # which of several it was
        raise BadData(f"--higher-batch {settings.higher_batch}: {error}") from error


def measured(lesson: Lesson, pool: Sequence[TeachState], batches: int, what: str) -> Row:
    """Measure one case.

    Args:
        lesson: its settings, faces and levels.
        pool: the pretrained state, once with each surrogate.
        batches: how many to draw.
        what: for the person waiting.

    Raises:
        BadRun: there is no hypergradient to measure.
    """
    slopes, placed, wanted, losses = [], [], [], []
    for k in track(range(batches), what, batches):
        drawn = lesson.batches(k)
        slope, influence, loss = averaged(lesson, pool, drawn)
        slopes.append(slope)
        placed.append(without_level(lesson, pool[0], drawn, influence))
        wanted.append(wanted_of(lesson, drawn, k, influence))
        losses.append(loss)
    found = _coherence(lesson, slopes), _coherence(lesson, placed)
    return _row(lesson, len(pool), *found, wanted, float(np.mean(losses)))


def averaged(lesson: Lesson, pool: Sequence[TeachState], batches: Batches) -> tuple[Tensor, Tensor, float]:
    """Return gradient [P], influence [2M, 1, h, w] and L_v, means over the surrogates.

    The teacher's way back is linear in ∂L_v/∂P, so the mean of the gradients is that of the mean influence.
    """
    found = [differentiate(lesson, state, batches, lesson.way) for state in pool]
    slopes = [torch.cat([tensor.flatten() for tensor in one.gradient.values()]) for one in found]
    influence = torch.stack([one.influence for one in found]).mean(0)
    return torch.stack(slopes).mean(0), influence, float(np.mean([float(one.outer_loss) for one in found]))


def without_level(lesson: Lesson, state: TeachState, batches: Batches, influence: Tensor) -> Tensor:
    """Return the hypergradient [P] of an influence whose mean over the attack pixels is taken out.

    The teacher is the same in every state of a pool.
    """
    (lower,) = batches.lower
    attacks = lower.attacks
    centred = influence[attacks] - influence[attacks].mean()
    live = leaves(state.omega)
    labels = soft_map(lesson.logits(live, lower.images))[attacks]
    return torch.cat([slope.flatten() for slope in gradient((labels * centred).sum(), live).values()])


def wanted_of(lesson: Lesson, batches: Batches, k: int, influence: Tensor) -> Wanted:
    """Return what L_v wants of the labels of the attack faces of the k-th batches."""
    (lower,) = batches.lower
    attacks = lower.attacks
    rows = lower_rows(lesson, k)[attacks]
    return Wanted(
        in_units(influence[attacks, 0].numpy()),
        lower.region[attacks, 0].numpy(),
        lesson.faces.rows["species"].to_numpy()[rows.numpy()],
    )


def lower_rows(lesson: Lesson, k: int) -> Tensor:
    """Return which faces `lesson.batches(k)` has in Φ_t, [2M], rows of the lesson's faces."""
    settings = lesson.settings
    return pair(lesson.levels, settings.m, settings.n, stream(settings.seed, "bilevel", k))[0]


def _coherence(lesson: Lesson, slopes: Sequence[Tensor]) -> Coherence:
    every = torch.stack(list(slopes)).double().numpy()
    gram = every @ every.T
    if not 0 < np.trace(gram) < math.inf:
        settings = lesson.settings
        raise BadRun(
            f"with --alpha {settings.alpha:g} and --inner-steps {settings.inner_steps} the hypergradient is "
            "zero or not finite, so there is nothing to measure; give a smaller --alpha, or more "
            "--pretrain-iterations."
        )
    return coherence(gram)


def _row(
    lesson: Lesson, count: int, found: Coherence, placed: Coherence, wanted: Sequence[Wanted], loss: float
) -> Row:
    settings = lesson.settings
    return Row(
        settings.higher_batch, lesson.levels.held_out, settings.m, settings.n, settings.inner_steps,
        settings.alpha, settings.pretrain_iterations, settings.yardstick, count,
        found.fraction, found.se, placed.fraction, placed.se, found.norm, found.batches_needed, loss,
        regions(wanted), levels(wanted),
    )  # fmt: skip


VARIED = {
    "higher_batch", "held_out", "n", "inner_steps", "alpha", "pretrain_iterations", "yardstick",
    "bilevel_iterations", "beta", "optimiser", "gamma", "period", "adapt", "health_every", "checkpoint_every",
}  # fmt: skip
"""Settings that each row says itself, or that nothing here depends on."""


def as_json(base: TeachSettings, batches: int, rows: Sequence[Row]) -> dict[str, Any]:
    """Return settings and rows as JSON values; `m` of the settings is that of pretraining."""
    settings = {name: value for name, value in asdict(base).items() if name not in VARIED}
    return {
        "settings": {**settings, "mu": 0.0, "batches": batches},
        "rows": [asdict(row) for row in rows],
    }
