"""Cameras, printers and displays do what their words say."""

from dataclasses import replace

import numpy as np
import pytest

from mtfas.runtime.seeds import stream
from mtfas.synthetic.camera import Camera, capture, expose
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.noise import Floats, smooth
from mtfas.synthetic.printing import PRINTERS, print_picture
from mtfas.types import ByteImage

CAMERAS = {camera.name: camera for domain in DOMAINS.values() for camera in domain.cameras}
PERFECT = replace(
    CAMERAS["camera-1"], shot=0.0, read=0.0, vignette=0.0, sharpening=0.0, quality=(100, 100), correction=0.0
)


def picture_of(camera: Camera, scene: Floats, side: int, shot: str) -> ByteImage:
    return capture(camera, scene, side, expose(camera, stream(0, shot)), stream(0, shot, "noise"))


def test_exposure_makes_dark_and_bright_scenes_alike() -> None:
    scene = np.abs(smooth(stream(0, "scene"), 80, 6))[..., None] * np.ones(3, np.float32)
    dark, bright = (picture_of(PERFECT, scene * level, 40, "shot") for level in (0.1, 10.0))
    assert np.abs(dark.astype(int) - bright.astype(int)).max() <= 2
    assert 60 < dark.mean() < 190


def test_white_balance_takes_part_of_a_tint_away() -> None:
    tinted = np.full((80, 80, 3), 0.3, np.float32) * np.array([1.4, 1.0, 0.6], np.float32)
    left = {}
    for correction in (0.0, 0.9):
        picture = picture_of(replace(PERFECT, correction=correction), tinted, 40, "shot").astype(float)
        left[correction] = picture[..., 0].mean() - picture[..., 2].mean()
    assert 0 < left[0.9] < 0.6 * left[0.0]


@pytest.mark.parametrize("name", sorted(CAMERAS))
def test_a_camera_repeats_itself_and_adds_noise(name: str) -> None:
    flat = np.full((80, 80, 3), 0.3, np.float32)
    one, same, other = (picture_of(CAMERAS[name], flat, 40, shot) for shot in "aab")
    assert one.shape == (40, 40, 3)
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert one.std() > picture_of(PERFECT, flat, 40, "a").std()


def test_blur_removes_what_the_sensor_cannot_hold() -> None:
    stripes = np.tile(np.array([0.0, 0.6], np.float32), 40)[None, :, None] * np.ones((80, 1, 3), np.float32)
    assert picture_of(PERFECT, stripes, 40, "a").std() < 4


def ramp(side: int) -> np.ndarray:
    return np.broadcast_to(
        np.linspace(0.05, 0.95, side, dtype=np.float32)[None, :, None], (side, side, 3)
    ).copy()


@pytest.mark.parametrize("name", sorted(PRINTERS))
def test_prints_keep_order_and_grey_but_lose_range(name: str) -> None:
    side = 120
    down, across = np.mgrid[:side, :side].astype(np.float32)
    paper = print_picture(PRINTERS[name], ramp(side), across, down, 0.6, stream(0, "print"))
    columns = paper.reshape(side, 12, 10, 3).mean(axis=(0, 2))
    grey = columns.mean(axis=-1)
    assert (np.diff(grey) > 0).all()
    assert grey[0] > 0.015
    assert grey[-1] < 0.9
    middle = columns[3:9] / np.asarray(PRINTERS[name].paper)
    assert np.ptp(middle, axis=-1).max() < 0.12


def test_halftone_strength_shows_dots() -> None:
    flat = np.full((60, 60, 3), 0.4, np.float32)
    down, across = np.mgrid[:60, :60].astype(np.float32)
    faint, strong = (
        print_picture(PRINTERS["printer-1"], flat, across, down, strength, stream(0, "print")).std()
        for strength in (0.0, 1.0)
    )
    assert strong > 4 * faint
