"""What is painted on, or stands out of, joke glasses: cartoon eyes, spirals, ping-pong balls."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mtfas.synthetic.noise import Floats
from mtfas.synthetic.palette import Colour, linear
from mtfas.synthetic.surface import step

_INK = np.array([0.012, 0.011, 0.012], np.float32)
_SOFT = 0.006


@dataclass(frozen=True)
class Eyes:
    """Both lenses: places about each lens's own middle (head units), all [h, w] but `wide`.

    Attributes:
        x: to the right; `y` down.
        far: 0 in the middle, 1 on the rim.
        wide: half the width of a lens, head units.
        side: -1 on the left lens, 1 on the right.
    """

    x: Floats
    y: Floats
    far: Floats
    wide: float
    side: Floats


@dataclass(frozen=True)
class Palette:
    """Colours of one pair: the white, the iris and a second colour."""

    white: Colour
    iris: Colour
    other: Colour

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> "Palette":
        """Draw colours; "white" is seldom as white as paper."""
        return cls(
            linear(rng.uniform(150, 245) * np.array([1, rng.uniform(0.9, 1), rng.uniform(0.75, 1)])),
            linear(rng.uniform(20, 220, 3)),
            linear(rng.uniform(20, 235, 3)),
        )


Painter = Callable[[Eyes, Palette, np.random.Generator], tuple[Floats, Floats]]
"""Returns reflectance [h, w, 3] and how far the eyes stand out, head units, [h, w]."""


def cartoon(eyes: Eyes, palette: Palette, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Printed staring eyes with an outlined iris, a glint and often a lid."""
    colour = _sclera(eyes, palette)
    looking, size = _gaze(eyes, rng), float(rng.uniform(0.35, 0.62)) * eyes.wide
    colour = _iris(colour, eyes, looking, size, palette, float(rng.uniform(0.3, 0.6)))
    lid = float(rng.uniform(-1.3, 0.1)) * eyes.wide
    slant = float(rng.uniform(-0.5, 0.5))
    above = step(eyes.y - lid - slant * eyes.x * eyes.side, _SOFT, -_SOFT)
    colour = _laid(colour, np.asarray(palette.other, np.float32), above)
    line = np.exp(-(((eyes.y - lid - slant * eyes.x * eyes.side) / 0.012) ** 2)) * (lid > -0.9 * eyes.wide)
    return _laid(colour, _INK, line), _flat(eyes)


