"""Transparent mask attack: the subject wears a mask made after a stranger's face."""

from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.attacks.worn import stage_worn
from mtfas.synthetic.masks.transparent import make_transparent
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter


def stage_transparent(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject wearing the mask."""
    rng = sitter.stream("transparent_mask", shot.medium)
    return stage_worn(sitter, shot, lambda head: make_transparent(head, sitter.stranger, rng))


TRANSPARENT_MASK = Attack("transparent_mask", stage_transparent)
