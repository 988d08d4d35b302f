"""Eyes: where they open, how the lids lie on them, what colour everything has."""

from dataclasses import dataclass

import numpy as np

from mtfas.synthetic.grid import Grid, Window, step, window_at
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats

EYE_GLOSS = 150.0
_EYE = -0.02
"""y of the eyes, head units."""
_IRIS, _PUPIL = 0.055, 0.023
_WHITE = np.array([0.47, 0.44, 0.41], np.float32)
_FLESH = np.array([0.42, 0.20, 0.17], np.float32)


@dataclass(frozen=True)
class Opening:
    """Both eyes over a part of the maps, all [h, w].

    Attributes:
        inside: 1 where the eyeball is seen.
        across: distance from the eye's middle towards the temple, head units; `down` below it.
        top: edge of the upper lid on `down`'s scale; `bottom` that of the lower lid.
        along: 0 in the eye's middle, 1 at its corners.
    """

    inside: Floats
    across: Floats
    down: Floats
    top: Floats
    bottom: Floats
    along: Floats


def eye_opening(person: Identity, grid: Grid) -> tuple[Floats, Floats, Floats]:
    """Return the eyeball's visible area (0 to 1) and coordinates about the eye's centre in head units."""
    eye = find_eyes(person, grid, 0.0, 0.0)
    return eye.inside, eye.across, eye.down


def find_eyes(person: Identity, grid: Grid, texel: float, lids: float) -> Opening:
    """Return where the eyes are open on a part of the maps.

    Args:
        person: whose eyes; a squint narrows them.
        grid: the part.
        texel: its texel, head units.
        lids: 0 open, 1 closed.
    """
    across = np.asarray(np.abs(grid.x) - np.float32(person.eye_distance), np.float32)
    down = np.asarray(grid.y - np.float32(_EYE) + np.float32(person.eye_tilt) * across, np.float32)
    along = np.minimum(np.abs(across) * np.float32(1 / person.eye_width), 1)
    wide = person.eye_opening * (1 - 0.45 * person.squint) * (1 + 0.12 * person.brow_raise)
    inner = (across + np.float32(0.02)) * np.float32(1 / person.eye_width)
    arch = np.clip(1 - np.abs(inner) ** 2.3, 0, 1) * (1 - along**6)
    low = (0.72 + 0.1 * person.squint) * wide * np.clip(1 - along**2.6, 0, 1)
    top = -1.15 * wide * arch * np.float32(1 - lids) + np.float32(0.8 * lids) * low
    bottom = low * np.float32(1 - 0.2 * lids)
    soft = max(0.009, 0.8 * texel)
    inside = step(down - top, -0.3 * soft, 0.7 * soft) * step(bottom - down, -0.3 * soft, 0.7 * soft)
    inside *= (along < 1) & (bottom - top > 0.25 * soft) & (grid.front > 0)
    seen = np.asarray(inside * np.float32(lids < 0.95), np.float32)
    return Opening(seen, across, down, top, np.asarray(bottom, np.float32), along)


def eye_window(person: Identity, grid: Grid) -> Window:
    """Return the rows and columns of the maps outside which a blink changes nothing."""
    far = person.eye_distance + person.eye_width + 0.06
    return window_at(grid, (-far, far), (-0.24, 0.14))


def eye_relief(person: Identity, grid: Grid, texel: float, lids: float) -> Floats:
    """Return how the ball lies behind the lids' edges, and the lids' crease, head units, [h, w]."""
    eye = find_eyes(person, grid, texel, lids)
    near = step(eye.along, 1.0, 0.8)
    distance = _from_iris(person, eye)
    cornea = 0.012 * np.clip(1 - (distance / 0.07) ** 2, 0, 1)
    crease = np.exp(-(((eye.down - eye.top + _crease(person, lids)) / max(0.012, texel)) ** 2)) * near
    lid = 0.012 * lids * near * step(np.abs(eye.down), 0.06, 0.02)
    return np.asarray(eye.inside * (cornea - 0.014) - 0.010 * person.fold * crease + lid, np.float32)


