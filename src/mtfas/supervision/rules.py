"""How a teacher's logits become a label: rules of their own, separate from who the teacher is.

All rules look at one face at a time. They compute in float64, so that neither half-precision logits nor
huge ones overflow, and answer in float32.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mtfas.errors import BadData, BadSetting, unknown_name

FLAT = 1e-6
"""A range below this counts as none: it is rounding, and min–max would blow it up to a full-contrast map."""

LOW_QUANTILE, HIGH_QUANTILE = 0.05, 0.95
"""The quantiles of σ(g) over the training attacks' pixels that `quantile` maps to 0 and 1."""


def eq13(logits: Tensor) -> Tensor:
    """Return the min–max of σ(g) over each face's map (Eq. 13, the paper's final labels); values in [0, 1].

    A constant map gives ones. It ranks no pixel above another, so what is left of the label is the class: the
    binary map on which teachers are pretrained. Zeros would call the attack live.
    """
    return _min_max(logits.double().sigmoid())


def eq14(logits: Tensor) -> Tensor:
    """Return the min–max of g over each face's map (Eq. 14, for teachers of distillation); values in [0, 1].

    Without the sigmoid a single outlying pixel sets the scale. A constant map gives ones, as in `eq13`.
    """
    return _min_max(logits.double())


def raw(logits: Tensor) -> Tensor:
    """Return 2σ(g), the maps of Eq. 2 as they are; values in [0, 2], 1 where the teacher is undecided."""
    return (2.0 * logits.double().sigmoid()).float()


def linear(logits: Tensor) -> Tensor:
    """Return g as it is, clipped to [0, 1].

    For teachers that regress g itself to zero-maps and one-maps, as those of distillation do (Sec. 4.3). The
    paper gives them Eq. 14, which keeps no level; this keeps it.
    """
    return logits.double().clamp(0.0, 1.0).float()


def quantile(logits: Tensor, low: float, high: float) -> Tensor:
    """Return σ(g) scaled by two fixed numbers of the training set and clipped to [0, 1].

    Unlike `eq13` it keeps the level: a map that is high everywhere stays high.

    Args:
        logits: [N, 1, h, w].
        low: becomes 0.
        high: becomes 1.
    """
    return ((logits.double().sigmoid() - low) / (high - low)).clamp(0.0, 1.0).float()


def _min_max(maps: Tensor) -> Tensor:
    lowest, highest = maps.amin((1, 2, 3), keepdim=True), maps.amax((1, 2, 3), keepdim=True)
    flat = highest - lowest <= FLAT * torch.maximum(lowest.abs(), highest.abs()).clamp(min=1.0)
    scaled = (maps - lowest) / torch.where(flat, 1.0, highest - lowest)
    return torch.where(flat, 1.0, scaled).float()


def fit_quantile(logits: Tensor) -> dict[str, float]:
    """Return the two numbers of `quantile` from the logits of all training attacks.

    Raises:
        BadData: the teacher says the same about every pixel, so there is nothing to scale by.
    """
    values = logits.double().sigmoid().flatten().sort().values
    low, high = (_at(values, share) for share in (LOW_QUANTILE, HIGH_QUANTILE))
    if high - low <= FLAT:
        raise BadData(
            f"the teacher gives {HIGH_QUANTILE - LOW_QUANTILE:.0%} of the training attacks' pixels the same "
            f"value ({low:.6g}), so the label rule 'quantile' has no scale; use 'raw' or another teacher."
        )
    return {"low": low, "high": high}


def _at(ordered: Tensor, share: float) -> float:
    # torch.quantile stops at 16 million values: 16,000 faces of 32×32.
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return float(torch.lerp(ordered[below], ordered[above], position - below))


@dataclass(frozen=True)
class RuleSpec:
    """A label rule that can be asked for by name: its function, and how its numbers are found."""

    label: Callable[..., Tensor]
    fit: Callable[[Tensor], dict[str, float]] | None
    summary: str


LABEL_RULES: dict[str, RuleSpec] = {
    "eq13": RuleSpec(eq13, None, "sigmoid, then min–max per face (the paper's final labels)"),
    "eq14": RuleSpec(eq14, None, "min–max per face, no sigmoid (the paper's compared teachers)"),
    "raw": RuleSpec(raw, None, "2σ(g) as it is"),
    "linear": RuleSpec(linear, None, "g as it is, clipped to [0, 1] (what teachers of distillation regress)"),
    "quantile": RuleSpec(quantile, fit_quantile, "sigmoid, scaled by quantiles of the training attacks"),
}


@dataclass(frozen=True)
class LabelRule:
    """A rule ready for use; `name` and `numbers`, stored with the run, are all it takes to make it again."""

    name: str
    numbers: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = {"low", "high"} if rule_spec(self.name).fit else set()
        if set(self.numbers) != wanted:
            raise BadSetting(
                f"the label rule '{self.name}' needs the numbers {sorted(wanted)}, but has "
                f"{sorted(self.numbers)}; fit it on the training attacks' logits first."
            )
        if wanted and not self.numbers["low"] < self.numbers["high"]:
            raise BadSetting(f"the label rule '{self.name}' needs low < high, but has {self.numbers}.")

    def __call__(self, logits: Tensor) -> Tensor:
        """Return labels [N, 1, h, w] float32 for an attack's logits g [N, 1, h, w]."""
        return rule_spec(self.name).label(logits, **self.numbers)


def rule_spec(name: str) -> RuleSpec:
    """Return the rule of that name.

    Raises:
        BadSetting: the name is unknown.
    """
    if name not in LABEL_RULES:
        raise unknown_name("label rule", name, LABEL_RULES)
    return LABEL_RULES[name]


def fit_rule(name: str, logits: Tensor) -> LabelRule:
    """Return a rule with its numbers found on the logits of the training attacks [N, 1, h, w].

    Only `quantile` has numbers; the others ignore the logits.

    Raises:
        BadSetting: the name is unknown.
        BadData: there is nothing to fit on.
    """
    fit = rule_spec(name).fit
    if fit is None:
        return LabelRule(name)
    if logits.numel() == 0:
        raise BadData(f"the label rule '{name}' is fitted on training attacks, but there are none.")
    return LabelRule(name, fit(logits))
