"""Geometry: rays, depth and attack regions against closed forms and against the scene without the attack."""

import numpy as np
import pytest

from mtfas.runtime.seeds import stream
from mtfas.synthetic.attacks import ATTACKS
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.framing import Crop, Framing, draw_crop
from mtfas.synthetic.raycast import View, cast, meet_sheet, rays, rotation
from mtfas.synthetic.scene import render
from mtfas.synthetic.shot import Clip, Shot
from mtfas.synthetic.sitter import Sitter
from mtfas.synthetic.store import depth_image
from mtfas.synthetic.surface import REACH, make_grid, normals
from mtfas.synthetic.synthesize import stage

FRAMING = Framing(32)


@pytest.fixture(scope="module")
def sitters() -> list[Sitter]:
    return [Sitter(11, f"subject-{number:03d}", FRAMING) for number in range(2)]


DOMAIN = DOMAINS["s"]


def shot(sitter: Sitter, species: str, medium: str, place: int = 0, seed: int = 11, frame: int = 0) -> Shot:
    clip = Clip(seed, sitter.who, DOMAIN.places[place], DOMAIN.cameras[0], species, medium, FRAMING)
    return Shot(clip, frame)


def test_rays_meet_a_sphere_where_algebra_says() -> None:
    view = View(81, 30.0, (40.0, 40.0), rotation(20, -10, 5), 6.0)
    radius = np.full((200, 200), 0.8, np.float32)
    start, way = rays(view)
    hit = cast(radius, start, way)
    x, y = np.meshgrid(np.arange(81) - 40, np.arange(81) - 40)
    x, y = x / 30.0, y / 30.0
    # Camera at distance 6: |(x (1 - z/6), y (1 - z/6), z)| = 0.8, the nearer root.
    slope = (x**2 + y**2) / 36
    a, b, c = 1 + slope, -2 * 6 * slope, 36 * slope - 0.64
    root = b**2 - 4 * a * c
    inside = root > 0.03
    expected = (-b + np.sqrt(np.maximum(root, 0))) / (2 * a)
    assert hit.covered[inside].all()
    assert not hit.covered[root < -0.3].any()
    np.testing.assert_allclose(np.linalg.norm(hit.point[inside], axis=-1), 0.8, atol=0.01)
    steep = root > 0.4  # nearer the silhouette a small step outwards is a large one in depth
    np.testing.assert_allclose(hit.depth[steep], expected[steep], atol=0.01)


def test_normals_of_a_sphere_point_outwards() -> None:
    line = np.linspace(-REACH, REACH, 101, dtype=np.float32)
    u, v = np.meshgrid(line, line)
    square = u * u + v * v
    direction = np.stack([2 * u, 2 * v, 1 - square], axis=-1) / (1 + square)[..., None]
    found = normals(np.full((101, 101), 0.7, np.float32), direction.astype(np.float32))
    np.testing.assert_allclose(found[2:-2, 2:-2], direction[2:-2, 2:-2], atol=0.01)


def test_rays_meet_the_sheet_they_are_said_to_meet() -> None:
    view = View(40, 15.0, (20.0, 20.0), rotation(-15, 8, 3), 7.0)
    start, way = rays(view)
    z, x, y = meet_sheet(start, way, 1.0, 0.3)
    point = start + z[..., None] * way
    np.testing.assert_allclose(point[..., 0], x, atol=1e-4)
    np.testing.assert_allclose(point[..., 1], y, atol=1e-4)
    np.testing.assert_allclose(point[10:30, 10:30, 2], (1.0 - 0.3 * x**2)[10:30, 10:30], atol=0.01)


def test_depth_image_orders_near_and_far() -> None:
    depth = np.array([[-np.inf, 0.0], [0.5, 1.0]], np.float32)
    assert depth_image(depth).tolist() == [[0, 1], [128, 255]]
    assert not depth_image(np.full((2, 2), -np.inf, np.float32)).any()


def test_the_nose_is_nearest_and_the_background_has_no_depth(sitters: list[Sitter]) -> None:
    sitter = sitters[0]
    live = shot(sitter, "bona_fide", "none")
    scene = stage(sitter, live)
    on = np.isfinite(scene.depth)
    assert 0.2 < on.mean() < 0.7
    assert not on[0, 0]
    assert not on[-1].any()  # the neck is not the head
    view = FRAMING.view(live.stream("place"), (0.0, 0.0, 0.0))
    frontal = render(sitter.head("office"), view, live.light, live.background())
    row, column = np.unravel_index(np.argmax(frontal.depth), frontal.depth.shape)
    assert abs(column - view.centre[0]) < 0.15 * view.unit
    assert 0.1 < (row - view.centre[1]) / view.unit < 0.6
    assert not scene.region.any()


