"""Ink on paper: what a printer makes of a picture."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.synthetic.noise import Floats, smooth

# What cyan, magenta, yellow and black ink let through of red, green and blue.
_INKS = np.array([[0.06, 0.66, 0.88], [0.82, 0.07, 0.46], [0.98, 0.92, 0.08], [0.02, 0.02, 0.02]], np.float32)
# How much of each ink makes grey: magenta and yellow also take light that is not theirs.
_BALANCE = np.array([1.0, 0.88, 0.73], np.float32)
_ANGLES = np.deg2rad([15.0, 75.0, 0.0, 45.0])


@dataclass(frozen=True)
class Printer:
    """One printer with its paper.

    Attributes:
        pitch: canvas pixels between halftone dots, lowest and highest; 0 for a stochastic screen.
        paper: the paper's reflectance, [3].
        black: reflectance of the darkest print.
        saturation: how much the driver strengthens colours, against the grey of the inks.
        gain: dot gain, the exponent of the ink's tone curve (below 1 prints darker).
        grain: deviation of the paper's texture.
        banding: strength of the stripes along the paper feed.
        shine: strength of the highlight; `gloss`: its exponent.
    """

    pitch: tuple[float, float]
    paper: tuple[float, float, float]
    black: float
    saturation: float
    gain: float
    grain: float
    banding: float
    shine: float
    gloss: float


PRINTERS: dict[str, Printer] = {
    "printer-1": Printer((2.6, 4.2), (0.86, 0.87, 0.88), 0.010, 1.30, 1.05, 0.010, 0.015, 0.02, 24.0),
    "printer-3": Printer((3.0, 4.6), (0.86, 0.87, 0.88), 0.010, 1.30, 1.05, 0.010, 0.015, 0.02, 24.0),
    "printer-4": Printer((2.2, 3.4), (0.86, 0.87, 0.88), 0.010, 1.30, 1.05, 0.010, 0.015, 0.02, 24.0),
    "printer-5": Printer((2.8, 4.0), (0.86, 0.87, 0.88), 0.010, 1.30, 1.05, 0.010, 0.015, 0.02, 24.0),
    "printer-6": Printer((0.0, 0.0), (0.84, 0.82, 0.76), 0.025, 1.15, 1.00, 0.025, 0.030, 0.006, 8.0),
    "photo-paper-1": Printer((0.0, 0.0), (0.84, 0.82, 0.76), 0.025, 1.15, 1.00, 0.025, 0.030, 0.006, 8.0),
    "printer-2": Printer((0.0, 0.0), (0.84, 0.82, 0.76), 0.025, 1.15, 1.00, 0.025, 0.030, 0.006, 8.0),
}


def print_picture(
    printer: Printer, picture: Floats, x: Floats, y: Floats, strength: float, rng: np.random.Generator
) -> Floats:
    """Return the reflectance of a printed picture, [H, W, 3].

    Args:
        printer: which printer.
        picture: what it should print, linear light in [0, 1], as seen at each pixel.
        x: position on the paper at each pixel, to the right, in canvas pixels.
        y: the same downwards.
        strength: 1 shows single dots, 0 only their mean (a fine screen).
        rng: pitch and phase of the screen, texture of the paper.
    """
    grey = picture.mean(axis=-1, keepdims=True)
    vivid = np.float32(printer.saturation * rng.uniform(0.8, 1.2))
    wanted = np.clip(grey + vivid * (picture - grey), 0, 1)
    ink = 1 - (printer.black + (1 - printer.black) * wanted) ** np.float32(printer.gain)
    black = 0.6 * ink.min(axis=-1)
    rest = _BALANCE * (ink - black[..., None]) / np.maximum(1 - black[..., None], 1e-3)
    pitch = rng.uniform(*printer.pitch) if printer.pitch[1] else 0.0
    reflectance = np.broadcast_to(np.asarray(printer.paper, np.float32), picture.shape).copy()
    for number, cover in enumerate((rest[..., 0], rest[..., 1], rest[..., 2], black)):
        dots = cover + np.float32(strength) * (_dots(cover, x, y, pitch, _ANGLES[number], rng) - cover)
        reflectance *= 1 - dots[..., None] * (1 - _INKS[number])
    return reflectance * _paper(printer, y, rng)[..., None]


def _dots(
    cover: Floats, x: Floats, y: Floats, pitch: float, angle: float, rng: np.random.Generator
) -> Floats:
    """Return the ink actually laid: a screen of dots whose area grows with the wanted cover."""
    if pitch == 0:
        grid = rng.random(cover.shape, dtype=np.float32)
        threshold = np.clip(0.5 + 0.9 * (grid - cv2.blur(grid, (3, 3))), 0.02, 0.98)
    else:
        turn = np.float32(2 * np.pi / pitch)
        u = turn * (np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y) + np.float32(
            rng.uniform(0, 6.3)
        )
        v = turn * (np.float32(np.cos(angle)) * y - np.float32(np.sin(angle)) * x) + np.float32(
            rng.uniform(0, 6.3)
        )
        threshold = 0.5 + 0.25 * (np.cos(u) + np.cos(v))
    return np.asarray(np.clip((cover - threshold) * np.float32(1.6) + cover, 0, 1), np.float32)


def _paper(printer: Printer, y: Floats, rng: np.random.Generator) -> Floats:
    side = max(y.shape)
    fibres = (
        printer.grain
        * (smooth(rng, side, side // 3) + 0.7 * smooth(rng, side, side // 8))[: y.shape[0], : y.shape[1]]
    )
    bands = printer.banding * np.sin(
        y * np.float32(2 * np.pi / (rng.uniform(0.03, 0.09) * side)) + np.float32(rng.uniform(0, 6.3))
    )
    return np.asarray(1 + fibres + bands, np.float32)
