"""The mathematics of the two levels, for any student and teacher that are functions of their parameters.

lower_level     the student's loss on maps and its descent (Eq. 1, 3, 6)
hypergradient   how the validation loss depends on the teacher (Eq. 8–10), three ways
higher_level    the level term, the momentum yardstick (Eq. 11, 12), and which way to choose
"""

from mtfas.bilevel.higher_level import encourage, follow, recommend_way
from mtfas.bilevel.hypergradient import HYPERGRADIENTS, Hypergradient
from mtfas.bilevel.lower_level import MAP_LOSSES, descend, lower_loss

# The function `hypergradient` is taken from its module, whose name it would hide here.
__all__ = [
    "HYPERGRADIENTS",
    "MAP_LOSSES",
    "Hypergradient",
    "descend",
    "encourage",
    "follow",
    "lower_loss",
    "recommend_way",
]
