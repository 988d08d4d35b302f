"""Replay attack: the subject's picture on a display, held before the camera."""

from dataclasses import dataclass

import numpy as np

from mtfas.synthetic.attacks.plane import Plane, hold, lay
from mtfas.synthetic.attacks.prints import light_of
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.light import Light
from mtfas.synthetic.noise import Floats, smooth
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import PHOTOS, Sitter
from mtfas.types import ByteImage


@dataclass(frozen=True)
class Display:
    """One display.

    Attributes:
        pitch: canvas pixels per display pixel, lowest and highest (two canvas pixels are one sensor pixel).
        white: colour of its white, green = 1.
        gamma: exponent from code to light.
        black: light of a black pixel, share of white.
        mirror: share of the room's light that its glass reflects.
        grid: strength of the gaps between pixel rows.
    """

    pitch: tuple[float, float]
    white: tuple[float, float, float]
    gamma: float
    black: float
    mirror: float
    grid: float


DISPLAYS: dict[str, Display] = {
    "display-1": Display((2.2, 3.6), (0.93, 1.0, 1.14), 2.35, 0.002, 0.06, 0.40),
    **{
        name: Display((2.2, 3.6), (0.93, 1.0, 1.14), 2.35, 0.002, 0.06, 0.40)
        for name in (
            "display-3", "display-4", "display-5", "display-6", "display-7", "display-8",
            "mobile-photo", "mobile-video", "highdef-photo", "highdef-video",
        )
    },
    "display-2": Display((2.8, 5.0), (0.97, 1.0, 1.16), 2.10, 0.008, 0.03, 0.55),
}


def stage_replay(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of a display that shows the subject."""
    rng = shot.stream("replay")
    photo = sitter.photo(int(rng.integers(PHOTOS)))
    return recapture_replay(photo, shot)


def recapture_replay(photo: ByteImage, shot: Shot) -> Scene:
    """Return the scene of any photograph on the display that the shot names.

    Args:
        photo: RGB, [n, n, 3], in canvas pixels, the face in its middle.
        shot: conditions; `shot.medium` is one of DISPLAYS.
    """
    display = DISPLAYS[shot.medium]
    rng = shot.stream("display")
    plane = hold(shot.framing, 0.0, rng, shot.frame_stream("hand"))
    code = plane.show(light_of(photo)) ** np.float32(display.gamma / 2.2)
    shown = (display.black + (1 - display.black) * code) * np.asarray(display.white, np.float32)
    shown = (
        shown
        * _subpixels(display, plane, float(rng.uniform(0.25, 1.0)), rng)
        * np.float32(rng.uniform(1.5, 4.0))
    )
    shown = shown + _reflections(display, plane, shot.light, rng)
    bezel = float(rng.choice([0.0, rng.uniform(0.015, 0.06)])) * shot.framing.canvas
    frame = 0.02 * (shot.light.above + 0.3 * shot.light.lamp)
    shown = np.where((plane.edge < bezel)[..., None], frame, shown).astype(np.float32)
    return Scene(lay(plane, shown, shot.background()), plane.depth, plane.region)


def _subpixels(display: Display, plane: Plane, strength: float, rng: np.random.Generator) -> Floats:
    """Return red, green and blue stripes of mean 1, [H, W, 3]; the camera's own grid makes moiré of them."""
    turn = np.float32(2 * np.pi / rng.uniform(*display.pitch))
    phase = rng.uniform(0, 6.3, 2).astype(np.float32)
    across = (turn * plane.x + phase[0])[..., None] - np.asarray([0, 2.0944, 4.1888], np.float32)
    stripes = 1 + np.float32(0.8 * strength) * np.cos(across)
    rows = 1 + np.float32(display.grid * strength) * np.cos(turn * plane.y + phase[1])
    return np.asarray(stripes * rows[..., None], np.float32)


def _reflections(display: Display, plane: Plane, light: Light, rng: np.random.Generator) -> Floats:
    side = plane.x.shape[0]
    room = 0.6 + 0.3 * smooth(rng, side, 3)
    lamp = np.zeros((side, side), np.float32)
    if rng.random() < 0.45:
        x, y = rng.uniform(-0.45, 0.45, 2) * side
        wide, high = rng.uniform(0.04, 0.22, 2) * side
        lamp = np.exp(-(((plane.x - x) / wide) ** 2) - ((plane.y - y) / high) ** 2) * np.float32(
            rng.uniform(2, 16)
        )
    seen = room[..., None] * light.above + lamp[..., None] * light.lamp
    return np.asarray(np.float32(display.mirror) * seen, np.float32)


REPLAY = Attack("replay", stage_replay)
