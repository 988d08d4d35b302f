"""Shapes that make-up has on a face: patches, strokes, and the areas that features leave for it."""

from itertools import pairwise

import numpy as np

from mtfas.synthetic.eyes import Opening
from mtfas.synthetic.grid import Grid, step
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.mouth import find_lips
from mtfas.synthetic.noise import Floats, grain

Point = tuple[float, float]


def face_area(grid: Grid, low: float = 0.93, soft: float = 0.06) -> Floats:
    """Return the face from the hairline to the jaw (y = low in its middle), [h, w] in [0, 1]."""
    middle = (low - 0.72) / 2
    high = (low + 0.72) / 2
    across, down = np.abs(grid.x) * np.float32(1 / 0.60), np.abs(grid.y - middle) * np.float32(1 / high)
    oval = (across**2.5 + down**2.5) ** np.float32(1 / 2.5)
    return step(oval, 1 + soft, 1 - soft) * step(grid.direction[..., 2], 0.1, 0.3)


def patch(grid: Grid, at: Point, size: Point, turn: float = 0.0, power: float = 2.0) -> Floats:
    """Return a turned ellipse's distance measure: 0 in its middle, 1 on its edge, [h, w]."""
    x, y = grid.x - np.float32(at[0]), grid.y - np.float32(at[1])
    cosine, sine = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    across, along = np.abs(cosine * x + sine * y) / size[0], np.abs(cosine * y - sine * x) / size[1]
    return np.asarray((across**power + along**power) ** (1 / power), np.float32)


def ragged(rng: np.random.Generator, grid: Grid, texel: float, size: float) -> Floats:
    """Return noise that makes an edge look brushed, its grains `size` head units, [h, w]."""
    shape = grid.x.shape
    return grain(rng, shape, texel, size) + 0.5 * grain(rng, shape, texel, max(0.4 * size, 1.5 * texel))


def stroke(x: Floats, y: Floats, points: list[Point], wide: float, core: float = 0.0) -> Floats:
    """Return a line along points, [h, w]: 1 up to core x wide head units from it, smooth to 0 at `wide`."""
    nearest = np.full(x.shape, 9.0, np.float32)
    for (ax, ay), (bx, by) in pairwise(points):
        length = max((bx - ax) ** 2 + (by - ay) ** 2, 1e-9)
        along = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)))
    return np.asarray(step(nearest, wide, core * wide), np.float32)


def brow_area(person: Identity, grid: Grid, thick: float, texel: float) -> Floats:
    """Return brows drawn with a pencil, at the person's height and arch, [h, w] in [0, 1]."""
    out = np.asarray((np.abs(grid.x) - person.eye_distance) * np.float32(1 / 0.19), np.float32)
    arch = -0.178 - 0.024 * person.brow_arch * (1 - (out - 0.25) ** 2) - 0.035 * person.brow_raise
    arch = arch + 0.05 * np.clip(out - 0.45, 0, 1)
    half = np.maximum(thick * (1 - 0.7 * np.clip((out + 0.5) / 1.5, 0, 1)), 0.6 * texel)
    body = step(np.abs(grid.y - arch) / half, 1.15, 0.7)
    return np.asarray(body * step(np.abs(out), 1.06, 0.92), np.float32)


def lid_area(eye: Opening, person: Identity, high: float, out: float) -> Floats:
    """Return the upper lid up to `high` head units over the eye, drawn out past its corner by `out`."""
    up = eye.top - eye.down
    reach = person.eye_width
    rise = high * (1 + 0.4 * np.clip(eye.across / reach, -1, 1))
    ends = step(eye.across, reach + out, reach) * step(eye.across, -1.15 * reach, -0.8 * reach)
    return np.asarray(step(up, rise, 0.45 * rise) * step(up, -0.03, 0.0) * ends, np.float32)


def liner(eye: Opening, person: Identity, wide: float, wing: float) -> Floats:
    """Return a line along the upper lid that ends in a wing past the outer corner, [h, w]."""
    reach = person.eye_width
    thick = wide * (0.75 + 0.5 * np.clip(eye.across / reach, -1, 1))
    upper = np.exp(-(((eye.down - eye.top + 0.4 * thick) / thick) ** 2)) * step(
        np.abs(eye.across), reach, 0.95 * reach
    )
    past = np.clip(eye.across - 0.9 * reach, 0, None)
    tail = np.exp(-(((eye.down + 0.55 * past) / (thick * np.clip(1 - past / max(wing, 1e-3), 0.15, 1))) ** 2))
    tail = (
        tail
        * step(eye.across, 0.86 * reach, 0.95 * reach)
        * step(eye.across, reach + wing, reach + 0.7 * wing)
    )
    return np.asarray(np.maximum(upper, tail), np.float32)


def lip_area(person: Identity, grid: Grid, texel: float) -> tuple[Floats, Floats]:
    """Return where lips of a person's shape are, and their shade (dark line between them), both [h, w]."""
    lips = find_lips(person, grid, texel)
    both = np.maximum(lips.upper, lips.lower)
    line = np.exp(-((np.maximum(np.abs(lips.down) - lips.gap, 0) / max(0.009, 0.7 * texel)) ** 2))
    shade = np.where(lips.down < 0, 0.84, 1.06) * (1 - 0.55 * line)
    return np.asarray(both, np.float32), np.asarray(shade, np.float32)


def at_rows(rows: tuple[slice, slice], part: Floats, shape: tuple[int, ...]) -> Floats:
    """Return a map of `shape` that is 0 outside these rows."""
    whole = np.zeros((*shape, *part.shape[2:]), np.float32)
    whole[rows] = part
    return whole
