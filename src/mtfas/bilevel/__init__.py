"""The mathematics of the two levels, for any student and teacher that are functions of their parameters.

lower_level     the student's loss on maps and its descent (Eq. 1, 3, 6), in parts and in company
products        J v and H v: how the student's maps and its gradient change along a direction
influence       how every label pixel moves the validation loss, three ways
hypergradient   from there to the teacher (Eq. 8–10)
higher_level    the level term, the momentum yardstick (Eq. 11, 12), and which way to choose
"""

from mtfas.bilevel.higher_level import encourage, follow, recommend_way
from mtfas.bilevel.hypergradient import Hypergradient, Manner, Part, hypergradient_in_parts
from mtfas.bilevel.influence import HYPERGRADIENTS
from mtfas.bilevel.lower_level import MAP_LOSSES, Company, descend, lower_loss

# The function `hypergradient` is taken from its module, whose name it would hide here.
__all__ = [
    "HYPERGRADIENTS",
    "MAP_LOSSES",
    "Company",
    "Hypergradient",
    "Manner",
    "Part",
    "descend",
    "encourage",
    "follow",
    "hypergradient_in_parts",
    "lower_loss",
    "recommend_way",
]
