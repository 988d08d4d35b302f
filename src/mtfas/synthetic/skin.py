"""What a head looks like before light falls on it: colour and shine of skin, eyes, lips and hair."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.runtime.seeds import stream
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats, fractal, smooth
from mtfas.synthetic.surface import Grid, bump, pair, step

SKIN_GLOSS = 14.0
EYE_GLOSS = 90.0


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


def hair_maps(person: Identity, grid: Grid) -> tuple[Floats, Floats]:
    """Return where hair grows (0 to 1) and how thick it lies over the skull, both [T, T]."""
    side = grid.x.shape[0]
    rng = stream(person.texture_seed, "hairline")
    edge = person.hairline + 0.45 * (grid.x - person.parting * 0.3) ** 2 + 0.015 * smooth(rng, side, 90)
    crown = step(edge - grid.y, -0.03, 0.05)
    lowest = 0.05 + person.hair_length
    sides = step(grid.z, 0.28, 0.12) * step(lowest - grid.y, -0.05, 0.1) * step(np.abs(grid.x), 0.3, 0.5)
    ears = 1 - step(np.abs(grid.z + 0.02), 0.14, 0.09) * step(np.abs(grid.y - 0.12), 0.26, 0.2) * (
        person.hair_length < 0.5
    )
    where = np.maximum(crown, sides * ears) * (person.hair_thickness > 0)
    strands = 1 + 0.12 * smooth(rng, side, (18, 110)) + 0.08 * smooth(rng, side, 40)
    # A smooth edge, since rays step over walls.
    thickness = cv2.GaussianBlur(where * strands, (0, 0), side / 90) * person.hair_thickness
    return where.astype(np.float32), thickness.astype(np.float32)


def paint(person: Identity, grid: Grid, hair: Floats) -> Material:
    """Return colour and shine of the head."""
    colour = _skin(person, grid)
    oily = 0.7 + 0.8 * bump(grid, 0, 0.1, 0.22, 0.35) + 0.5 * bump(grid, 0, -0.4, 0.35, 0.15)
    shine = np.asarray(0.028 * person.oiliness * oily, np.float32)
    colour, shine = _lips(person, grid, colour, shine)
    colour = _brows_and_beard(person, grid, colour)
    colour = mix(colour, _strands(person, grid), hair)
    shine = np.asarray(shine * (1 - 0.6 * hair), np.float32)
    colour, shine, eye = _eyes(person, grid, colour, shine)
    gloss = SKIN_GLOSS + (EYE_GLOSS - SKIN_GLOSS) * eye
    return Material(np.clip(colour, 0.004, 0.95), shine, np.asarray(gloss, np.float32), np.ones_like(shine))


def mix(under: Floats, over: Floats, part: Floats) -> Floats:
    """Return `over` laid on `under` where part is 1; part is [T, T]."""
    return np.asarray(under + part[..., None] * (over - under), np.float32)


def eye_opening(person: Identity, grid: Grid) -> tuple[Floats, Floats, Floats]:
    """Return the eyeball's visible area (0 to 1) and coordinates about the eye's centre in head units."""
    across = np.asarray(np.abs(grid.x) - person.eye_distance, np.float32)
    down = np.asarray(grid.y + 0.02 + 0.05 * across, np.float32)
    room = person.eye_opening * (1 - np.clip(np.abs(across) / person.eye_width, 0, 1) ** 2.2)
    soft = 0.012
    inside = step(room - np.abs(down), -0.2 * soft, soft) * (np.abs(across) < person.eye_width) * grid.front
    return np.asarray(inside, np.float32), across, down


def _skin(person: Identity, grid: Grid) -> Floats:
    side = grid.x.shape[0]
    rng = stream(person.texture_seed, "skin")
    tone = np.asarray(person.skin, np.float32)
    patches = 1 + person.mottling * fractal(rng, side, 9)
    pores = 1 + 0.5 * person.mottling * (smooth(rng, side, 150) + 0.6 * smooth(rng, side, 260))
    colour = tone * (patches * pores)[..., None]
    rosy = pair(grid, 0.36, 0.2, 0.2, 0.16) + 0.8 * bump(grid, 0, 0.3, 0.12, 0.1)
    colour *= 1 + person.blush * rosy[..., None] * np.array([0.5, -0.7, -0.6], np.float32)
    tired = 0.18 * pair(grid, person.eye_distance, 0.07, 0.12, 0.05) + 0.15 * pair(
        grid, person.eye_distance, -0.09, 0.13, 0.04
    )
    nostrils = 0.85 * pair(grid, 0.6 * person.nose_width, person.nose_length + 0.035, 0.038, 0.022)
    colour *= (1 - np.clip(tired + nostrils, 0, 0.9))[..., None]
    for _ in range(int(rng.integers(0, 9))):
        spot = bump(grid, rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.9), 0.014, 0.014)
        colour *= (1 - 0.5 * spot)[..., None]
    return np.asarray(colour, np.float32)


def _lips(person: Identity, grid: Grid, colour: Floats, shine: Floats) -> tuple[Floats, Floats]:
    curve = 0.585 - 0.25 * person.smile * grid.x**2
    down = grid.y - curve
    part = np.clip(np.abs(grid.x) / person.mouth_width, 0, 1)
    cupid = 1 - 0.25 * np.exp(-((grid.x / 0.03) ** 2))
    room = np.where(down < 0, 1.25 * cupid, 1.6).astype(np.float32) * person.lip * (1 - part**2.2)
    lips = step(room - np.abs(down), -0.01, 0.02) * (part < 1) * grid.front
    red = np.asarray(person.skin, np.float32) * np.array([0.86, 0.52, 0.55], np.float32)
    colour = mix(colour, np.broadcast_to(red, colour.shape), 0.75 * lips)
    seam = 0.75 * np.exp(-((down / 0.013) ** 2) - (grid.x / (0.96 * person.mouth_width)) ** 8) * grid.front
    darker = np.asarray(colour * (1 - seam)[..., None], np.float32)
    return darker, np.asarray(shine + 0.035 * lips, np.float32)


def _brows_and_beard(person: Identity, grid: Grid, colour: Floats) -> Floats:
    side = grid.x.shape[0]
    rng = stream(person.texture_seed, "brows")
    hairs = np.clip(0.8 + 0.35 * smooth(rng, side, (260, 130)), 0, 1.2)
    across = np.abs(grid.x) - person.eye_distance
    arch = -0.17 - 0.035 * np.cos(np.clip(across / 0.18, -1.4, 1.4)) + 0.25 * across**2
    brows = (
        np.exp(-(((grid.y - arch) / 0.034) ** 2) - (np.abs(across) / 0.16) ** 4) * person.brow_density * hairs
    )
    shade = 0.5 * np.asarray(person.hair, np.float32) + 0.1 * np.asarray(person.skin, np.float32)
    colour = mix(colour, np.broadcast_to(shade, colour.shape), np.clip(brows, 0, 1) * grid.front)
    if person.beard == 0:
        return colour
    cheek = step(grid.y - 0.32 - 0.5 * (0.6 - np.abs(grid.x)).clip(0, 1), -0.06, 0.1)
    moustache = bump(grid, 0, 0.475, 0.22, 0.05)
    bare = np.exp(
        -((grid.x / (0.9 * person.mouth_width)) ** 6) - ((grid.y - 0.585) / (1.4 * person.lip)) ** 6
    )
    beard = (
        person.beard
        * np.maximum(cheek, moustache)
        * (1 - bare)
        * hairs
        * step(grid.direction[..., 2], 0.0, 0.25)
    )
    return mix(colour, np.broadcast_to(shade, colour.shape), np.clip(beard, 0, 0.95))


def _strands(person: Identity, grid: Grid) -> Floats:
    side = grid.x.shape[0]
    rng = stream(person.texture_seed, "hair")
    streaks = (
        1
        + 0.35 * smooth(rng, side, (14, 170))
        + 0.25 * smooth(rng, side, (40, 300))
        + 0.15 * smooth(rng, side, 12)
    )
    return np.asarray(
        np.asarray(person.hair, np.float32) * np.clip(streaks, 0.25, 2.2)[..., None], np.float32
    )


def _eyes(person: Identity, grid: Grid, colour: Floats, shine: Floats) -> tuple[Floats, Floats, Floats]:
    inside, across, down = eye_opening(person, grid)
    lashes = cv2.GaussianBlur(inside, (0, 0), max(0.6, inside.shape[0] / 260))
    rim = np.clip(lashes * (1 - inside) * 2.2, 0, 0.8) * np.where(down < 0, 1.0, 0.45)
    colour = colour * (1 - rim)[..., None]
    distance = np.sqrt(across**2 + (down + 0.004) ** 2)
    iris = step(distance, 0.062, 0.054)
    pupil = step(distance, 0.030, 0.024)
    ring = 1 - 0.5 * step(distance, 0.042, 0.058)
    white = np.array([0.62, 0.58, 0.56], np.float32) * (1 - 0.35 * step(-down, 0.0, 0.05))[..., None]
    ball = mix(white, np.asarray(person.iris, np.float32) * ring[..., None], iris)
    ball = ball * (1 - 0.95 * pupil)[..., None]
    return mix(colour, ball, inside), shine * (1 - inside) + 0.05 * inside, inside
