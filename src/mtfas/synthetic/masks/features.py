"""Painted features: lips, brows and eyes as a brush or a spray gun puts them on plastic."""

from dataclasses import dataclass

import numpy as np

from mtfas.synthetic.identity import Colour, Identity
from mtfas.synthetic.noise import Floats, smooth
from mtfas.synthetic.skin import eye_opening, mix
from mtfas.synthetic.surface import Grid, pair, step


@dataclass(frozen=True)
class Brush:
    """How features are painted.

    Attributes:
        lips: colour of the lips, [3]; `brows`: of brows and lash lines.
        lip_strength: how much paint, 0 to 1; `brow_strength` likewise.
        blush: strength of the sprayed cheeks.
        uneven: deviation of the base colour over a hand's width.
    """

    lips: Colour
    brows: Colour
    lip_strength: float
    brow_strength: float
    blush: float
    uneven: float


def draw_brush(person: Identity, base: Colour, rng: np.random.Generator) -> Brush:
    """Draw how the features of a face of this base colour are painted."""
    red = np.asarray(base) * rng.uniform([0.8, 0.3, 0.35], [1.1, 0.65, 0.7])
    brown = 0.6 * np.asarray(person.hair) + 0.08 * np.asarray(base)
    return Brush(
        lips=tuple(red.tolist()),
        brows=tuple(brown.tolist()),
        lip_strength=float(rng.uniform(0.4, 0.95)),
        brow_strength=float(rng.uniform(0.45, 0.95)),
        blush=float(rng.choice([0.0, rng.uniform(0.05, 0.25)])),
        uneven=float(rng.uniform(0.0, 0.03)),
    )


def painted(person: Identity, grid: Grid, base: Colour, brush: Brush, rng: np.random.Generator) -> Floats:
    """Return a face of one colour with painted lips, brows and cheeks but no eyes, [t, t, 3]."""
    side = grid.x.shape[0]
    tone = 1 + np.float32(brush.uneven) * smooth(rng, side, 14)
    colour = tone[..., None] * np.asarray(base, np.float32)
    cheeks = np.float32(brush.blush) * pair(grid, 0.36, 0.22, 0.18, 0.15)
    colour *= 1 + cheeks[..., None] * np.array([0.6, -0.6, -0.5], np.float32)
    colour = _laid(colour, brush.lips, brush.lip_strength * _lips(person, grid))
    return _laid(colour, brush.brows, brush.brow_strength * _brows(person, grid))


def painted_eyes(person: Identity, grid: Grid, colour: Floats, brush: Brush) -> tuple[Floats, Floats]:
    """Return the colour with painted eyeballs, irises and lash lines, [t, t, 3], and where the eyes are."""
    inside, across, down = eye_opening(person, grid)
    distance = np.sqrt(across**2 + (down + 0.004) ** 2)
    rim = np.exp(-(((person.eye_opening + 0.012 - np.abs(down)) / 0.014) ** 2)) * (down < 0)
    rim = rim * step(np.abs(across), 1.15 * person.eye_width, 0.9 * person.eye_width) * grid.front
    colour = _laid(colour, brush.brows, np.asarray(brush.brow_strength * rim * (1 - inside), np.float32))
    colour = _laid(colour, (0.6, 0.58, 0.55), inside)
    colour = _laid(colour, person.iris, inside * step(distance, 0.062, 0.056))
    return _laid(colour, (0.01, 0.01, 0.01), inside * step(distance, 0.030, 0.025)), inside


def _laid(colour: Floats, paint: Colour, part: Floats) -> Floats:
    return mix(colour, np.broadcast_to(np.asarray(paint, np.float32), colour.shape), np.asarray(part))


def _lips(person: Identity, grid: Grid) -> Floats:
    down = grid.y - (0.585 - 0.25 * person.smile * grid.x**2)
    part = np.clip(np.abs(grid.x) / person.mouth_width, 0, 1)
    room = np.where(down < 0, 1.3, 1.6).astype(np.float32) * person.lip * (1 - part**2.5)
    return np.asarray(step(room - np.abs(down), -0.008, 0.008) * (part < 1) * grid.front, np.float32)


def _brows(person: Identity, grid: Grid) -> Floats:
    across = np.abs(grid.x) - person.eye_distance
    arch = -0.175 - 0.04 * np.cos(np.clip(across / 0.18, -1.4, 1.4)) + 0.25 * across**2
    thick = 0.026 * np.clip(1 - across / 0.25, 0.3, 1.3)
    body = step(thick - np.abs(grid.y - arch), -0.008, 0.008)
    return np.asarray(body * step(np.abs(across), 0.185, 0.15) * grid.front, np.float32)
