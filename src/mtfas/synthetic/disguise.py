"""A silicone mask: a stranger's face worn over somebody's own; the live eyes look through it."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from mtfas.synthetic.head import Head, bald
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats, fractal
from mtfas.synthetic.skin import Material, hair_maps, mix, paint
from mtfas.synthetic.surface import Grid, Surface, make_grid, make_surface, normals, step

_THICKNESS = 0.025


@dataclass(frozen=True)
class Mask:
    """A mask made for one wearer: distance of its outside from the head's centre [T, T], and its paint."""

    radius: Floats
    paint: Material
    rim: float
    gloss: float


def make_mask(person: Identity, stranger: Identity, side: int, rng: np.random.Generator) -> Mask:
    """Return a mask with the stranger's features that fits the person.

    Args:
        person: who will wear it.
        stranger: whose face it shows.
        side: side of the maps.
        rng: its tint, its paint and how it shines.
    """
    cast = disguised(person, stranger, float(rng.uniform(0.15, 0.7)))
    grid = make_grid(cast, side)
    shape = make_surface(cast, grid, np.zeros((side, side), np.float32)).radius
    outside = cv2.GaussianBlur(shape, (0, 0), side / 140) + np.float32(_THICKNESS)
    paint = _paint(cast, grid, rng)
    return Mask(outside, paint, float(rng.uniform(0.3, 0.7)), float(rng.uniform(25, 50)))


def wear_mask(head: Head, mask: Mask) -> Head:
    """Return the head with the mask over its face.

    `region` of the returned head is the mask's exact area: the face up to hair, ears and jaw, without the
    eye holes, through which the live eyes are seen.
    """
    region = _area(head.person, head.grid)
    over = np.maximum(mask.radius, head.surface.radius + np.float32(0.012))
    radius = np.asarray(head.surface.radius + region * (over - head.surface.radius), np.float32)
    surface = Surface(radius, normals(radius, head.grid.direction), head.surface.openness)
    colour = mix(head.material.colour, mask.paint.colour, region)
    colour = np.asarray(colour * (1 - np.float32(mask.rim) * _rim(region))[..., None], np.float32)
    own = head.material
    shine = own.shine + region * (mask.paint.shine - own.shine)
    gloss = own.gloss + region * (mask.gloss - own.gloss)
    softness = own.softness * (1 - 0.7 * region)
    material = Material(colour, shine, np.asarray(gloss, np.float32), np.asarray(softness, np.float32))
    return replace(head, surface=surface, material=material, region=region)


def disguised(person: Identity, stranger: Identity, foreign: float) -> Identity:
    """Return a face with the stranger's features over the wearer's skull and eyes.

    Args:
        person: the wearer.
        stranger: whose features.
        foreign: 0 for a mask tinted like the wearer's skin, 1 like the stranger's.
    """
    red, green, blue = (
        (1 - foreign) * own + foreign * other for own, other in zip(person.skin, stranger.skin, strict=True)
    )
    return replace(
        bald(stranger),
        skin=(red, green, blue),
        width=person.width,
        height=person.height,
        depth=person.depth,
        squareness=person.squareness,
        eye_distance=person.eye_distance,
        eye_opening=person.eye_opening,
        eye_width=person.eye_width,
        smile=0.0,
    )


def _area(person: Identity, grid: Grid) -> Floats:
    face = step(grid.direction[..., 2], 0.02, 0.06) * step(grid.y, -0.86, -0.82)
    hair, _ = hair_maps(person, grid)
    across = np.abs(grid.x) - person.eye_distance
    holes = step((across / 0.155) ** 2 + ((grid.y + 0.02) / 0.085) ** 2, 1.1, 0.9)
    return np.asarray(face * (1 - step(hair, 0.25, 0.4)) * (1 - holes), np.float32)


def _paint(cast: Identity, grid: Grid, rng: np.random.Generator) -> Material:
    """Return even, slightly grey plastic with painted features and a slit for the mouth."""
    plain = replace(cast, mottling=cast.mottling * 0.4, blush=cast.blush * rng.uniform(0.3, 1.2))
    side = grid.x.shape[0]
    colour = paint(plain, grid, np.zeros((side, side), np.float32)).colour
    grey = colour.mean(axis=-1, keepdims=True)
    pigment = grey + np.float32(rng.uniform(0.7, 1.0)) * (colour - grey)
    stains = 1 + 0.03 * fractal(rng, side, 6)
    slit = _mouth_slit(cast, grid) * np.float32(rng.uniform(0.4, 0.9))
    shine = np.full((side, side), rng.uniform(0.04, 0.10), np.float32)
    painted = np.asarray(pigment * (stains * (1 - slit))[..., None], np.float32)
    return Material(painted, shine, np.ones_like(shine), np.ones_like(shine))


def _rim(region: Floats) -> Floats:
    """Return the shadow along the mask's edges, on the wearer's side of them."""
    spread = cv2.GaussianBlur(region, (0, 0), max(0.8, region.shape[0] / 160))
    return np.asarray(4 * spread * (1 - spread) * (1 - 0.5 * region), np.float32)


def _mouth_slit(cast: Identity, grid: Grid) -> Floats:
    wide = 0.9 * cast.mouth_width
    return np.asarray(np.exp(-((grid.x / wide) ** 8) - ((grid.y - 0.585) / 0.018) ** 2), np.float32)
