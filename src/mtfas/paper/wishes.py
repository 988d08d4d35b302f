"""What an unseen condition wants of the labels of training faces, without the noise of small batches.

The gradient of L_v over many faces of the condition, through a surrogate that has learned everything else,
and what a small step against it does to that surrogate's maps of the training faces: −J v, v = ∇L_v. For one
inner step and α → 0 that *is* the wanted change −∂L_v/∂P, up to a factor (bilevel/influence.py). So a label
is wanted to be what the map would become if the surrogate learned a little of what it has never seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from torch import Tensor

from mtfas.data.batch import FaceBatch
from mtfas.data.dataset import load_faces
from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import select
from mtfas.data.sampling import Levels, levels_of, pool_of
from mtfas.models.layers import use_torchs_layers
from mtfas.runtime.progress import track
from mtfas.runtime.seeds import stream
from mtfas.training.influence_settings import InfluenceSettings
from mtfas.training.influence_slopes import maps_along
from mtfas.training.influence_state import InfluenceState, fresh_state
from mtfas.training.influence_steps import InfluenceLesson, prepare_step, slope_of
from mtfas.types import FloatArray, Label

TEST = "test"
TOGETHER = "together"
LEVELS = {"data set": "unseen-datasets", "camera": "unseen-cameras", "species": "unseen-species"}
PROBE = 200
"""Attack faces on which wishes are compared."""


@dataclass(frozen=True)
class Wish:
    """What one hidden condition wants of the labels of the probe's attack faces.

    Attributes:
        kind: "data set", "camera", "species", "together" (a mean of such), or "test" (the test part: nothing
            may be taught by it).
        name: of the condition.
        seed: of the surrogate, its batches, and the subjects hidden with it.
        change: [n, h, w], −J v, in units of its root mean square.
        known: [n] bool, faces that the surrogate was taught on; only these can carry labels.
    """

    kind: str
    name: str
    seed: int
    change: FloatArray
    known: npt.NDArray[np.bool_]


def hidden_conditions(rows: pl.DataFrame, most: int) -> list[tuple[str, str]]:
    """Return (kind, name) of data sets, cameras, species in turn, by name, at most `most`.

    Args:
        rows: usable training rows.
        most: how many to return, ≥ 1.
    """
    attacks = rows.filter(pl.col("label") == Label.ATTACK)
    named = {"data set": rows["dataset"], "camera": rows["camera"], "species": attacks["species"]}
    kinds = [[(kind, name) for name in sorted(set(of))] for kind, of in named.items() if of.n_unique() > 1]
    return [found for turn in zip_longest(*kinds) for found in turn if found is not None][:most]


@dataclass(frozen=True)
class Grown:
    """Surrogates that have learned, each without something, and what they can be asked about.

    Attributes:
        names: (kind, name) of what each has never seen.
        inside: the lesson, whose episodes measure on faces of the training set.
        outside: the same with the faces of the test part.
        state: with the surrogates.
    """

    names: Sequence[tuple[str, str]]
    inside: InfluenceLesson
    outside: InfluenceLesson
    state: InfluenceState


def grown(prepared: PreparedSet, settings: InfluenceSettings, hidden: Sequence[tuple[str, str]]) -> Grown:
    """Let a surrogate learn without each hidden condition, and one more learn the whole training set.

    Args:
        prepared: the data set.
        settings: of influence regression; seed, surrogate, pretraining and `draws` are theirs.
        hidden: from `hidden_conditions`.

    Raises:
        BadData: the training set cannot be divided so.
    """
    chosen = select(prepared, settings.protocol)
    test = chosen.test.filter(pl.col("reason").is_null())
    everyone = pool_of(chosen.train)
    parts = [levels_of(chosen.train, LEVELS[kind], name, settings.seed) for kind, name in hidden]
    parts.append(Levels(everyone, pool_of(test), False, TEST))
    settings = replace(settings, surrogates=len(parts))
    inside = InfluenceLesson(settings, load_faces(prepared, chosen.train), everyone, parts)
    state = fresh_state(settings)
    for step in track(range(settings.pretrain_iterations), "surrogates", settings.pretrain_iterations):
        prepare_step(inside, state, step)
    for k in range(len(parts)):
        use_torchs_layers(state.surrogate(k), wanted=False)
    outside = replace(inside, beyond=load_faces(prepared, test))
    return Grown([*hidden, (TEST, TEST)], inside, outside, state)


def wishes(surrogates: Grown, yardstick: str, inner: str, probe: Tensor) -> list[Wish]:
    """Return the wish of every hidden condition, and of the test part.

    Args:
        surrogates: from `grown`.
        yardstick: "class" or "ranking".
        inner: "plain" or "adam": the units of the inner step.
        probe: rows of the training set, of attack faces, that wishes are about.
    """
    return [
        _wish(surrogates, k, yardstick, inner, probe)
        for k in track(range(len(surrogates.names)), "wishes", len(surrogates.names))
    ]


def _wish(surrogates: Grown, k: int, yardstick: str, inner: str, probe: Tensor) -> Wish:
    net, (kind, name) = surrogates.state.surrogate(k), surrogates.names[k]
    of_kind = surrogates.outside if kind == TEST else surrogates.inside
    settings = replace(of_kind.settings, yardstick=yardstick, inner=inner)
    lesson = replace(of_kind, settings=settings)
    v = slope_of(lesson, surrogates.state, k)
    moved = [maps_along(net, v, batch.images)[1][batch.attacks, 0] for batch in _probe_batches(lesson, probe)]
    change = -np.concatenate([np.asarray(part, dtype=np.float64) for part in moved])
    known = np.isin(probe.numpy(), lesson.episodes[k].lower.attack)
    size = np.sqrt(np.square(change[known]).mean())
    return Wish(kind, name, settings.seed, change / size, known)


def _probe_batches(lesson: InfluenceLesson, probe: Tensor) -> Iterator[FaceBatch]:
    """Give the probe's attacks beside as many live faces, which normalise them as in a batch of training."""
    size = lesson.settings.m
    rng = stream(0, "probe's live faces")  # the same company for every surrogate and seed
    for start in range(0, len(probe), size):
        part = probe[start : start + size]
        few = len(lesson.everyone.live) < len(part)
        live = torch.from_numpy(rng.choice(lesson.everyone.live, len(part), replace=few))
        yield lesson.faces.batch(torch.cat([live, part]), lesson.settings.device)


def probe_of(rows: pl.DataFrame) -> Tensor:
    """Return rows of attack faces to compare wishes on, drawn without regard to seeds or conditions."""
    attacks = pool_of(rows).attack
    return torch.from_numpy(np.sort(stream(0, "probe").permutation(attacks)[:PROBE]))


def mean_wish(found: Sequence[Wish]) -> Wish:
    """Return the mean of wishes of one seed, known where at least half of the surrogates were taught."""
    known = np.stack([wish.known for wish in found])
    change = np.stack([wish.change for wish in found])
    weights = known[:, :, None, None].astype(np.float64)
    mean = (weights * change).sum(0) / np.maximum(weights.sum(0), 1)
    return Wish(TOGETHER, TOGETHER, found[0].seed, mean, known.mean(0) >= 0.5)