def paint_eyes(
    person: Identity, grid: Grid, texel: float, lids: float, colour: Floats, shine: Floats, gloss: Floats
) -> None:
    """Paint eyeballs, lids' edges, lashes and eyeliner over a part of the maps, in place.

    Args:
        person: whose eyes.
        grid: the part.
        texel: its texel, head units.
        lids: 0 open, 1 closed.
        colour: reflectance of the skin there, [h, w, 3].
        shine: strength of the highlight, [h, w].
        gloss: exponent of the highlight, [h, w].
    """
    eye = find_eyes(person, grid, texel, lids)
    near = step(eye.along, 1.0, 0.86) * (grid.front > 0)
    over = eye.top - eye.down
    crease = np.exp(-(((over - _crease(person, lids)) / max(0.009, 0.7 * texel)) ** 2))
    colour *= (1 - 0.42 * person.fold * (1 - 0.6 * lids) * crease * near)[..., None]
    colour += eye.inside[..., None] * (_ball(person, eye) - colour)
    colour *= (1 - _lashes(person, eye, texel, lids) * near)[..., None]
    shine += eye.inside * (np.float32(0.03) - shine)
    gloss += eye.inside * (np.float32(EYE_GLOSS) - gloss)


def _crease(person: Identity, lids: float) -> float:
    """Return how far above the upper lid's edge its crease lies, head units."""
    return (0.028 + 0.018 * person.fold) * (1 - lids) + (0.075 + 0.03 * person.fold) * lids


def _from_iris(person: Identity, eye: Opening) -> Floats:
    right, low = person.gaze
    # `across` runs to the temples on both sides: irises that look the same way move oppositely in it, but
    # a slight squint inwards is what near things ask for, so both share the gaze's amount.
    across, down = eye.across - np.float32(abs(right) - 0.012), eye.down - np.float32(low - 0.010)
    return np.asarray(np.sqrt(across * across + down * down), np.float32)


def _ball(person: Identity, eye: Opening) -> Floats:
    """Return the eyeball's colour: white, flesh in the inner corner, iris with a dark ring, pupil."""
    distance = _from_iris(person, eye)
    corner = step(eye.across, -0.72 * person.eye_width, -0.95 * person.eye_width)
    red = 0.25 * eye.along**3
    # Exposed for dark skin, whites as bright as beside light skin would glow.
    level = np.float32(0.55 + 0.45 * min(1.0, float(np.mean(person.skin)) / 0.4))
    white = level * _WHITE + np.maximum(0.9 * corner, red)[..., None] * (_FLESH - _WHITE)
    iris = step(distance, _IRIS + 0.006, _IRIS - 0.006)
    ring = 0.85 - 0.55 * step(distance, 0.028, _IRIS) + 0.35 * np.exp(-(((distance - 0.030) / 0.008) ** 2))
    own = np.asarray(person.iris, np.float32) * ring[..., None]
    ball = white + iris[..., None] * (own - white)
    pupil = step(distance, _PUPIL + 0.004, _PUPIL - 0.004)
    shade = 1 - 0.55 * np.exp(-(np.maximum(eye.down - eye.top, 0) / 0.024))
    return np.asarray(ball * ((1 - 0.94 * pupil) * shade)[..., None], np.float32)


def _lashes(person: Identity, eye: Opening, texel: float, lids: float) -> Floats:
    """Return how dark the lids' edges are: lashes, thicker outwards, and eyeliner, [h, w]."""
    thin = max(0.0085, 0.7 * texel)
    thick = thin * (1 + 0.45 * np.clip(eye.across / person.eye_width, -0.6, 1)) * (1 + 0.7 * person.eyeliner)
    weak = min(1.0, 0.012 / texel)
    upper = np.exp(-(((eye.down - eye.top + 0.2 * thin) / thick) ** 2)) * (0.74 + 0.2 * person.eyeliner)
    lower = (
        np.exp(-(((eye.down - eye.bottom) / thin) ** 2)) * (0.26 + 0.4 * person.eyeliner) * (1 - 0.5 * lids)
    )
    return np.asarray(max(weak, 0.6) * np.maximum(upper, lower), np.float32)
