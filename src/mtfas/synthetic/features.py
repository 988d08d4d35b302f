"""What stands out from the skull: brow, eyes, nose, cheeks, mouth, chin, ears, wrinkles, pores."""

import numpy as np

from mtfas.runtime.seeds import stream
from mtfas.synthetic.eyes import eye_relief
from mtfas.synthetic.grid import Grid, band, bump, pair, step
from mtfas.synthetic.identity import BEANIE, HOOD, SCARF, Identity
from mtfas.synthetic.mouth import MOUTH, lip_relief
from mtfas.synthetic.noise import Floats, grain
from mtfas.synthetic.wrinkles import aged, grooves

_DEEPEST = 0.010
"""Depth of a strong wrinkle, head units."""
_PORES = 0.0006
"""Height of the skin's fine relief, head units."""
_EARS = ((-0.25, 0.5), (0.3, 0.9))


def relief(person: Identity, grid: Grid, texel: float) -> Floats:
    """Return what a face adds to the skull over a part of the maps that holds it, [h, w], head units."""
    total = np.asarray(-_DEEPEST * grooves(person, grid, texel), np.float32)
    upper, nose, lower = (band(grid, *rows) for rows in ((-0.8, 0.25), (-0.3, 0.62), (-0.15, 1.15)))
    total[upper] += _upper_face(person, grid.cut(upper))
    total[nose] += _nose(person, grid.cut(nose))
    total[lower] += _lower_face(person, grid.cut(lower))
    eyes, mouth = band(grid, -0.22, 0.12), band(grid, 0.42, 0.78)
    total[eyes] += eye_relief(person, grid.cut(eyes), texel, 0.0)
    total[mouth] += lip_relief(person, grid.cut(mouth), texel)
    if person.pores > 0:
        total += _pores(person, grid, texel)
    return np.asarray(grid.front * total, np.float32)


def add_ears(person: Identity, grid: Grid, radius: Floats) -> None:
    """Add the ears to a head's radius [T, T], in place."""
    middle = grid.x.shape[0] // 2
    rows = np.flatnonzero((grid.y[:, middle] > -0.5) & (grid.y[:, middle] < 0.75))
    for columns in (slice(0, middle), slice(middle, None)):
        window = (slice(int(rows[0]), int(rows[-1]) + 1), columns)
        radius[window] += _ear(person, grid.cut(window))


def _pores(person: Identity, grid: Grid, texel: float) -> Floats:
    """Return fine bumps: pores, and coarser unevenness that grows with age."""
    rng = stream(person.texture_seed, "pores")
    # No finer than two texels, and weaker where the maps are too coarse for them.
    size = max(0.016, 2 * texel)
    fine = grain(rng, grid.x.shape, texel, size)
    rough = grain(rng, grid.x.shape, texel, max(0.05, 3 * texel))
    weak = min(1.0, 0.014 / texel) * person.pores
    return np.asarray(_PORES * weak * (fine + 1.2 * (0.4 + aged(person)) * rough), np.float32)


def _upper_face(person: Identity, grid: Grid) -> Floats:
    lifted = 0.02 * person.brow_raise
    brow = person.brow * pair(grid, 0.24, -0.19 - lifted, 0.2, 0.07)
    brow += 0.6 * person.brow * bump(grid, 0, -0.2, 0.12, 0.07)
    knit = 0.02 * person.frown * pair(grid, 0.1, -0.17, 0.05, 0.05)
    sockets = -0.075 * pair(grid, person.eye_distance - 0.02, -0.04, 0.15, 0.095)
    inner = -0.045 * pair(grid, 0.14, -0.02, 0.055, 0.08)
    balls = 0.078 * pair(grid, person.eye_distance, -0.02, 0.108, 0.078)
    temples = -0.035 * pair(grid, 0.62, -0.22, 0.12, 0.22)
    forehead = 0.02 * bump(grid, 0, -0.5, 0.35, 0.2)
    bags = 0.022 * aged(person) * pair(grid, person.eye_distance, 0.085, 0.09, 0.03)
    return np.asarray(brow + knit + sockets + inner + balls + temples + forehead + bags, np.float32)


