"""A frontal portrait that an attacker chose for cutting, and where its eyes are."""

from dataclasses import dataclass

import numpy as np

from mtfas.synthetic.background import draw_background
from mtfas.synthetic.camera import SOURCE_CAMERA, capture, expose
from mtfas.synthetic.light import draw_light
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.raycast import View
from mtfas.synthetic.scene import render
from mtfas.synthetic.sitter import ELSEWHERE, PHOTO_FIELD, Sitter
from mtfas.types import ByteImage

EYE_HEIGHT = 0.02
"""How far below the middle of a head its eyes are, head units."""


@dataclass(frozen=True)
class Portrait:
    """A photograph for cutting.

    Attributes:
        picture: RGB, [n, n, 3], PHOTO_FIELD canvas sides wide.
        eyes: right and down of the two pupils from the picture's middle, canvas pixels, [2, 2].
        unit: canvas pixels per head unit of the face in it.
    """

    picture: ByteImage
    eyes: Floats
    unit: float


def take_portrait(sitter: Sitter) -> Portrait:
    """Return the subject looking straight at the camera without spectacles, elsewhere."""
    rng, framing = sitter.stream("portrait"), sitter.framing
    place = ELSEWHERE[int(rng.integers(len(ELSEWHERE)))]
    side = 2 * round(framing.canvas * PHOTO_FIELD / 2)
    light = draw_light(place.lighting, rng)
    background = draw_background(place.draw_background_kind(rng), light, side, rng)
    yaw, pitch, roll = (float(part) for part in rng.normal(0, (4, 2.5, 2)))
    view, head = framing.view(rng, (yaw, pitch, roll), side), sitter.head("elsewhere")
    scene = render(head, view, light, background)
    picture = capture(SOURCE_CAMERA, scene.colour, side, expose(SOURCE_CAMERA, rng), sitter.stream("grain"))
    person = head.person
    eyes = eyes_seen(view, person.eye_distance, person.depth) - np.float32((side - 1) / 2)
    return Portrait(picture, eyes, framing.unit)


def eyes_seen(view: View, eye_distance: float, depth: float) -> Floats:
    """Return where a head's pupils are on its canvas, right and down in pixels, [2, 2].

    Args:
        view: how the head stands.
        eye_distance: of each eye from the middle of the face, head units.
        depth: of the face before the head's centre, head units.
    """
    forward = 0.97 * float(np.sqrt(max(depth**2 - 0.8 * eye_distance**2, 0.1)))
    pupils = np.array([[side * eye_distance, EYE_HEIGHT, forward] for side in (-1, 1)], np.float32)
    seen = pupils @ view.rotation.T
    nearer = view.unit / (1 - seen[:, 2:] / view.distance)
    return np.asarray(np.asarray(view.centre, np.float32) + seen[:, :2] * nearer, np.float32)
