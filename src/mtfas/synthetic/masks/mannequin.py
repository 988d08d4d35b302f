"""A mannequin's head: fibreglass or plastic of one colour with painted features, bald, wigged or moulded."""

from dataclasses import dataclass, replace

import numpy as np

from mtfas.data.manifest import Parameter
from mtfas.synthetic.coat import Coat, draw_lamp
from mtfas.synthetic.head import Head, bake, bald
from mtfas.synthetic.identity import CURLY, FRINGE, PARTED, Colour, Identity
from mtfas.synthetic.masked import Masked, masked
from mtfas.synthetic.masks.features import draw_brush, painted, painted_eyes
from mtfas.synthetic.noise import Floats, smooth
from mtfas.synthetic.skin import EYE_GLOSS, Material, hair_maps, mix
from mtfas.synthetic.surface import Grid, Surface, normals

HAIR = {"wig": 0.5, "bald": 0.3, "moulded": 0.2}
FINISHES = {"matt": (0.0, 0.0), "satin": (0.008, 0.02), "gloss": (0.025, 0.05)}
"""What the surface mirrors head-on, lowest and highest."""
EYES = {"painted": 0.55, "glass": 0.3, "blank": 0.15}
WIGS = (PARTED, CURLY, FRINGE)
_UNPAINTED = 0.15
"""Share of mannequins in white, grey or black instead of a skin's colour."""


@dataclass(frozen=True)
class Mannequin:
    """A mannequin's head and the manifest's generating parameters of it."""

    head: Masked
    made: dict[str, Parameter]


def make_mannequin(model: Identity, side: int, rng: np.random.Generator) -> Mannequin:
    """Return a mannequin's head; its `region` is the whole head, the neck is drawn but not marked.

    Args:
        model: whose face it is moulded after.
        side: side of its maps.
        rng: hair, eyes, colour, finish and paint.
    """
    hair = str(rng.choice(list(HAIR), p=list(HAIR.values())))
    eyes = str(rng.choice(list(EYES), p=list(EYES.values())))
    finish = str(rng.choice(list(FINISHES)))
    base, shade = _base(model, rng)
    person = _moulded(model, hair, base, rng)
    head = bake(person, side)
    where, _ = hair_maps(person, head.grid)
    surface = _waved(head, where) if hair == "moulded" else head.surface
    shine = float(rng.uniform(*FINISHES[finish]))
    material, bare = _paint(person, head.grid, (hair, eyes), where, rng)
    region = np.ones((side, side), np.float32)
    whole = masked(head, surface, material, region, _coat(surface, bare, shine, rng))
    made: dict[str, Parameter] = {
        "mask_kind": hair, "mask_eyes": eyes, "mask_plastic": finish, "mask_tint": shade, "mask_shine": shine,
    }  # fmt: skip
    return Mannequin(whole, made)


def _base(model: Identity, rng: np.random.Generator) -> tuple[Colour, float]:
    """Return the colour of the plastic, and 1 where it is no skin's colour, else 0."""
    if rng.random() < _UNPAINTED:
        grey = float(rng.choice([0.02, 0.2, 0.45, 0.7]))
        return (grey, 0.98 * grey, 0.95 * grey), 1.0
    skin = np.asarray(model.skin)
    vivid = skin.mean() + rng.uniform(0.75, 1.15) * (skin - skin.mean())
    red, green, blue = np.clip(vivid * rng.uniform(0.9, 1.1), 0.01, 0.85)
    return (float(red), float(green), float(blue)), 0.0


def _moulded(model: Identity, hair: str, base: Colour, rng: np.random.Generator) -> Identity:
    """Return the face as factories like it: even, symmetric features, full lips, no beard."""
    thickness = {
        "bald": 0.0,
        "wig": float(rng.uniform(0.07, 0.14)),
        "moulded": float(rng.uniform(0.03, 0.06)),
    }
    style = WIGS[int(rng.integers(len(WIGS)))] if hair == "wig" else PARTED
    return replace(
        bald(model),
        skin=base,
        age=float(rng.uniform(20, 35)),
        smile=float(rng.uniform(-0.05, 0.15)),
        lip=max(model.lip, 0.042),
        eye_opening=float(rng.uniform(0.042, 0.06)),
        squint=0.0,
        brow_raise=0.0,
        frown=0.0,
        gaze=(0.0, 0.0),
        asymmetry=(0.0, 0.0, 0.0),
        hair_style=style,
        hair_thickness=thickness[hair],
        hair_length=float(rng.choice([0.0, 0.35, 0.8, 1.3])) if hair == "wig" else 0.0,
    )


def _waved(head: Head, where: Floats) -> Surface:
    """Return the shape with hair cast in one piece: waves instead of strands."""
    grid, surface = head.grid, head.surface
    waves = np.sin(26 * grid.y + 5 * np.sin(4 * grid.x)) * np.cos(7 * grid.x)
    radius = np.asarray(surface.radius + np.float32(0.014) * where * waves, np.float32)
    return Surface(radius, normals(radius, grid.direction), surface.openness)


def _paint(
    person: Identity, grid: Grid, kinds: tuple[str, str], where: Floats, rng: np.random.Generator
) -> tuple[Material, Floats]:
    """Return the material, and 1 where the plastic itself shows, [T, T]."""
    hair, eyes = kinds
    brush = draw_brush(person, person.skin, rng)
    colour = painted(person, grid, person.skin, brush, rng)
    ball = np.zeros_like(where)
    if eyes != "blank":
        colour, ball = painted_eyes(person, grid, colour, brush)
    colour = mix(colour, _hairs(person, grid, hair, rng), where)
    glass = ball * np.float32(eyes == "glass")
    gloss = float(rng.uniform(10, 40))
    bare = np.asarray(1 - where * np.float32(hair == "wig"), np.float32)
    shine = np.float32(rng.uniform(0.008, 0.03)) * (1 - 0.3 * where) + 0.06 * glass
    sharp = np.float32(gloss) + (2 * EYE_GLOSS - np.float32(gloss)) * glass
    softness = np.full_like(shine, rng.uniform(0.0, 0.25))
    colour = np.clip(colour, 0.004, 0.9)
    return Material(colour, np.asarray(shine, np.float32), np.asarray(sharp, np.float32), softness), bare


def _hairs(person: Identity, grid: Grid, hair: str, rng: np.random.Generator) -> Floats:
    side = grid.x.shape[0]
    streaks = np.ones((side, side), np.float32)
    if hair == "wig":
        streaks += 0.4 * smooth(rng, side, (14, 120)) + 0.2 * smooth(rng, side, (40, 260))
    tone = np.asarray(person.hair, np.float32) + np.float32(0.01)
    return np.asarray(tone * np.clip(streaks, 0.3, 2.0)[..., None], np.float32)


def _coat(surface: Surface, bare: Floats, shine: float, rng: np.random.Generator) -> Coat | None:
    if shine == 0:
        return None
    return Coat(surface.normal, bare * np.float32(shine), draw_lamp(rng, (1.5, 10.0)))
