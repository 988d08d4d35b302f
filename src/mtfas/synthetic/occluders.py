"""Things before part of a face, in front of live faces and attacks alike: hands, hair, scarf, phone, cup."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from mtfas.synthetic.grid import step
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.noise import Floats, grain
from mtfas.synthetic.palette import linear
from mtfas.synthetic.sheet import Sheet
from mtfas.types import FloatArray

SHARE = 0.12
"""Share of presentations with something before the face."""
_HALF_WIDE, _HALF_HIGH = 0.95, 1.25

Drawing = tuple[Floats, Floats, float]
"""Cover [h, w], reflectance [h, w, 3] and strength of the highlight."""


def draw_occluder(
    person: Identity, texels: int, yaw: float, rng: np.random.Generator
) -> tuple[str, tuple[Sheet, ...]]:
    """Draw what, if anything, is before the face in one presentation: its name and its sheets.

    Args:
        person: whose face.
        texels: side of the head's maps.
        yaw: of the head, degrees; what is held comes from the side that is turned away from the camera.
        rng: fresh numbers of the presentation.
    """
    if rng.random() >= SHARE:
        return "none", ()
    kind = str(rng.choice(list(OCCLUDERS)))
    density = texels / 7.0
    x, y = _points(density)
    side = -1.0 if yaw > 0 else 1.0
    cover, colour, shine = OCCLUDERS[kind](person, x * np.float32(side), y, 1 / density, rng)
    faded = cover * step(np.abs(x), _HALF_WIDE - 0.02, _HALF_WIDE - 0.05)
    sheet = Sheet(
        np.asarray(faded, np.float32),
        np.asarray(np.clip(colour, 0.004, 0.95), np.float32),
        density,
        person.depth + float(rng.uniform(0.16, 0.24)),
        float(rng.uniform(0.3, 0.5)),
        shine,
        attack=False,
    )
    return kind, (sheet,)


def tinted(sheets: tuple[Sheet, ...], rng: np.random.Generator) -> tuple[Sheet, ...]:
    """Return spectacles of which about one pair in six has lightly tinted lenses, as sunglasses do."""
    strength, hue = rng.uniform(0.15, 0.5), rng.uniform(0.05, 0.35, 3)
    if not sheets or rng.random() > 1 / 6:
        return sheets
    lens = (sheets[0].cover > 0.03) & (sheets[0].cover < 0.3)
    cover = np.where(lens, np.float32(strength), sheets[0].cover)
    colour = np.where(lens[..., None], hue.astype(np.float32), sheets[0].colour)
    return (replace(sheets[0], cover=cover.astype(np.float32), colour=colour), *sheets[1:])


def _points(density: float) -> tuple[Floats, Floats]:
    x = np.arange(-round(_HALF_WIDE * density), round(_HALF_WIDE * density) + 1, dtype=np.float32)
    y = np.arange(-round(_HALF_HIGH * density), round(_HALF_HIGH * density) + 1, dtype=np.float32)
    across, down = np.meshgrid(x / np.float32(density), y / np.float32(density))
    return across, down


def _dye(rng: np.random.Generator) -> FloatArray:
    return np.asarray(np.clip(rng.uniform(30, 215) + rng.uniform(-45, 45, 3), 10, 240))


def _finger(
    x: Floats, y: Floats, start: tuple[float, float], tip: tuple[float, float], wide: float
) -> Floats:
    """Return where a finger is, 0 at its edge to 1 along its middle, negative outside."""
    way = np.subtract(tip, start)
    along = np.clip(((x - start[0]) * way[0] + (y - start[1]) * way[1]) / float(way @ way), 0, 1)
    off = np.hypot(x - start[0] - along * way[0], y - start[1] - along * way[1])
    return np.asarray(1 - off / (wide * (1 - 0.18 * along)), np.float32)


def _hand(person: Identity, x: Floats, y: Floats, texel: float, rng: np.random.Generator) -> Drawing:
    """Draw fingers that reach from below over chin, cheek or mouth."""
    root = np.array([rng.uniform(0.35, 0.6), rng.uniform(1.15, 1.3)])
    lean, reach = rng.uniform(-0.75, -0.15), rng.uniform(0.45, 0.95)
    shape, shade = np.full(x.shape, -1.0, np.float32), np.zeros(x.shape, np.float32)
    for number in range(int(rng.integers(1, 5))):
        angle = lean + 0.17 * number + rng.normal(0, 0.03)
        start = root + np.array([0.12 * number - 0.15, 0.0])
        tip = start + reach * (1 - 0.1 * abs(number - 1)) * np.array([np.sin(angle), -np.cos(angle)])
        one = _finger(x, y, (start[0], start[1]), (tip[0], tip[1]), rng.uniform(0.068, 0.085))
        nail = np.hypot(x - tip[0], y - tip[1])
        shade = np.where(one > shape, -0.12 * step(nail, 0.05, 0.03), shade)
        shape = np.maximum(shape, one)
    palm = 1 - np.hypot((x - root[0] + 0.02) / 0.33, (y - root[1] - 0.25) / 0.36)
    shape = np.maximum(shape, palm)
    cover = step(shape, 0.0, 1.5 * texel / 0.075 + 0.02)
    round_ = 0.45 + 0.55 * np.sqrt(np.clip(2 * np.clip(shape, 0, 1), 0, 1))
    lines = 1 - 0.10 * np.clip(grain(rng, x.shape, texel, 0.03), 0, 2)
    skin = np.asarray(person.skin, np.float32) * np.array([1.03, 0.95, 0.93], np.float32)
    tone = np.asarray(round_ * lines, np.float32)[..., None] * skin
    return (
        cover,
        np.asarray(tone * (1 - shade[..., None] * np.array([-0.3, 0.6, 0.5], np.float32)), np.float32),
        0.01,
    )


def _strand(person: Identity, x: Floats, y: Floats, texel: float, rng: np.random.Generator) -> Drawing:
    """Draw locks of hair that hang over the forehead and one side of the face."""
    cover = np.zeros(x.shape, np.float32)
    for _ in range(int(rng.integers(2, 6))):
        top, bend = rng.uniform(0.0, 0.5), rng.uniform(-0.25, 0.35)
        middle = top + bend * (y + 0.8) ** 2 * 0.35 + 0.02 * np.sin(7 * y + rng.uniform(0, 6))
        wide = rng.uniform(0.015, 0.06) * np.clip((rng.uniform(0.1, 0.9) - y) * 1.4, 0, 1)
        cover = np.maximum(cover, step(wide - np.abs(x - middle), -texel, 0.02))
    hairs = cv2.resize(
        rng.standard_normal((6, x.shape[1]), dtype=np.float32), x.shape[::-1], interpolation=cv2.INTER_CUBIC
    )
    cover = cover * np.clip(0.9 + 0.25 * hairs, 0.2, 1) * (y > -0.85)
    colour = np.exp(0.35 * hairs)[..., None] * np.asarray(person.hair, np.float32)
    return np.asarray(cover, np.float32), np.asarray(colour, np.float32), 0.01


def _scarf(person: Identity, x: Floats, y: Floats, texel: float, rng: np.random.Generator) -> Drawing:
    """Draw a scarf or collar pulled up over the chin."""
    level = rng.uniform(0.62, 0.92)
    edge = level + 0.25 * x * x + 0.02 * np.sin(9 * x + rng.uniform(0, 6))
    cover = step(y - edge, 0.0, 1.5 * texel + 0.012) * step(np.abs(x), 0.66 - 0.1 * level, 0.60 - 0.1 * level)
    folds = np.sin(26 * (y - edge) + 3 * np.sin(2.5 * x + 1)) * 0.16 + 0.07 * grain(rng, x.shape, texel, 0.02)
    cloth = np.asarray(linear(_dye(rng)), np.float32)
    return cover, np.asarray((1 + folds)[..., None] * cloth, np.float32), 0.002


def _phone(person: Identity, x: Floats, y: Floats, texel: float, rng: np.random.Generator) -> Drawing:
    """Draw the back of a phone held up before the lower part of the face, fingers round it."""
    turn = rng.uniform(-0.35, 0.35)
    middle = (rng.uniform(0.2, 0.5), rng.uniform(0.85, 1.1))
    right = (x - middle[0]) * np.cos(turn) + (y - middle[1]) * np.sin(turn)
    down = -(x - middle[0]) * np.sin(turn) + (y - middle[1]) * np.cos(turn)
    body = 1 - (np.abs(right / 0.30) ** 8 + np.abs(down / 0.58) ** 8) ** 0.125
    cover = step(body, 0.0, 0.03)
    shell = np.asarray(linear(rng.uniform(12, 190) + rng.uniform(-12, 12, 3)), np.float32)
    lens = step(np.hypot(right - 0.17, down + 0.42), 0.07, 0.055)
    rim = step(body, 0.07, 0.03)
    colour = shell * (1 + 0.5 * rim[..., None]) * (1 - 0.85 * lens[..., None])
    return cover, np.asarray(colour, np.float32), 0.03


def _cup(person: Identity, x: Floats, y: Floats, texel: float, rng: np.random.Generator) -> Drawing:
    """Draw a cup before the mouth."""
    middle, top = rng.uniform(-0.05, 0.2), rng.uniform(0.5, 0.72)
    wide = 0.30 - 0.09 * np.clip(y - top, 0, 1)
    rim = top + 0.05 * np.sqrt(np.clip(1 - ((x - middle) / 0.30) ** 2, 0, 1))
    cover = step(wide - np.abs(x - middle), 0.0, 0.012 + texel) * step(y - 2 * top + rim, 0.0, 0.012 + texel)
    round_ = 0.55 + 0.45 * np.sqrt(np.clip(1 - ((x - middle) / wide) ** 2, 0, 1))
    glaze = np.asarray(linear(_dye(rng)), np.float32)
    band = 1 - 0.4 * step(np.abs(y - top - 0.25), 0.07, 0.06) * (rng.random() < 0.5)
    inside = 1 - 0.5 * step(y - rim, 0.0, -0.01)
    return cover, np.asarray((round_ * band * inside)[..., None] * glaze, np.float32), 0.03


OCCLUDERS: dict[str, Callable[[Identity, Floats, Floats, float, np.random.Generator], Drawing]] = {
    "hand": _hand,
    "hair": _strand,
    "scarf": _scarf,
    "phone": _phone,
    "cup": _cup,
}
"""What may be before a face; x runs towards the side that it is held from."""
