"""Impersonation make-up attack: the subject is made up in the likeness of a stranger."""

from mtfas.synthetic.attacks.made_up import stage_made_up
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.makeup.impersonation import draw_impersonation
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter


def stage_impersonation(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject made up as somebody else."""
    return stage_made_up(sitter, shot, lambda head, rng: draw_impersonation(head, sitter.stranger, rng))


IMPERSONATION_MAKEUP = Attack("impersonation_makeup", stage_impersonation)
