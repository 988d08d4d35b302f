"""Every number of a recipe, in one place; the three presets scale one recipe."""

from dataclasses import dataclass
from typing import Any

from mtfas.errors import BadSetting
from mtfas.training.native import native_recipe
from mtfas.training.schedules import SCHEDULES
from mtfas.training.setting_checks import check, merged


@dataclass(frozen=True)
class TeachSettings:
    """How a meta-teacher is trained (Algorithm 1). Defaults are the paper's (Sec. 4.1) unless noted.

    Attributes:
        protocol: whose training rows are used.
        seed: of weights, batches and augmentation.
        backbone: network of MT_t and MT_v, a name of TEACHERS (Sec. 4.4.5 compares two).
        surrogate: network of the surrogate detector.
        pretrain_iterations: 0 is the ablation "w/o pre" (Sec. 4.4.1).
        bilevel_iterations: iterations of lines 4–14.
        pretrain_rate: Adam's rate in pretraining; the paper does not say.
        m: faces per class in Φ_t.
        n: faces per class in Φ_v.
        inner_steps: plain gradient steps on Φ_t.
        alpha: rate of the inner steps (Eq. 6).
        beta: rate of the outer optimiser (Eq. 7, 12).
        optimiser: "adam" (ours: Eq. 12 gives the direction) or "sgd" (Eq. 12 to the letter).
        mu: weight of the term that keeps maps from vanishing (Eq. 12).
        gamma: momentum of MT_v (Eq. 11); 1 freezes it.
        period: T, after how many iterations θ becomes θ*.
        adapt: False is the ablation "w/o adapt" (Sec. 4.4.4): θ stays.
        loss: "mse" (the text under Eq. 1) or "norm" (Eq. 1 as printed).
        hypergradient: "auto", "unrolled", "exact" or "finite-difference".
        truncated: drop the Hessian-vector product of earlier inner steps.
        higher_batch: what L_v is measured on, a name of HIGHER_BATCHES; "train" is the paper's.
        held_out: which species, camera or data set, for the unseen-… choices; by seed when None.
        yardstick: what L_v compares with: "momentum" (MT_v), "frozen", "self" ("w/o MT_v") or "class"; or
            "ranking", by which attacks are to score above live faces, whatever the level of the maps.
        augment: augmentations, comma-separated, or "none".
        health_every: iterations between two lines of the teacher's health log.
        checkpoint_every: iterations between two checkpoints.
        batch_norm: how features are normalised in the bi-level phase: "batch" (by the batch's statistics, as
            in pretraining), "fixed-teacher" (the teacher by statistics fixed at the end of pretraining, so
            that it sees attacks only), or "fixed" (the surrogate likewise).
        sync_batch_norm: where several processes share a batch, its statistics are those of all processes'
            faces; otherwise each process's own.
        max_memory: GiB the process (on a GPU: its memory) should not exceed; the batch is then worked on in
            parts. None: at once.
        recompute_teacher: run MT_t once more for its backward pass rather than keep its graph meanwhile:
            less memory, more time.
        precision: "float32", or "bfloat16" for the networks' passes; perturbed passes stay in float32.
        processes: how many share the batch (torchrun's); part of the settings because sums depend on it.
        threads: of torch; part of the settings because sums depend on it in the last bit.
        device: "cpu" or "cuda".
    """

    protocol: str
    seed: int = 0
    backbone: str = "fas-dr-light"
    surrogate: str = "fas-dr-light"
    pretrain_iterations: int = 20_000
    bilevel_iterations: int = 10_000
    pretrain_rate: float = 1e-3
    m: int = 20
    n: int = 10
    inner_steps: int = 2
    alpha: float = 1e-3
    beta: float = 1e-3
    optimiser: str = "adam"
    mu: float = 1e-3
    gamma: float = 0.999
    period: int = 10
    adapt: bool = True
    loss: str = "mse"
    hypergradient: str = "auto"
    truncated: bool = False
    higher_batch: str = "train"
    held_out: str | None = None
    yardstick: str = "momentum"
    augment: str = "flip,colour"
    health_every: int = 100
    checkpoint_every: int = 200
    batch_norm: str = "batch"
    sync_batch_norm: bool = False
    max_memory: float | None = None
    recompute_teacher: bool = False
    precision: str = "float32"
    processes: int = 1
    threads: int = 1
    device: str = "cpu"


