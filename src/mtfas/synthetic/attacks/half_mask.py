"""Half mask attack: the subject wears a mask made after a stranger's face."""

from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.attacks.worn import stage_worn
from mtfas.synthetic.masks.half import make_half
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter


def stage_half(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject wearing the mask."""
    rng = sitter.stream("half_mask", shot.medium)
    return stage_worn(sitter, shot, lambda head: make_half(head, sitter.stranger, rng))


HALF_MASK = Attack("half_mask", stage_half)
