"""Clear coats: where a lamp is mirrored, how sharply; and sheets laid on a head."""

import numpy as np
import pytest

from mtfas.runtime.seeds import stream
from mtfas.synthetic.coat import Coat, Lamp, draw_lamp, mirror
from mtfas.synthetic.decal import Decal, laid_on
from mtfas.synthetic.light import Light, highlight
from mtfas.synthetic.masks.casting import directions
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.raycast import Hit, View, cast, lookup, rays, rotation
from mtfas.synthetic.skin import SKIN_GLOSS

SIDE, TEXELS = 240, 256
TOWARDS = np.array([0.5, -0.3, 0.81], np.float32)
LIGHT = Light(
    TOWARDS / np.linalg.norm(TOWARDS),
    np.ones(3, np.float32),
    np.zeros(3, np.float32),
    np.zeros(3, np.float32),
)  # fmt: skip


@pytest.fixture(scope="module")
def ball() -> tuple[View, Hit]:
    view = View(SIDE, 100.0, (SIDE / 2, SIDE / 2), rotation(12, -7, 4), 1e6)
    return view, cast(np.ones((TEXELS, TEXELS), np.float32), *rays(view))


def shown(ball: tuple[View, Hit], lamp: Lamp, shine: float = 0.04) -> Floats:
    view, hit = ball
    coat = Coat(directions(TEXELS), np.full((TEXELS, TEXELS), shine, np.float32), lamp)
    return mirror(coat, view, LIGHT, hit, np.ones((SIDE, SIDE), np.float32))[..., 0] * hit.covered


def angles(ball: tuple[View, Hit]) -> Floats:
    """Angle between the mirrored line of sight and the lamp, degrees, by plain geometry on a unit ball."""
    x, y = np.meshgrid(*(2 * [(np.arange(SIDE) - SIDE / 2) / 100.0]))
    z = np.sqrt(np.maximum(1 - x * x - y * y, 0))
    normal = np.stack([x, y, z], axis=-1)
    bounced = 2 * z[..., None] * normal - np.array([0, 0, 1])
    return np.rad2deg(np.arccos(np.clip(bounced @ LIGHT.towards, -1, 1)))


def test_a_bulb_is_mirrored_where_the_line_of_sight_bounces_to_it(ball: tuple[View, Hit]) -> None:
    picture, apart = shown(ball, Lamp((8.0, 8.0), 1.0, 2.0, 0.0)), angles(ball)
    front = (np.hypot(*np.meshgrid(*(2 * [np.arange(SIDE) - SIDE / 2]))) < 95) & ball[1].covered
    assert picture[front & (apart < 6.5)].min() > 0.3
    assert picture[front & (apart > 10)].max() < 1e-3
    assert np.ptp(picture[front & (apart < 6)]) < 0.05 * picture.max(), "a lamp's image is flat"


def test_plastic_mirrors_more_sharply_than_skin_shines(ball: tuple[View, Hit]) -> None:
    view, hit = ball
    normal = lookup(directions(TEXELS), hit) @ view.rotation.T
    skin = highlight(LIGHT, normal, 0.03, SKIN_GLOSS)[..., 0] * hit.covered
    plastic = shown(ball, Lamp((6.0, 6.0), 2.0, 2.0, 0.0))
    # How much of the way from nothing to the brightest one pixel's step takes.
    steepest = [np.abs(np.diff(part[60:180, 60:180], axis=1)).max() / part.max() for part in (skin, plastic)]
    assert steepest[1] > 4 * steepest[0]
    assert (plastic > 0.5 * plastic.max()).sum() < 0.2 * (skin > 0.5 * skin.max()).sum()


def test_a_window_has_bars_and_a_soft_lamp_soft_edges(ball: tuple[View, Hit]) -> None:
    panel, window = (shown(ball, Lamp((9.0, 9.0), 1.0, 6.0, bars)) for bars in (0.0, 2.0))
    missing = (panel > 0.5 * panel.max()) & (window < 0.2 * panel.max())
    assert 0.1 < missing.sum() / (panel > 0.5 * panel.max()).sum() < 0.5
    sharp, soft = (shown(ball, Lamp((6.0, 6.0), edge, 2.0, 0.0)) for edge in (1.0, 10.0))
    between = [np.mean((part > 0.1 * part.max()) & (part < 0.9 * part.max())) for part in (sharp, soft)]
    assert between[1] > 3 * between[0]


def test_nothing_is_mirrored_without_a_coat(ball: tuple[View, Hit]) -> None:
    assert shown(ball, Lamp((6.0, 6.0), 2.0, 2.0, 0.0), shine=0.0).max() == 0


def test_lamps_differ() -> None:
    lamps = [draw_lamp(stream(0, "lamp", number), (1.0, 5.0)) for number in range(60)]
    assert {lamp.round for lamp in lamps} == {2.0, 6.0}
    assert 0.1 < np.mean([lamp.bars > 0 for lamp in lamps]) < 0.6
    assert all(1.0 <= lamp.edge <= 5.0 for lamp in lamps)


def test_a_sheet_shows_its_own_picture_where_it_covers(ball: tuple[View, Hit]) -> None:
    _, hit = ball
    line = np.arange(TEXELS, dtype=np.float32)
    across, down = np.meshgrid(line, line)
    picture = np.stack([across, down, across + down], axis=-1) / TEXELS
    cover = (across > TEXELS / 2).astype(np.float32)
    sheet = Decal(picture, np.stack([across, down], axis=-1), cover)
    seen = laid_on(sheet, np.full((SIDE, SIDE, 3), -1, np.float32), hit)
    on = hit.covered & (hit.across > TEXELS / 2 + 1)
    np.testing.assert_allclose(seen[on][:, 0], hit.across[on] / TEXELS, atol=1e-3)
    np.testing.assert_allclose(seen[on][:, 1], hit.down[on] / TEXELS, atol=1e-3)
    assert (seen[hit.covered & (hit.across < TEXELS / 2 - 1)] == -1).all()
