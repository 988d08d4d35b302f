"""Ink on paper: what a printer makes of a picture."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from mtfas.runtime.seeds import stream
from mtfas.synthetic.halftone import dots, thresholds
from mtfas.synthetic.noise import Floats, smooth

# What cyan, magenta, yellow and black ink let through of red, green and blue.
_INKS = np.array([[0.06, 0.66, 0.88], [0.82, 0.07, 0.46], [0.98, 0.92, 0.08], [0.02, 0.02, 0.02]], np.float32)
_ANGLES = np.deg2rad([15.0, 75.0, 0.0, 45.0])
_BLACK = 0.85
"""Cover of black ink in the darkest grey; lighter greys get much less, and the three colours do the rest."""
_TONES = 512
_TEXTURE = 256
_LAST = _TEXTURE - 1


@dataclass(frozen=True, kw_only=True)
class Printer:
    """One printer with its paper.

    Attributes:
        screen: a name in halftone.SCREENS, or "none" for dyes that need no dots.
        pitch: canvas pixels from dot to dot, lowest and highest.
        edge: how hard the dots' edges are.
        slip: deviation of the inks from each other, canvas pixels.
        paper: the paper's reflectance, [3].
        black: reflectance of the darkest print.
        saturation: how much the driver strengthens colours, against the grey of the inks.
        gain: exponent of the tones: above 1 prints darker and harder.
        span: darkest and lightest tone that is told apart: what lies beyond is clipped.
        grain: deviation of the paper's texture.
        banding: deviation of the stripes across the paper feed.
        feed: width of these stripes, canvas pixels.
        shine: strength of its highlight.
        gloss: exponent of its highlight.
    """

    screen: str
    pitch: tuple[float, float]
    edge: float
    slip: float = 0.0
    paper: tuple[float, float, float]
    black: float
    saturation: float
    gain: float
    span: tuple[float, float] = (0.0, 1.0)
    grain: float
    banding: float
    feed: float
    shine: float
    gloss: float


PRINTERS: dict[str, Printer] = {
    # An office laser printer on white paper.
    "printer-1": Printer(
        screen="rosette",
        pitch=(3.0, 4.6),
        edge=2.2,
        slip=0.35,
        paper=(0.86, 0.87, 0.88),
        black=0.01,
        saturation=1.2,
        gain=1.15,
        grain=0.012,
        banding=0.008,
        feed=30,
        shine=0.02,
        gloss=24,
    ),
    # An inkjet on plain paper: strewn dots, feathered, stripes of the print head.
    "printer-2": Printer(
        screen="stochastic",
        pitch=(1.5, 2.3),
        edge=1.2,
        slip=0.25,
        paper=(0.84, 0.83, 0.79),
        black=0.02,
        saturation=1.2,
        gain=1.15,
        span=(0.0, 0.95),
        grain=0.02,
        banding=0.03,
        feed=9,
        shine=0.006,
        gloss=8,
    ),
    # An office laser printer with a line screen on grey recycled paper.
    "printer-3": Printer(
        screen="line",
        pitch=(3.2, 4.8),
        edge=2.2,
        slip=0.5,
        paper=(0.7, 0.69, 0.65),
        black=0.025,
        saturation=1.2,
        gain=1.15,
        span=(0.01, 0.95),
        grain=0.035,
        banding=0.012,
        feed=22,
        shine=0.008,
        gloss=10,
    ),
    # A large-format printer on heavy satin paper.
    "printer-4": Printer(
        screen="stochastic",
        pitch=(1.4, 2.2),
        edge=1.0,
        slip=0.15,
        paper=(0.88, 0.88, 0.85),
        black=0.01,
        saturation=1.2,
        gain=1.0,
        span=(0.0, 0.95),
        grain=0.01,
        banding=0.03,
        feed=16,
        shine=0.02,
        gloss=40,
    ),
    # A colour copier on coated paper: hard, fine rosettes, strong colours.
    "printer-5": Printer(
        screen="rosette",
        pitch=(2.6, 3.8),
        edge=3.0,
        slip=0.2,
        paper=(0.87, 0.88, 0.9),
        black=0.01,
        saturation=1.2,
        gain=1.15,
        span=(0.02, 0.94),
        grain=0.006,
        banding=0.015,
        feed=40,
        shine=0.03,
        gloss=60,
    ),
    # An offset press on cheap paper: coarse rosettes, weak colours, inks beside each other.
    "printer-6": Printer(
        screen="rosette",
        pitch=(3.8, 5.4),
        edge=2.0,
        slip=0.8,
        paper=(0.78, 0.75, 0.68),
        black=0.03,
        saturation=1.1,
        gain=1.15,
        grain=0.03,
        banding=0.01,
        feed=60,
        shine=0.006,
        gloss=8,
    ),
    # An office colour printer on glossy coated paper: rosettes, a strong highlight.
    "coated-paper-1": Printer(
        screen="rosette",
        pitch=(2.8, 4.2),
        edge=2.0,
        slip=0.35,
        paper=(0.88, 0.88, 0.88),
        black=0.012,
        saturation=1.2,
        gain=1.12,
        grain=0.006,
        banding=0.012,
        feed=24,
        shine=0.06,
        gloss=110,
    ),
    # Dye sublimation on photo paper: no dots, strong colours that clip, fine lines of the heater, glossy.
    "photo-paper-1": Printer(
        screen="none",
        pitch=(0.0, 0.0),
        edge=1.0,
        paper=(0.9, 0.9, 0.88),
        black=0.012,
        saturation=1.2,
        gain=0.95,
        span=(0.02, 0.96),
        grain=0.004,
        banding=0.015,
        feed=3,
        shine=0.06,
        gloss=140,
    ),
}


def print_picture(
    printer: Printer, picture: Floats, x: Floats, y: Floats, strength: float, rng: np.random.Generator
) -> Floats:
    """Return the reflectance of a printed picture, [H, W, 3].

    Dots, paper and stripes belong to the sheet: they move, turn and bend with x and y.

    Args:
        printer: which printer.
        picture: what it should print, linear light in [0, 1], as seen at each pixel.
        x: position on the paper at each pixel, to the right, in canvas pixels.
        y: the same downwards.
        strength: 1 shows single dots, 0 only their mean (a fine screen).
        rng: pitch and phase of the screen, texture of the paper.
    """
    inks = _separate(printer, picture, rng)
    pitch, turn = float(rng.uniform(*printer.pitch)), float(rng.normal(0, 0.04))
    phases, slips = rng.random((4, 2)), rng.normal(0, printer.slip, (4, 2))
    paper = _blank(printer, x, y, rng)
    seen = [paper * np.float32(part) for part in printer.paper]
    for number, wanted in enumerate(inks):
        cover = wanted
        if printer.screen != "none":
            wanted = _slipped(wanted, slips[number])
            screen = thresholds(printer.screen, x, y, pitch, _ANGLES[number] + turn, phases[number])
            cover = wanted + np.float32(strength) * (dots(wanted, screen, printer.edge) - wanted)
        for channel in range(3):
            seen[channel] *= 1 - cover * (1 - _INKS[number, channel])
    return np.asarray(cv2.merge(seen), np.float32)


def blank_paper(printer: Printer) -> Floats:
    """Return the reflectance of the paper without ink, [3]."""
    return np.asarray(printer.paper, np.float32)


def _separate(printer: Printer, picture: Floats, rng: np.random.Generator) -> list[Floats]:
    """Return the cover of cyan, magenta, yellow and black that the driver asks for, each [H, W]."""
    planes = cv2.split(picture)  # one plane at a time: much faster than whole pixels
    grey = (planes[0] + planes[1] + planes[2]) * np.float32(1 / 3)
    vivid = np.float32(printer.saturation * rng.uniform(0.8, 1.2))
    low, high = (np.float32(end) for end in printer.span)
    tones = []
    for plane in planes:
        wanted = np.clip((grey + vivid * (plane - grey) - low) / (high - low), 0, 1)
        tones.append(printer.black + (1 - printer.black) * wanted ** np.float32(printer.gain))
    lightest = np.maximum(np.maximum(tones[0], tones[1]), tones[2])
    black = np.float32(_BLACK) * (1 - lightest) ** 2
    room = np.float32(_TONES - 1) / (1 - black * (1 - _INKS[3, 0]))
    inks = [
        np.take(cover, np.rint(tone * room).astype(np.int32))
        for cover, tone in zip(_covers(), tones, strict=True)
    ]
    return [*inks, black]


@cache
def _covers() -> Floats:
    """Return the cover of cyan, magenta and yellow that makes each grey, [3, _TONES]: a calibration.

    An ink also takes light that is not its own, so that equal covers would not make grey.
    """
    grey = np.linspace(0, 1, _TONES)
    cover = np.repeat(1 - grey[None], 3, axis=0)
    for _ in range(200):
        passed = np.prod(1 - cover[:, :, None] * (1 - _INKS[:3, None, :]), axis=0).T
        cover = np.clip(cover + 0.5 * (passed - grey), 0, 1)
    return np.asarray(cover, np.float32)


def _slipped(cover: Floats, slip: Floats) -> Floats:
    matrix = np.array([[1, 0, slip[0]], [0, 1, slip[1]]], np.float64)
    size = (cover.shape[1], cover.shape[0])
    return np.asarray(cv2.warpAffine(cover, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _blank(printer: Printer, x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    """Return the paper itself, [H, W], mean 1: its fibres, and what the feed does to the inks on it."""
    right, down, begin = rng.uniform(0, _TEXTURE, 3)
    fibres = cv2.remap(_fibres(), _folded(x, 1, right), _folded(y, 1, down), cv2.INTER_LINEAR)
    row = _folded(y, 4 / printer.feed, begin)
    bands = cv2.remap(_stripes(), np.zeros_like(row), row, cv2.INTER_LINEAR)
    return np.asarray(1 + np.float32(printer.grain) * fibres + np.float32(printer.banding) * bands)


def _folded(position: Floats, scale: float, start: float) -> Floats:
    """Return positions folded back and forth into a texture's side, so that it never ends or jumps."""
    turns = position * np.float32(scale / (2 * _LAST)) + np.float32(start / (2 * _LAST))
    turns -= np.floor(turns + np.float32(0.5))
    return np.asarray(np.abs(turns) * np.float32(2 * _LAST), np.float32)


@cache
def _fibres() -> Floats:
    rng = stream(0, "paper fibres")
    texture = smooth(rng, _TEXTURE, 90) + 0.7 * smooth(rng, _TEXTURE, 24)
    return np.asarray(texture / texture.std(), np.float32)


@cache
def _stripes() -> Floats:
    row = stream(0, "paper feed").standard_normal(_TEXTURE // 4)
    stripes = np.interp(np.arange(_TEXTURE) / 4, np.arange(_TEXTURE // 4), row)
    return np.asarray(stripes[:, None], np.float32)
