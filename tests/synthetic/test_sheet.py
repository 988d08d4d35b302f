"""Sheets before a face: where they lie, what shadow they throw, how paper rests on a face."""

from dataclasses import replace

import numpy as np
import pytest

from mtfas.synthetic.drape import drape
from mtfas.synthetic.head import Head, bake
from mtfas.synthetic.identity import draw_identity
from mtfas.synthetic.light import Light
from mtfas.synthetic.raycast import View, cast, rays, rotation
from mtfas.synthetic.sheet import Sheet, see_sheet, sheet_grid
from mtfas.synthetic.spectacles import make_spectacles

UNIT = 30.0


def light_from(x: float, y: float, z: float) -> Light:
    """Return a lamp there and a little light from all round."""
    towards = np.array([x, y, z], np.float32) / np.float32(np.hypot(np.hypot(x, y), z))
    return Light(towards, np.ones(3, np.float32), np.full(3, 0.2, np.float32), np.full(3, 0.1, np.float32))


def view_of(yaw: float = 0.0) -> View:
    """Return a head in the middle of 100 pixels."""
    return View(100, UNIT, (49.5, 49.5), rotation(yaw, 0, 0), 7.0)


def disc(relief: float = 0.0, bend: float = 0.3, **more: object) -> Sheet:
    """Return a grey disc of radius 0.3, a hill of this height on it."""
    x, y = sheet_grid(UNIT)
    far = np.hypot(x, y)
    hill = relief * np.exp(-((far / 0.15) ** 2)).astype(np.float32)
    colour = np.full((*x.shape, 3), 0.5, np.float32)
    return Sheet((far < 0.3).astype(np.float32), colour, UNIT, 1.0, bend, 0.0, True, relief=hill, **more)


def see(sheet: Sheet, view: View, behind: float = 0.5, light: Light | None = None) -> tuple[np.ndarray, ...]:
    """Return cover, radiance and depth before a flat wall, and where it is met in head axes."""
    start, way = rays(view)
    wall = np.full(start.shape[:2], behind, np.float32)
    cover, shown, depth = see_sheet(sheet, view, light or light_from(0, 0, 1), wall, start, way)
    return cover, shown, depth, start + np.where(np.isfinite(depth), depth, 0)[..., None] * way


@pytest.mark.parametrize("yaw", [0.0, 25.0, -38.0])
@pytest.mark.parametrize("relief", [0.0, 0.15])
def test_depth_lies_on_the_bent_sheet_with_its_relief(yaw: float, relief: float) -> None:
    sheet = disc(relief)
    cover, _, _, point = see(sheet, view_of(yaw))
    x, y, z = np.moveaxis(point[cover > 0.9], -1, 0)
    wanted = 1.0 - 0.3 * x**2 + relief * np.exp(-((np.hypot(x, y) / 0.15) ** 2))
    assert len(z) > 200
    assert np.abs(z - wanted).max() < 0.02


def test_place_moves_the_sheet() -> None:
    middles = []
    for right in (0.0, 0.3):
        cover = see(disc(place=(right, 0.1, 0.0), bend=0.0), view_of())[0]
        middles.append(np.argwhere(cover > 0.5).mean(axis=0))
    nearer = UNIT / (1 - 1.0 / 7.0)
    assert middles[1] - middles[0] == pytest.approx([0.0, 0.3 * nearer], abs=0.5)
    assert middles[0][0] - 49.5 == pytest.approx(0.1 * nearer, abs=0.5)


def test_lamp_above_throws_the_shadow_below_and_never_hides() -> None:
    cover = see(disc(), view_of(), light=light_from(0, -1, 1))[0]
    shadow = (cover > 0.05) & (cover <= 0.45)
    rows = np.argwhere(shadow)[:, 0]
    assert shadow.sum() > 100
    assert rows.mean() > 55
    assert not shadow[:35].any()


def test_shadow_brings_no_light() -> None:
    cover, shown, _, _ = see(disc(), view_of(), light=light_from(0, -1, 1))
    only_shadow = (cover > 0.05) & (cover <= 0.45)
    below = only_shadow & (np.arange(100)[:, None] > 70)
    assert below.any()
    assert np.abs(shown[below]).max() < 0.01


def test_what_sticks_out_hides_the_sheet() -> None:
    assert not (see(disc(), view_of(), behind=1.2)[0] > 0.5).any()


def test_arms_of_spectacles_run_back_to_the_ears() -> None:
    person = replace(draw_identity(np.random.default_rng(3)), spectacles=2)
    (worn,) = make_spectacles(person, 256, np.random.default_rng(0))
    x, _ = sheet_grid(worn.texels)
    deep = worn.height - worn.bend * x**2 + worn.relief
    arms = (worn.cover > 0.9) & (np.abs(x) > person.width - 0.06)
    assert worn.eyewear
    assert arms.any()
    assert deep[arms].max() < worn.height - 0.15


@pytest.fixture(scope="module", params=[1, 2, 3])
def head(request: pytest.FixtureRequest) -> Head:
    """Return somebody's head."""
    return bake(draw_identity(np.random.default_rng(request.param)), 256)


@pytest.mark.parametrize("middle", [(0.0, 0.0), (0.0, 0.58), (0.28, 0.2)])
def test_paper_rests_on_the_face_and_never_runs_through_it(head: Head, middle: tuple[float, float]) -> None:
    x, y = sheet_grid(60.0, 0.4, 0.25)
    x, y = x + np.float32(middle[0]), y + np.float32(middle[1])
    fold = drape(head, x, y, np.ones_like(x), gap=0.02)
    start = np.dstack([x, y, np.zeros_like(x)])
    way = np.zeros_like(start)
    way[..., 2] = 1
    face = cast(head.surface.radius, start, way).depth
    room = fold.height - fold.bend * x**2 + fold.relief - face
    assert room.min() > 0.0
    assert room.min() < 0.05


def test_paper_bends_about_one_axis_only(head: Head) -> None:
    x, y = sheet_grid(60.0, 0.4, 0.25)
    fold = drape(head, x, y, np.ones_like(x), gap=0.02, smooth=0.05)
    assert np.ptp(fold.relief, axis=0).max() == 0.0
    profile = (fold.height - fold.bend * x**2 + fold.relief)[0]
    assert (np.diff(profile, 2) < 0.02).all()
