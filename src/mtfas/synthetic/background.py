"""What stands behind a person: one family of backgrounds, used for live faces and attacks alike."""

from collections.abc import Callable

import cv2
import numpy as np

from mtfas.synthetic.light import Light
from mtfas.synthetic.noise import Floats, fractal, smooth
from mtfas.synthetic.scenery import (
    any_colour,
    box,
    clouds,
    grainy,
    hang,
    leaves,
    masonry,
    people,
    small_picture,
    street,
)


def draw_background(kind: str, light: Light, side: int, rng: np.random.Generator) -> Floats:
    """Return a lit background [side, side, 3].

    Args:
        kind: a name in BACKGROUNDS.
        light: what lights it.
        side: its side in pixels.
        rng: everything else.
    """
    half = side // 2  # out of focus anyway
    sharp = cv2.GaussianBlur(BACKGROUNDS[kind](half, rng), (0, 0), half * rng.uniform(0.004, 0.02))
    reflectance = cv2.resize(sharp, (side, side), interpolation=cv2.INTER_LINEAR)
    lit = 0.5 * light.lamp + 0.7 * light.above + 0.3 * light.below
    slope = np.linspace(-1, 1, side, dtype=np.float32) * np.sign(light.towards[0]) * np.float32(0.2)
    tint = lit * np.float32(rng.uniform(0.5, 1.1))
    return np.asarray(reflectance * (1 + slope)[None, :, None] * tint, np.float32)


def _wall(side: int, rng: np.random.Generator) -> Floats:
    tone = 1 + 0.04 * fractal(rng, side, 4)
    return np.asarray(tone[..., None] * any_colour(rng, 0.15, 0.8), np.float32)


