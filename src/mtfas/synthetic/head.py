"""A head ready to be rendered: shape and material baked into maps once, used for all its captures."""

from dataclasses import dataclass, replace

import numpy as np

from mtfas.synthetic.eyelids import Lids, Socket, lower_lids, make_socket, with_lids
from mtfas.synthetic.identity import NO_HEADWEAR, Identity
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.skin import Material, hair_maps, open_eyes, paint_skin
from mtfas.synthetic.surface import Grid, Surface, make_grid, make_surface


@dataclass(frozen=True)
class Head:
    """One person's head, or that head wearing a mask; all maps are [T, T] or [T, T, 3].

    `region` is 1 where what is seen belongs to an attack (a mask, make-up), else 0; `socket` is what the
    eyelids need to close.
    """

    person: Identity
    grid: Grid
    surface: Surface
    material: Material
    region: Floats
    socket: Socket


def bake(person: Identity, side: int) -> Head:
    """Return a live head, eyes open, whose maps have `side` texels along an edge."""
    grid = make_grid(person, side)
    hair, thickness = hair_maps(person, grid)
    surface = make_surface(person, grid, thickness)
    material = paint_skin(person, grid, hair)
    socket = make_socket(person, grid, material)
    open_eyes(person, grid, material)
    return Head(person, grid, surface, material, np.zeros((side, side), np.float32), socket)


def close_eyes(head: Head, lids: float) -> Lids:
    """Return the surroundings of a live head's eyes with the lids lowered, 0 open to 1 closed."""
    return lower_lids(head.person, head.grid, head.surface, head.socket, lids)


def blink(head: Head, lids: Lids) -> Head:
    """Return a live head with its lids as given; nothing changes outside the socket's window."""
    surface, material = with_lids(head.surface, head.material, head.socket.window, lids)
    return replace(head, surface=surface, material=material)


def bald(person: Identity) -> Identity:
    """Return the person as a mask is cast from: no hair, beard, spectacles, pores, spots or make-up."""
    return replace(
        person,
        hair_thickness=0.0,
        beard=0.0,
        spectacles=0,
        hair_length=0.0,
        headwear=NO_HEADWEAR,
        pores=0.0,
        freckles=0.0,
        lipstick=0.0,
        eyeliner=0.0,
        mouth_open=0.0,
    )
