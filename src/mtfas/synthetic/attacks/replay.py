"""Replay attack: a video or photograph of the subject on a display, held before the camera."""

import numpy as np

from mtfas.synthetic.attacks.glare import draw_glare, mirrored
from mtfas.synthetic.attacks.plane import Plane, hold, lay
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.display_light import light_of_display, stripes
from mtfas.synthetic.displays import DISPLAYS, Display, stands_still
from mtfas.synthetic.noise import Floats, smooth
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import PHOTOS, Sitter
from mtfas.types import ByteImage

LAMP_SHARE = 0.45
"""Share of presentations in which the glass mirrors a lamp into the camera."""


def stage_replay(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of a display that shows the subject: moving, unless it is a "-photo"."""
    number = int(shot.stream("replay").integers(PHOTOS))
    if stands_still(shot.medium):
        return recapture_replay(sitter.photo(number), shot)
    return recapture_replay(sitter.video(number, shot.frame, shot.time), shot)


def recapture_replay(picture: ByteImage, shot: Shot) -> Scene:
    """Return the scene of any picture on the display that the shot names.

    Args:
        picture: RGB, [n, n, 3], in canvas pixels, the face in its middle.
        shot: conditions; `shot.medium` is one of DISPLAYS.
    """
    display, plane = DISPLAYS[shot.medium], hold(shot)
    rng = shot.stream("display")
    pitch, strength = float(rng.uniform(*display.pitch)), float(rng.uniform(0.6, 1.0))
    # Displays follow the light of the room; one that outshone it would darken whatever is seen around it.
    bright = float(rng.uniform(*display.light)) * _room(shot)
    shown = light_of_display(display, picture, plane.x, plane.y, pitch, strength, float(rng.random()))
    shown *= np.float32(bright) * _tint(display, plane, rng)
    shown *= stripes(display, shot.framing.canvas, shot.time, shot.stream("stripes"))
    shown += _glass(display, plane, shot)
    bezel = float(rng.choice([0.0, rng.uniform(0.015, 0.06)])) * shot.framing.canvas
    frame = np.float32(display.bezel) * (shot.light.above + 0.4 * shot.light.lamp)
    shown = np.where((plane.edge < bezel)[..., None], frame, shown).astype(np.float32)
    made = {**plane.made, "cell_pitch": pitch, "structure": strength, "bright": bright}
    return Scene(lay(plane, shown, shot.background()), plane.depth, plane.region, made)


def _room(shot: Shot) -> float:
    """Return how bright the room is: the light that a white wall would send back."""
    return float((0.25 * shot.light.lamp + 0.55 * shot.light.above).mean())


def _tint(display: Display, plane: Plane, rng: np.random.Generator) -> Floats:
    """Return how colours change over the display with the angle of view, [H, W, 3] or one colour."""
    slope = display.turn * rng.normal(0, 0.6, (2, 3)) * np.array([1.0, 0.6, 1.3])
    side = np.float32(plane.x.shape[0] / 2)
    turned = np.stack([plane.x / side, plane.y / side], axis=-1) @ slope.astype(np.float32)
    return np.asarray(np.maximum(1 + turned, 0.3), np.float32)


def _glass(display: Display, plane: Plane, shot: Shot) -> Floats:
    """Return what the glass adds: the room and a lamp in it, and light scattered by fingerprints."""
    rng, light = shot.stream("glass"), shot.light
    glare = draw_glare(light, display.rough, LAMP_SHARE, rng)
    seen = mirrored(plane, glare, light) * np.float32(display.mirror)
    touched = float(rng.choice([0.0, rng.uniform(0.2, 1.0)]))
    if touched:
        prints = np.maximum(smooth(rng, plane.x.shape[0], 7) - np.float32(0.7), 0)
        seen += np.float32(0.03 * touched) * prints[..., None] * (light.lamp + light.above)
    return np.asarray(seen, np.float32)


REPLAY = Attack("replay", stage_replay)
