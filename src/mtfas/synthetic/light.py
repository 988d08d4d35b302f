"""Light of a session, and how surfaces answer it, in linear values; exposure comes later."""

from dataclasses import dataclass

import numpy as np

from mtfas.synthetic.noise import Floats

_SUBSURFACE = np.array([0.30, 0.14, 0.08], np.float32)
"""How far light creeps round an edge of skin: red farthest."""


@dataclass(frozen=True)
class Lighting:
    """What light may fall at a place: ranges that one presentation's light is drawn from.

    Attributes:
        azimuth: how far the lamp stands to a side, degrees, lowest and highest; the side is drawn too.
        elevation: above the horizon, degrees.
        warmth: -0.2 is bluish, 0 white, 0.3 a warm lamp.
        strength: of the lamp.
        ambient: of the light from all round.
        coloured: share of presentations with a strongly coloured lamp (a sign, a screen).
        size: how large the lamp is, lowest and highest: 0 throws hard shadows, 0.5 is a bright window.
        second: share of presentations with a second lamp, from another side.
    """

    azimuth: tuple[float, float]
    elevation: tuple[float, float]
    warmth: tuple[float, float]
    strength: tuple[float, float]
    ambient: tuple[float, float]
    coloured: float = 0.05
    size: tuple[float, float] = (0.0, 0.4)
    second: float = 0.3


@dataclass(frozen=True)
class Light:
    """One lamp and the light from all round.

    Attributes:
        towards: unit vector to the lamp, camera axes (x right, y down, z to the camera), [3].
        lamp: the lamp's colour and strength, [3].
        above: light from the upper half, [3]; `below` from the lower half.
        azimuth: of the lamp, degrees, to the right.
        elevation: of the lamp, degrees.
        warmth: of the lamp.
        size: of the lamp: how far it lights round an edge, 0 for a point.
        other: (unit vector to it, colour) of a second lamp, which throws no highlights.
    """

    towards: Floats
    lamp: Floats
    above: Floats
    below: Floats
    azimuth: float = 0.0
    elevation: float = 0.0
    warmth: float = 0.0
    size: float = 0.0
    other: tuple[Floats, Floats] | None = None

    @property
    def mean_colour(self) -> Floats:
        """Colour of the light as a whole, green = 1, [3]."""
        second = self.other[1] * 0.4 if self.other else np.float32(0)
        total = second + self.lamp * 0.6 + self.above * 0.7 + self.below * 0.3
        return np.asarray(total / total[1], np.float32)


def draw_light(lighting: Lighting, rng: np.random.Generator) -> Light:
    """Draw the light of one presentation from what a place allows."""
    azimuth = float(rng.choice([-1, 1]) * rng.uniform(*lighting.azimuth))
    elevation, warmth = float(rng.uniform(*lighting.elevation)), float(rng.uniform(*lighting.warmth))
    towards = _towards(azimuth, elevation)
    tint = np.array([1 + warmth, 1, 1 - warmth], np.float32)
    if rng.random() < lighting.coloured:
        tint = tint * rng.uniform(0.45, 1.3, 3).astype(np.float32)
    lamp = tint * np.float32(rng.uniform(*lighting.strength))
    sky = np.array([1 + warmth * 0.4, 1, 1 - warmth * 0.4], np.float32) * np.float32(
        rng.uniform(*lighting.ambient)
    )
    below = sky * np.float32(rng.uniform(0.35, 0.75))
    size = float(rng.uniform(*lighting.size))
    other = _second_lamp(lamp, azimuth, rng) if rng.random() < lighting.second else None
    return Light(towards, lamp, sky, below, azimuth, elevation, warmth, size, other)


def _second_lamp(lamp: Floats, azimuth: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw a weaker lamp, mostly from the other side: filling shadows, or behind as a rim of light."""
    side = -np.sign(azimuth) if rng.random() < 0.8 else np.sign(azimuth)
    towards = _towards(float(side * rng.uniform(20, 125)), float(rng.uniform(-15, 50)))
    tint = rng.uniform(0.75, 1.25, 3).astype(np.float32)
    return towards, np.asarray(lamp * tint * np.float32(rng.uniform(0.25, 0.8)), np.float32)


def _towards(azimuth: float, elevation: float) -> Floats:
    a, e = np.deg2rad([azimuth, elevation])
    return np.array([np.sin(a) * np.cos(e), -np.sin(e), np.cos(a) * np.cos(e)], np.float32)


def ambient(light: Light, normal_down: Floats) -> Floats:
    """Return light from all round [..., 3] for surfaces whose normal has this downward component."""
    part = (0.5 - 0.5 * normal_down)[..., None]
    return np.asarray(light.below + part * (light.above - light.below), np.float32)


def diffuse(light: Light, normal: Floats, soft: Floats | float) -> Floats:
    """Return the lamp's light on surfaces, [..., 3].

    Args:
        light: the lamp.
        normal: unit normals, camera axes.
        soft: 1 for skin, which light enters and leaves again, 0 for a matt solid; [...] or one number.
    """
    facing = (normal @ light.towards)[..., None]
    wrap = _SUBSURFACE * (soft[..., None] if isinstance(soft, np.ndarray) else np.float32(soft))
    wrap = wrap + np.float32(light.size)
    total = light.lamp * _wrapped(facing, wrap)
    if light.other:
        towards, colour = light.other
        total += colour * _wrapped((normal @ towards)[..., None], wrap)
    return np.asarray(total, np.float32)


def _wrapped(facing: Floats, wrap: Floats) -> Floats:
    lit = np.asarray(facing + wrap, np.float32)
    lit /= 1 + wrap
    return np.asarray(np.clip(lit, 0, 1, out=lit), np.float32)


def highlight(light: Light, normal: Floats, shine: Floats | float, gloss: Floats | float) -> Floats:
    """Return the lamp's reflection [..., 3] (Blinn-Phong, its energy kept when gloss changes)."""
    half = light.towards + np.array([0, 0, 1], np.float32)
    half /= np.linalg.norm(half)
    facing = np.clip(normal @ half.astype(np.float32), 0, 1)
    lobe = np.asarray(shine * (np.asarray(gloss, np.float32) + 8) / 8 * facing**gloss, np.float32)
    return np.asarray(light.lamp * lobe[..., None], np.float32)
