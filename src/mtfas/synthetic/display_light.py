"""What light a display sends where, from a picture's codes to lit cells, and how its rows flicker."""

from functools import cache

import cv2
import numpy as np

from mtfas.synthetic.displays import Display
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.subpixels import cells
from mtfas.types import ByteImage


def light_of_display(
    display: Display,
    picture: ByteImage,
    x: Floats,
    y: Floats,
    pitch: float,
    strength: float,
    crispness: float = 1.0,
) -> Floats:
    """Return the light that a display sends from each point, [H, W, 3], its white about 1.

    Args:
        display: which display.
        picture: what it shows, RGB [n, n, 3] in canvas pixels.
        x: position on the display in canvas pixels, 0 in its middle, [H, W].
        y: the same downwards.
        pitch: canvas pixels along a display pixel.
        strength: 1 shows single cells, 0 only their mean.
        crispness: how much of its sharpening is on, 0 to 1.
    """
    pixels = max(8, round(picture.shape[0] / pitch))
    shown = np.asarray(cv2.resize(picture, (pixels, pixels), interpolation=cv2.INTER_AREA), np.uint8)
    light = _lit(display, _coded(_sharpened(shown, display.crisp * crispness), display.codec))
    middle = np.float32((pixels - 1) / 2)
    column, row = (part * np.float32(1 / pitch) + middle for part in (x, y))
    seen = cv2.remap(light, column, row, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen * (1 + np.float32(strength) * (cells(display.layout, column, row, pitch) - 1)))


def stripes(display: Display, side: int, time: float, rng: np.random.Generator) -> Floats:
    """Return the brightness of a camera's rows while a display dims or refreshes, [side, 1, 1], mean about 1.

    Args:
        display: which display.
        side: rows of the canvas.
        time: seconds from the clip's start: the stripes wander.
        rng: the presentation's numbers.
    """
    strength = display.scan * rng.uniform(0.1, 1.0) ** 2
    count, phase, speed = rng.uniform(*display.waves), rng.uniform(0, 1), rng.uniform(-2.5, 2.5)
    turns = np.linspace(0, count, side, dtype=np.float32) + np.float32(phase + speed * time)
    wave = np.cos(2 * np.pi * turns)
    return np.asarray(1 + strength * (wave + 0.35 * wave**2 - 0.17), np.float32)[:, None, None]


def _lit(display: Display, shown: ByteImage) -> Floats:
    code = _powers(display.gamma)[shown]
    grey = code.mean(axis=-1, keepdims=True)
    vivid = np.clip(grey + np.float32(display.vivid) * (code - grey), 0, 1)
    white = np.asarray(display.white, np.float32)
    return np.asarray((display.black + (1 - display.black) * vivid) * white, np.float32)


def _sharpened(picture: ByteImage, amount: float) -> ByteImage:
    blurred = cv2.GaussianBlur(picture, (0, 0), 1.0)
    return np.asarray(cv2.addWeighted(picture, 1 + amount, blurred, -amount, 0), np.uint8)


def _coded(picture: ByteImage, quality: int) -> ByteImage:
    code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)


@cache
def _powers(gamma: float) -> Floats:
    return np.asarray((np.arange(256, dtype=np.float32) / 255) ** np.float32(gamma), np.float32)
