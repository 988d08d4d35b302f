"""A silicone mask: a stranger's face, cast and painted, worn over somebody's own; the live eyes look through it."""

from dataclasses import replace

import cv2
import numpy as np

from mtfas.synthetic.head import Head, bald
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats, fractal
from mtfas.synthetic.skin import Material, eye_opening, hair_maps, mix, paint
from mtfas.synthetic.surface import Grid, Surface, make_surface, normals, step

_THICKNESS = 0.025


def wear_mask(head: Head, stranger: Identity, rng: np.random.Generator) -> Head:
    """Return the head with the mask over its face.

    `region` of the returned head is the mask's exact area: the face to the hairline, the ears and the jaw,
    without the eye holes.

    Args:
        head: the wearer's live head.
        stranger: whose face the mask shows.
        rng: how the mask was painted and how it shines.
    """
    cast = disguised(head.person, stranger)
    grid = head.grid
    region = _area(head.person, grid)
    smooth_cast = cv2.GaussianBlur(_bare_radius(cast, grid), (0, 0), region.shape[0] / 140) + np.float32(
        _THICKNESS
    )
    over = np.maximum(smooth_cast, head.surface.radius + np.float32(0.012))
    radius = np.asarray(head.surface.radius + region * (over - head.surface.radius), np.float32)
    surface = Surface(radius, normals(radius, grid.direction), head.surface.openness)
    material = _paint(head, cast, region, rng)
    return replace(head, surface=surface, material=material, region=region, gloss=float(rng.uniform(20, 40)))


def disguised(person: Identity, stranger: Identity) -> Identity:
    """Return a face with the stranger's features over the wearer's skull and eyes."""
    return replace(
        bald(stranger),
        width=person.width,
        height=person.height,
        depth=person.depth,
        squareness=person.squareness,
        eye_distance=person.eye_distance,
        eye_opening=person.eye_opening,
        eye_width=person.eye_width,
        smile=0.0,
    )


def _bare_radius(cast: Identity, grid: Grid) -> Floats:
    return make_surface(cast, grid, np.zeros(grid.x.shape, np.float32)).radius


def _area(person: Identity, grid: Grid) -> Floats:
    face = step(grid.direction[..., 2], 0.02, 0.06) * step(grid.y, -0.86, -0.82)
    hair, _ = hair_maps(person, grid)
    across = np.abs(grid.x) - person.eye_distance
    holes = step((across / 0.155) ** 2 + ((grid.y + 0.02) / 0.085) ** 2, 1.1, 0.9)
    return np.asarray(face * (1 - step(hair, 0.25, 0.4)) * (1 - holes), np.float32)


def _paint(head: Head, cast: Identity, region: Floats, rng: np.random.Generator) -> Material:
    plain = replace(cast, mottling=cast.mottling * 0.4, blush=cast.blush * rng.uniform(0.3, 1.2))
    painted = paint(plain, head.grid, np.zeros_like(region))
    grey = painted.colour.mean(axis=-1, keepdims=True)
    pigment = grey + np.float32(rng.uniform(0.75, 1.0)) * (painted.colour - grey)
    pigment = pigment * (1 + 0.03 * fractal(rng, region.shape[0], 6))[..., None]
    rim = _rim(region) * np.float32(rng.uniform(0.15, 0.55))
    colour = mix(head.material.colour, pigment, region) * (1 - rim)[..., None]
    slit = _mouth_slit(cast, head.grid) * np.float32(rng.uniform(0.2, 0.8))
    shine = head.material.shine * (1 - region) + region * np.float32(rng.uniform(0.025, 0.07))
    eye = eye_opening(head.person, head.grid)[0]
    return Material(
        np.asarray(colour * (1 - slit * region)[..., None], np.float32), shine, eye * (1 - region)
    )


def _rim(region: Floats) -> Floats:
    """Return the shadow along the mask's edges, on the wearer's side of them."""
    spread = cv2.GaussianBlur(region, (0, 0), max(0.8, region.shape[0] / 160))
    return np.asarray(4 * spread * (1 - spread) * (1 - 0.5 * region), np.float32)


def _mouth_slit(cast: Identity, grid: Grid) -> Floats:
    wide = 0.9 * cast.mouth_width
    return np.asarray(np.exp(-((grid.x / wide) ** 8) - ((grid.y - 0.585) / 0.018) ** 2), np.float32)
