"""Glasses and pieces of paper before a live face: exact regions, shadows, depth, movement."""

import cv2
import numpy as np
import pytest

from mtfas.synthetic.attacks import ATTACKS
from mtfas.synthetic.attacks.funny_eye_glasses import make_joke
from mtfas.synthetic.attacks.partial_paper import PIECES, cut_piece, stage_partial_paper
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.funny_eyes import EYES
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.sheet import Sheet
from mtfas.synthetic.shot import Clip, Shot
from mtfas.synthetic.sitter import Sitter

SPECIES = ("funny_eye_glasses", "paper_glasses", "partial_paper")
FRAMING = Framing(48)


def shot_of(species: str, who: str, frame: int = 0) -> tuple[Sitter, Shot]:
    """Return a subject and one frame of what they do in domain S."""
    siwm = DOMAINS["s"]
    clip = Clip(1, who, siwm.places[0], siwm.cameras[0], species, siwm.media[species][0], FRAMING)
    return Sitter(1, who, FRAMING), Shot(clip, frame)


def stage(species: str, who: str) -> tuple[Scene, Scene]:
    """Return the attack, and the same subject in the same frame without it and without spectacles."""
    sitter, shot = shot_of(species, who)
    others = tuple(sheet for sheet in sitter.worn(shot) if not sheet.eyewear)
    # A sheet that nobody can see: whatever is worn widens the window that is rendered.
    unseen = Sheet(np.zeros((9, 9), np.float32), np.zeros((9, 9, 3), np.float32), 9.0, 1.0, 0.3, 0.0, False)
    bare = render(sitter.face(shot), shot.view(), shot.light, shot.background(), (unseen, *others))
    return ATTACKS[species].stage(sitter, shot), bare


def grown(region: np.ndarray) -> np.ndarray:
    """Return a region with the pixels along its edge, which it covers in part."""
    return cv2.dilate(region.astype(np.uint8), np.ones((3, 3))) > 0


def bare_faced(species: str, number: int) -> str:
    """Return the n-th subject with nothing else before the face in this species' clip."""
    found = []
    for who in (f"s-{n:03d}" for n in range(60)):
        sitter, shot = shot_of(species, who)
        if not sitter.worn(shot):
            found.append(who)
        if len(found) > number:
            break
    return found[number]


@pytest.mark.parametrize("species", SPECIES)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_region_is_where_the_picture_changes_but_for_shadow(species: str, number: int) -> None:
    scene, bare = stage(species, bare_faced(species, number))
    change = scene.colour - bare.colour
    assert 0.004 < scene.region.mean() < 0.25
    assert (np.abs(change[scene.region]).max(axis=-1) > 0.004).mean() > 0.8
    outside = ~grown(scene.region)
    assert (change[outside].max(axis=-1) > 0.05).mean() < 0.001
    assert (change[outside].min(axis=-1) < -0.01).any()


@pytest.mark.parametrize("species", SPECIES)
@pytest.mark.parametrize("number", [0, 1])
def test_what_is_worn_lies_before_the_head(species: str, number: int) -> None:
    scene, bare = stage(species, bare_faced(species, number))
    both = scene.region & np.isfinite(bare.depth)
    assert both.any()
    assert (scene.depth[both] > bare.depth[both] - 1e-4).all()
    assert np.median(scene.depth[both] - bare.depth[both]) > 0.005
    assert np.isfinite(scene.depth[scene.region]).all()


@pytest.mark.parametrize("species", SPECIES[:2])
def test_glasses_take_the_place_of_spectacles(species: str) -> None:
    who = next(
        f"s-{n:03d}"
        for n in range(60)
        if any(
            sheet.eyewear
            for sheet in Sitter(1, f"s-{n:03d}", FRAMING).worn(shot_of(species, f"s-{n:03d}")[1])
        )
    )
    scene, bare = stage(species, who)
    assert ((scene.colour - bare.colour)[~grown(scene.region)].max(axis=-1) > 0.05).mean() < 0.001


@pytest.mark.parametrize("species", SPECIES)
def test_same_bytes_twice(species: str) -> None:
    first, again = (stage(species, "s-003")[0] for _ in range(2))
    assert first.colour.tobytes() == again.colour.tobytes()
    assert first.depth.tobytes() == again.depth.tobytes()
    assert first.made == again.made


def test_jokes_come_in_every_kind_and_only_some_bulge() -> None:
    sitter, shot = shot_of("funny_eye_glasses", "s-001")
    made = [make_joke(sitter, shot, np.random.default_rng(n)).made for n in range(30)]
    assert {str(one["eyes"]) for one in made} == set(EYES)
    for one in made:
        assert (float(one["bulge"]) > 0.04) == (one["eyes"] in ("ping-pong", "springs"))
        assert (float(one["swing"]) > 0) == (one["eyes"] == "springs")


def test_pieces_cover_eyes_and_mouths_alike() -> None:
    sitter, shot = shot_of("partial_paper", "s-001")
    made = [cut_piece(sitter, shot, np.random.default_rng(n)).made for n in range(40)]
    assert {str(one["piece"]) for one in made} == set(PIECES)
    assert len({str(one["printer"]) for one in made}) >= 5


def test_held_pieces_drift_and_stuck_ones_keep_their_place() -> None:
    moved = {}
    for number in range(12):
        sitter, shot = shot_of("partial_paper", f"s-{number:03d}")
        places = []
        for frame in (0, 4):
            scene = stage_partial_paper(sitter, Shot(shot.clip, frame))
            view = Shot(shot.clip, frame).view()
            # Where the piece is on the head: its middle, turned back into the head's axes.
            down, right = np.argwhere(scene.region).mean(axis=0)
            deep = float(np.median(scene.depth[scene.region]))
            nearer = view.unit / (1 - deep / view.distance)
            place = np.array([(right - view.centre[0]) / nearer, (down - view.centre[1]) / nearer, deep])
            places.append((place @ view.rotation)[:2])
        moved.setdefault(bool(scene.made["held"]), []).append(float(np.abs(places[1] - places[0]).max()))
    assert np.mean(moved[True]) > 1.3 * np.mean(moved[False])
