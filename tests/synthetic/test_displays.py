"""Displays: cells of three colours, moiré that arises by itself, stripes that wander."""

import numpy as np
import pytest

from mtfas.runtime.seeds import stream
from mtfas.synthetic.display_light import light_of_display, stripes
from mtfas.synthetic.displays import DISPLAYS, stands_still
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.subpixels import LAYOUTS, cells

SIDE = 96
DOWN, ACROSS = np.mgrid[:SIDE, :SIDE].astype(np.float32) - np.float32((SIDE - 1) / 2)


def show(name: str, grey: int, strength: float = 0.0, pitch: float = 3.0) -> np.ndarray:
    picture = np.full((SIDE, SIDE, 3), grey, np.uint8)
    return light_of_display(DISPLAYS[name], picture, ACROSS, DOWN, pitch, strength)


def test_every_display_of_every_domain_exists() -> None:
    named = {medium for domain in DOMAINS.values() for medium in domain.media.get("replay", ())}
    assert named <= set(DISPLAYS)
    assert {medium for medium in named if stands_still(medium)} == {"mobile-photo", "highdef-photo"}
    assert DISPLAYS["mobile-photo"] == DISPLAYS["mobile-video"]
    assert len({layout.layout for layout in DISPLAYS.values()}) == len(LAYOUTS) == 4


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_cells_have_mean_one_and_colours_lie_beside_each_other(layout: str) -> None:
    column, row = ACROSS / 24, DOWN / 24  # 4 x 4 display pixels
    light = cells(layout, column, row, 24.0)
    assert light.mean(axis=(0, 1)) == pytest.approx(1.0, abs=0.02)
    red, green, blue = (light[..., channel] > 1.5 for channel in range(3))
    assert not (red & green).any()
    assert not (green & blue).any()


def test_reversed_stripes_are_blue_where_others_are_red() -> None:
    plain, turned = (cells(name, ACROSS / 24, DOWN / 24, 24.0) for name in ("stripe", "reversed"))
    assert np.abs(plain - turned[..., ::-1]).max() < 1e-6


@pytest.mark.parametrize("name", sorted(DISPLAYS))
def test_more_code_is_more_light_and_black_is_not_dark(name: str) -> None:
    black, dim, bright, white = (show(name, grey).mean(axis=(0, 1)) for grey in (0, 90, 190, 255))
    assert (black < dim).all()
    assert (dim < bright).all()
    assert (bright < white).all()
    assert black == pytest.approx(DISPLAYS[name].black * np.asarray(DISPLAYS[name].white), rel=0.05)
    assert white == pytest.approx(np.asarray(DISPLAYS[name].white), rel=0.05)


def test_fine_cells_and_a_coarse_sensor_make_moire() -> None:
    def coarse(pitch: float) -> float:
        seen = show("display-1", 200, 1.0, pitch).reshape(SIDE // 2, 2, SIDE // 2, 2, 3).mean(axis=(1, 3))
        power = np.abs(np.fft.rfft2(seen - seen.mean(axis=(0, 1)), axes=(0, 1))) ** 2
        power[0, 0] = 0
        return float(power[:6, :6].sum() / power.size)  # waves of eight sensor pixels and longer

    assert coarse(2.2) > 20 * coarse(4.0)  # 1.1 sensor pixels beat with the sensor, 2.0 do not


def test_stripes_wander_and_keep_the_brightness() -> None:
    for name, display in DISPLAYS.items():
        first, later = (stripes(display, 200, time, stream(3, name)) for time in (0.0, 0.17))
        assert first.shape == (200, 1, 1)
        assert first.mean() == pytest.approx(1.0, abs=0.06)
        assert np.abs(first - later).max() > 1e-4
        assert first.min() > 0.6