def _office(side: int, rng: np.random.Generator) -> Floats:
    picture = _wall(side, rng)
    for _ in range(int(rng.integers(3, 8))):
        left, top = rng.integers(-side // 4, side, 2)
        wide, high = rng.integers(side // 12, side // 2, 2)
        colour = any_colour(rng, 0.03, 0.7, 0.5)
        cv2.rectangle(
            picture, (int(left), int(top)), (int(left + wide), int(top + high)), colour.tolist(), -1
        )
    return picture


def _window(side: int, rng: np.random.Generator) -> Floats:
    picture = _wall(side, rng)
    left = int(rng.integers(-side // 3, side // 2))
    pane = any_colour(rng, 0.8, 0.95) * np.array([0.92, 1.0, 1.08], np.float32) * np.float32(1.5)
    cv2.rectangle(
        picture, (left, -side), (left + side // 2, int(side * rng.uniform(0.4, 1.0))), pane.tolist(), -1
    )
    cv2.line(
        picture,
        (left + side // 4, -side),
        (left + side // 4, side),
        any_colour(rng, 0.2, 0.6).tolist(),
        max(1, side // 50),
    )
    return picture


def _curtain(side: int, rng: np.random.Generator) -> Floats:
    folds = smooth(rng, side, (2, int(rng.integers(10, 26))))
    return np.asarray(
        (1 + 0.28 * folds).clip(0.3, 1.8)[..., None] * any_colour(rng, 0.06, 0.45, 0.4), np.float32
    )


def _lamps(side: int, rng: np.random.Generator) -> Floats:
    picture = _wall(side, rng) * np.float32(0.3)
    for _ in range(int(rng.integers(3, 12))):
        x, y = rng.integers(0, side, 2)
        radius = int(rng.integers(side // 40 + 1, side // 10 + 2))
        cv2.circle(
            picture, (int(x), int(y)), radius, any_colour(rng, 0.3, 1.1, 0.5).tolist(), -1, cv2.LINE_AA
        )
    return picture


def _shelf(side: int, rng: np.random.Generator) -> Floats:
    picture = _wall(side, rng) * np.float32(0.6)
    boards = int(rng.integers(3, 6))
    for row in range(boards):
        bottom, x = (row + 1) * side // boards, 0
        while x < side:
            wide = int(rng.integers(side // 40 + 1, side // 12 + 3))
            top = bottom - int(side / boards * rng.uniform(0.5, 0.9))
            cv2.rectangle(picture, (x, top), (x + wide, bottom), any_colour(rng, 0.03, 0.5, 0.7).tolist(), -1)
            x += wide + 1
        cv2.line(
            picture, (0, bottom), (side, bottom), any_colour(rng, 0.05, 0.3).tolist(), max(1, side // 60)
        )
    return picture


def _posters(side: int, rng: np.random.Generator) -> Floats:
    """Printed pictures on a wall: something printed behind a person is no sign of an attack."""
    picture = _wall(side, rng)
    for _ in range(int(rng.integers(2, 7))):
        high, wide = (int(side * part) for part in rng.uniform((0.15, 0.12), (0.5, 0.4)))
        left, top = (int(part) for part in rng.integers(-wide // 2, side - wide // 3, 2))
        border = any_colour(rng, 0.02, 0.9, 0.1)
        hang(
            picture,
            left,
            top,
            small_picture(high, wide, rng),
            border,
            int(side * rng.choice([0, 0.01, 0.025])),
        )
    return picture


def _monitors(side: int, rng: np.random.Generator) -> Floats:
    """Screens that shine, with black bezels: a screen somewhere is no sign of an attack."""
    picture = _office(side, rng)
    for _ in range(int(rng.integers(1, 4))):
        wide = int(side * rng.uniform(0.25, 0.6))
        high = int(wide * rng.uniform(0.55, 0.7))
        left, top = int(rng.integers(-wide // 2, side - wide // 2)), int(rng.integers(0, side - high // 2))
        shown = small_picture(high, wide, rng) * np.float32(rng.uniform(0.6, 1.8))
        shown[:: max(2, side // 90)] *= np.float32(rng.uniform(0.75, 1.0))
        hang(picture, left, top, shown, any_colour(rng, 0.01, 0.06), max(2, side // 45))
        box(
            picture,
            left + 0.45 * wide,
            top + high,
            left + 0.55 * wide,
            top + 1.3 * high,
            any_colour(rng, 0.02, 0.2),
        )
    return picture


def _plants(side: int, rng: np.random.Generator) -> Floats:
    picture = _wall(side, rng) if rng.random() < 0.4 else clouds(side, rng) * np.float32(0.7)
    leaves(picture, int(rng.integers(40, 260)), rng)
    return picture


def _bricks(side: int, rng: np.random.Generator) -> Floats:
    high = max(4, int(side * rng.uniform(0.035, 0.08)))
    red = any_colour(rng, 0.12, 0.35) * np.array([1.5, 0.75, 0.55], np.float32)
    return masonry(side, high, int(2.4 * high), max(1, high // 7), red, any_colour(rng, 0.2, 0.6), True, rng)


def _tiles(side: int, rng: np.random.Generator) -> Floats:
    high = max(5, int(side * rng.uniform(0.05, 0.2)))
    tone, joint = any_colour(rng, 0.3, 0.9, 0.2), any_colour(rng, 0.1, 0.7)
    return masonry(side, high, high, max(1, high // 16), tone, joint, rng.random() < 0.2, rng)


def _room(side: int, rng: np.random.Generator) -> Floats:
    """A furnished room: wall, door, furniture, a picture, a lamp."""
    picture = _wall(side, rng)
    floor = side * rng.uniform(0.6, 1.1)
    box(picture, 0, floor, side, side, any_colour(rng, 0.05, 0.4, 0.3))
    door = side * rng.uniform(-0.2, 0.9)
    box(picture, door, side * 0.1, door + 0.3 * side, floor, any_colour(rng, 0.1, 0.8, 0.2))
    for _ in range(int(rng.integers(2, 5))):
        left, wide = side * rng.uniform(-0.1, 0.9), side * rng.uniform(0.1, 0.45)
        box(
            picture,
            left,
            floor - side * rng.uniform(0.1, 0.45),
            left + wide,
            floor,
            any_colour(rng, 0.03, 0.6, 0.5),
        )
    high = int(side * rng.uniform(0.15, 0.3))
    left, top = int(rng.integers(0, side)), int(rng.integers(0, side // 3))
    hang(picture, left, top, small_picture(high, high, rng), any_colour(rng, 0.02, 0.6), side // 60 + 1)
    lamp = (int(rng.integers(side)), int(rng.integers(side // 2)))
    cv2.circle(picture, lamp, side // 14, (1.4, 1.25, 0.95), -1, cv2.LINE_AA)
    return picture


def _crowd(side: int, rng: np.random.Generator) -> Floats:
    picture = (_room, _street_scene, _office)[int(rng.integers(3))](side, rng)
    people(picture, rng)
    return picture


def _street_scene(side: int, rng: np.random.Generator) -> Floats:
    picture = street(side, rng)
    if rng.random() < 0.4:
        people(picture, rng)
    return picture


BACKGROUNDS: dict[str, Callable[[int, np.random.Generator], Floats]] = {
    "wall": _wall,
    "office": _office,
    "window": _window,
    "curtain": _curtain,
    "lamps": _lamps,
    "shelf": _shelf,
    "posters": _posters,
    "monitors": _monitors,
    "plants": _plants,
    "bricks": _bricks,
    "tiles": _tiles,
    "wood": grainy,
    "sky": clouds,
    "street": _street_scene,
    "room": _room,
    "people": _crowd,
}
"""What may stand behind a person, unlit."""
