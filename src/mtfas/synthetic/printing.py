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
# How much of each ink makes grey: magenta and yellow also take light that is not theirs.
_BALANCE = np.array([1.0, 0.88, 0.73], np.float32)
_ANGLES = np.deg2rad([15.0, 75.0, 0.0, 45.0])
_BLACK = 0.6
"""Share of a pixel's grey that is printed in black instead of three colours."""
_TEXTURE = 256
_LAST = _TEXTURE - 1


@dataclass(frozen=True)
class Printer:
    """One printer with its paper.

    Attributes:
        screen: a name in halftone.SCREENS, or "none" for dyes that need no dots.
        pitch: canvas pixels from dot to dot, lowest and highest.
        edge: how hard the dots' edges are.
        slip: how far the inks miss each other, canvas pixels.
        paper: the paper's reflectance, [3].
        black: reflectance of the darkest print.
        saturation: how much the driver strengthens colours, against the grey of the inks.
        gain: dot gain, the exponent of the ink's tone curve (below 1 prints darker).
        span: darkest and lightest tone that is told apart: what lies beyond is clipped.
        grain: deviation of the paper's texture.
        banding: deviation of the stripes across the paper feed; `feed`: their width in canvas pixels.
        shine: strength of its highlight; `gloss`: its exponent.
    """

    screen: str
    pitch: tuple[float, float]
    edge: float
    slip: float
    paper: tuple[float, float, float]
    black: float
    saturation: float
    gain: float
    span: tuple[float, float]
    grain: float
    banding: float
    feed: float
    shine: float
    gloss: float


PRINTERS: dict[str, Printer] = {
    # An office laser printer on white paper.
    "printer-1": Printer(
        "rosette",
        (3.0, 4.6),
        3.0,
        0.35,
        (0.86, 0.87, 0.88),
        0.010,
        1.25,
        1.02,
        (0.0, 1.0),
        0.012,
        0.008,
        30,
        0.02,
        24.0,
    ),
    # An inkjet on plain paper: strewn dots, feathered, stripes of the print head.
    "printer-2": Printer(
        "stochastic",
        (1.6, 2.5),
        2.0,
        0.25,
        (0.84, 0.83, 0.79),
        0.025,
        1.15,
        0.98,
        (0.0, 0.97),
        0.020,
        0.035,
        9,
        0.006,
        8.0,
    ),
    # An office laser printer with a line screen on grey recycled paper.
    "printer-3": Printer(
        "line",
        (3.2, 4.8),
        2.2,
        0.5,
        (0.70, 0.69, 0.65),
        0.030,
        1.20,
        1.05,
        (0.01, 1.0),
        0.040,
        0.012,
        22,
        0.008,
        10.0,
    ),
    # A large-format printer on heavy satin paper.
    "printer-4": Printer(
        "stochastic",
        (1.9, 2.9),
        3.0,
        0.15,
        (0.88, 0.88, 0.85),
        0.012,
        1.30,
        1.00,
        (0.0, 0.98),
        0.010,
        0.045,
        16,
        0.03,
        40.0,
    ),
    # A colour copier on coated paper: hard, fine rosettes, strong colours.
    "printer-5": Printer(
        "rosette",
        (2.6, 3.8),
        5.0,
        0.2,
        (0.87, 0.88, 0.90),
        0.015,
        1.40,
        1.08,
        (0.02, 0.96),
        0.006,
        0.015,
        40,
        0.04,
        60.0,
    ),
    # An offset press on cheap paper: coarse rosettes, weak colours, inks beside each other.
    "printer-6": Printer(
        "rosette",
        (3.8, 5.4),
        2.0,
        0.8,
        (0.78, 0.75, 0.68),
        0.060,
        1.00,
        0.92,
        (0.0, 1.0),
        0.030,
        0.010,
        60,
        0.006,
        8.0,
    ),
    # Dye sublimation on photo paper: no dots, strong colours that clip, glossy.
    "photo-paper-1": Printer(
        "none",
        (0.0, 0.0),
        1.0,
        0.0,
        (0.90, 0.90, 0.88),
        0.008,
        1.35,
        1.10,
        (0.03, 0.82),
        0.004,
        0.012,
        5,
        0.07,
        140.0,
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
            wanted = _slipped(wanted, slips[number]) if printer.slip else wanted
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
    inks = []
    for plane in planes:
        wanted = np.clip((grey + vivid * (plane - grey) - low) / (high - low), 0, 1)
        inks.append(1 - (printer.black + (1 - printer.black) * wanted) ** np.float32(printer.gain))
    black = np.float32(_BLACK) * np.minimum(np.minimum(inks[0], inks[1]), inks[2])
    room = 1 / np.maximum(1 - black, np.float32(1e-3))
    return [*(part * (ink - black) * room for part, ink in zip(_BALANCE, inks, strict=True)), black]


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
