"""Silicone mask attack: the subject wears a stranger's face."""

from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.disguise import make_mask, wear_mask
from mtfas.synthetic.head import Head
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter


def stage_silicone(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject wearing the mask, its own spectacles over it."""
    return render(masked(sitter, shot), shot.view(), shot.light, shot.background(), sitter.worn(shot))


def masked(sitter: Sitter, shot: Shot) -> Head:
    """Return the subject's head in a session, wearing the mask of a stranger."""
    mask = sitter.keep(
        "silicone",
        lambda: make_mask(sitter.person, sitter.stranger, sitter.texels, sitter.stream("mask")),
    )
    return sitter.keep(
        ("silicone", shot.session), lambda: wear_mask(sitter.head(shot.session), mask)
    )


SILICONE_MASK = Attack("silicone_mask", stage_silicone)