def _nose(person: Identity, grid: Grid) -> Floats:
    tip = -0.02 + person.nose_length
    along = np.clip((grid.y + 0.14) / (tip + 0.14), 0.0, 1.0)
    high = person.nose_height * (person.nose_bridge + (1 - person.nose_bridge) * along**1.5)
    high *= step(grid.y, -0.24, -0.06)
    under = np.exp(-((np.maximum(grid.y - tip + 0.22 * np.abs(grid.x) - 0.01, 0) / 0.055) ** 2))
    width = 0.062 + (0.30 * person.nose_width + 0.012) * along
    ridge = high * under * np.exp(-((np.abs(grid.x) / width) ** 1.8))
    ball = 0.032 * bump(grid, 0, tip - 0.015, 0.4 * person.nose_width + 0.02, 0.06)
    wings = 0.075 * pair(grid, person.nose_width, tip + 0.02, 0.046, 0.05)
    crease = -0.016 * pair(grid, person.nose_width + 0.058, tip + 0.02, 0.02, 0.05)
    holes = -0.02 * pair(grid, 0.5 * person.nose_width, tip + 0.062, 0.03, 0.018)
    return np.asarray(ridge + ball + wings + crease + holes, np.float32)


def _lower_face(person: Identity, grid: Grid) -> Floats:
    old, happy = aged(person), max(0.0, person.smile)
    bones = (0.03 + person.cheek) * pair(grid, 0.42, 0.12, 0.16, 0.13)
    apples = 0.035 * happy * pair(grid, 0.34, 0.22, 0.13, 0.11)
    hollow = -0.03 * old * pair(grid, 0.42, 0.48, 0.12, 0.16)
    jowls = 0.035 * old * pair(grid, 0.33, 0.80, 0.1, 0.09)
    mound = 0.045 * bump(grid, 0, MOUTH - 0.01, 0.24, 0.15)
    philtrum = -0.012 * bump(grid, 0, 0.475, 0.022, 0.05) + 0.006 * pair(grid, 0.04, 0.475, 0.02, 0.05)
    beside = np.abs(grid.x) - 0.19 - 0.3 * (grid.y - 0.4)
    fold = (
        0.02 * (0.5 + happy + old) * np.exp(-(((beside - 0.05) / 0.06) ** 2) - ((grid.y - 0.45) / 0.12) ** 2)
    )
    chin = person.chin * bump(grid, 0, 0.88, 0.17, 0.11) + 0.03 * bump(grid, 0, 0.86, 0.2, 0.12)
    hollow = hollow - 0.028 * bump(grid, 0, 0.735, 0.15, 0.045)
    parts = bones + apples + hollow + jowls + mound + philtrum + fold + chin
    return np.asarray(parts, np.float32)


def _ear(person: Identity, grid: Grid) -> Floats:
    """Return one side's ear: a flap that rises towards its back edge, with a hollow in it."""
    along, up = (grid.z + 0.07) / 0.125, (grid.y - 0.10 + 0.25 * (grid.z + 0.07)) / 0.235
    outline = along * along + np.abs(up) ** 2.4
    flap = step(outline, 1.35, 0.75) * (0.62 - 0.38 * np.clip(along, -1, 1))
    hollow = 0.5 * np.exp(-(((along - 0.1) / 0.42) ** 2) - ((up - 0.05) / 0.45) ** 2)
    ridge = 0.2 * np.exp(-(((np.sqrt(outline) - 0.82) / 0.13) ** 2))
    covered = 0.1 if person.headwear in (SCARF, HOOD) else 0.3 if person.headwear == BEANIE else 1.0
    covered = min(covered, 0.3 if person.hair_length > 0.2 else 1.0)
    return np.asarray(
        covered
        * person.ear
        * (flap - hollow * step(outline, 1.0, 0.6) + ridge)
        * step(np.abs(grid.x), 0.3, 0.5),
        np.float32,
    )
