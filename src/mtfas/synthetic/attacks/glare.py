"""What paper and glass mirror: a lamp as a spot or streak, and the room as a faint picture."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.synthetic.attacks.plane import Plane
from mtfas.synthetic.background import BACKGROUNDS, draw_background
from mtfas.synthetic.light import Light, highlight
from mtfas.synthetic.noise import Floats, smooth

_ROOM = 48
"""Side of the mirrored room's picture: it is far out of focus."""
_WIDE = 1.6
"""How far to each side of the camera that picture reaches, as tangents."""


@dataclass(frozen=True)
class Glare:
    """What one clip's medium mirrors, besides the main lamp.

    Attributes:
        lamp: where a second lamp is mirrored, right and down (tangents), and its brightness.
        blur: how wide the lamp's image is, (right, down).
        room: a picture of the room, linear light, [n, n, 3].
    """

    lamp: tuple[float, float, float]
    blur: tuple[float, float]
    room: Floats

    @property
    def seen(self) -> bool:
        """Whether a second lamp is mirrored at all."""
        return self.lamp[2] > 0


def draw_glare(light: Light, rough: float, share: float, rng: np.random.Generator) -> Glare:
    """Draw what is mirrored.

    Args:
        light: of the presentation.
        rough: how far the surface spreads an image, as a tangent: glass 0.02, glossy paper 0.15.
        share: of presentations in which a lamp is mirrored into the camera.
        rng: the presentation's numbers.
    """
    right, down = rng.uniform(-0.45, 0.45, 2)
    bright = float(np.exp(rng.uniform(0.7, 2.8))) if rng.random() < share else 0.0
    wide, high = np.hypot(rough, rng.uniform(0.02, 0.14, 2))
    kinds = list(BACKGROUNDS)
    room = draw_background(kinds[int(rng.integers(len(kinds)))], light, _ROOM, rng)
    return Glare((float(right), float(down), bright), (float(wide), float(high)), room)


def mirrored(plane: Plane, glare: Glare, light: Light) -> Floats:
    """Return the light that a perfect mirror in the medium's place would send to the camera, [H, W, 3]."""
    middle, reach = np.float32((_ROOM - 1) / 2), np.float32(_ROOM / 2 / _WIDE)
    across, down = cv2.split(plane.glancing * reach + middle)
    seen = cv2.remap(glare.room, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(seen + _spot(plane, glare)[..., None] * light.lamp, np.float32)


def gloss(plane: Plane, glare: Glare, light: Light, shine: float, exponent: float) -> Floats:
    """Return what glossy paper adds to its colours, [H, W, 3] or [1, 1, 3].

    Args:
        plane: the sheet.
        glare: what else is mirrored.
        light: of the presentation.
        shine: strength of the highlight.
        exponent: how narrow it is.
    """
    added = highlight(light, plane.normal, shine, exponent)
    if glare.seen:
        added = added + np.float32(shine) * _spot(plane, glare)[..., None] * light.lamp
    return np.asarray(added, np.float32)


def unevenness(side: int, strength: float, rng: np.random.Generator) -> Floats:
    """Return how a near lamp or a shadow varies the light over a flat sheet, [side, side], mean about 1."""
    slope = rng.normal(0, 1, 2).astype(np.float32)
    line = np.linspace(-1, 1, side, dtype=np.float32)
    ramp = slope[0] * line[None, :] + slope[1] * line[:, None] + 0.6 * smooth(rng, side, 3)
    return np.asarray(np.exp(np.float32(strength) * ramp), np.float32)


def _spot(plane: Plane, glare: Glare) -> Floats:
    right, down, bright = (np.float32(part) for part in glare.lamp)
    wide, high = (np.float32(part) for part in glare.blur)
    across, along = cv2.split(plane.glancing)
    far = ((across - right) / wide) ** 2 + ((along - down) / high) ** 2
    return np.asarray(bright * np.exp(-far), np.float32)
