"""Lips and what lies between them: where they are, how they stand out, what colour they have."""

from dataclasses import dataclass

import numpy as np

from mtfas.synthetic.grid import Grid, step
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats

MOUTH = 0.585
"""y of the mouth, head units."""


@dataclass(frozen=True)
class Lips:
    """A mouth over a part of the maps, all [h, w].

    Attributes:
        across: 0 in the middle, 1 at the corners.
        down: distance below the line between the lips, head units.
        gap: half the distance between the lips.
        upper: 1 on the upper lip, `lower` on the lower one, `inside` between the two.
    """

    across: Floats
    down: Floats
    gap: Floats
    upper: Floats
    lower: Floats
    inside: Floats


def find_lips(person: Identity, grid: Grid, texel: float) -> Lips:
    """Return where a person's lips are on a part of the maps."""
    wide = person.mouth_width * (1 + 0.2 * max(0.0, person.smile) - 0.15 * person.mouth_open / 0.05)
    across = np.asarray(np.abs(grid.x) / np.float32(wide), np.float32)
    square = np.minimum(across, 1.6) ** 2
    down = np.asarray(grid.y - MOUTH + 0.05 * person.smile * square - 0.004 * (square - 0.3), np.float32)
    room = np.sqrt(np.clip(1 - square, 0, 1))
    gap = np.asarray(person.mouth_open * room, np.float32)
    bow = (
        1 - 0.22 * np.exp(-((grid.x / 0.032) ** 2)) + 0.12 * np.exp(-(((np.abs(grid.x) - 0.07) / 0.05) ** 2))
    )
    full = person.lip * (1 - 0.2 * max(0.0, person.smile))
    high, low = 1.15 * full * bow * room**1.1, 1.45 * full * np.clip(1 - square**1.2, 0, 1) ** 0.8
    soft = max(0.01, 0.9 * texel)
    shown = step(across, 1.03, 0.95)
    upper = step(-down - gap, -0.4 * soft, 0.6 * soft)
    upper *= step(high + gap + down, -0.5 * soft, 0.9 * soft)
    lower = step(down - gap, -0.4 * soft, 0.6 * soft) * step(low + gap - down, -0.6 * soft, 1.2 * soft)
    inside = step(gap - np.abs(down), -0.5 * soft, 0.5 * soft) * (person.mouth_open > 0)
    return Lips(across, down, gap, upper * shown, lower * shown, np.asarray(inside * shown, np.float32))


def lip_relief(person: Identity, grid: Grid, texel: float) -> Floats:
    """Return how far lips stand out and the line between them lies back, head units."""
    lips = find_lips(person, grid, texel)
    room = np.clip(1 - lips.across**2, 0, 1)
    full = max(0.02, person.lip)
    high = np.exp(-(((lips.down + lips.gap + 0.5 * full) / (0.75 * full)) ** 2))
    low = np.exp(-(((lips.down - lips.gap - 0.65 * full) / (0.85 * full)) ** 2))
    thin = max(0.014, 0.8 * texel)
    seam = np.exp(-((np.maximum(np.abs(lips.down) - lips.gap, 0) / thin) ** 2)) * step(lips.across, 1.1, 0.95)
    corners = np.exp(-(((lips.across - 1.05) / 0.12) ** 2) - (lips.down / 0.035) ** 2)
    return np.asarray(
        room * (0.030 * high + 0.042 * low) * (full / 0.05) - 0.022 * seam - 0.014 * corners, np.float32
    )


def paint_lips(person: Identity, grid: Grid, texel: float, colour: Floats, shine: Floats) -> None:
    """Paint lips, teeth and the mouth's inside over a part of the maps, in place.

    Args:
        person: whose mouth.
        grid: the part.
        texel: its texel, head units.
        colour: reflectance, [h, w, 3].
        shine: strength of the highlight, [h, w].
    """
    lips = find_lips(person, grid, texel)
    both = np.maximum(lips.upper, lips.lower) * grid.front
    skin = np.asarray(person.skin, np.float32)
    red = skin * np.array([0.80, 0.52, 0.54], np.float32) + np.array([0.018, 0.0, 0.002], np.float32)
    red = red + np.float32(person.lipstick) * (np.asarray(person.lipstick_colour, np.float32) - red)
    creases = 1 + 0.07 * np.sin(grid.x * 190 + 2 * np.sin(grid.x * 47)) * (texel < 0.012)
    tone = creases * np.where(lips.down < 0, 0.86, 1.05)
    _lay(colour, red * tone[..., None], both * np.float32(0.82 + 0.1 * person.lipstick))
    thin = max(0.009, 0.7 * texel)
    line = np.exp(-((np.maximum(np.abs(lips.down) - lips.gap, 0) / thin) ** 2)) * step(lips.across, 1.08, 0.9)
    colour *= (1 - 0.62 * line * grid.front)[..., None]
    if person.mouth_open > 0:
        _lay(colour, _mouth_inside(grid, lips), lips.inside * grid.front)
    shine += (0.014 + 0.03 * person.lipstick) * both
    shine *= 1 - 0.9 * lips.inside * (person.mouth_open > 0)


def _mouth_inside(grid: Grid, lips: Lips) -> Floats:
    """Return teeth above a dark mouth, [h, w, 3]."""
    dark = np.array([0.05, 0.018, 0.016], np.float32)
    between = np.abs(np.sin(grid.x * (np.pi / 0.072))) ** 0.25
    hang = step(lips.down - 0.35 * lips.gap, 0.012, -0.004) * step(lips.across, 0.85, 0.55)
    teeth = hang * (0.75 + 0.25 * between) * (1 - 0.5 * lips.across)
    white = np.array([0.40, 0.37, 0.31], np.float32)
    return np.asarray(dark + teeth[..., None] * (white - dark), np.float32)


def _lay(under: Floats, over: Floats, part: Floats) -> None:
    under += part[..., None] * (over - under)
