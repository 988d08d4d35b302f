"""Light and backgrounds."""

import numpy as np
import pytest

from mtfas.runtime.seeds import stream
from mtfas.synthetic.background import BACKGROUNDS, draw_background
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.light import Light, diffuse, draw_light
from mtfas.synthetic.place import EVENING, SUN

FRONT = np.array([0, 0, 1], np.float32)
WHITE = np.ones(3, np.float32)


def lamp(size: float = 0.0, other: tuple[np.ndarray, np.ndarray] | None = None) -> Light:
    return Light(FRONT, WHITE, WHITE, WHITE, size=size, other=other)


@pytest.mark.parametrize("kind", list(BACKGROUNDS))
def test_every_background_is_lit_finite_and_the_same_twice(kind: str) -> None:
    light = draw_light(EVENING, stream(1, "light"))
    one, other = (draw_background(kind, light, 90, stream(1, kind)) for _ in range(2))
    assert one.shape == (90, 90, 3)
    assert np.isfinite(one).all()
    assert one.min() >= 0
    assert one.mean() > 0.003
    assert one.tobytes() == other.tobytes()
    assert one.tobytes() != draw_background(kind, light, 90, stream(2, kind)).tobytes()


def test_every_background_is_somewhere_and_every_place_has_known_ones() -> None:
    used = {kind for domain in DOMAINS.values() for place in domain.places for kind in place.backgrounds}
    assert used == set(BACKGROUNDS)


def test_a_large_lamp_lights_round_an_edge_and_a_point_does_not() -> None:
    behind = np.array([[0.98, 0, -0.2]], np.float32)
    assert diffuse(lamp(), behind, 0.0).max() == 0
    assert diffuse(lamp(size=0.4), behind, 0.0).min() > 0.05
    facing = FRONT[None]
    np.testing.assert_allclose(diffuse(lamp(size=0.4), facing, 0.0), diffuse(lamp(), facing, 0.0), atol=1e-6)


def test_a_second_lamp_adds_its_light_from_its_own_side() -> None:
    side = np.array([1, 0, 0], np.float32)
    both = lamp(other=(side, 0.5 * WHITE))
    np.testing.assert_allclose(diffuse(both, side[None], 0.0), 0.5, atol=1e-6)
    np.testing.assert_allclose(diffuse(both, FRONT[None], 0.0), 1.0, atol=1e-6)


def test_shadows_are_hard_in_the_sun_and_second_lamps_are_usual_in_the_evening() -> None:
    sun = [draw_light(SUN, stream(1, "sun", n)) for n in range(200)]
    evening = [draw_light(EVENING, stream(1, "evening", n)) for n in range(200)]
    assert max(light.size for light in sun) <= 0.15
    assert 0.28 < np.mean([light.other is not None for light in evening]) < 0.52
    assert np.mean([light.other is not None for light in sun]) < 0.2
