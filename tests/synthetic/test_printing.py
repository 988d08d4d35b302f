"""Screens and printers: tones stay, dots belong to the sheet, greys stay grey."""

import numpy as np
import pytest

from mtfas.runtime.seeds import stream
from mtfas.synthetic.halftone import SCREENS, dots, thresholds
from mtfas.synthetic.printing import PRINTERS, blank_paper, print_picture

SIDE = 160


def sheet(side: int = SIDE) -> tuple[np.ndarray, np.ndarray]:
    down, across = np.mgrid[:side, :side].astype(np.float32)
    return across, down


def loudest(wave: np.ndarray) -> float:
    """Return the loudest frequency in cycles a pixel, any direction."""
    power = np.abs(np.fft.fft2(wave - wave.mean())) ** 2
    place = np.unravel_index(np.argmax(power), power.shape)
    return float(np.hypot(*(np.fft.fftfreq(side)[at] for side, at in zip(wave.shape, place, strict=True))))


@pytest.mark.parametrize("screen", sorted(SCREENS))
@pytest.mark.parametrize("cover", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_dots_keep_the_mean_of_a_tone(screen: str, cover: float) -> None:
    threshold = thresholds(screen, *sheet(), 4.0, 0.3, np.array([0.1, 0.7]))
    ink = dots(np.full_like(threshold, cover), threshold, 3.0)
    assert ink.mean() == pytest.approx(cover, abs=0.035)
    assert ink.std() > 0.2 if 0 < cover < 1 else ink.std() == 0


def test_a_screen_has_its_pitch_and_blue_noise_has_no_coarse_grain() -> None:
    for pitch in (3.0, 5.0):
        ink = thresholds("rosette", *sheet(240), pitch, 0.0, np.zeros(2))
        assert loudest(ink) == pytest.approx(1 / pitch, abs=0.01)
    grain = thresholds("stochastic", *sheet(256), 1.0, 0.0, np.zeros(2))
    power = np.abs(np.fft.fft2(grain - grain.mean())) ** 2
    far = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.fftfreq(256)[None, :])
    assert power[far < 0.1].mean() < 0.1 * power[(far > 0.25) & (far < 0.5)].mean()


@pytest.mark.parametrize("name", sorted(PRINTERS))
def test_dots_and_paper_move_with_the_sheet(name: str) -> None:
    across, down = sheet()
    grey = np.full((SIDE, SIDE, 3), 0.4, np.float32)
    first = print_picture(PRINTERS[name], grey, across, down, 0.8, stream(0, "print"))
    moved = print_picture(PRINTERS[name], grey, across + 7, down + 3, 0.8, stream(0, "print"))
    assert np.abs(moved[:-3, :-7] - first[3:, 7:]).max() < 0.02
    assert np.abs(moved - first).mean() > 0.002


@pytest.mark.parametrize("name", sorted(PRINTERS))
def test_every_grey_is_printed_as_a_grey_of_the_paper(name: str) -> None:
    across, down = sheet(60)
    for tone in (0.15, 0.4, 0.75):
        flat = np.full((60, 60, 3), tone, np.float32)
        ink = print_picture(PRINTERS[name], flat, across, down, 0.0, stream(0, "print")).mean(axis=(0, 1))
        cast = ink / blank_paper(PRINTERS[name])
        assert np.ptp(cast) < 0.03 * cast.mean() + 0.002


def test_a_rosette_printer_shows_its_four_screens_and_a_dye_printer_none() -> None:
    flat = np.broadcast_to(np.array([0.5, 0.4, 0.3], np.float32), (SIDE, SIDE, 3))
    laser = print_picture(PRINTERS["printer-1"], flat, *sheet(), 1.0, stream(1, "print"))
    dye = print_picture(PRINTERS["photo-paper-1"], flat, *sheet(), 1.0, stream(1, "print"))
    assert laser.std(axis=(0, 1)).min() > 5 * dye.std(axis=(0, 1)).max()
    window = np.hanning(SIDE)[:, None] * np.hanning(SIDE)[None, :]
    peaks = []
    for channel in range(2):  # cyan takes red, magenta takes green: their screens are turned by 60 degrees
        wave = (laser[..., channel] - laser[..., channel].mean()) * window
        power = np.abs(np.fft.rfft2(wave))
        row, column = np.unravel_index(np.argmax(power), power.shape)
        turn = np.degrees(np.arctan2(np.fft.fftfreq(SIDE)[row], np.fft.rfftfreq(SIDE)[column])) % 90
        peaks.append(turn)
    apart = abs(peaks[0] - peaks[1])
    assert min(apart, 90 - apart) == pytest.approx(30, abs=6)