@dataclass(frozen=True)
class TrainSettings:
    """How a detector is trained under a supervision.

    Attributes:
        protocol: whose rows are used.
        detector: a name of DETECTORS.
        recipe: "shared" (every detector is trained alike, so that they can be compared) or "native" (as its
            authors trained it: supervision, Adam's numbers, schedule, augmentation).
        imagenet: local safetensors file of DenseNet-161 to start DeepPixBiS from, as its authors did.
        supervision: a name of SUPERVISIONS.
        label_rule: how a teacher's output becomes a label, a name of LABEL_RULES; None is the supervision's
            own: "eq13" for meta-teachers and controls, "eq14" for teachers of distillation.
        teacher: run folder of the teacher, where the supervision needs one.
        hints: when FitNets compares features: "joint" (in every step, as the paper's cost says) or
            "two-stage" (before any label, as FitNets was published).
        peers: auxiliary peers of online OKDDip, m − 1; 2 in the paper (Sec. 4.3).
        peer: their network, a name of DETECTORS; None is the detector's own, without a binary branch.
        teacher_protocol: "clean" (the teacher was taught on this protocol of this data) or "paper" (any).
        seed: of weights, batches and augmentation.
        iterations: optimiser steps.
        per_class: live faces, and attack faces, in a batch; of each domain, where a detector learns from
            several.
        rate: Adam's rate. The paper does not say.
        weight_decay: Adam's (L2 on every parameter).
        beta1: Adam's.
        schedule: how the rate changes: "tail" (constant for 70 % of the iterations, then linear to zero),
            "constant" or "halved" (after 36 % and 71 %).
        augment: augmentations, comma-separated, or "none".
        validate_every: iterations between two looks at dev; for the log only, nothing is chosen by it.
        checkpoint_every: iterations between two checkpoints.
        threads: of torch; part of the settings because sums depend on it in the last bit.
        device: "cpu" or "cuda".
    """

    protocol: str
    detector: str = "fas-dr"
    recipe: str = "shared"
    imagenet: str | None = None
    supervision: str = "binary-map"
    label_rule: str | None = None
    teacher: str | None = None
    hints: str = "joint"
    peers: int = 2
    peer: str | None = None
    teacher_protocol: str = "clean"
    seed: int = 0
    iterations: int = 40_000
    per_class: int = 16
    rate: float = 1e-3
    weight_decay: float = 0.0
    beta1: float = 0.9
    schedule: str = "tail"
    augment: str = "flip,colour"
    validate_every: int = 5_000
    checkpoint_every: int = 200
    threads: int = 1
    device: str = "cpu"


TEACH_PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {"pretrain_iterations": 12, "bilevel_iterations": 8, "m": 4, "n": 2, "period": 2, "gamma": 0.9,
             "beta": 1e-4, "health_every": 4, "checkpoint_every": 4},
    # A short run keeps iterations/T and iterations × (1 − γ) of the paper's order; β as in decision 6.
    "cpu": {"pretrain_iterations": 400, "bilevel_iterations": 300, "period": 1, "gamma": 0.98, "beta": 1e-4,
            "health_every": 25, "checkpoint_every": 50},
    "paper": {},
}  # fmt: skip

