"""Neck, shoulders and long hair: what is seen of a person below and behind the head."""

import cv2
import numpy as np

from mtfas.runtime.seeds import stream
from mtfas.synthetic.grid import step
from mtfas.synthetic.identity import HOOD, SCARF, Identity
from mtfas.synthetic.light import Light, ambient, diffuse
from mtfas.synthetic.noise import Floats, smooth
from mtfas.synthetic.raycast import View
from mtfas.types import FloatArray

_SHARE = 2
"""Bodies are smooth and drawn on a canvas this much coarser than the picture."""


def draw_body(person: Identity, view: View, light: Light, picture: Floats) -> None:
    """Draw a person's body over a background picture [side, side, 3]; it follows the head's tilt by half."""
    line = np.arange((view.side + 1) // _SHARE, dtype=np.float32) * _SHARE + np.float32(0.5)
    x = ((line - view.centre[0]) / view.unit)[None, :] - 0.4 * view.rotation[0, 1]
    y = ((line - view.centre[1]) / view.unit)[:, None]
    hooded = person.headwear in (SCARF, HOOD)
    flows = person.hair_length > 0.2 and person.hair_thickness > 0 and not hooded
    top = int(np.searchsorted(y[:, 0], -0.6 if flows else 0.4))
    y = y[top:]
    layer = np.zeros((len(y), len(line), 4), np.float32)
    if flows:
        _draw_hair(person, x, y, light, layer)
    neck = int(np.searchsorted(y[:, 0], 0.4))
    if neck < len(y):
        _draw_neck(person, x, y[neck:], view, light, layer[neck:])
        _draw_cloth(person, x, y[neck:], light, layer[neck:])
        if hooded:
            _draw_drape(person, x, y[neck:], light, layer[neck:])
    _compose(layer, picture[_SHARE * top :])


def _compose(layer: Floats, picture: Floats) -> None:
    """Lay a coarse layer (colour times cover, then cover, [h, w, 4]) over a picture, in place."""
    high, wide = picture.shape[:2]
    if not layer.size or not high:
        return
    size = (_SHARE * layer.shape[1], _SHARE * layer.shape[0])
    grown = cv2.resize(layer, size, interpolation=cv2.INTER_LINEAR)[:high, :wide]
    picture *= 1 - grown[..., 3:]
    picture += grown[..., :3]


def _lay(layer: Floats, part: Floats, colour: Floats) -> None:
    """Lay a colour on a layer where part is 1, in place."""
    layer[..., :3] += part[..., None] * (colour - layer[..., :3])
    layer[..., 3] += part * (1 - layer[..., 3])


def _soft(distance: Floats, unit: float) -> Floats:
    """Return 1 inside, 0 outside of an edge, softened over about a pixel; distance in head units."""
    return np.asarray(np.clip(distance * np.float32(0.8 * unit) + 0.5, 0, 1), np.float32)


def _draw_hair(person: Identity, x: Floats, y: Floats, light: Light, layer: Floats) -> None:
    rng = stream(person.texture_seed, "long hair")
    rounded = np.sqrt(np.clip(1 - ((y - 0.1) / 0.75) ** 2, 0, 1)) * (y < 0.1) + (y >= 0.1)
    flow = 0.05 * rng.uniform(-1, 1) * np.sin(4 * y + rng.uniform(0, 6)) + 0.10 * np.maximum(y - 0.3, 0)
    wide = (1.02 * person.width + 0.6 * person.hair_thickness) * rounded + flow * (y > 0.1)
    unit = layer.shape[1] / 2.7
    lowest = 0.25 + person.hair_length + 0.05 * np.sin(23 * x) + 0.05 * np.sin(9 * x + 1)
    part = _soft(wide - np.abs(x), unit) * np.clip((lowest - y) * 9 + 0.5, 0, 1)
    noise = smooth(rng, layer.shape[1], (6, 110)) + 0.6 * smooth(rng, layer.shape[1], (10, 300))
    streak = np.exp(0.35 * noise[: y.shape[0]])
    turn = np.clip(x / np.maximum(wide, 0.1), -1, 1)
    normal = np.stack([turn, 0 * turn, np.sqrt(1 - turn * turn)], axis=-1)
    lit = 0.7 * diffuse(light, normal, 0.5) + 0.6 * ambient(light, normal[..., 1])
    _lay(layer, part, streak[..., None] * lit * np.asarray(person.hair, np.float32))


def _draw_neck(person: Identity, x: Floats, y: Floats, view: View, light: Light, layer: Floats) -> None:
    aside = 0.12 * view.rotation[0, 2]
    narrow = 0.58 * person.width + 0.55 * np.maximum(y - 1.08, 0) ** 1.5
    off = x - aside * step(y, 1.3, 0.7)
    turn = np.clip(off / narrow, -1, 1)
    normal = np.stack(
        [turn, np.full_like(turn, 0.1), np.sqrt(np.maximum(1 - turn * turn, 0.0))], axis=-1
    ).astype(np.float32)
    # The head's shadow falls on the neck, deepest right under the jaw.
    away = step(np.broadcast_to(y, turn.shape), 0.80, 1.4)[..., None]
    cords = 1 - 0.07 * np.exp(-(((np.abs(off) - 0.13 - 0.1 * (1.3 - y)) / 0.05) ** 2))
    lit = diffuse(light, normal, 1.0) * (0.22 + 0.62 * away) + (0.35 + 0.4 * away) * ambient(
        light, normal[..., 1]
    )
    colour = lit * cords[..., None] * np.asarray(person.skin, np.float32)
    _lay(layer, _soft(narrow - np.abs(off), view.unit / _SHARE), colour)


def _draw_cloth(person: Identity, x: Floats, y: Floats, light: Light, layer: Floats) -> None:
    rng = stream(person.texture_seed, "cloth")
    unit, deep = layer.shape[1] / 2.7, rng.uniform(0.02, 0.28)
    collar = 1.20 + deep * np.exp(-((x / rng.uniform(0.2, 0.4)) ** 2)) + 0.10 * np.abs(x)
    shoulders = 0.52 + 1.25 * np.sqrt(np.maximum(y - 1.08, 0))
    part = _soft(y - collar, unit) * _soft(shoulders - np.abs(x), unit)
    _lay(layer, part, _lit_cloth(person.cloth, x, y, light, rng))
    edge = np.exp(-(((y - collar - 0.03) / 0.02) ** 2)) * part
    layer[..., :3] *= (1 - 0.3 * edge)[..., None]


def _draw_drape(person: Identity, x: Floats, y: Floats, light: Light, layer: Floats) -> None:
    """Draw headscarf or hood below the chin: round the face, down to the shoulders."""
    rng = stream(person.texture_seed, "drape")
    unit = layer.shape[1] / 2.7
    wide = person.width * (0.78 + 0.30 * step(y, 0.45, 1.0)) + 0.35 * np.maximum(y - 0.75, 0)
    part = _soft(wide - np.abs(x), unit)
    if person.headwear == HOOD:
        part = part * np.clip((np.abs(x) - 0.42 + 0.35 * np.maximum(y - 0.9, 0)) * 12, 0, 1)
    lit = _lit_cloth(person.headwear_colour, x, y, light, rng)
    shaded = lit * (0.55 + 0.45 * step(np.broadcast_to(y, part.shape), 0.85, 1.25))[..., None]
    _lay(layer, np.asarray(part, np.float32), np.asarray(shaded, np.float32))


def _lit_cloth(
    colour: tuple[float, float, float], x: Floats, y: Floats, light: Light, rng: np.random.Generator
) -> Floats:
    side = x.shape[1]
    folds = cv2.GaussianBlur(smooth(rng, side, (9, 16)), (0, 0), side / 90)[: y.shape[0]]
    pattern: FloatArray = np.ones(1)
    if rng.random() < 0.3:  # stripes
        across, pitch = rng.random() < 0.5, rng.uniform(30, 60)
        pattern = np.where(
            np.sin(pitch * (x if across else y) + 0.6 * folds) > 0.2, 1.0, rng.uniform(0.4, 0.9)
        )
    lit = 0.45 * light.lamp + 0.8 * light.above
    shade = np.clip(1 + 0.16 * folds, 0.4, 1.6) * pattern
    return np.asarray(shade[..., None] * (lit * np.asarray(colour, np.float32)), np.float32)
