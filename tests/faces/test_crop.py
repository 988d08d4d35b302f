"""crop_face against a slow loop in float64, and against what must hold for every box."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtfas.errors import BadData, BadSetting
from mtfas.faces.crop import CropRule, crop_face, crop_square
from mtfas.types import Box, ByteImage

NOISE = np.random.default_rng(0).integers(0, 256, (37, 53, 3), dtype=np.uint8)


def pixel(image: ByteImage, y: int, x: int, padding: str) -> np.ndarray:
    h, w = image.shape[:2]
    if padding == "black" and not (0 <= y < h and 0 <= x < w):
        return np.zeros(3)
    return image[min(max(y, 0), h - 1), min(max(x, 0), w - 1)].astype(float)


def shares(start: float, step: float, j: int) -> list[tuple[int, float]]:
    """Which pixels, and how much of each, make up the j-th pixel of the crop, along one axis."""
    if step <= 1:
        at = start + (j + 0.5) * step - 0.5
        return [(math.floor(at), 1 - (at - math.floor(at))), (math.floor(at) + 1, at - math.floor(at))]
    a, b = start + j * step, start + (j + 1) * step
    return [(i, (min(b, i + 1) - max(a, i)) / step) for i in range(math.floor(a), math.ceil(b))]


def slow_crop(image: ByteImage, box: Box, rule: CropRule) -> np.ndarray:
    side = rule.scale * max(box.width, box.height)
    left, top = box.left + box.width / 2 - side / 2, box.top + box.height / 2 - side / 2
    out = np.zeros((rule.size, rule.size, 3))
    for v in range(rule.size):
        for u in range(rule.size):
            for y, wy in shares(top, side / rule.size, v):
                for x, wx in shares(left, side / rule.size, u):
                    out[v, u] += wy * wx * pixel(image, y, x, rule.padding)
    return out


@pytest.mark.parametrize("padding", ["border", "black"])
@pytest.mark.parametrize(
    "box",
    [
        Box(10, 5, 20, 20),
        Box(10.3, 4.7, 9.1, 12.2),
        Box(-8, -3.5, 30, 22),
        Box(30, 20, 40, 44),
        Box(20.5, 11, 5, 3),
    ],
)
def test_equals_the_slow_loop(box: Box, padding: str) -> None:
    rule = CropRule(16, 1.3, padding)
    assert np.abs(crop_face(NOISE, box, rule) - slow_crop(NOISE, box, rule)).max() <= 0.5 + 1e-3


@settings(max_examples=30, deadline=None)
@given(
    st.floats(-10, 45),
    st.floats(-10, 30),
    st.floats(11, 60),
    st.floats(11, 60),
    st.floats(0.5, 2),
    st.integers(16, 24),
)
def test_any_box_equals_the_slow_loop(
    left: float, top: float, width: float, height: float, scale: float, size: int
) -> None:
    box, rule = Box(left, top, width, height), CropRule(size, scale)
    assert np.abs(crop_face(NOISE, box, rule) - slow_crop(NOISE, box, rule)).max() <= 0.5 + 1e-3


def test_whole_pixels_are_copied() -> None:
    np.testing.assert_array_equal(crop_face(NOISE, Box(10, 5, 20, 20), CropRule(20, 1.0)), NOISE[5:25, 10:30])


def test_halving_is_the_mean_of_four() -> None:
    crop = crop_face(NOISE, Box(10, 3, 32, 32), CropRule(16, 1.0))
    means = NOISE[3:35, 10:42].reshape(16, 2, 16, 2, 3).mean(axis=(1, 3))
    assert np.abs(crop - means).max() <= 0.5


def test_a_linear_image_stays_linear() -> None:
    """Half-pixel exactness: value = x at pixel centres, so each crop pixel holds its own centre's place."""
    ramp = np.repeat(np.arange(200, dtype=np.uint8)[None, :, None], 200, 0).repeat(3, 2)
    for width in (24.0, 100.0):
        crop = crop_face(ramp, Box(60.4, 60, width, width), CropRule(32, 1.0))
        expected = 60.4 + (np.arange(32) + 0.5) * width / 32 - 0.5
        assert np.abs(crop[16, :, 0] - expected).max() <= 0.5 + 1e-3


def test_mirror_image() -> None:
    box, mirrored = Box(12.25, 6, 17.5, 21), Box(53 - 12.25 - 17.5, 6, 17.5, 21)
    there = crop_face(NOISE, box, CropRule(24))
    back = crop_face(np.ascontiguousarray(NOISE[:, ::-1]), mirrored, CropRule(24))[:, ::-1]
    assert np.abs(there.astype(int) - back).max() <= 1


def test_square_is_centred_on_the_box() -> None:
    assert crop_square(Box(10, 20, 30, 50), CropRule(64, 1.2)) == Box(-5, 15, 60, 60)


def test_border_is_repeated() -> None:
    crop = crop_face(NOISE, Box(-20, -20, 40, 40), CropRule(40, 1.0))
    assert (crop[:20, :20] == NOISE[0, 0]).all()
    assert (crop_face(NOISE, Box(-20, -20, 40, 40), CropRule(40, 1.0, "black"))[:20, :20] == 0).all()


@pytest.mark.parametrize(
    "box", [Box(53, 0, 10, 10), Box(0, 37, 10, 10), Box(-10, 0, 10, 10), Box(1e6, 1e6, 9, 9)]
)
def test_a_box_outside_is_refused(box: Box) -> None:
    with pytest.raises(BadData, match="lies outside the image of 53 × 37"):
        crop_face(NOISE, box, CropRule(16))


def test_a_huge_box_costs_nothing() -> None:
    assert crop_face(NOISE, Box(-1e9, -1e9, 2e9 + 26, 2e9 + 18), CropRule(16, 5.0)).shape == (16, 16, 3)


def test_rule() -> None:
    rule = CropRule(64, 1.5, "black")
    assert CropRule(**rule.as_dict()) == rule
    for wrong in (
        {"size": 8},
        {"size": 4000},
        {"size": 64, "scale": 0.1},
        {"size": 64, "scale": float("nan")},
    ):
        with pytest.raises(BadSetting):
            CropRule(**wrong)
    with pytest.raises(BadSetting, match="did you mean 'border'"):
        CropRule(64, padding="boarder")
