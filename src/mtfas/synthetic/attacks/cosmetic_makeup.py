"""Cosmetic make-up attack: the subject's own face, beautified far beyond everyday make-up."""

from mtfas.synthetic.attacks.made_up import stage_made_up
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.makeup.cosmetic import draw_cosmetic
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter


def stage_cosmetic(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject with heavy make-up."""
    return stage_made_up(sitter, shot, draw_cosmetic)


COSMETIC_MAKEUP = Attack("cosmetic_makeup", stage_cosmetic)
