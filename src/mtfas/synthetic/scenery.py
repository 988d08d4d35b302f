"""Furniture of backgrounds: printed pictures, leaves, screens, people out of focus; all flat reflectances."""

import cv2
import numpy as np

from mtfas.synthetic.noise import Floats, fractal, smooth
from mtfas.synthetic.palette import HAIR, SKIN, between, linear

_WOOD = np.array([[84, 58, 40], [150, 108, 72], [208, 178, 136]], np.float64)


def any_colour(rng: np.random.Generator, low: float, high: float, spread: float = 0.12) -> Floats:
    """Return a reflectance [3] of some level between two, each channel up to `spread` off it."""
    level = rng.uniform(low, high)
    return np.asarray(np.clip(level * (1 + rng.uniform(-spread, spread, 3)), 0.01, 0.95), np.float32)


def box(picture: Floats, left: float, top: float, right: float, bottom: float, colour: Floats) -> None:
    """Fill a rectangle of a picture, in place; its corners may lie outside."""
    corners = [round(edge) for edge in (left, top, right, bottom)]
    cv2.rectangle(picture, (corners[0], corners[1]), (corners[2], corners[3]), colour.tolist(), -1)


def small_picture(high: int, wide: int, rng: np.random.Generator) -> Floats:
    """Return what a poster or a screen may show, [high, wide, 3]: a face, a landscape, a page, shapes."""
    picture = np.empty((high, wide, 3), np.float32)
    picture[:] = any_colour(rng, 0.1, 0.8, 0.5)
    kind = int(rng.integers(4))
    if kind == 0:
        _portrait(picture, rng)
    elif kind == 1:
        horizon = round(high * rng.uniform(0.4, 0.7))
        picture[:horizon] *= np.linspace(0.8, 1.2, horizon, dtype=np.float32)[:, None, None]
        picture[horizon:] = any_colour(rng, 0.05, 0.4, 0.6)
    elif kind == 2:
        picture[:] = any_colour(rng, 0.6, 0.9, 0.05)
        for row in range(round(0.1 * high), round(0.9 * high), max(2, high // 14)):
            box(
                picture,
                0.1 * wide,
                row,
                wide * rng.uniform(0.5, 0.9),
                row + high // 40,
                any_colour(rng, 0.02, 0.3),
            )
    else:
        for _ in range(6):
            at = (int(rng.integers(wide)), int(rng.integers(high)))
            cv2.circle(
                picture,
                at,
                int(rng.integers(2, max(3, wide // 3))),
                any_colour(rng, 0.03, 0.8, 0.8).tolist(),
                -1,
            )
    return picture


def _portrait(picture: Floats, rng: np.random.Generator) -> None:
    """Draw the head and shoulders of somebody who is only seen from afar, in place."""
    high, wide = picture.shape[:2]
    skin = linear(between(SKIN, float(rng.uniform(0, len(SKIN) - 1))))
    hair, x, y = (
        linear(HAIR[int(rng.integers(len(HAIR)))]),
        round(wide * rng.uniform(0.4, 0.6)),
        round(0.45 * high),
    )
    size = min(high, wide) * rng.uniform(0.22, 0.34)
    cloth = any_colour(rng, 0.03, 0.6, 0.5).tolist()
    cv2.ellipse(
        picture, (x, round(y + 2.3 * size)), (round(1.6 * size), round(1.3 * size)), 0, 0, 360, cloth, -1
    )
    cv2.ellipse(
        picture, (x, round(y - 0.15 * size)), (round(0.85 * size), round(1.1 * size)), 0, 0, 360, hair, -1
    )
    cv2.ellipse(
        picture, (x, round(y + 0.1 * size)), (round(0.68 * size), round(0.92 * size)), 0, 0, 360, skin, -1
    )
    for side in (-1, 1):
        at = (round(x + 0.28 * side * size), y)
        cv2.circle(picture, at, max(1, round(0.09 * size)), (0.02, 0.02, 0.02), -1)
    mouth = tuple(0.5 * tone for tone in skin)
    cv2.ellipse(
        picture, (x, round(y + 0.55 * size)), (round(0.25 * size), round(0.07 * size)), 0, 0, 360, mouth, -1
    )


def hang(picture: Floats, left: int, top: int, small: Floats, border: Floats, width: int) -> None:
    """Hang a small picture with a border on a large one, in place; it may stick out."""
    high, wide = small.shape[:2]
    box(picture, left - width, top - width, left + wide + width, top + high + width, border)
    rows = slice(max(0, top), max(0, min(picture.shape[0], top + high)))
    columns = slice(max(0, left), max(0, min(picture.shape[1], left + wide)))
    picture[rows, columns] = small[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]


def people(picture: Floats, rng: np.random.Generator) -> None:
    """Put one to three people behind, in place."""
    side = picture.shape[0]
    for _ in range(int(rng.integers(1, 4))):
        size = side * rng.uniform(0.06, 0.14)
        x, y = round(side * rng.uniform(0, 1)), round(side * rng.uniform(0.2, 0.5))
        cloth = any_colour(rng, 0.02, 0.6, 0.5).tolist()
        skin = linear(between(SKIN, float(rng.uniform(0, len(SKIN) - 1))))
        hair = linear(HAIR[int(rng.integers(len(HAIR)))])
        middle, wide = (x, round(y + 4.2 * size)), (round(1.9 * size), round(3 * size))
        cv2.ellipse(picture, middle, wide, 0, 0, 360, cloth, -1)
        cv2.ellipse(
            picture, (x, round(y - 0.2 * size)), (round(0.8 * size), round(1.05 * size)), 0, 0, 360, hair, -1
        )
        cv2.ellipse(
            picture, (x, round(y + 0.1 * size)), (round(0.65 * size), round(0.9 * size)), 0, 0, 360, skin, -1
        )


def leaves(picture: Floats, count: int, rng: np.random.Generator) -> None:
    """Cover a picture with leaves of one plant, in place; those drawn later hang in front and are lighter."""
    side = picture.shape[0]
    green = np.array([0.06, 0.16, 0.04], np.float32) * rng.uniform(0.6, 1.6, 3).astype(np.float32)
    long_, thin = side * rng.uniform(0.02, 0.09), rng.uniform(0.2, 0.6)
    for number in range(count):
        at = tuple(int(part) for part in rng.integers(-side // 20, side + side // 20, 2))
        tone = green * np.float32(rng.uniform(0.3, 0.8) + 0.9 * number / count)
        axes = (max(1, round(long_ * rng.uniform(0.6, 1.3))), max(1, round(long_ * thin)))
        cv2.ellipse(picture, at, axes, float(rng.uniform(0, 180)), 0, 360, tone.tolist(), -1)


def masonry(
    side: int,
    high: int,
    wide: int,
    gap: int,
    brick: Floats,
    mortar: Floats,
    shift: bool,
    rng: np.random.Generator,
) -> Floats:
    """Return a wall of bricks or tiles, [side, side, 3]; bricks of every other row are shifted by half."""
    rows, columns = side // high + 2, side // wide + 3
    tones = 1 + 0.10 * rng.standard_normal((rows, columns), dtype=np.float32)
    y, x = np.arange(side)[:, None], np.arange(side)[None, :]
    row = y // high
    along = x + (row % 2) * (wide // 2 if shift else 0)
    joint = (y % high < gap) | (along % wide < gap)
    tone = tones[np.broadcast_to(row, joint.shape), along // wide] * (1 + 0.05 * fractal(rng, side, 20))
    return np.asarray(np.where(joint[..., None], mortar, tone[..., None] * brick), np.float32)


def clouds(side: int, rng: np.random.Generator) -> Floats:
    """Return a sky, [side, side, 3]."""
    blue = np.array([0.32, 0.50, 0.80], np.float32) * np.float32(rng.uniform(0.8, 1.4))
    white = np.clip(0.3 + 0.5 * fractal(rng, side, 4) * rng.uniform(0, 1.2), 0, 1)[..., None]
    slope = np.linspace(0.85, 1.15, side, dtype=np.float32)[:, None, None]
    return np.asarray((blue + white * (1.1 - blue)) * slope, np.float32)


def street(side: int, rng: np.random.Generator) -> Floats:
    """Return houses and a road under the sky, [side, side, 3]."""
    picture = clouds(side, rng)
    x, ground = 0.0, side * rng.uniform(0.6, 0.85)
    while x < side:
        wide, top = side * rng.uniform(0.15, 0.45), side * rng.uniform(-0.1, 0.4)
        box(picture, x, top, x + wide, ground, any_colour(rng, 0.08, 0.6, 0.3))
        pane, step = any_colour(rng, 0.02, 0.3, 0.3), max(4, round(side * rng.uniform(0.05, 0.1)))
        for row in range(round(top) + step // 2, round(ground) - step, step):
            for column in range(round(x) + step // 2, round(x + wide) - step // 2, step):
                box(picture, column, row, column + 0.45 * step, row + 0.55 * step, pane)
        x += wide
    box(picture, 0, ground, side, side, any_colour(rng, 0.08, 0.3, 0.1))
    return picture


def grainy(side: int, rng: np.random.Generator) -> Floats:
    """Return wooden boards, [side, side, 3]."""
    grain = 1 + 0.16 * smooth(rng, side, (3, 90)) + 0.08 * smooth(rng, side, (6, side // 2))
    brown = linear(between(_WOOD, rng.uniform(0, 2)) * rng.uniform(0.9, 1.1, 3))
    picture = np.asarray(np.clip(grain, 0.3, 2)[..., None] * np.asarray(brown, np.float32), np.float32)
    picture[:, :: max(4, side // int(rng.integers(4, 9)))] *= 0.45
    return picture
