"""Silicone mask attack: the subject wears a stranger's face."""

from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter


def stage_silicone(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject wearing the mask, its own spectacles over it."""
    return render(sitter.masked[shot.session], shot.view(), shot.light, shot.background(), sitter.worn)


SILICONE_MASK = Attack("silicone_mask", ("silicone-1",), stage_silicone)
