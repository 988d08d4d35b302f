"""Neck, shoulders and long hair: what is seen of a person below and behind the head."""

import numpy as np

from mtfas.synthetic.identity import Identity
from mtfas.synthetic.light import Light, ambient, diffuse
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.raycast import View
from mtfas.synthetic.surface import step


def draw_body(person: Identity, view: View, light: Light, picture: Floats) -> None:
    """Draw a person's body over a background picture [side, side, 3]; it follows the head's tilt by half."""
    line = np.arange(view.side, dtype=np.float32)
    x = ((line - view.centre[0]) / view.unit)[None, :] - 0.4 * view.rotation[0, 1]
    y = ((line - view.centre[1]) / view.unit)[:, None]
    behind, neck = (int(np.searchsorted(y[:, 0], top)) for top in (-0.45, 0.4))
    if person.hair_length > 0.5 and person.hair_thickness > 0:
        _draw_hair(person, x, y[behind:], light, picture[behind:])
    if neck < view.side:
        _draw_neck(person, x, y[neck:], light, picture[neck:])
        _draw_cloth(person, x, y[neck:], light, picture[neck:])


def _draw_hair(person: Identity, x: Floats, y: Floats, light: Light, picture: Floats) -> None:
    rounded = np.sqrt(np.clip(1 - ((y - 0.25) / 0.7) ** 2, 0, 1)) * (y < 0.25) + (y >= 0.25)
    wide = (0.8 * person.width / 0.72 + 0.5 * person.hair_thickness) * rounded + 0.03 * np.sin(7 * y) * (
        y > 0.3
    )
    inside = (np.abs(x) < wide) & (y < 0.35 + person.hair_length)
    streak = 0.75 + 0.25 * np.sin(70 * x + 4 * np.sin(3 * y)) * np.cos(31 * x)
    lit = (0.35 * light.lamp + 0.6 * light.above) * np.asarray(person.hair, np.float32)
    picture[inside] = streak[inside][:, None] * lit


def _draw_neck(person: Identity, x: Floats, y: Floats, light: Light, picture: Floats) -> None:
    narrow = 0.60 * person.width + 0.55 * np.maximum(y - 1.02, 0) ** 1.5
    inside = np.abs(x) < narrow
    turn = np.clip(x / narrow, -1, 1)[inside]
    normal = np.stack([turn, np.full_like(turn, 0.1), np.sqrt(1 - turn * turn)], axis=-1)
    away = step(np.broadcast_to(y, inside.shape)[inside], 0.85, 1.35)[:, None]
    direct = diffuse(light, normal, 1.0) * (0.25 + 0.6 * away)
    picture[inside] = (direct + 0.6 * ambient(light, normal[:, 1])) * np.asarray(person.skin, np.float32)


def _draw_cloth(person: Identity, x: Floats, y: Floats, light: Light, picture: Floats) -> None:
    collar = 1.21 + 0.13 * np.exp(-((x / 0.36) ** 2)) + 0.12 * np.abs(x)
    inside = (y > collar) & (np.abs(x) < 0.55 + 1.1 * np.sqrt(np.maximum(y - 1.05, 0)))
    folds = (1 + 0.12 * np.sin(9 * x + 5 * y))[inside]
    lit = (0.45 * light.lamp + 0.8 * light.above) * np.asarray(person.cloth, np.float32)
    picture[inside] = folds[:, None] * lit
