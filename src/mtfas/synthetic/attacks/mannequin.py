"""Mannequin attack: a head of plastic or fibreglass stands where the subject would."""

from dataclasses import replace

import numpy as np

from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.masks.mannequin import make_mannequin
from mtfas.synthetic.raycast import View
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter

STIFF = 0.25
"""How much of a live head's sway is left: somebody carries it, or it stands and the camera moves."""


def stage_mannequin(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the mannequin, with what the subject would wear before its eyes."""
    rng = sitter.stream("mannequin", shot.medium)
    made = sitter.keep(
        ("mannequin", shot.medium), lambda: make_mannequin(sitter.stranger, sitter.texels, rng)
    )
    scene = render(made.head, _view(shot), shot.light, shot.background(), sitter.worn(shot))
    return replace(scene, made={**scene.made, **made.made})


def _view(shot: Shot) -> View:
    """Return the clip's first pose with little of the sway that follows."""
    first = np.asarray(Shot(shot.clip, 0).pose)
    yaw, pitch, roll = first + STIFF * (np.asarray(shot.pose) - first)
    return shot.framing.view(shot.stream("place"), (float(yaw), float(pitch), float(roll)))


MANNEQUIN = Attack("mannequin", stage_mannequin)
