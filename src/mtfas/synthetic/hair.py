"""Hair and what is worn over it: where it lies on a head, how thick, in what colour."""

import cv2
import numpy as np

from mtfas.runtime.seeds import stream
from mtfas.synthetic.grid import Grid, step
from mtfas.synthetic.identity import (
    BALD,
    BEANIE,
    CAP,
    CROWN,
    CURLY,
    FRINGE,
    HOOD,
    NO_HEADWEAR,
    SCARF,
    TIED,
    Identity,
)
from mtfas.synthetic.noise import Floats, smooth

_SHARE = 4
"""The outlines of hair are smooth and drawn on a grid this much coarser than the maps."""


def hair_maps(person: Identity, grid: Grid) -> tuple[Floats, Floats]:
    """Return where hair or headwear covers the head (0 to 1) and how thick it lies, both [T, T]."""
    where, thickness = _hair(person, grid)
    cover = headwear_map(person, grid)
    if cover is None:
        return where, thickness
    # A smooth edge, since rays step over walls.
    spread = cv2.GaussianBlur(cover, (0, 0), max(1.0, 0.03 / grid.texel))
    thick = np.float32(0.07 if person.headwear in (SCARF, BEANIE) else 0.09)
    cloth = thick * spread + _brim(person, grid)
    under = np.minimum(thickness, np.float32(0.05)) * (1 - cover)
    return np.maximum(where, cover), np.asarray(under + cloth, np.float32)


