"""What a head looks like before light falls on it: colour and shine of skin, eyes, lips and hair."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.runtime.seeds import stream
from mtfas.synthetic.brows import paint_beard, paint_brows
from mtfas.synthetic.eyes import EYE_GLOSS, eye_opening, eye_window, paint_eyes
from mtfas.synthetic.grid import Grid, band, bump, face_window, pair, step
from mtfas.synthetic.hair import hair_maps, headwear_map, paint_hair, paint_headwear
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.mouth import paint_lips
from mtfas.synthetic.noise import Floats, fractal, grain
from mtfas.synthetic.wrinkles import aged, grooves

__all__ = ["EYE_GLOSS", "SKIN_GLOSS", "Material", "eye_opening", "hair_maps", "mix", "paint", "paint_skin"]

SKIN_GLOSS = 14.0
_HAIR_GLOSS = 15.0
_BLOOD = np.array([0.35, -0.75, -0.65], np.float32)
"""How more blood changes skin's red, green and blue."""


@dataclass(frozen=True)
class Material:
    """Maps over a head.

    Attributes:
        colour: reflectance, [T, T, 3].
        shine: strength of the highlight, [T, T].
        gloss: exponent of the highlight, [T, T]: low spreads it like skin, high sharpens it like plastic.
        softness: how far light creeps through the surface, [T, T]: 1 for skin, 0 for a matt solid.
    """

    colour: Floats
    shine: Floats
    gloss: Floats
    softness: Floats


def paint(person: Identity, grid: Grid, hair: Floats) -> Material:
    """Return colour and shine of the head, eyes open.

    Args:
        person: whose head.
        grid: from `make_grid`.
        hair: where hair or headwear covers it, from `hair_maps`.
    """
    material = paint_skin(person, grid, hair)
    open_eyes(person, grid, material)
    return material


def open_eyes(person: Identity, grid: Grid, material: Material) -> None:
    """Paint open eyes into a material that has none, in place."""
    window = eye_window(person, grid)
    part = (material.colour[window], material.shine[window], material.gloss[window])
    paint_eyes(person, grid.cut(window), grid.texel, 0.0, *part)
    np.clip(part[0], 0.004, 0.95, out=part[0])


def paint_skin(person: Identity, grid: Grid, hair: Floats) -> Material:
    """Return colour and shine of the head without eyes; arguments as for `paint`."""
    side, window = grid.x.shape[0], face_window(grid)
    rng = stream(person.texture_seed, "skin")
    patches = 1 + person.mottling * _patches(rng, side)
    colour = np.asarray(cv2.merge([patches * np.float32(tone) for tone in person.skin]), np.float32)
    shine = np.full((side, side), 0.012 * person.oiliness, np.float32)
    part, texel = grid.cut(window), grid.texel
    _face(person, part, texel, rng, colour[window], shine[window])
    for paint_in, rows in ((paint_lips, (0.42, 0.78)), (paint_brows, (-0.34, 0.0))):
        strip = band(part, *rows)
        paint_in(person, part.cut(strip), texel, colour[window][strip], shine[window][strip])
    paint_beard(person, part, texel, colour[window], shine[window])
    gloss = np.full((side, side), SKIN_GLOSS, np.float32)
    softness = np.ones((side, side), np.float32)
    _cover(person, grid, hair, Material(colour, shine, gloss, softness))
    np.clip(colour[window], 0.004, 0.95, out=colour[window])
    return Material(colour, shine, gloss, softness)