def spiral(eyes: Eyes, palette: Palette, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Hypnotist's spirals, or rings."""
    turn = np.arctan2(eyes.y, eyes.x) * np.float32(rng.choice([-1.0, 0.0, 1.0]))
    wave = np.sin(turn + np.float32(rng.uniform(9, 20)) * eyes.far + np.float32(rng.uniform(0, 6)))
    first = np.asarray(palette.white, np.float32)
    second = _INK if rng.random() < 0.6 else np.asarray(palette.iris, np.float32)
    part = step(wave, -0.25, 0.25)
    return _laid(np.broadcast_to(first, (*part.shape, 3)), second, part), _flat(eyes)


def printed(eyes: Eyes, palette: Palette, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Skin-coloured cardboard with realistic, much too large eyes between lids with lashes."""
    skin = np.asarray(linear(rng.uniform((110, 70, 50), (240, 200, 175))), np.float32)
    colour = np.broadcast_to(skin, (*eyes.far.shape, 3))
    open_ = float(rng.uniform(0.35, 0.75)) * eyes.wide
    along = np.clip(np.abs(eyes.x) / (0.9 * eyes.wide), 0, 1)
    inside = open_ * (1 - along**2) - np.abs(eyes.y)
    white = _iris(_sclera(eyes, palette), eyes, _gaze(eyes, rng), 0.42 * eyes.wide, palette, 0.45)
    shade = 1 - 0.5 * np.exp(-np.maximum(eyes.y + open_ * (1 - along**2), 0) / 0.03)
    colour = _laid(colour, np.asarray(white * shade[..., None], np.float32), step(inside, -_SOFT, _SOFT))
    teeth = 0.5 + 0.5 * np.sin(eyes.x * np.float32(rng.uniform(70, 140)))
    lash = np.exp(-((np.abs(inside) / (0.010 + 0.02 * teeth * (eyes.y < 0))) ** 2)) * (along < 1)
    return _laid(colour, _INK, 0.9 * lash), _flat(eyes)


def ping_pong(eyes: Eyes, palette: Palette, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Half balls with small pupils that squint."""
    colour = _sclera(eyes, palette)
    colour = _veins(colour, eyes, float(rng.choice([0.0, rng.uniform(0.4, 1.0)])), rng)
    size = float(rng.uniform(0.2, 0.45)) * eyes.wide
    colour = _iris(colour, eyes, _gaze(eyes, rng), size, palette, float(rng.choice([0.5, 1.05])))
    return colour, np.asarray(float(rng.uniform(0.07, 0.15)) * _dome(eyes), np.float32)


def springs(eyes: Eyes, palette: Palette, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Balls that hang out of the frame on springs."""
    colour, dome = ping_pong(eyes, palette, rng)
    return colour, np.asarray(dome + np.float32(rng.uniform(0.06, 0.12)), np.float32)


EYES: dict[str, Painter] = {
    "cartoon": cartoon,
    "spiral": spiral,
    "printed": printed,
    "ping-pong": ping_pong,
    "springs": springs,
}


def _flat(eyes: Eyes) -> Floats:
    return np.zeros(eyes.far.shape, np.float32)


def _dome(eyes: Eyes) -> Floats:
    return np.asarray(np.sqrt(np.clip(1 - eyes.far**2, 0, 1) + 0.01) - 0.1, np.float32)


def _sclera(eyes: Eyes, palette: Palette) -> Floats:
    shade = 1 - 0.25 * np.clip(eyes.far, 0, 1) ** 4
    return np.asarray(shade[..., None] * np.asarray(palette.white, np.float32), np.float32)


def _gaze(eyes: Eyes, rng: np.random.Generator) -> Floats:
    """Return the distance from each pupil's middle, head units: joke eyes squint, cross or stare."""
    inward, right, down = (float(part) * eyes.wide for part in rng.uniform(-0.35, 0.35, 3))
    across = eyes.x - np.float32(right) + np.float32(inward) * eyes.side
    return np.asarray(np.hypot(across, eyes.y - np.float32(down)), np.float32)


def _iris(colour: Floats, eyes: Eyes, far: Floats, size: float, palette: Palette, pupil: float) -> Floats:
    """Return colours with an iris, its dark ring, a pupil (its size relative to the iris) and a glint."""
    colour = _laid(colour, np.asarray(palette.iris, np.float32), step(far, size + _SOFT, size - _SOFT))
    colour = _laid(colour, _INK, 0.9 * np.exp(-(((far - size) / 0.008) ** 2)))
    colour = _laid(colour, _INK, step(far, pupil * size + _SOFT, pupil * size - _SOFT))
    glint = np.hypot(eyes.x + 0.2 * size, eyes.y + 0.35 * size)
    return _laid(colour, np.full(3, 0.85, np.float32), step(glint, 0.22 * size + _SOFT, 0.22 * size - _SOFT))


def _veins(colour: Floats, eyes: Eyes, strength: float, rng: np.random.Generator) -> Floats:
    """Return colours with red veins that run in from the rim."""
    turn = np.arctan2(eyes.y, eyes.x) + 0.15 * np.sin(40 * eyes.far + rng.uniform(0, 6))
    lines = np.clip(np.sin(turn * int(rng.integers(6, 12))) - 0.93, 0, 1) / 0.07
    part = np.float32(strength) * lines * step(eyes.far, 0.45, 0.95)
    return _laid(colour, np.array([0.5, 0.02, 0.02], np.float32), np.asarray(part, np.float32))


def _laid(under: Floats, over: Floats, part: Floats) -> Floats:
    return np.asarray(under + part[..., None] * (over - under), np.float32)