def paint_hair(person: Identity, grid: Grid) -> tuple[Floats, Floats]:
    """Return colour [T, T, 3] and shine [T, T] of hair, as if it covered the whole head."""
    side = grid.x.shape[0]
    rng = stream(person.texture_seed, "hair")
    long_ = person.hair_style != CURLY
    fine = smooth(rng, side, (side // 40, side // 2) if long_ else (side // 3, side // 3))
    locks = smooth(rng, side, (10, 130) if long_ else (90, 90))
    streaks = np.exp(0.30 * fine + 0.28 * locks + 0.12 * smooth(rng, side, 12))
    streaks = np.minimum(streaks, np.float32(1.9))
    base = np.asarray(person.hair, np.float32)
    shine = np.asarray((0.006 + 0.05 * float(base.mean())) * streaks, np.float32)
    return np.asarray(streaks[..., None] * base, np.float32), shine


def headwear_map(person: Identity, grid: Grid) -> Floats | None:
    """Return where cap, beanie, headscarf or hood cover the head, [T, T] in [0, 1], or None without one."""
    if person.headwear == NO_HEADWEAR:
        return None
    side = grid.x.shape[0]
    share = _coarse(side)
    x, y, z = (part[::share, ::share] for part in (grid.x, grid.y, grid.z))
    if person.headwear in (CAP, BEANIE):
        level = -0.44 if person.headwear == CAP else -0.40
        margin = np.where(z < 0, level + 0.30 * np.clip(-z, 0, 0.6) - y, level + 0.05 * (0.6 - z) - y)
    else:
        wide, high = (0.56, 0.98) if person.headwear == SCARF else (0.62, 1.25)
        oval = (np.abs(x) / wide) ** 2.4 + (np.abs(y - 0.24) / (high * 0.86)) ** 2.4
        margin = np.where(z > 0, 0.5 * (oval ** (1 / 2.4) - 1), 0.5)
    return _edge(_fine(margin, side), grid, 0.012)


def paint_headwear(person: Identity, grid: Grid) -> Floats:
    """Return headwear's colour, as if it covered the whole head, [T, T, 3]."""
    side = grid.x.shape[0]
    rng = stream(person.texture_seed, "headwear")
    folds = (
        0.18 * smooth(rng, side, (8, 22))
        if person.headwear in (SCARF, HOOD)
        else 0.05 * smooth(rng, side, 20)
    )
    ribs = 0.12 * np.sin(grid.x * 95) * np.float32(person.headwear == BEANIE and side > 300)
    weave = 0.06 * smooth(rng, side, side // 3)
    tone = np.clip(1 + folds + ribs + weave, 0.3, 1.8)
    return np.asarray(tone[..., None] * np.asarray(person.headwear_colour, np.float32), np.float32)


def _hair(person: Identity, grid: Grid) -> tuple[Floats, Floats]:
    side = grid.x.shape[0]
    if person.hair_thickness <= 0 or person.hair_style == BALD:
        return np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    rng = stream(person.texture_seed, "hairline")
    share = _coarse(side)
    parts = (part[::share, ::share] for part in (grid.x, grid.y, grid.z))
    margin = _fine(_margin(person, *parts), side)
    # Single hairs cross the hairline: jitter that is fine across and long down.
    margin += 0.013 * smooth(rng, side, (side // 16, side // 2)) + 0.012 * smooth(rng, side, (24, 120))
    soft = {CROWN: 0.14, CURLY: 0.05, TIED: 0.05}.get(person.hair_style, 0.035)
    where = step(margin, -0.5 * soft, soft) * np.float32(0.97)
    cells = (side // 12, side // 12) if person.hair_style == CURLY else (18, 170)
    strands = 1 + 0.10 * smooth(rng, side, cells) + 0.08 * smooth(rng, side, 30)
    full = step(margin, -0.02, 0.16) * (0.8 + 0.2 * step(grid.y, -0.2, -0.8))
    # A smooth edge, since rays step over walls.
    thickness = full * strands * np.float32(person.hair_thickness)
    return where, np.asarray(thickness, np.float32)


def _margin(person: Identity, x: Floats, y: Floats, z: Floats) -> Floats:
    """Return how far places lie within the hair's outline, head units, negative outside."""
    wide, line = np.abs(x), person.hairline
    if person.hair_style == FRINGE:
        line = -0.36
    high = 0.1 - line
    receding = 0.12 * np.clip((person.age - 30) / 40, 0, 1) * (person.hair_style != FRINGE)
    rise = receding * np.exp(-(((wide - 0.34) / 0.14) ** 2))
    oval = ((wide / 0.60) ** 2.6 + (np.maximum(0.1 - y, 0) / (high + rise)) ** 2.6) ** (1 / 2.6)
    steep = 0.9
    margin = np.where(y < 0.1, steep * (oval - 1), 0.55 * (wide / 0.60 - 1))
    margin = np.where(z < 0.0, np.maximum(margin, 0.3), margin)
    long_ = person.hair_length > 0.2 and person.hair_style != TIED
    if long_:
        outside = wide - 0.42 + 5.0 * np.maximum(-0.12 - y, 0)
        margin = np.minimum(np.maximum(margin, 0.8 * (0.32 - z) - step(y, 0.0, -0.2)), outside)
        lowest = min(0.7, 0.1 + person.hair_length) + 0 * z
    else:
        # Short hair ends before and above the ear, and at the nape behind it.
        lowest = np.where(z > -0.02, 0.06, np.where(z > -0.22, -0.16, 0.45)) + 0.0 * z
        lowest = cv2.GaussianBlur(lowest.astype(np.float32), (0, 0), max(0.8, x.shape[0] / 130))
    margin = np.minimum(margin, lowest - y)
    if person.hair_style == CROWN:
        margin = np.minimum(margin, y + 0.42)
    return np.asarray(margin, np.float32)


def _brim(person: Identity, grid: Grid) -> Floats | np.float32:
    """Return how far a cap's brim stands out, [T, T]."""
    if person.headwear != CAP:
        return np.float32(0)
    high = np.exp(-(((grid.y + 0.46 + 0.25 * grid.x**2) / 0.06) ** 2))
    return np.asarray(0.115 * high * step(np.abs(grid.x), 0.55, 0.25) * grid.front, np.float32)


def _coarse(side: int) -> int:
    return _SHARE if side % _SHARE == 0 and side >= 256 else 1


def _fine(coarse: Floats, side: int) -> Floats:
    """Return a coarse map (every _coarse-th texel) at all texels."""
    if coarse.shape[0] == side:
        return np.asarray(coarse, np.float32).copy()
    share = side // coarse.shape[0]
    grown = cv2.resize(np.asarray(coarse, np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    # cv2 takes samples as cell centres; these are the cells' first texels.
    shift = (share - 1) / 2
    matrix = np.array([[1, 0, -shift], [0, 1, -shift]], np.float64)
    return np.asarray(
        cv2.warpAffine(grown, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def _edge(margin: Floats, grid: Grid, soft: float) -> Floats:
    wide = max(soft, 0.8 * grid.texel)
    return step(margin, -wide, wide)
