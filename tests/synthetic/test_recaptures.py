"""Prints, displays, warped and cut photographs held before a camera: geometry, regions, movement."""

import numpy as np
import pytest

from mtfas.synthetic.attacks import ATTACKS
from mtfas.synthetic.attacks.bend import Bend, profile
from mtfas.synthetic.attacks.cut_photo import stage_cut_photo
from mtfas.synthetic.attacks.plane import HAND, STAND, hold
from mtfas.synthetic.attacks.portrait import take_portrait
from mtfas.synthetic.attacks.warped_photo import draw_bend
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import Clip, Shot
from mtfas.synthetic.sitter import Sitter

FRAMING = Framing(32)
RECAPTURES = [
    ("print", "printer-1", "o"),
    ("replay", "display-3", "c"),
    ("warped_photo", "photo-paper-1", "c"),
    ("cut_photo", "photo-paper-1", "c"),
]


@pytest.fixture(scope="module")
def sitter() -> Sitter:
    return Sitter(0, "somebody", FRAMING)


def shot(species: str, medium: str, letter: str = "c", seed: int = 0, frame: int = 0, take: int = 1) -> Shot:
    domain = DOMAINS[letter]
    place, camera = domain.places[0], domain.cameras[-1]
    return Shot(Clip(seed, "somebody", place, camera, species, medium, FRAMING, take), frame)


def curvature(depth: np.ndarray) -> float:
    """Return how far the middle row's depth departs from a straight line, head units."""
    row = depth[depth.shape[0] // 2]
    place = np.arange(row.size)
    return float(np.abs(row - np.polyval(np.polyfit(place, row, 1), place)).max())


def whole(species: str, medium: str, letter: str, sitter: Sitter) -> tuple[Scene, Shot]:
    """Return the first presentation in which no edge of the medium is seen."""
    for seed in range(20):
        one = shot(species, medium, letter, seed)
        scene = ATTACKS[species].stage(sitter, one)
        if np.isfinite(scene.depth).all():
            return scene, one
    raise AssertionError("an edge was seen in twenty of twenty presentations")


@pytest.mark.parametrize(("species", "medium", "letter"), RECAPTURES)
def test_same_shot_same_scene_and_every_parameter_recorded(
    species: str, medium: str, letter: str, sitter: Sitter
) -> None:
    one = shot(species, medium, letter, seed=5)
    first, again = (ATTACKS[species].stage(sitter, one) for _ in range(2))
    assert first.colour.tobytes() == again.colour.tobytes()
    assert np.array_equal(first.region, again.region)
    assert {"tilt_yaw", "tilt_pitch", "shake", "curve", "edge"} <= set(first.made)
    assert all(np.isfinite(value) for value in first.made.values() if isinstance(value, float))
    assert first.colour.dtype == first.depth.dtype == np.float32
    assert (first.colour >= 0).all()


def test_a_display_is_flat_a_print_nearly_and_a_warped_photo_is_not(sitter: Sitter) -> None:
    bends = {
        species: curvature(whole(species, medium, letter, sitter)[0].depth)
        for species, medium, letter in RECAPTURES
    }
    assert bends["replay"] < 0.03  # perspective alone
    assert bends["print"] < 0.2
    assert bends["warped_photo"] > 0.25


def test_a_bent_sheet_is_as_long_as_a_flat_one() -> None:
    shape = profile(Bend(curve=0.8))
    across = np.linspace(-1, 1, 401, dtype=np.float32)[None]
    along, height = shape.at(across)
    steps = np.hypot(np.diff(across), np.diff(height))
    assert steps.sum() == pytest.approx(float(along[0, -1] - along[0, 0]), rel=0.01)
    assert height[0, 200] == pytest.approx(0, abs=0.01)
    assert height[0, 0] < -0.3  # it falls away on both sides of a bulge
    assert height[0, -1] == pytest.approx(height[0, 0], abs=0.02)


def test_a_warped_photo_bends_otherwise_in_every_frame() -> None:
    curves = [draw_bend(shot("warped_photo", "photo-paper-1", frame=frame)).curve for frame in range(8)]
    assert np.ptp(curves) > 0.05
    assert len(set(curves)) == 8
    leaning = [abs(draw_bend(shot("warped_photo", "photo-paper-1", seed=seed)).axis) for seed in range(40)]
    assert 0.2 < np.mean(np.array(leaning) > 0.35) < 0.6


def test_a_stand_holds_still_and_a_hand_does_not() -> None:
    def moved(take: int) -> float:
        planes = [hold(shot("print", "printer-3", "i", frame=frame, take=take)) for frame in range(4)]
        return max(float(np.abs(plane.x - planes[0].x).max()) for plane in planes)

    assert moved(1) < 0.5 * moved(2)
    stand, hand = (hold(shot("print", "printer-3", "i", take=take)).made["shake"] for take in (1, 2))
    assert STAND[0] <= float(stand) <= STAND[1]
    assert HAND[0] <= float(hand) <= HAND[1]


@pytest.mark.parametrize(("species", "medium", "letter"), RECAPTURES[:1] + RECAPTURES[2:3])
def test_edges_are_seen_in_a_quarter_of_presentations(species: str, medium: str, letter: str) -> None:
    seen = [hold(shot(species, medium, letter, seed)).region.all() for seed in range(200)]
    assert 0.15 < 1 - np.mean(seen) < 0.33


def test_videos_move_and_photographs_on_a_stand_stand_still(sitter: Sitter) -> None:
    def change(medium: str) -> float:
        frames = [ATTACKS["replay"].stage(sitter, shot("replay", medium, "i", 1, f)).colour for f in (0, 5)]
        middle = slice(FRAMING.canvas // 4, -FRAMING.canvas // 4)
        return float(np.abs(frames[0] - frames[1])[middle, middle].mean() / frames[0].mean())

    assert change("mobile-video") > change("mobile-photo")
    assert sitter.video(0, 0, 0.0).tobytes() != sitter.video(0, 5, 5 / 6).tobytes()


def test_the_region_of_a_cut_photo_leaves_out_two_holes(sitter: Sitter) -> None:
    scene, one = whole("cut_photo", "photo-paper-1", "c", sitter)
    holes = ~scene.region
    assert 0.002 < holes.mean() < 0.06
    columns = np.flatnonzero(holes.any(axis=0))
    assert (np.diff(columns) > 1).sum() == 1, "two holes beside each other"
    assert scene.depth[holes].max() < scene.depth[scene.region].max()
    # the holes are where the portrait's eyes are printed, within a cut's error
    portrait, plane = take_portrait(sitter), hold(one, Bend(), HAND)
    right, down = np.abs(plane.x[holes].mean()), plane.y[holes].mean()
    assert right < 0.2 * portrait.unit
    assert down == pytest.approx(float(portrait.eyes[:, 1].mean()), abs=0.2 * portrait.unit)


def test_the_eyes_behind_a_cut_photo_are_alive(sitter: Sitter) -> None:
    """Only what is seen through the holes changes when the face behind is another one."""
    one = shot("cut_photo", "photo-paper-1", "c", seed=2)
    portrait = take_portrait(sitter)
    other = Sitter(0, "somebody", FRAMING)
    other.keep("cut portrait", lambda: portrait)
    other.keep(("head", one.session), lambda: Sitter(0, "another", FRAMING).head(one.session))
    mine, theirs = stage_cut_photo(sitter, one), stage_cut_photo(other, one)
    changed = np.abs(mine.colour - theirs.colour).max(axis=-1) > 1e-4
    assert changed.any()
    assert not (changed & mine.region).mean() > 0.01, "but for the soft edge of the cut"
