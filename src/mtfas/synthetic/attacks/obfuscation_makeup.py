"""Obfuscation make-up attack: the subject hides behind paint, false wounds, putty and crepe hair."""

from mtfas.synthetic.attacks.made_up import stage_made_up
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.makeup.obfuscation import draw_obfuscation
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter


def stage_obfuscation(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject whom make-up hides."""
    return stage_made_up(sitter, shot, draw_obfuscation)


OBFUSCATION_MAKEUP = Attack("obfuscation_makeup", stage_obfuscation)
