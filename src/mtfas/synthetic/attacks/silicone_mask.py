"""Silicone mask attack: the subject wears a mask made after a stranger's face."""

from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.attacks.worn import stage_worn
from mtfas.synthetic.masks.silicone import make_silicone
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter


def stage_silicone(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject wearing the mask."""
    rng = sitter.stream("silicone_mask", shot.medium)
    return stage_worn(sitter, shot, lambda head: make_silicone(head, sitter.stranger, rng))


SILICONE_MASK = Attack("silicone_mask", stage_silicone)
