"""Paper shells: points lie on the sheet, and lengths along it are those of the flat paper."""

import numpy as np
import pytest

from mtfas.synthetic.masks.casting import directions, enlarged
from mtfas.synthetic.masks.shell import Shell

SHELLS = {
    "bent": Shell(1.05, (), (), 0.6, 0.0),
    "glued round the chin": Shell(1.0, (), (), 0.5, 0.15),
    "folded": Shell(1.1, (0.15, 0.45), (0.1, 0.4, 1.1), 0.0, 0.0),
    "one fold": Shell(1.1, (0.45,), (0.3, 0.9), 0.0, 0.1),
}


@pytest.mark.parametrize("name", SHELLS)
def test_points_lie_on_the_sheet(name: str) -> None:
    shell, direction = SHELLS[name], directions(129)
    point = shell.radius(direction)[..., None] * direction
    x, y, z = np.moveaxis(point, -1, 0)
    away = np.abs(x)
    ends = [0.0, *shell.folds, np.inf]
    fallen = shell.bend * x**2 + sum(
        (slope * np.clip(away - begin, 0, end - begin))
        for slope, begin, end in zip(shell.slopes, ends, ends[1:], strict=False)
    )
    before_face = (direction[..., 2] > 0.3) & (np.abs(x) < 0.8) & (np.abs(y) < 1)
    assert before_face.mean() > 0.04
    expected = shell.top - fallen - shell.down * y**2
    np.testing.assert_allclose(z[before_face], expected[before_face], atol=2e-3)


def test_paper_is_not_stretched_by_folding() -> None:
    shell = SHELLS["folded"]
    x = np.array([-0.3, 0.0, 0.1, 0.15, 0.45, 0.7], np.float32)
    inner, middle, outer = (np.sqrt(1 + slope**2) for slope in shell.slopes)
    expected = [
        -(0.15 * inner + 0.15 * middle),
        0.0,
        0.1 * inner,
        0.15 * inner,
        0.15 * inner + 0.3 * middle,
        0.15 * inner + 0.3 * middle + 0.25 * outer,
    ]
    np.testing.assert_allclose(shell.along(x), expected, atol=5e-3)


def test_paper_is_not_stretched_by_bending() -> None:
    bend = 0.6
    x = np.float64(0.6)
    k = 2 * bend * x  # arc length of a parabola
    expected = 0.5 * x * np.sqrt(1 + k**2) + np.arcsinh(k) / (4 * bend)
    assert SHELLS["bent"].along(np.array([x], np.float32))[0] == pytest.approx(expected, abs=3e-3)


def test_coarse_maps_keep_their_corners_when_enlarged() -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 64, dtype=np.float32), (64, 64)).copy()
    np.testing.assert_allclose(enlarged(ramp, 128)[5], np.linspace(0, 1, 128), atol=1e-3)
    np.testing.assert_allclose(enlarged(directions(64), 128), directions(128), atol=5e-3)
