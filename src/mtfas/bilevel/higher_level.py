"""The higher level: what else moves the teacher and its yardstick (Eq. 11, 12), and how to differentiate."""

from dataclasses import dataclass

from torch import Tensor

from mtfas.bilevel.lower_level import Params


def encourage(logits: Tensor, mu: float) -> Tensor:
    """Return −μ · mean σ(g_ω(x)), added to L_v so that the teacher keeps its maps up (Sec. 3.4.4, Eq. 12).

    Without it the zero map for every face would be an optimum. Eq. 12 prints +β∇(μ mean σ(g)) in an ascent
    form; minimised, the term carries a minus sign.

    Args:
        logits: [2M, 1, h, w], g_ω of all training faces, live faces included.
        mu: its weight; 1e-3 in the paper.
    """
    return -mu * logits.sigmoid().mean()


def follow(omega_hat: Params, omega: Params, gamma: float) -> Params:
    """Return ω̂ ← γ ω̂ + (1 − γ) ω, the momentum yardstick MT_v (Eq. 11); γ = 0.999 in the paper.

    γ = 1 freezes the yardstick; γ = 0 makes the teacher its own (Sec. 4.4.2).
    """
    return {
        name: gamma * old.detach() + (1.0 - gamma) * omega[name].detach() for name, old in omega_hat.items()
    }


@dataclass(frozen=True)
class Recommendation:
    """A way of `HYPERGRADIENTS` and, in a sentence, why."""

    way: str
    reason: str


LARGEST_ALPHA = 1e-3
"""The largest inner learning rate at which the finite difference was seen to agree with the reference on
pretrained networks: cosine ≥ 0.999; at 1e-2 it falls to 0.96, with the un-squared norm to 0.7."""


MOST_STEPS = 2
"""The most inner steps, likewise."""


def recommend_way(loss: str, alpha: float, steps: int = 2, pretrained: bool = True) -> Recommendation:
    """Choose how to find the hypergradient: the finite difference only where its agreement was measured.

    Args:
        loss: the lower loss, one of `MAP_LOSSES`.
        alpha: the inner learning rate.
        steps: inner steps.
        pretrained: whether teacher and student were pretrained.
    """
    measured = steps <= MOST_STEPS and pretrained
    if loss == "mse" and alpha <= LARGEST_ALPHA and measured:
        return Recommendation(
            "finite-difference",
            f"mean squared error with α = {alpha:g} ≤ {LARGEST_ALPHA:g}: the finite difference agrees with "
            f"the exact gradient (cosine ≥ 0.999) and is the fastest.",
        )
    if loss != "mse":
        cause = f"the loss is '{loss}'"
    elif alpha > LARGEST_ALPHA:
        cause = f"α = {alpha:g} is above {LARGEST_ALPHA:g}"
    else:
        cause = f"{steps} inner steps" if pretrained else "the networks are not pretrained"
    return Recommendation(
        "exact",
        f"{cause}, where the finite difference neglects too much of the student's curvature; "
        f"forward mode neglects nothing.",
    )