TRAIN_PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {"detector": "fas-dr-8", "iterations": 12, "per_class": 4, "validate_every": 6,
             "checkpoint_every": 4},
    # FAS-DR-Light takes an eighth of FAS-DR-8's time a batch, and the built-in data ask for many batches.
    "cpu": {"detector": "fas-dr-light", "iterations": 1500, "per_class": 12, "augment": "flip",
            "validate_every": 500, "checkpoint_every": 150},
    "paper": {},
}  # fmt: skip


def teach_settings(preset: str, **given: Any) -> TeachSettings:
    """Return a preset's settings with what the user gave on top (None means not given).

    Raises:
        BadSetting: an unknown preset or choice, or a number out of range.
    """
    settings = TeachSettings(**merged(TEACH_PRESETS, preset, given))
    _check_together(settings)
    check(settings, _TEACH_RANGES, _TEACH_CHOICES)
    return settings


def train_settings(preset: str, **given: Any) -> TrainSettings:
    """Return a preset's settings with what the user gave on top (None means not given).

    With the recipe "native" the detector's own settings lie between the two.

    Raises:
        BadSetting: an unknown preset, detector or choice, or a number out of range.
    """
    values = merged(TRAIN_PRESETS, preset, given)
    if values.get("recipe") == "native":
        own = native_recipe(values.get("detector", TrainSettings.detector))
        values = {**values, **own, **{name: value for name, value in given.items() if value is not None}}
    settings = TrainSettings(**values)
    check(settings, _TRAIN_RANGES, _TRAIN_CHOICES)
    return settings


def augmentations(names: str) -> tuple[str, ...]:
    """Return the names in "flip,colour"; "none" is the empty tuple."""
    return tuple(name.strip() for name in names.split(",") if name.strip() and name.strip() != "none")


_TEACH_RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**32), "pretrain_iterations": (0, 1e9), "bilevel_iterations": (0, 1e9),
    "pretrain_rate": (0, 10), "m": (1, 10_000), "n": (1, 10_000), "inner_steps": (1, 100), "alpha": (0, 100),
    "beta": (0, 100), "mu": (0, 100), "gamma": (0, 1), "period": (1, 1e9), "health_every": (1, 1e9),
    "checkpoint_every": (1, 1e9), "threads": (1, 1024), "max_memory": (0, 1e6), "processes": (1, 4096),
}  # fmt: skip
_TEACH_CHOICES: dict[str, tuple[str, ...]] = {
    "optimiser": ("adam", "sgd"),
    "loss": ("mse", "norm"),
    "hypergradient": ("auto", "unrolled", "exact", "finite-difference"),
    "yardstick": ("momentum", "frozen", "self", "class", "ranking"),
    "batch_norm": ("batch", "fixed-teacher", "fixed"),
    "precision": ("float32", "bfloat16"),
    "device": ("cpu", "cuda"),
}
_TRAIN_RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**32), "iterations": (1, 1e9), "per_class": (1, 10_000), "rate": (0, 10),
    "weight_decay": (0, 10), "beta1": (0, 0.9999), "peers": (1, 16),
    "validate_every": (1, 1e9), "checkpoint_every": (1, 1e9), "threads": (1, 1024),
}  # fmt: skip
_TRAIN_CHOICES: dict[str, tuple[str, ...]] = {
    "recipe": ("shared", "native"),
    "hints": ("joint", "two-stage"),
    "schedule": tuple(SCHEDULES),
    "teacher_protocol": ("clean", "paper"),
    "device": ("cpu", "cuda"),
}


def _check_together(settings: TeachSettings) -> None:
    for flag, faces in (("--m", settings.m), ("--n", settings.n)):
        if faces % settings.processes:
            raise BadSetting(
                f"{flag} {faces} cannot be divided evenly among {settings.processes} processes; "
                f"give a multiple of {settings.processes}."
            )
    if settings.hypergradient == "unrolled" and settings.max_memory is not None:
        raise BadSetting(
            "--hypergradient unrolled keeps the graph of all parts and steps, so --max-memory would save "
            "nothing; choose exact or finite-difference."
        )
