"""The mathematics of the two levels, for any student and teacher that are functions of their parameters."""

from mtfas.bilevel.higher_level import encourage, follow, recommend_way
from mtfas.bilevel.hypergradient import HYPERGRADIENTS, Hypergradient, hypergradient
from mtfas.bilevel.lower_level import MAP_LOSSES, descend, lower_loss

__all__ = [
    "HYPERGRADIENTS",
    "MAP_LOSSES",
    "Hypergradient",
    "descend",
    "encourage",
    "follow",
    "hypergradient",
    "lower_loss",
    "recommend_way",
]
