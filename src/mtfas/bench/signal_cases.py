"""What `mtfas bench signal` varies, and the settings of every combination."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product

from mtfas.data.sampling import HIGHER_BATCHES, NAMED
from mtfas.errors import BadSetting, unknown_name
from mtfas.training.settings import TeachSettings, teach_settings

MOST_SURROGATES = 64


@dataclass(frozen=True)
class Axes:
    """What is varied; a row is measured for each combination. An empty axis is the preset's value.

    Attributes:
        higher_batch: names of HIGHER_BATCHES.
        faces: (M, N), faces per class in Φ_t and in Φ_v.
        inner_steps: steps of the surrogate on Φ_t.
        alpha: their rate, above 0.
        pretrain_iterations: before the measurement, with the preset's M whatever `faces` says.
        yardstick: what L_v compares with. "momentum", "frozen" and "self" are one before the first update.
        surrogates: over how many surrogates the hypergradient is averaged.
    """

    higher_batch: Sequence[str] = ()
    faces: Sequence[tuple[int, int]] = ()
    inner_steps: Sequence[int] = ()
    alpha: Sequence[float] = ()
    pretrain_iterations: Sequence[int] = ()
    yardstick: Sequence[str] = ()
    surrogates: Sequence[int] = (1,)


@dataclass(frozen=True)
class Case:
    """One combination: settings of the lesson, and how many surrogates."""

    settings: TeachSettings
    surrogates: int


def cases(base: TeachSettings, axes: Axes, held_out: str | None = None) -> list[Case]:
    """Return every combination, checked; those of one higher batch lie together.

    Args:
        base: what is not varied, from the preset.
        axes: what is varied.
        held_out: which species or camera is unseen, where the higher batch has a name to hold out.

    Raises:
        BadSetting: an unknown name, a number out of range, or a held-out name without a meaning.
    """
    _check_names(axes, held_out)
    fixed = {**asdict(base), "mu": 0.0}  # everything a preset would fill in
    found = []
    for higher, length, count, (m, n), steps, alpha, yardstick in product(
        axes.higher_batch or (base.higher_batch,),
        axes.pretrain_iterations or (base.pretrain_iterations,),
        axes.surrogates,
        axes.faces or ((base.m, base.n),),
        axes.inner_steps or (base.inner_steps,),
        axes.alpha or (base.alpha,),
        axes.yardstick or (base.yardstick,),
    ):
        varied = {
            "higher_batch": higher, "held_out": held_out if higher in NAMED else None, "m": m, "n": n,
            "inner_steps": steps, "alpha": alpha, "pretrain_iterations": length, "yardstick": yardstick,
        }  # fmt: skip
        found.append(Case(teach_settings("paper", **{**fixed, **varied}), count))
    return found


def _check_names(axes: Axes, held_out: str | None) -> None:
    for name in axes.higher_batch:
        if name not in HIGHER_BATCHES:
            raise unknown_name("higher batch", name, HIGHER_BATCHES)
    if held_out is not None and len(NAMED & set(axes.higher_batch)) != 1:
        raise BadSetting(
            f"--held-out {held_out} is the name of one species, camera or data set, so it needs one of "
            "unseen-species, unseen-cameras and unseen-datasets in --higher-batch, not several; otherwise "
            "leave it out."
        )
    for alpha in axes.alpha:
        if alpha == 0:
            raise BadSetting("--alpha 0 teaches the surrogate nothing, so no gradient comes back; give more.")
    for count in axes.surrogates:
        if not 1 <= count <= MOST_SURROGATES:
            raise BadSetting(f"--surrogates must lie between 1 and {MOST_SURROGATES}, got {count}.")
