"""Blinking: the same head with its lids lowered, recomputed in a small window about each eye."""

from dataclasses import dataclass, replace

import numpy as np

from mtfas.synthetic.eyes import eye_relief, eye_window, paint_eyes
from mtfas.synthetic.grid import Grid, Window, normals_in, sphere_of
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.skin import Material
from mtfas.synthetic.surface import Surface

STEPS = 4
"""Positions of the lids between open (0) and closed (STEPS)."""


@dataclass(frozen=True)
class Socket:
    """The surroundings of the eyes without the eyes: what the lids need.

    Attributes:
        window: where they lie in a head's maps.
        colour: reflectance of skin alone, [h, w, 3]; shine and gloss of skin alone, [h, w].
    """

    window: Window
    colour: Floats
    shine: Floats
    gloss: Floats


@dataclass(frozen=True)
class Lids:
    """The same window with the eyes in one position: colour, shine, gloss and normals."""

    colour: Floats
    shine: Floats
    gloss: Floats
    radius: Floats
    normal: Floats


def quantised(lids: float) -> int:
    """Return the step nearest to how far the eyes are closed (0 to 1)."""
    return round(STEPS * lids)


def make_socket(person: Identity, grid: Grid, skin: Material) -> Socket:
    """Return the eyes' surroundings of a material that has no eyes yet."""
    window = eye_window(person, grid)
    return Socket(window, skin.colour[window].copy(), skin.shine[window].copy(), skin.gloss[window].copy())


def lower_lids(person: Identity, grid: Grid, surface: Surface, socket: Socket, lids: float) -> Lids:
    """Return the eyes' window with the lids lowered.

    Args:
        person: whose eyes.
        grid: of the whole head.
        surface: of the head with open eyes.
        socket: from `make_socket`.
        lids: 0 open, 1 closed.
    """
    part, texel = grid.cut(socket.window), grid.texel
    colour, shine, gloss = socket.colour.copy(), socket.shine.copy(), socket.gloss.copy()
    paint_eyes(person, part, texel, lids, colour, shine, gloss)
    np.clip(colour, 0.004, 0.95, out=colour)
    change = part.front * (eye_relief(person, part, texel, lids) - eye_relief(person, part, texel, 0.0))
    radius = np.asarray(surface.radius[socket.window] + change, np.float32)
    fresh = normals_in(socket.window, radius, sphere_of(grid.x.shape[0]))
    normal = surface.normal[socket.window].copy()
    normal[1:-1, 1:-1] = fresh[1:-1, 1:-1]  # the outermost texels' neighbours lie outside
    return Lids(colour, shine, gloss, radius, normal)


def with_lids(surface: Surface, material: Material, window: Window, lids: Lids) -> tuple[Surface, Material]:
    """Return copies of a head's maps with the eyes' window exchanged."""
    maps = [surface.radius, surface.normal, material.colour, material.shine, material.gloss]
    parts = [lids.radius, lids.normal, lids.colour, lids.shine, lids.gloss]
    copies = [whole.copy() for whole in maps]
    for whole, part in zip(copies, parts, strict=True):
        whole[window] = part
    return (
        replace(surface, radius=copies[0], normal=copies[1]),
        replace(material, colour=copies[2], shine=copies[3], gloss=copies[4]),
    )
