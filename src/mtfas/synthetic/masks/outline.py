"""Areas on a face, as distances: where a mask ends, where its holes are. Lengths in head units."""

import numpy as np

from mtfas.synthetic.hair import headwear_map
from mtfas.synthetic.head import Head
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.surface import REACH, Grid, step


def covered(inside: Floats) -> Floats:
    """Return a cover [T, T] in [0, 1] with an edge of about two texels from distances inside, [T, T]."""
    soft = 2 * REACH * 1.76 / inside.shape[0]
    return step(inside, -0.7 * soft, 0.7 * soft)


def oval(
    x: Floats, y: Floats, middle: tuple[float, float], half: tuple[float, float], power: float = 2.0
) -> Floats:
    """Return about how far inside a superellipse each point lies; negative outside."""
    across, down = np.abs(x - np.float32(middle[0])) / half[0], np.abs(y - np.float32(middle[1])) / half[1]
    ring = (across**power + down**power) ** np.float32(1 / power)
    return np.asarray((1 - ring) * min(half), np.float32)


def face_oval(grid: Grid, half: tuple[float, float], middle: float = 0.05, power: float = 2.4) -> Floats:
    """Return how far inside an oval on the front of the head each texel lies."""
    inside = oval(grid.x, grid.y, (0.0, middle), half, power)
    return np.asarray(np.minimum(inside, grid.z - 0.1), np.float32)


def eye_holes(person: Identity, grid: Grid, half: tuple[float, float], power: float = 2.0) -> Floats:
    """Return how far inside the nearer of two eye holes each texel lies; the holes sit on the live eyes."""
    inside = oval(np.abs(grid.x), grid.y, (person.eye_distance, -0.02), half, power)
    return np.asarray(np.minimum(inside, grid.z - 0.1), np.float32)


def slit(grid: Grid, wide: float, high: float) -> Floats:
    """Return how far inside a slit between the lips each texel lies."""
    return np.asarray(np.minimum(oval(grid.x, grid.y, (0.0, 0.585), (wide, high)), grid.z - 0.1), np.float32)


def nostrils(person: Identity, grid: Grid) -> Floats:
    """Return how far inside the nearer of two breathing holes below the nose each texel lies."""
    place = (0.55 * person.nose_width, person.nose_length + 0.045)
    return np.asarray(
        np.minimum(oval(np.abs(grid.x), grid.y, place, (0.028, 0.02)), grid.z - 0.1), np.float32
    )


def under_headwear(head: Head, area: Floats) -> Floats:
    """Return an area that ends where a cap, scarf or hood covers the head; masks are worn below these."""
    cloth = headwear_map(head.person, head.grid)
    return area if cloth is None else np.minimum(area, np.float32(0.1) * (np.float32(0.3) - cloth))


def cut(area: Floats, *holes: Floats) -> Floats:
    """Return an area without holes, all as distances inside."""
    for hole in holes:
        area = np.minimum(area, -hole)
    return area
