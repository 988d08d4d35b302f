"""A head ready to be rendered: shape and material baked into maps once, used for all its captures."""

from dataclasses import dataclass, replace

import numpy as np

from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.skin import Material, hair_maps, paint
from mtfas.synthetic.surface import Grid, Surface, make_grid, make_surface


@dataclass(frozen=True)
class Head:
    """One person's head, or that head wearing a mask; all maps are [T, T] or [T, T, 3].

    `region` is 1 where what is seen belongs to an attack (a mask, make-up), else 0.
    """

    person: Identity
    grid: Grid
    surface: Surface
    material: Material
    region: Floats


def bake(person: Identity, side: int) -> Head:
    """Return a live head whose maps have `side` texels along an edge."""
    grid = make_grid(person, side)
    hair, thickness = hair_maps(person, grid)
    surface = make_surface(person, grid, thickness)
    material = paint(person, grid, hair)
    return Head(person, grid, surface, material, np.zeros((side, side), np.float32))


def bald(person: Identity) -> Identity:
    """Return the person without hair, beard and spectacles: the shape a mask is cast from."""
    return replace(person, hair_thickness=0.0, beard=0.0, spectacles=0, hair_length=0.0)
