import importlib.util

import numpy as np
import pytest

from mtfas.errors import BadSetting
from mtfas.faces.crop import CropRule, crop_face
from mtfas.faces.depth import DEPTH_BACKENDS, canonical_depth, depth_from_points, require_depth
from mtfas.types import Box

BOX = Box(40, 30, 80, 80)


def test_canonical_depth_looks_like_a_face() -> None:
    depth = canonical_depth(BOX, CropRule(128))
    assert depth.shape == (128, 128)
    assert depth.dtype == np.uint8
    np.testing.assert_array_equal(depth, depth[:, ::-1])  # frontal
    y, x = np.unravel_index(depth.argmax(), depth.shape)
    assert depth.max() >= 254  # the tip of the nose,
    assert abs(x - 63.5) <= 1  # in the middle,
    assert 0.5 < y / 128 < 0.65  # just below it.
    assert (depth[:8] == 0).all()
    assert (depth[:, :8] == 0).all()
    assert 0.3 < (depth > 0).mean() < 0.5
    eye, cheek = (
        depth[round(128 * (0.5 + (0.38 - 0.5) / 1.3)), round(128 * (0.5 - 0.17 / 1.3))],
        depth[70, 40],
    )
    assert eye < cheek


def test_canonical_depth_follows_the_crop() -> None:
    """The depth of a looser crop is the tighter one's, shrunk: the same geometry as the picture's."""
    fine = canonical_depth(BOX, CropRule(512, 1.0))
    loose = canonical_depth(BOX, CropRule(64, 2.0))
    image = np.repeat(fine[..., None], 3, 2)
    shrunk = crop_face(image, Box(0, 0, 512, 512), CropRule(64, 2.0, "black"))[..., 0]
    inner = slice(18, 46)
    assert np.abs(shrunk[inner, inner].astype(int) - loose[inner, inner]).mean() < 4


def test_canonical_depth_ignores_place_but_not_shape() -> None:
    rule = CropRule(64)
    np.testing.assert_array_equal(canonical_depth(BOX, rule), canonical_depth(Box(0, 0, 20, 20), rule))
    narrow = canonical_depth(Box(0, 0, 40, 80), rule)
    assert (narrow > 0).sum() < 0.6 * (canonical_depth(BOX, rule) > 0).sum()


def test_depth_from_points_is_linear_between_them() -> None:
    corners = np.array([[0.25, 0.25, 0.0], [0.75, 0.25, 1.0], [0.25, 0.75, 0.0], [0.75, 0.75, 1.0]])
    depth = depth_from_points(corners, 64)
    assert (depth[:15] == 0).all()
    assert (depth[:, :15] == 0).all()
    across = (np.arange(16, 48) + 0.5) / 64
    expected = 1 + 254 * (1 - (across - 0.25) / 0.5)
    assert np.abs(depth[32, 16:48] - expected).max() <= 0.5 + 1e-6


def test_points_behind_others_are_left_out() -> None:
    grid = np.linspace(0.2, 0.8, 25)
    front = np.array([[x, y, 0.1 * x] for x in grid for y in grid])
    behind = np.array([[x + 0.01, y, 1.0] for x in grid[5:20] for y in grid[5:20]])
    whole = depth_from_points(np.concatenate([front, behind]), 48)
    np.testing.assert_array_equal(whole, depth_from_points(front, 48))


def test_none_gives_no_depth() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    assert DEPTH_BACKENDS["none"](image, BOX, CropRule(32)) is None
    made = DEPTH_BACKENDS["canonical"](image, BOX, CropRule(32))
    np.testing.assert_array_equal(made, canonical_depth(BOX, CropRule(32)))


def test_names_are_checked_early() -> None:
    with pytest.raises(BadSetting, match="unknown depth 'canonicl'; did you mean 'canonical'"):
        require_depth("canonicl")
    require_depth("canonical")
    require_depth("none")


@pytest.mark.skipif(importlib.util.find_spec("mediapipe") is not None, reason="mediapipe is installed")
def test_mesh_without_its_extra_names_the_install_line() -> None:
    with pytest.raises(BadSetting, match=r"pip install 'mtfas\[mesh\]'"):
        require_depth("mesh")


@pytest.mark.real
@pytest.mark.skipif(importlib.util.find_spec("mediapipe") is None, reason="needs the extra 'mesh'")
@pytest.mark.filterwarnings("default")  # mediapipe's own
def test_mesh_depth_of_a_portrait(real_data) -> None:
    from mtfas.faces.detect import find_face
    from mtfas.faces.image import read_image

    image = read_image(real_data / "portraits" / "senate_05.jpg")
    box = find_face(image)
    assert box is not None
    depth = DEPTH_BACKENDS["mesh"](image, box, CropRule(64))
    assert depth is not None
    y, x = np.unravel_index(depth.argmax(), depth.shape)
    assert abs(x - 32) < 8
    assert 28 < y < 48
    assert 0.25 < (depth > 0).mean() < 0.7
