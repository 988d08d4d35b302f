"""A photographed person as the renderer sees them: the photograph, the live scene, what they hold or wear."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from mtfas.faces.crop import CropRule, crop_face
from mtfas.faces.depth import canonical_depth
from mtfas.faces.image import read_image
from mtfas.synthetic.attacks.cut_photo import recapture_cut
from mtfas.synthetic.attacks.photo_pieces import (
    EYES_ABOVE,
    EYES_APART,
    Shape,
    eyes_piece,
    glasses,
    mouth_piece,
    wear_piece,
)
from mtfas.synthetic.attacks.portrait import Portrait
from mtfas.synthetic.attacks.prints import light_of, recapture_print
from mtfas.synthetic.attacks.replay import recapture_replay
from mtfas.synthetic.attacks.warped_photo import recapture_warped
from mtfas.synthetic.framing import CROP_SCALE, FRAME, Framing
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.photos import Found
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import PHOTO_FIELD
from mtfas.types import Box, ByteImage


@dataclass(frozen=True)
class PhotoSitter:
    """A person known from one photograph, and a donor of printed pieces and of living eyes.

    Attributes:
        found: the photograph.
        donor: another person's photograph, or the same one where there is nobody else.
        framing: pixel counts.
    """

    found: Found
    donor: Found
    framing: Framing

    @cached_property
    def photo(self) -> ByteImage:
        """What an attacker prints or shows: PHOTO_FIELD canvas sides wide, in canvas pixels."""
        return _frame(self.found, self.framing, PHOTO_FIELD)

    @cached_property
    def light(self) -> Floats:
        """The photograph as linear light, [canvas, canvas, 3]."""
        return light_of(_frame(self.found, self.framing, 1.0))

    @cached_property
    def donor_photo(self) -> ByteImage:
        """The donor in the same frame, [canvas, canvas, 3]."""
        return _frame(self.donor, self.framing, 1.0)

    @cached_property
    def depth(self) -> Floats:
        """Depth of the canonical face in the photograph's box, 0 to 255, [canvas, canvas]."""
        rule = CropRule(self.framing.canvas, CROP_SCALE * FRAME)
        return canonical_depth(face_box(self.found), rule).astype(np.float32)

    @property
    def eyes(self) -> Floats:
        """Where a canonical face's pupils are, right and down of the box's middle, canvas pixels, [2, 2]."""
        places = [(-EYES_APART, -EYES_ABOVE), (EYES_APART, -EYES_ABOVE)]
        return np.asarray(places, np.float32) * np.float32(self.framing.unit)

    def live(self, shot: Shot) -> Scene:
        """Return the photographed face in the light of the session, moved a little as between frames.

        The scene's depth is the canonical face's, 0 to 255, moved with it.
        """
        return _moved(self.light, self.depth, shot)


def stage_photo(sitter: PhotoSitter, shot: Shot) -> Scene:
    """Return the scene of the photographed person, live or attacking as the shot's species says."""
    return STAGES[shot.clip.species](sitter, shot)


def _cut(sitter: PhotoSitter, shot: Shot) -> Scene:
    """Look through the holes with the donor's eyes, or with the eyes of the person in the print."""
    own = shot.stream("behind").random() < 0.5
    light = sitter.light if own else light_of(sitter.donor_photo)
    colour = np.asarray(light * shot.light.mean_colour, np.float32)
    depth = np.zeros(colour.shape[:2], np.float32)
    eyes = sitter.eyes + np.float32((sitter.framing.canvas - 1) / 2)
    behind = Scene(colour, depth, np.zeros(depth.shape, np.bool_))
    return recapture_cut(Portrait(sitter.photo, sitter.eyes, sitter.framing.unit), behind, eyes, shot)


def _pieces(shapes: tuple[Shape, ...]) -> Callable[[PhotoSitter, Shot], Scene]:
    def wear(sitter: PhotoSitter, shot: Shot) -> Scene:
        shape = shapes[int(shot.stream("shape").integers(len(shapes)))]
        return wear_piece(shape, sitter.live(shot).colour, sitter.donor_photo, shot)

    return wear


STAGES: dict[str, Callable[[PhotoSitter, Shot], Scene]] = {
    "bona_fide": PhotoSitter.live,
    "print": lambda sitter, shot: recapture_print(sitter.photo, shot),
    "replay": lambda sitter, shot: recapture_replay(sitter.photo, shot),
    "warped_photo": lambda sitter, shot: recapture_warped(sitter.photo, shot),
    "cut_photo": _cut,
    "paper_glasses": _pieces((glasses,)),
    "partial_paper": _pieces((eyes_piece, mouth_piece)),
}
"""What is made of a photograph: live faces and the attacks that a photograph is enough for."""


def face_box(found: Found) -> Box:
    """Return the box of a photograph that has a face."""
    if found.box is None:
        raise ValueError(f"{found.photo.name} has no face")
    return found.box


def _frame(found: Found, framing: Framing, field: float) -> ByteImage:
    """Return the photograph around the face, `field` canvas sides wide, in canvas pixels."""
    side = 2 * round(framing.canvas * field / 2)
    scale = CROP_SCALE * FRAME * side / framing.canvas
    return crop_face(read_image(found.photo.path), face_box(found), CropRule(side, scale))


def _moved(light: Floats, depth: Floats, shot: Shot) -> Scene:
    rng, side = shot.frame_stream("place"), light.shape[0]
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), rng.normal(0, 2.5), rng.uniform(0.97, 1.05))
    matrix = matrix + np.pad(rng.normal(0, 0.012 * side, (2, 1)), ((0, 0), (2, 0)))
    moved = cv2.warpAffine(light, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    deep = cv2.warpAffine(depth, matrix, (side, side), flags=cv2.INTER_NEAREST)
    colour = np.asarray(moved * shot.light.mean_colour, np.float32)
    return Scene(colour, np.asarray(deep, np.float32), np.zeros((side, side), np.bool_))