@pytest.mark.parametrize(("species", "medium"), [("print", "printer-1"), ("replay", "display-2")])
def test_outside_the_medium_there_is_only_background(
    sitters: list[Sitter], species: str, medium: str
) -> None:
    seen = 0
    for number in range(40):
        attack = shot(sitters[0], species, medium, seed=number)
        scene = ATTACKS[species].stage(sitters[0], attack)
        if scene.region.all():
            continue
        seen += 1
        same = np.abs(scene.colour - attack.background()).max(axis=-1) < 1e-6
        outside = ~scene.region
        assert same[outside].mean() > 0.85, "the background shows outside, but for the soft edge"
        assert same[scene.region].mean() < 0.05
        assert np.isneginf(scene.depth[outside]).all()
        assert np.isfinite(scene.depth[scene.region]).all()
    assert 2 <= seen <= 20


def test_geometry_has_the_whole_person_and_the_label_only_the_head(sitters: list[Sitter]) -> None:
    live = shot(sitters[0], "bona_fide", "none")
    scene = stage(sitters[0], live)
    head, person = np.isfinite(scene.depth), np.isfinite(scene.geometry)
    assert (person | ~head).all()
    assert person.sum() > 1.1 * head.sum()
    np.testing.assert_array_equal(scene.geometry[head], scene.depth[head])
    assert scene.geometry[person & ~head].max() < scene.depth[head].min()
    np.testing.assert_array_equal(scene.colour[~person], live.background()[~person])


def test_a_clip_moves_smoothly_and_its_conditions_stay(sitters: list[Sitter]) -> None:
    frames = [shot(sitters[0], "bona_fide", "none", frame=number) for number in range(8)]
    poses = np.array([one.pose for one in frames])
    assert np.ptp(poses[:, 0]) > 0.5
    assert np.abs(np.diff(poses, axis=0)).max() < 12  # degrees in a sixth of a second
    assert len({one.light.azimuth for one in frames}) == 1
    assert len({one.clip.background_kind for one in frames}) == 1
    backgrounds = [one.background() for one in frames]
    assert any((one != backgrounds[0]).any() for one in backgrounds[1:]), "the camera shakes"


def test_eyes_are_open_most_of_the_time_and_blink(sitters: list[Sitter]) -> None:
    lids = [
        shot(sitters[0], "bona_fide", "none", seed=seed, frame=frame).lids
        for seed in range(60)
        for frame in range(8)
    ]
    assert 0.02 < np.mean(np.array(lids) > 0.5) < 0.2
    assert min(lids) == 0.0
    assert max(lids) == 1.0


def test_poses_reach_far_to_both_sides(sitters: list[Sitter]) -> None:
    yaw = np.array([shot(sitters[0], "bona_fide", "none", seed=seed).pose[0] for seed in range(400)])
    assert yaw.max() > 33
    assert yaw.min() < -33
    assert np.abs(yaw).max() <= 40
    assert abs(yaw.mean()) < 3


def test_a_crop_takes_exact_maps_and_pictures_from_the_same_place() -> None:
    framing = Framing(32)
    crop = draw_crop(framing, stream(0, "crop"))
    line = np.arange(framing.canvas, dtype=np.float32)
    ramp = np.broadcast_to(line, (framing.canvas, framing.canvas)).copy()
    sensor = ((ramp[::2, ::2] + ramp[1::2, 1::2]) / 2).astype(np.uint8)
    picture = crop.picture(np.repeat(sensor[..., None], 3, axis=2))
    assert np.abs(picture[..., 0] - crop.exact(ramp)).max() <= 2


def test_a_centred_crop_is_the_middle_of_the_frame() -> None:
    framing = Framing(32)
    edge = (framing.sensor - 32) // 2
    frame = stream(0, "frame").integers(0, 255, (framing.sensor, framing.sensor, 3)).astype(np.uint8)
    crop = Crop(framing, (edge, edge), 1.0)
    np.testing.assert_array_equal(crop.picture(frame), frame[edge : edge + 32, edge : edge + 32])
    assert crop.box.width == pytest.approx(32 / 1.3)


def test_a_person_is_the_same_on_another_day(sitters: list[Sitter]) -> None:
    one, other = (sitters[0].head(session).person for session in ("office", "home"))
    assert (one.width, one.skin, one.nose_height) == (other.width, other.skin, other.nose_height)
    assert one.smile != other.smile
    assert make_grid(one, 32).x.shape == (32, 32)
