"""A half mask: plastic or latex over the lower or the upper half of the face; live skin beside it."""

from dataclasses import dataclass, replace

import numpy as np

from mtfas.synthetic.coat import Coat, draw_lamp
from mtfas.synthetic.head import Head
from mtfas.synthetic.identity import Colour, Identity
from mtfas.synthetic.masks.casting import Cast, blended, cast_face, disguised
from mtfas.synthetic.masks.features import draw_brush, painted
from mtfas.synthetic.masks.mask import Mask
from mtfas.synthetic.masks.outline import covered, cut, eye_holes, face_oval, nostrils, slit, under_headwear
from mtfas.synthetic.masks.relief import RELIEFS, Relief
from mtfas.synthetic.noise import Floats, smooth
from mtfas.synthetic.skin import mix
from mtfas.synthetic.surface import Grid

HALVES = ("lower", "upper")
KINDS = {"stranger": 0.5, "old man": 0.3, "animal": 0.2}
"""What a half mask shows, and how often."""
MATERIALS = {"plastic": 0.55, "latex": 0.45}


@dataclass(frozen=True)
class Choice:
    """What one half mask is: which half, whose face, which material, how tight and how foreign its tint."""

    half: str
    kind: str
    material: str
    fit: float
    tint: float


def make_half(head: Head, stranger: Identity, rng: np.random.Generator) -> Mask:
    """Return a half mask for the head.

    Args:
        head: who will wear it.
        stranger: whose face it is moulded after.
        rng: which half, what it shows, its material, cut, strap, tint and fit.
    """
    choice = _choose(rng)
    relief = RELIEFS[choice.kind]
    cast = cast_face(relief.person(_moulded(head, stranger, choice)), head.grid.x.shape[0])
    colour, shape = _skin(cast, relief, choice, rng)
    area = _area(head, choice, rng)
    strap, strap_colour = _strap(head.grid, choice, rng)
    cover = covered(area)
    over = np.asarray(covered(strap) * (1 - cover), np.float32)
    glossy = choice.material == "plastic"
    shine, lamp = float(rng.uniform(0.02, 0.055)), draw_lamp(rng, (2.0, 9.0))
    coat = Coat(head.surface.normal, np.asarray(cover * np.float32(shine)), lamp)
    return Mask(
        radius=np.where(cover > 0, shape, np.float32(0)),
        cover=np.maximum(cover, over),
        colour=mix(colour, np.broadcast_to(np.asarray(strap_colour, np.float32), colour.shape), over),
        shine=float(rng.uniform(0.01, 0.04)) if glossy else float(rng.uniform(0.015, 0.05)),
        gloss=float(rng.uniform(14, 40)),
        softness=0.1 if glossy else 0.5,
        rim=float(rng.uniform(0.45, 0.85)),
        openness=cast.openness,
        coat=coat if glossy else None,
        made={
            "mask_half": choice.half, "mask_kind": choice.kind, "mask_plastic": choice.material,
            "mask_fit": choice.fit, "mask_tint": choice.tint, "mask_shine": shine if glossy else 0.0,
        },
    )  # fmt: skip


def _choose(rng: np.random.Generator) -> Choice:
    half = HALVES[int(rng.integers(len(HALVES)))]
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    material = str(rng.choice(list(MATERIALS), p=list(MATERIALS.values())))
    return Choice(half, kind, material, float(rng.uniform(0.03, 0.075)), float(rng.uniform(0.1, 1.0)))


def _moulded(head: Head, stranger: Identity, choice: Choice) -> Identity:
    return replace(disguised(head.person, stranger, choice.tint), eye_opening=head.person.eye_opening)


def _skin(cast: Cast, relief: Relief, choice: Choice, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the mask's reflectance [T, T, 3] and the distance of its outside, [T, T]."""
    base: Colour = blended(cast.person.skin, relief.colour(rng), relief.foreign)
    colour = painted(cast.person, cast.grid, base, draw_brush(cast.person, base, rng), rng)
    height, tone = relief.height(cast.grid, rng), relief.tone(cast.grid, rng)
    grain = 1 + np.float32(rng.uniform(0.0, 0.05)) * smooth(rng, cast.grid.x.shape[0], 60)
    shape = cast.smoothed(0.03 if choice.material == "plastic" else 0.02) + np.float32(choice.fit)
    return cast.fitted(colour * (tone * grain)[..., None]), shape + cast.fitted(height)


def _area(head: Head, choice: Choice, rng: np.random.Generator) -> Floats:
    """Return how far inside the mask each texel lies, head units."""
    grid, person = head.grid, head.person
    whole = face_oval(grid, (float(rng.uniform(0.58, 0.7)), float(rng.uniform(0.85, 1.0))), 0.05)
    if choice.half == "lower":
        top = rng.uniform(0.12, 0.2) + rng.uniform(0, 0.15) * np.abs(grid.x)
        top = top - rng.uniform(0.05, 0.17) * np.exp(-((grid.x / 0.14) ** 2))
        below = np.asarray(grid.y - top, np.float32)
        lips = slit(grid, 0.2, float(rng.uniform(0.012, 0.03)))
        return under_headwear(head, cut(np.minimum(whole, below), nostrils(person, grid), lips))
    bottom = rng.uniform(0.2, 0.32) - rng.uniform(-0.1, 0.2) * np.abs(grid.x)
    bottom = bottom + rng.uniform(0.1, 0.2) * np.exp(-((grid.x / 0.17) ** 4))
    half = (float(rng.uniform(0.12, 0.16)), float(rng.uniform(0.06, 0.095)))
    above = np.asarray(bottom - grid.y, np.float32)
    return under_headwear(head, cut(np.minimum(whole, above), eye_holes(person, grid, half)))


def _strap(grid: Grid, choice: Choice, rng: np.random.Generator) -> tuple[Floats, Colour]:
    """Return how far inside the rubber band round the head each texel lies, and the band's colour."""
    wide = float(rng.uniform(0.02, 0.05))
    height = float(rng.uniform(0.2, 0.32)) if choice.half == "lower" else float(rng.uniform(-0.2, -0.05))
    middle = height - float(rng.uniform(0.0, 0.35)) * (0.4 - grid.z)
    band = wide - np.abs(grid.y - middle)
    sides = np.minimum(0.62 - grid.z, np.abs(grid.x) - 0.3)
    grey = float(rng.choice([0.03, 0.06, 0.3, 0.6]))
    return np.asarray(np.minimum(band, sides), np.float32), (grey, 0.97 * grey, 0.94 * grey)
