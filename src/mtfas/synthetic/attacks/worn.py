"""What all worn masks share: made once for a sitter, worn over a live head whose eyes may blink behind."""

from collections.abc import Callable
from dataclasses import replace

from mtfas.synthetic.head import Head
from mtfas.synthetic.masks.mask import Mask, blinking, lifted, wear
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter


def stage_worn(sitter: Sitter, shot: Shot, make: Callable[[Head], Mask]) -> Scene:
    """Return the scene of the subject wearing a mask, its own spectacles over it.

    Args:
        sitter: who wears it.
        shot: the frame.
        make: makes the mask for the sitter's head; called once for each instrument and session.
    """
    still, key = sitter.head(shot.session), (shot.clip.species, shot.medium, shot.session)
    mask = sitter.keep(("mask", *key), lambda: make(still))
    worn = sitter.keep(("worn", *key), lambda: wear(still, mask))
    head = blinking(worn, mask, still, sitter.face(shot))
    before = lifted(sitter.worn(shot), still, mask)
    scene = render(head, shot.view(), shot.light, shot.background(), before)
    return replace(scene, made={**scene.made, **mask.made})
