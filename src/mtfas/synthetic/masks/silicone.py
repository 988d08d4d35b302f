"""A silicone mask: a stranger's face cast in soft rubber, tight to the wearer's; live eyes see."""

import cv2
import numpy as np

from mtfas.synthetic.head import Head
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.masks.casting import Cast, cast_face, disguised
from mtfas.synthetic.masks.mask import Mask, texels
from mtfas.synthetic.masks.outline import covered, eye_holes
from mtfas.synthetic.noise import Floats, fractal
from mtfas.synthetic.skin import hair_maps, paint
from mtfas.synthetic.surface import step


def make_silicone(head: Head, stranger: Identity, rng: np.random.Generator) -> Mask:
    """Return a mask with the stranger's features that fits the head.

    Args:
        head: who will wear it.
        stranger: whose face it shows.
        rng: its tint, thickness, holes, paint and how it shines.
    """
    foreign, fit, gloss = (float(rng.uniform(*ends)) for ends in ((0.15, 0.8), (0.012, 0.045), (22, 60)))
    cast = cast_face(disguised(head.person, stranger, foreign), head.grid.x.shape[0])
    shape = cast.smoothed(float(rng.uniform(0.03, 0.06))) + np.float32(fit)
    area, colour = _area(head, rng), cast.fitted(_rubber(cast, rng))
    slit = float(rng.uniform(0.3, 0.8)) * _slit(head, float(rng.uniform(0.007, 0.014)))
    shine = float(rng.uniform(0.03, 0.085))
    return Mask(
        radius=np.asarray(shape, np.float32),
        cover=area,
        colour=np.asarray(colour * (1 - slit)[..., None], np.float32),
        shine=shine,
        gloss=gloss,
        softness=float(rng.uniform(0.2, 0.8)),
        rim=float(rng.uniform(0.25, 0.6)),
        openness=cast.openness,
        made={"mask_tint": foreign, "mask_fit": fit, "mask_gloss": gloss, "mask_shine": shine},
    )


def _area(head: Head, rng: np.random.Generator) -> Floats:
    """Return the face up to hair, ears and jaw without eye holes; the rubber's edge is tucked under hair."""
    grid, person = head.grid, head.person
    face = step(grid.direction[..., 2], 0.02, 0.06) * step(grid.y, -0.86, -0.82)
    hair, _ = hair_maps(person, grid)
    hair = np.asarray(cv2.GaussianBlur(hair, (0, 0), texels(0.025, hair.shape[0])), np.float32)
    half = (float(rng.uniform(0.125, 0.165)), float(rng.uniform(0.062, 0.09)))
    seeing = covered(-eye_holes(person, grid, half))
    return np.asarray(face * (1 - step(hair, 0.08, 0.2)) * seeing, np.float32)


def _slit(head: Head, thin: float) -> Floats:
    """Return the line where the lips were cut open, [T, T]."""
    grid, wide = head.grid, head.person.mouth_width
    line = np.exp(-(((grid.y - 0.585) / np.float32(thin)) ** 2)) * step(np.abs(grid.x), wide, 0.8 * wide)
    return np.asarray(line * grid.front, np.float32)


def _rubber(cast: Cast, rng: np.random.Generator) -> Floats:
    """Return the cast's paint: pigments laid evenly, without pores; blotches of a brush instead."""
    side = cast.grid.x.shape[0]
    colour = paint(cast.person, cast.grid, np.zeros((side, side), np.float32)).colour
    colour = np.asarray(cv2.GaussianBlur(colour, (0, 0), float(rng.uniform(0.012, 0.022)) * side / 6.7))
    grey = colour.mean(axis=-1, keepdims=True)
    pigment = grey + np.float32(rng.uniform(0.75, 1.05)) * (colour - grey)
    blotches = 1 + np.float32(rng.uniform(0.01, 0.05)) * fractal(rng, side, 6)
    return np.asarray(np.clip(pigment * blotches[..., None], 0.004, 0.9), np.float32)
