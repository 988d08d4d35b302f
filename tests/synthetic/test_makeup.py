"""Make-up: exact regions, evened skin, lids that come down painted, pieces that stand out."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mtfas.synthetic.attacks import ATTACKS
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.eyelids import STEPS
from mtfas.synthetic.eyes import find_eyes
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.grid import window_at
from mtfas.synthetic.head import Head, bake, close_eyes
from mtfas.synthetic.identity import BALD, NO_HEADWEAR, Identity, draw_identity
from mtfas.synthetic.makeup.cosmetic import Canvas, draw_cosmetic
from mtfas.synthetic.makeup.impersonation import draw_impersonation
from mtfas.synthetic.makeup.layer import Makeup, face_part, put_on, with_lids
from mtfas.synthetic.makeup.obfuscation import draw_obfuscation
from mtfas.synthetic.makeup.wounds import false_beard, putty_nose
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.shot import Clip, Shot
from mtfas.synthetic.sitter import Sitter

SPECIES = ("cosmetic_makeup", "impersonation_makeup", "obfuscation_makeup")
MADE = {"cosmetic_makeup": "base", "impersonation_makeup": "shadows", "obfuscation_makeup": "ground"}
FRAMING = Framing(48)


def shot_of(species: str, who: str, frame: int = 0) -> tuple[Sitter, Shot]:
    """Return a subject and one frame of what they do in domain S."""
    siwm = DOMAINS["s"]
    clip = Clip(1, who, siwm.places[0], siwm.cameras[0], species, siwm.media[species][0], FRAMING)
    return Sitter(1, who, FRAMING), Shot(clip, frame)


def stage(species: str, who: str, frame: int = 0) -> tuple[Scene, Scene]:
    """Return the attack, and the same subject in the same frame without it."""
    sitter, shot = shot_of(species, who, frame)
    bare = render(sitter.face(shot), shot.view(), shot.light, shot.background(), sitter.worn(shot))
    return ATTACKS[species].stage(sitter, shot), bare


def plain(number: int = 0, **changes: object) -> Identity:
    """Return a young, clean-shaven, bald person with open eyes and a closed mouth."""
    person = draw_identity(np.random.default_rng(number))
    plain_ = replace(person, hair_style=BALD, hair_thickness=0.0, beard=0.0, headwear=NO_HEADWEAR, age=25.0)
    return replace(plain_, mouth_open=0.0, smile=0.0, squint=0.0, **changes)


@pytest.fixture(scope="module")
def head() -> Head:
    """Return a plain head."""
    return bake(plain(), 256)


@pytest.mark.parametrize("species", SPECIES)
@pytest.mark.parametrize("who", ["s-001", "s-002", "s-006"])
def test_picture_changes_in_the_region_and_nowhere_else(species: str, who: str) -> None:
    scene, bare = stage(species, who)
    change = (np.abs(scene.colour - bare.colour) / (bare.colour + 0.02)).max(axis=-1)
    near = cv2.dilate(scene.region.astype(np.uint8), np.ones((9, 9))) > 0
    assert scene.region.sum() > 0.01 * scene.region.size
    assert (change[scene.region] > 0.02).mean() > 0.8
    assert (change[~near] > 0.1).mean() < 0.002


@pytest.mark.parametrize("species", SPECIES)
def test_same_subject_wears_the_same_bytes_twice(species: str) -> None:
    first, again = (stage(species, "s-003")[0] for _ in range(2))
    assert first.colour.tobytes() == again.colour.tobytes()
    assert first.region.tobytes() == again.region.tobytes()
    assert first.made == again.made


@pytest.mark.parametrize("species", SPECIES)
def test_every_frame_of_a_clip_shows_the_same_makeup(species: str) -> None:
    sitter, first = shot_of(species, "s-004")
    later = Shot(first.clip, 5)
    names = set(ATTACKS[species].stage(sitter, first).made) - {"yaw", "pitch", "roll"}
    made = [ATTACKS[species].stage(sitter, shot).made for shot in (first, later)]
    assert MADE[species] in names
    assert all(made[0][name] == made[1][name] for name in names)


@pytest.mark.parametrize("draw", [draw_cosmetic, draw_obfuscation])
def test_instances_of_a_species_differ(draw: object, head: Head) -> None:
    colours = [put_on(head, draw(head, np.random.default_rng(n))).head.material.colour for n in range(6)]
    window, _ = face_part(head)
    apart = [np.quantile(np.abs(a[window] - b[window]), 0.98) for a in colours for b in colours if a is not b]
    assert min(apart) > 0.08 * np.mean(head.person.skin)


def test_obfuscation_uses_every_ground_and_extra(head: Head) -> None:
    made = [draw_obfuscation(head, np.random.default_rng(n)).made for n in range(40)]
    assert {str(one["ground"]) for one in made} == {"dazzle", "camouflage", "stripes", "clown", "wrinkles"}
    extras = {part for one in made for part in str(one["extras"]).split("+")}
    assert {"bruises", "scars", "putty nose", "false beard"} <= extras


def test_base_evens_the_skin_and_hides_its_relief() -> None:
    rough = bake(plain(3, pores=1.2, mottling=0.08, freckles=0.0), 512)
    made_up = put_on(rough, draw_cosmetic(rough, np.random.default_rng(0))).head
    forehead = window_at(rough.grid, (-0.2, 0.2), (-0.5, -0.3))

    def unevenness(texture: np.ndarray) -> float:
        part = texture[forehead] / texture[forehead].mean()
        fine = part - cv2.GaussianBlur(part, (0, 0), 3)
        return float(fine[9:-9, 9:-9].std())  # at the cut's edge the blur mirrors the curved forehead

    before, after = (unevenness(one.material.colour[..., 1]) for one in (rough, made_up))
    assert after < 0.75 * before
    assert unevenness(made_up.surface.radius) < 0.9 * unevenness(rough.surface.radius)


def test_lips_are_redder_than_everyday_lipstick_makes_them(head: Head) -> None:
    everyday = bake(replace(head.person, lipstick=0.7), 256)
    lips = (np.abs(head.grid.x) < 0.08) & (np.abs(head.grid.y - 0.62) < 0.025) & (head.grid.z > 0)

    def purity(colour: np.ndarray) -> float:
        red, green, blue = colour[lips].mean(axis=0)
        return float(red / (red + green + blue))

    heavy = [put_on(head, draw_cosmetic(head, np.random.default_rng(n))).head for n in range(8)]
    assert np.median([purity(one.material.colour) for one in heavy]) > purity(everyday.material.colour)


def test_eyeballs_are_no_region_until_painted_lids_cover_them(head: Head) -> None:
    made_up = put_on(head, draw_cosmetic(head, np.random.default_rng(1)))
    eyes = find_eyes(head.person, head.grid, head.grid.texel, 0.0).inside > 0.9
    closed = with_lids(made_up, STEPS, close_eyes(made_up.head, 1.0))
    assert eyes.sum() > 20
    assert (made_up.head.region[eyes] < 0.15).all()
    assert (closed.region[eyes] > 0.5).mean() > 0.9


def test_closing_the_eyes_shows_shadow_not_bare_skin(head: Head) -> None:
    made_up = put_on(head, draw_cosmetic(head, np.random.default_rng(1)))
    closed = with_lids(made_up, STEPS, close_eyes(made_up.head, 1.0))
    bare = close_eyes(head, 1.0).colour
    eyes = find_eyes(head.person, head.grid, head.grid.texel, 0.0).inside[head.socket.window] > 0.9
    change = np.abs(closed.material.colour[head.socket.window] - bare).max(axis=-1)
    assert (change[eyes] > 0.02).mean() > 0.5


def test_hair_and_cloth_stay_unpainted() -> None:
    hairy = bake(draw_identity(np.random.default_rng(5)), 256)
    made_up = put_on(hairy, draw_cosmetic(hairy, np.random.default_rng(5))).head
    hair = hairy.material.softness < 0.7
    assert hair.sum() > 1000
    assert np.array_equal(made_up.material.colour[hair], hairy.material.colour[hair])
    assert not (made_up.region[hair] > 0.5).any()


@pytest.mark.parametrize("piece", [putty_nose, false_beard])
def test_glued_pieces_stand_out_by_their_thickness(piece: object, head: Head) -> None:
    layers, relief = piece(Canvas.of(head), np.random.default_rng(2))
    made_up = put_on(head, Makeup(tuple(layers), head.person, relief)).head
    added = made_up.surface.radius - head.surface.radius
    window, part = face_part(head)
    skin = part.front > 0.99
    assert added.max() == pytest.approx(relief[skin].max(), abs=0.006)
    assert added.max() > 0.015
    outside = np.ones(added.shape, np.bool_)
    outside[window] = False
    assert not added[outside].any()
    assert made_up.region[added > 0.5 * added.max()].mean() > 0.9


def test_foundation_goes_towards_the_model_it_imitates(head: Head) -> None:
    def brightness(tone: float) -> float:
        skin = tuple(tone * part for part in head.person.skin)
        model = replace(plain(9), skin=skin)
        changes = [
            draw_impersonation(head, model, np.random.default_rng(n)).made["tone_change"] for n in range(6)
        ]
        return float(np.mean(changes))

    assert brightness(1.6) > 0.1 > -0.1 > brightness(0.6)
