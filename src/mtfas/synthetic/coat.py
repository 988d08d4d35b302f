"""A clear, hard, smooth layer on a head: it mirrors lamp and room where skin only shines."""

from dataclasses import dataclass

import numpy as np

from mtfas.synthetic.light import Light, ambient
from mtfas.synthetic.noise import Floats, unit_length
from mtfas.synthetic.raycast import Hit, View, lookup
from mtfas.synthetic.surface import step

PEAK = 14.0
"""Radiance of a mirrored lamp of usual size, times the lamp's light."""
_GRAZING = 0.35
"""Most of the room's light that is mirrored at grazing angles (Fresnel's 1, less what the room shades)."""


@dataclass(frozen=True)
class Coat:
    """A layer over a head's maps.

    Attributes:
        normal: unit normals of the layer, head axes, [T, T, 3].
        shine: share of the light mirrored head-on, [T, T], 0 where there is no layer; plastic has 0.04.
        lamp: what the lamp looks like in it.
    """

    normal: Floats
    shine: Floats
    lamp: "Lamp"


@dataclass(frozen=True)
class Lamp:
    """A lamp's mirror image: a bulb, a panel or a window with bars; angles in degrees.

    Attributes:
        half: half its width and height.
        edge: width of its soft edge: small on smooth plastic.
        round: how round it is: 2 for a bulb, more for a panel.
        bars: width of the cross of bars before a window, 0 for none.
    """

    half: tuple[float, float]
    edge: float
    round: float
    bars: float


def draw_lamp(rng: np.random.Generator, edge: tuple[float, float]) -> Lamp:
    """Draw a lamp's image: a bulb, a panel or a window.

    Args:
        rng: which, and how large.
        edge: softest and sharpest edge that the layer shows, degrees.
    """
    soft, kind = float(rng.uniform(*edge)), int(rng.integers(3))
    if kind == 0:
        size = float(rng.uniform(2.5, 8))
        return Lamp((size, size), soft, 2.0, 0.0)
    half = (float(rng.uniform(4, 13)), float(rng.uniform(4, 16)))
    return Lamp(half, soft, 6.0, float(rng.uniform(1, 2)) if kind == 2 else 0.0)


def mirror(coat: Coat, view: View, light: Light, hit: Hit, lit: Floats) -> Floats:
    """Return what a coat mirrors towards the camera, [H, W, 3].

    Args:
        coat: the layer.
        view: the head's pose.
        light: lamp and room.
        hit: where the pixels' rays meet the head.
        lit: how much of the lamp reaches each point, [H, W].
    """
    shine = lookup(coat.shine, hit)
    normal = unit_length(lookup(coat.normal, hit) @ view.rotation.T)
    facing = np.clip(normal[..., 2], 0, 1)
    bounced = 2 * facing[..., None] * normal - np.array([0, 0, 1], np.float32)
    laid = np.clip(shine / 0.008, 0, 1)
    share = np.asarray(shine + _GRAZING * laid * (1 - facing) ** 5, np.float32)
    room = ambient(light, np.asarray(bounced[..., 1], np.float32))
    shown = np.float32(_peak(coat.lamp)) * _image(coat.lamp, light, bounced) * lit
    return np.asarray(share[..., None] * (room + light.lamp * shown[..., None]), np.float32)


def _image(lamp: Lamp, light: Light, bounced: Floats) -> Floats:
    """Return the lamp's image as seen along mirrored directions [H, W, 3], 0 to 1."""
    right = np.cross(np.array([0, 1, 0], np.float32), light.towards)
    right = unit_length(np.asarray(right + np.array([1e-4, 0, 0]), np.float32))
    above = np.cross(light.towards, right).astype(np.float32)
    ahead = bounced @ light.towards
    across, down = (
        np.rad2deg(np.arctan2(bounced @ axis, np.maximum(ahead, np.float32(1e-3)))) for axis in (right, above)
    )
    ring = np.abs(across / lamp.half[0]) ** lamp.round + np.abs(down / lamp.half[1]) ** lamp.round
    inside = (1 - ring ** np.float32(1 / lamp.round)) * min(lamp.half)
    image = step(inside, -0.5 * lamp.edge, 0.5 * lamp.edge) * (ahead > 0)
    if lamp.bars:
        cross = np.minimum(np.abs(across), np.abs(down))
        image *= 1 - step(cross, 0.5 * lamp.bars + 0.3 * lamp.edge, 0.5 * lamp.bars - 0.3 * lamp.edge)
    return np.asarray(image, np.float32)


def _peak(lamp: Lamp) -> float:
    """Return the radiance of a lamp's image, times the lamp's light: a small lamp is the brighter one."""
    share = min(max(36 / (lamp.half[0] * lamp.half[1]), 0.35), 1.5)
    return float(PEAK * share**0.6)
