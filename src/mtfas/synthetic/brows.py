"""Hair of the face: brows and beards."""

import numpy as np

from mtfas.runtime.seeds import stream
from mtfas.synthetic.grid import Grid, bump, step
from mtfas.synthetic.identity import CHINSTRAP, FULL, GOATEE, MOUSTACHE, STUBBLE, Identity
from mtfas.synthetic.mouth import MOUTH, find_lips
from mtfas.synthetic.noise import Floats, grain


def paint_brows(person: Identity, grid: Grid, texel: float, colour: Floats, shine: Floats) -> None:
    """Paint the brows over a part of the maps, in place."""
    rng = stream(person.texture_seed, "brows")
    out = np.asarray((np.abs(grid.x) - person.eye_distance) * np.float32(1 / 0.19), np.float32)
    inner = np.clip(-out, 0, 1)
    arch = -0.175 - 0.022 * person.brow_arch * (1 - (out - 0.25) ** 2) - 0.035 * person.brow_raise
    arch = arch + 0.03 * person.frown * inner + 0.05 * np.clip(out - 0.45, 0, 1)
    thick = 0.036 * (1 - 0.62 * np.clip((out + 0.5) / 1.5, 0, 1))
    off = (grid.y - arch) / thick
    hairs = 0.75 + 0.5 * _strands(rng, grid, texel, 0.012, 0.05)
    body = np.exp(-(np.abs(off) ** 2.6)) * step(np.abs(out), 1.05, 0.75)
    part = np.clip(body * hairs * person.brow_density, 0, 0.93) * grid.front
    _lay(colour, _shade(person), part)
    shine *= 1 - 0.6 * part


def paint_beard(person: Identity, grid: Grid, texel: float, colour: Floats, shine: Floats) -> None:
    """Paint the beard over a part of the maps, in place; its style says where it grows."""
    if person.beard == 0:
        return
    rng = stream(person.texture_seed, "beard")
    lips = find_lips(person, grid, texel)
    bare = np.maximum(np.maximum(lips.upper, lips.lower), lips.inside)
    ragged = grid.y + 0.02 * grain(rng, grid.x.shape, texel, 0.05)
    where = (
        AREAS[person.beard_style](person, grid, ragged) * (1 - bare) * step(grid.direction[..., 2], 0.0, 0.3)
    )
    fine = _strands(rng, grid, texel, 0.03, 0.011)
    if person.beard_style == STUBBLE:
        dots = step(grain(rng, grid.x.shape, texel, max(0.011, 1.3 * texel)), -0.6, 1.2)
        strength = (0.18 + 0.40 * person.beard) * (0.55 + 0.9 * dots * min(1.0, 0.012 / texel))
    else:
        strength = (0.45 + 0.55 * person.beard) * np.clip(0.92 + 0.3 * fine, 0.4, 1.1)
    part = np.clip(where * strength, 0, 0.96)
    tone = np.exp(0.3 * fine)[..., None] * _shade(person)
    _lay(colour, tone, part)
    shine *= 1 - 0.7 * part


def _full(person: Identity, grid: Grid, y: Floats) -> Floats:
    wide = np.abs(grid.x)
    edge = 0.50 - 0.42 * np.clip(wide - 0.26, 0, 0.4)
    cheek = step(y - edge, -0.03, 0.07) * step(wide, 0.16, 0.24)
    return np.asarray(np.maximum(np.maximum(cheek, _chin(grid, y)), _moustache(person, grid, y)), np.float32)


def _goatee(person: Identity, grid: Grid, y: Floats) -> Floats:
    wide = np.abs(grid.x)
    beside = step(wide, 0.30, 0.24) * step(wide, 0.17, 0.23) * step(y, 0.50, 0.56)
    below = step(wide, 0.28, 0.20) * step(y, 0.70, 0.76)
    return np.asarray(np.maximum(np.maximum(beside, below), _moustache(person, grid, y)), np.float32)


def _moustache(person: Identity, grid: Grid, y: Floats) -> Floats:
    droop = y - np.float32(0.25) * grid.x**2
    across = step(np.abs(grid.x), person.mouth_width + 0.06, person.mouth_width - 0.02)
    high = person.nose_length + 0.045
    there = across * step(droop, high + 0.01, high + 0.055) * step(droop, MOUTH + 0.03, MOUTH - 0.01)
    return np.asarray(there, np.float32)


def _chinstrap(person: Identity, grid: Grid, y: Floats) -> Floats:
    around = (grid.x / 0.47) ** 2 + (np.maximum(y - 0.1, 0) / 0.83) ** 2
    return np.asarray(step(around, 0.86, 1.0) * step(y, 0.1, 0.25), np.float32)


def _chin(grid: Grid, y: Floats) -> Floats:
    return np.maximum(step(y, 0.71, 0.78), bump(grid, 0, 0.70, 0.04, 0.04))


AREAS = {FULL: _full, GOATEE: _goatee, MOUSTACHE: _moustache, STUBBLE: _full, CHINSTRAP: _chinstrap}
"""Where a beard of each style grows."""


def _shade(person: Identity) -> Floats:
    own, skin = (np.asarray(part, np.float32) for part in (person.hair, person.skin))
    return np.asarray(0.62 * own + 0.06 * skin, np.float32)


def _strands(rng: np.random.Generator, grid: Grid, texel: float, high: float, wide: float) -> Floats:
    """Return noise of hairs this high and wide, head units."""
    shape = grid.x.shape
    stretched = (round(shape[0] * max(wide, texel) / max(high, texel)) + 2, shape[1])
    noise = grain(rng, stretched, texel, max(wide, 1.2 * texel))
    rows = np.linspace(0, stretched[0] - 1, shape[0]).astype(int)
    return np.asarray(noise[rows], np.float32)


def _lay(under: Floats, over: Floats, part: Floats) -> None:
    under += part[..., None] * (over - under)
