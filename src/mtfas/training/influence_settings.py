"""Every number of a teacher by influence regression, and the two presets that scale it."""

from dataclasses import dataclass
from typing import Any

from mtfas.data.episodes import CONDITIONS
from mtfas.errors import BadSetting, unknown_name
from mtfas.models import SURROGATES, TEACHERS
from mtfas.training.setting_checks import check, merged


@dataclass(frozen=True)
class InfluenceSettings:
    """How a teacher learns the wanted change of its labels. Not the paper's; docs/teaching.md tells why.

    Attributes:
        protocol: whose training rows are used.
        seed: of weights, batches, episodes and augmentation.
        backbone: network of the teacher, a name of TEACHERS.
        surrogate: network of the surrogates, a name of SURROGATES.
        pretrain_iterations: steps that teacher and surrogates learn zero- and one-maps before (line 1 of
            Algorithm 1); in later rounds, steps that new surrogates learn the teacher's labels.
        pretrain_rate: Adam's rate in them.
        iterations: steps of influence regression, in each round.
        rate: Adam's rate of the teacher in them.
        m: faces per class that a surrogate is taught on.
        n: faces per class that it is measured on, all of what it has never seen.
        inner_steps: plain gradient steps of the surrogate (Eq. 6).
        alpha: their rate.
        inner: "plain" (Eq. 6), or "adam": every parameter's step divided by the root of the second moment
            that Adam has found for it, as in a detector's own steps.
        yardstick: "ranking" (attacks above live faces) or "class" (squared error to zero- and one-maps).
        draws: batches of n + n unseen faces that a surrogate's slope is averaged over, once in a round; the
            influence is then that of one step in the limit α → 0. 0: a new batch at every iteration.
        surrogates: how many, each with a hidden condition of its own.
        unseen: what is hidden from them, a name of CONDITIONS.
        ages: "same", or "spread": the k-th of S is pretrained (k + 1)/S of the steps.
        reach: δ, how far a label moves for one root mean square of influence.
        clip: in root mean squares, where the wanted change is cut off.
        level: "kept" (changes have mean zero over a batch's attack pixels) or "free".
        anchor: the labels changes are added to: "pretrained" (the teacher's own before) or "ones".
        rounds: after each the anchor is the teacher as it is then, and the surrogates are new.
        follow: Adam's rate at which a surrogate learns the labels it is taught, 0: it stays as pretrained.
        hypergradient: "finite-difference" or "exact"; how ∂L_v/∂P is found.
        augment: augmentations, comma-separated, or "none".
        health_every: iterations between two lines of the teacher's health log.
        checkpoint_every: steps between two checkpoints.
        threads: of torch; part of the settings because sums depend on it in the last bit.
        device: "cpu" or "cuda".
    """

    protocol: str
    seed: int = 0
    backbone: str = "fas-dr-light"
    surrogate: str = "fas-dr-light"
    pretrain_iterations: int = 20_000
    pretrain_rate: float = 1e-3
    iterations: int = 10_000
    rate: float = 5e-4
    m: int = 20
    n: int = 20
    inner_steps: int = 2
    alpha: float = 1e-3
    inner: str = "plain"
    yardstick: str = "class"
    draws: int = 0
    surrogates: int = 5
    unseen: str = "unseen-conditions"
    ages: str = "same"
    reach: float = 0.4
    clip: float = 3.0
    level: str = "kept"
    anchor: str = "pretrained"
    rounds: int = 1
    follow: float = 0.0
    hypergradient: str = "finite-difference"
    augment: str = "flip,colour"
    health_every: int = 100
    checkpoint_every: int = 200
    threads: int = 1
    device: str = "cpu"

    def phase(self, step: int) -> tuple[int, int]:
        """Return a step's round, and its iteration there: negative while networks are prepared."""
        turn, within = divmod(step, self.pretrain_iterations + self.iterations)
        return turn, within - self.pretrain_iterations

    @property
    def steps(self) -> int:
        """All steps of the run."""
        return self.rounds * (self.pretrain_iterations + self.iterations)


INFLUENCE_PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {"pretrain_iterations": 8, "iterations": 8, "m": 4, "n": 2, "surrogates": 2,
             "unseen": "unseen-subjects", "health_every": 4, "checkpoint_every": 3},
    "cpu": {"pretrain_iterations": 400, "iterations": 400, "health_every": 50, "checkpoint_every": 50},
    "paper": {},
}  # fmt: skip


def influence_settings(preset: str, **given: Any) -> InfluenceSettings:
    """Return a preset's settings with what the user gave on top (None means not given).

    Raises:
        BadSetting: an unknown preset, network or choice, or a number out of range.
    """
    settings = InfluenceSettings(**merged(INFLUENCE_PRESETS, preset, given))
    if settings.backbone not in TEACHERS:
        raise unknown_name("backbone", settings.backbone, TEACHERS)
    if settings.surrogate not in SURROGATES:
        raise unknown_name("surrogate", settings.surrogate, SURROGATES)
    check(settings, _RANGES, _CHOICES)
    if settings.draws and (settings.inner_steps != 1 or settings.follow):
        raise BadSetting(
            f"--draws {settings.draws} takes the limit of one small inner step by surrogates that stand "
            f"still; give --inner-steps 1 and --follow 0, not {settings.inner_steps} and {settings.follow:g}."
        )
    return settings


_RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**32), "pretrain_iterations": (1, 1e9), "pretrain_rate": (0, 10), "iterations": (1, 1e9),
    "rate": (0, 10), "m": (1, 10_000), "n": (1, 10_000), "inner_steps": (1, 100), "alpha": (1e-12, 100),
    "surrogates": (1, 1000), "reach": (0, 100), "clip": (1e-6, 1000), "draws": (0, 10_000),
    "rounds": (1, 1000), "follow": (0, 10),
    "health_every": (1, 1e9), "checkpoint_every": (1, 1e9), "threads": (1, 1024),
}  # fmt: skip
_CHOICES: dict[str, tuple[str, ...]] = {
    "inner": ("plain", "adam"),
    "yardstick": ("class", "ranking"),
    "unseen": CONDITIONS,
    "ages": ("same", "spread"),
    "level": ("kept", "free"),
    "anchor": ("pretrained", "ones"),
    "hypergradient": ("finite-difference", "exact"),
    "device": ("cpu", "cuda"),
}