def _patches(rng: np.random.Generator, side: int) -> Floats:
    coarse = fractal(rng, max(64, side // 4), 9)
    return np.asarray(cv2.resize(coarse, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def mix(under: Floats, over: Floats, part: Floats) -> Floats:
    """Return `over` laid on `under` where part is 1; part is [T, T]."""
    return np.asarray(under + part[..., None] * (over - under), np.float32)


def _face(
    person: Identity, grid: Grid, texel: float, rng: np.random.Generator, colour: Floats, shine: Floats
) -> None:
    """Give a face its blood, shadows, spots, lines and sheen, in place."""
    shape = grid.x.shape
    # The finest variation lies at the limit of what the maps hold.
    fine = grain(rng, shape, texel, max(0.014, 1.5 * texel))
    flush = grain(rng, shape, texel, 0.09)
    colour *= (1 + 0.022 * (0.4 + person.pores) * min(1.0, 0.012 / texel) * fine)[..., None]
    rosy = _rosy(person, grid) + 0.25 * flush
    colour *= 1 + (person.blush * rosy)[..., None] * _BLOOD
    colour *= (1 - np.clip(_dark(person, grid), 0, 0.9))[..., None]
    _spots(person, grid, texel, rng, colour)
    lines = grooves(person, grid, texel)
    colour *= 1 - np.clip(0.22 * lines, 0, 0.5)[..., None] * np.array([0.8, 1.0, 1.05], np.float32)
    oily = 0.75 + 0.9 * bump(grid, 0, 0.15, 0.12, 0.28) + 0.5 * bump(grid, 0, -0.45, 0.35, 0.15)
    oily += 0.35 * pair(grid, 0.38, 0.08, 0.14, 0.1) + 0.2 * bump(grid, 0, 0.85, 0.14, 0.1)
    pored = np.clip(1 + 0.4 * fine * person.pores * min(1.0, 0.012 / texel), 0.2, 2)
    shine += np.asarray(0.016 * person.oiliness * oily * pored, np.float32) - shine * np.float32(0.4)


def _rosy(person: Identity, grid: Grid) -> Floats:
    """Return where blood shows: cheeks, nose, chin, eyelids."""
    total = pair(grid, 0.36, 0.22, 0.17, 0.14) + 0.9 * bump(grid, 0, person.nose_length - 0.05, 0.1, 0.1)
    total += 0.4 * bump(grid, 0, 0.86, 0.15, 0.1) - 0.4 * bump(grid, 0, -0.45, 0.35, 0.2)
    total += 0.5 * pair(grid, person.eye_distance, -0.04, 0.14, 0.06)
    return np.asarray(total, np.float32)


def _dark(person: Identity, grid: Grid) -> Floats:
    """Return how dark the sockets, the nostrils and the wings' creases are."""
    tired = (0.10 + 0.10 * aged(person)) * pair(grid, person.eye_distance - 0.02, 0.065, 0.11, 0.045)
    lids = 0.10 * pair(grid, person.eye_distance, -0.075, 0.13, 0.05)
    inner = 0.14 * pair(grid, 0.135, -0.03, 0.05, 0.06)
    base = person.nose_length - 0.02
    nostrils = 0.85 * pair(grid, 0.52 * person.nose_width, base + 0.062, 0.030, 0.0155)
    crease = 0.25 * pair(grid, person.nose_width + 0.055, base + 0.03, 0.018, 0.045)
    return np.asarray(tired + lids + inner + nostrils + crease, np.float32)


def _spots(person: Identity, grid: Grid, texel: float, rng: np.random.Generator, colour: Floats) -> None:
    """Add freckles, spots of age and moles, in place."""
    middle = pair(grid, 0.25, 0.14, 0.28, 0.16) + 0.5 * bump(grid, 0, -0.4, 0.5, 0.25)
    brown = np.array([0.55, 0.9, 1.1], np.float32)
    if person.freckles > 0:
        dots = step(grain(rng, grid.x.shape, texel, max(0.022, 2 * texel)), 0.9, 1.7) * np.clip(middle, 0, 1)
        colour *= 1 - (0.5 * person.freckles * dots)[..., None] * brown
    old = max(0.0, aged(person) - 0.3)
    if old > 0:
        spots = step(grain(rng, grid.x.shape, texel, 0.06), 1.5, 2.1) * step(np.abs(grid.x), 0.15, 0.4)
        colour *= 1 - (0.5 * old * spots)[..., None] * brown
    for _ in range(int(rng.integers(0, 5))):
        size = max(rng.uniform(0.008, 0.017), 0.6 * texel)
        mole = bump(grid, rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.9), size, size)
        colour *= (1 - rng.uniform(0.3, 0.65) * mole)[..., None]


def _cover(person: Identity, grid: Grid, hair: Floats, material: Material) -> None:
    """Lay hair, and headwear over it, on the painted skin, in place."""
    if not hair.any():
        return
    cloth = headwear_map(person, grid)
    if person.hair_thickness > 0:
        own = hair if cloth is None else hair * (1 - cloth)
        colour, shine = paint_hair(person, grid)
        _lay(material, own, colour, shine, _HAIR_GLOSS, 0.6)
    if cloth is not None:
        _lay(material, np.minimum(cloth, hair), paint_headwear(person, grid), np.float32(0.004), 8.0, 0.1)


def _lay(
    material: Material, part: Floats, colour: Floats, shine: Floats | np.float32, gloss: float, soft: float
) -> None:
    colour -= material.colour
    colour *= part[..., None]
    np.add(material.colour, colour, out=material.colour)
    for whole, new in ((material.shine, shine), (material.gloss, gloss), (material.softness, soft)):
        np.add(whole, part * (new - whole), out=whole)
