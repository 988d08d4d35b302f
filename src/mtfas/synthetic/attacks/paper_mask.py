"""Paper mask attack: the subject wears a stranger's printed photograph, cut out and bent round the face."""

import cv2
import numpy as np
import numpy.typing as npt

from mtfas.synthetic.attacks.prints import light_of
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.attacks.worn import stage_worn
from mtfas.synthetic.camera import SOURCE_CAMERA, capture, expose
from mtfas.synthetic.head import bake
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.light import draw_light
from mtfas.synthetic.masks.paper import make_paper
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.raycast import View, rotation
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import ELSEWHERE, Sitter


def stage_paper(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject wearing the mask."""
    rng = sitter.stream("paper_mask", shot.medium)
    return stage_worn(
        sitter,
        shot,
        lambda head: make_paper(
            head, portrait(sitter, rng), sitter.stranger.eye_distance, sitter.framing.unit, rng
        ),
    )


def portrait(sitter: Sitter, rng: np.random.Generator) -> Floats:
    """Return a frontal photograph of the stranger, linear light in [0, 1], [canvas, canvas, 3].

    Its middle is the middle of the head, and it has as many pixels a head unit as the canvas.
    """
    framing, place = sitter.framing, ELSEWHERE[int(rng.integers(len(ELSEWHERE)))]
    side, light = framing.canvas, draw_light(place.lighting, rng)
    wall = np.broadcast_to(np.float32(rng.uniform(0.2, 0.7)) * light.mean_colour, (side, side, 3))
    yaw, pitch, roll = rng.normal(0, (2.5, 2.0, 1.0))
    middle = ((side - 1) / 2, (side - 1) / 2)
    view = View(side, framing.unit, middle, rotation(yaw, pitch, roll), 8.0)
    model = bake(sitter.stranger, max(sitter.texels // 2, min(sitter.texels, 256)))
    scene = render(model, view, light, np.asarray(wall, np.float32))
    photo = light_of(capture(SOURCE_CAMERA, scene.colour, side, expose(SOURCE_CAMERA, rng), rng))
    return _retouched(photo, np.isfinite(scene.depth), sitter.stranger, rng)


def _retouched(
    photo: Floats, face: npt.NDArray[np.bool_], person: Identity, rng: np.random.Generator
) -> Floats:
    """Return the photograph as it is sent to a printer, its skin about as bright and red as the person's.

    Without that a print of a photo taken in dim or coloured light tells itself by its colour alone. Printers
    strengthen edges, and yellow more than other colours: both are held back here.
    """
    wanted = np.asarray(person.skin) * rng.uniform(0.7, 1.15) * np.exp(rng.normal(0, 0.06, 3))
    middle = np.median(photo[face], axis=0)
    gain = wanted / np.maximum(middle, 1e-3)
    gain *= min(1.0, 0.9 / float(np.quantile(photo[face].max(axis=-1), 0.98) * gain.max()))
    soft = cv2.GaussianBlur(photo, (0, 0), float(rng.uniform(1.0, 2.8))) * gain.astype(np.float32)
    grey = soft.mean(axis=-1, keepdims=True)
    vivid = np.float32(rng.uniform(0.85, 1.15)) * np.array([1.0, 1.0, 0.93], np.float32)
    return np.asarray(np.clip(grey + vivid * (soft - grey), 0, 1), np.float32)


PAPER_MASK = Attack("paper_mask", stage_paper)
