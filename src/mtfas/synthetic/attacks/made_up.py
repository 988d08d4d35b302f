"""What all make-up attacks share: make-up put on once, worn by a live head that blinks and moves."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mtfas.synthetic.eyelids import STEPS, quantised
from mtfas.synthetic.head import Head, close_eyes
from mtfas.synthetic.makeup.layer import Makeup, put_on, with_lids
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter


def stage_made_up(sitter: Sitter, shot: Shot, draw: Callable[[Head, np.random.Generator], Makeup]) -> Scene:
    """Return the scene of the subject with make-up on.

    Args:
        sitter: who wears it.
        shot: the frame.
        draw: draws the make-up for the sitter's head; called once for each instrument and session.
    """
    key, closed = (shot.clip.species, shot.medium, shot.session), quantised(shot.lids)
    rng = sitter.stream("make-up", *key)
    head = sitter.head(shot.session)
    worn = sitter.keep(("make-up", *key), lambda: put_on(head, draw(head, rng)))
    lids = sitter.keep(("make-up lids", *key, closed), lambda: close_eyes(worn.head, closed / STEPS))
    face = with_lids(worn, closed, lids)
    scene = render(face, shot.view(), shot.light, shot.background(), sitter.worn(shot))
    return replace(scene, made={**scene.made, **worn.made})
