"""Displays: what light they send where, from a picture's codes to lit cells."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from mtfas.synthetic.noise import Floats
from mtfas.synthetic.subpixels import cells
from mtfas.types import ByteImage

_SCAN = (1.0, 4.0)


@dataclass(frozen=True)
class Display:
    """One display and the player on it.

    Attributes:
        layout: a name in subpixels.LAYOUTS.
        pitch: canvas pixels along a display pixel, lowest and highest (a sensor pixel is two).
        white: colour of its white, green = 1.
        gamma: exponent from code to light.
        black: light of a black pixel, share of white.
        vivid: saturation of its picture mode.
        light: its white against the room's light, lowest and highest.
        mirror: share of the room's light that its glass reflects.
        rough: how far the glass spreads what it reflects, as a tangent.
        scan: strength of the stripes that dimming or refresh leaves in a camera's frame, at most.
        waves: how many of these stripes lie in a frame, lowest and highest.
        turn: how much its colours change with the angle of view.
        codec: JPEG quality of the frames it plays; 0 for a lossless picture.
        bezel: reflectance of its frame.
    """

    layout: str
    pitch: tuple[float, float]
    white: tuple[float, float, float]
    gamma: float
    black: float
    vivid: float
    light: tuple[float, float]
    mirror: float
    rough: float
    scan: float
    waves: tuple[float, float]
    turn: float
    codec: int
    bezel: float


_MOBILE = Display(
    "triads",
    (2.8, 4.2),
    (0.96, 1.0, 1.05),
    2.15,
    0.006,
    1.0,
    (1.2, 2.6),
    0.05,
    0.03,
    0.06,
    _SCAN,
    0.10,
    35,
    0.02,
)
_HIGHDEF = Display(
    "stripe",
    (2.5, 3.6),
    (0.97, 1.0, 1.08),
    2.25,
    0.004,
    1.1,
    (1.5, 3.5),
    0.05,
    0.02,
    0.04,
    _SCAN,
    0.05,
    60,
    0.03,
)
DISPLAYS: dict[str, Display] = {
    # A desktop monitor, matt: stripes, bluish, grey blacks.
    "display-1": Display(
        "stripe",
        (2.5, 3.8),
        (0.95, 1.0, 1.12),
        2.30,
        0.006,
        1.05,
        (1.5, 3.5),
        0.025,
        0.20,
        0.07,
        _SCAN,
        0.12,
        55,
        0.05,
    ),
    # A laptop's display: reversed stripes, weak blacks, colours that turn with the angle.
    "display-2": Display(
        "reversed",
        (2.8, 4.4),
        (0.97, 1.0, 1.10),
        2.10,
        0.014,
        0.95,
        (1.0, 2.5),
        0.03,
        0.15,
        0.12,
        (2.0, 8.0),
        0.25,
        45,
        0.25,
    ),
    # A tablet of the first generations.
    "display-3": Display(
        "stripe",
        (3.0, 4.6),
        (0.94, 1.0, 1.04),
        2.20,
        0.005,
        1.0,
        (1.3, 3.0),
        0.055,
        0.02,
        0.05,
        _SCAN,
        0.06,
        50,
        0.02,
    ),
    # A phone with an organic display: diamonds, true black, strong colours, strong dimming.
    "display-4": Display(
        "diamond",
        (2.4, 3.6),
        (1.02, 1.0, 1.03),
        2.20,
        0.0005,
        1.30,
        (1.3, 3.0),
        0.045,
        0.02,
        0.20,
        (3.0, 10.0),
        0.04,
        60,
        0.02,
    ),
    # A large laptop display with a warm night mode.
    "display-5": Display(
        "stripe",
        (2.6, 3.6),
        (1.08, 1.0, 0.86),
        2.25,
        0.005,
        1.05,
        (1.2, 3.0),
        0.04,
        0.03,
        0.05,
        _SCAN,
        0.08,
        70,
        0.4,
    ),
    # A tablet with fine cells.
    "display-6": Display(
        "stripe",
        (2.4, 3.4),
        (0.97, 1.0, 1.07),
        2.25,
        0.003,
        1.05,
        (1.5, 3.5),
        0.05,
        0.02,
        0.04,
        _SCAN,
        0.05,
        65,
        0.6,
    ),
    # A small phone: triads, coarse video.
    "display-7": Display(
        "triads",
        (2.8, 4.4),
        (0.93, 1.0, 1.08),
        2.15,
        0.008,
        1.10,
        (1.2, 2.8),
        0.05,
        0.03,
        0.08,
        (2.0, 6.0),
        0.12,
        40,
        0.03,
    ),
    # A television: large reversed cells, hard contrast.
    "display-8": Display(
        "reversed",
        (3.0, 4.8),
        (0.90, 1.0, 1.16),
        2.40,
        0.004,
        1.25,
        (1.5, 4.0),
        0.04,
        0.06,
        0.10,
        (1.0, 6.0),
        0.10,
        50,
        0.03,
    ),
    "mobile-photo": _MOBILE,
    "mobile-video": _MOBILE,
    "highdef-photo": _HIGHDEF,
    "highdef-video": _HIGHDEF,
}
_STILL = "-photo"


def stands_still(medium: str) -> bool:
    """Whether a display of this name shows a photograph; all others play a video."""
    return medium.endswith(_STILL)


def light_of_display(
    display: Display, picture: ByteImage, x: Floats, y: Floats, strength: float, pitch: float
) -> Floats:
    """Return the light that a display sends from each point, [H, W, 3], its white about 1.

    Args:
        display: which display.
        picture: what it shows, RGB [n, n, 3] in canvas pixels.
        x: position on the display in canvas pixels, 0 in its middle, [H, W].
        y: the same downwards.
        strength: 1 shows single cells, 0 only their mean.
        pitch: canvas pixels along a display pixel.
    """
    pixels = max(8, round(picture.shape[0] / pitch))
    shown = cv2.resize(picture, (pixels, pixels), interpolation=cv2.INTER_AREA)
    if display.codec:
        shown = _coded(shown, display.codec)
    light = _lit(display, shown)
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


def _coded(picture: ByteImage, quality: int) -> ByteImage:
    code = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)


@cache
def _powers(gamma: float) -> Floats:
    return np.asarray((np.arange(256, dtype=np.float32) / 255) ** np.float32(gamma), np.float32)
