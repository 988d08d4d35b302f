"""People: what they are like, how they blink, what is before their faces, and that heads hold when turned."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mtfas.runtime.seeds import stream
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.eyelids import STEPS, quantised
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.grid import window_at
from mtfas.synthetic.head import Head, bake, bald, blink, close_eyes
from mtfas.synthetic.identity import CAP, HEADWEAR, NO_HEADWEAR, SCARF, Identity, another_day, draw_identity
from mtfas.synthetic.occluders import OCCLUDERS, SHARE, draw_occluder
from mtfas.synthetic.raycast import View, cast, rays, rotation
from mtfas.synthetic.scene import render
from mtfas.synthetic.shot import Clip, Shot
from mtfas.synthetic.sitter import Sitter

SIDE = 256
DOMAIN = DOMAINS["s"]


def people(count: int) -> list[Identity]:
    return [draw_identity(stream(5, "person", number)) for number in range(count)]


def somebody(**known: object) -> Identity:
    plain = {
        "headwear": NO_HEADWEAR,
        "beard": 0.0,
        "freckles": 0.0,
        "mouth_open": 0.0,
        "squint": 0.0,
        "smile": 0.0,
    }
    return replace(people(1)[0], **{**plain, **known})


@pytest.fixture(scope="module")
def head() -> Head:
    return bake(somebody(), SIDE)


def a_shot(who: str, take: int = 1, frame: int = 0, size: int = 32) -> Shot:
    place, camera = DOMAIN.places[0], DOMAIN.cameras[0]
    return Shot(Clip(3, who, place, camera, "bona_fide", "none", Framing(size), take), frame)


def test_tones_and_ages_cover_their_whole_ranges() -> None:
    crowd = people(400)
    tones, ages = np.array([one.tone for one in crowd]), np.array([one.age for one in crowd])
    assert np.histogram(tones, 7, (0, 7))[0].min() > 30  # 57 each if uniform
    assert np.histogram(ages, 6, (9, 82))[0].min() > 40
    brightness = np.array([sum(one.skin) for one in crowd])
    assert np.corrcoef(tones, brightness)[0, 1] < -0.9
    assert brightness.max() > 8 * brightness.min()


def test_people_vary_in_what_they_wear_and_how_their_hair_is() -> None:
    crowd = people(400)
    assert len({one.hair_style for one in crowd}) == 7
    assert len({one.beard_style for one in crowd if one.beard > 0}) == 5
    assert 0.08 < np.mean([one.headwear > 0 for one in crowd]) < 0.20
    assert 0.08 < np.mean([one.lipstick > 0 for one in crowd]) < 0.20
    assert all(one.beard == 0 for one in crowd if one.age < 17)
    grey = [sum(one.hair) for one in crowd if one.age > 65]
    dark = [sum(one.hair) for one in crowd if one.age < 30]
    assert np.mean(grey) > 1.5 * np.mean(dark)


def test_another_day_changes_the_expression_and_not_the_person() -> None:
    one = people(1)[0]
    other = another_day(one, stream(1, "day"))
    assert other.smile != one.smile
    assert other.cloth != one.cloth
    assert (other.nose_length, other.skin, other.tone, other.hair) == (
        one.nose_length,
        one.skin,
        one.tone,
        one.hair,
    )


def test_the_same_person_is_the_same_bytes_twice() -> None:
    one, other = bake(somebody(), 128), bake(somebody(), 128)
    for name in ("colour", "shine", "gloss"):
        assert getattr(one.material, name).tobytes() == getattr(other.material, name).tobytes()
    assert one.surface.normal.tobytes() == other.surface.normal.tobytes()


def test_a_blink_changes_only_the_window_about_the_eyes(head: Head) -> None:
    closed = blink(head, close_eyes(head, 1.0))
    window = head.socket.window
    for before, after in (
        (head.material.colour, closed.material.colour),
        (head.material.shine, closed.material.shine),
        (head.material.gloss, closed.material.gloss),
        (head.surface.radius, closed.surface.radius),
        (head.surface.normal, closed.surface.normal),
    ):
        assert not np.array_equal(before[window], after[window])
        kept = after.copy()
        kept[window] = before[window]
        assert np.array_equal(kept, before)
    rows, columns = window
    assert (rows.stop - rows.start) * (columns.stop - columns.start) < 0.05 * SIDE * SIDE


def test_closed_lids_hide_the_eyeballs(head: Head) -> None:
    glossy = [float((blink(head, close_eyes(head, lids)).material.gloss > 80).sum()) for lids in (0, 0.5, 1)]
    assert glossy[0] == (head.material.gloss > 80).sum()
    assert glossy[0] > 1.5 * glossy[1] > 0
    assert glossy[2] == 0


def test_lids_raised_again_give_the_open_head(head: Head) -> None:
    again = blink(head, close_eyes(head, 0.0))
    np.testing.assert_array_equal(again.material.colour, head.material.colour)
    np.testing.assert_allclose(again.surface.normal, head.surface.normal, atol=2e-3)


def test_a_sitter_blinks_within_a_clip() -> None:
    sitter = Sitter(3, "s-900", Framing(32))
    shots = [a_shot("s-900", take, frame) for take in range(4) for frame in range(8)]
    steps = {quantised(shot.lids) for shot in shots}
    assert {0, STEPS} <= steps
    open_head = sitter.head("office")
    for shot in shots:
        same = sitter.face(shot) is open_head
        assert same == (quantised(shot.lids) == 0)


def test_age_lines_the_skin() -> None:
    def roughness(age: float) -> float:
        head = bake(somebody(age=age, pores=0.5, hair_thickness=0.0), 512)
        forehead = window_at(head.grid, (-0.25, 0.25), (-0.62, -0.3))
        return float(np.abs(cv2.Laplacian(head.surface.radius[forehead], cv2.CV_32F)).mean())

    young, middle, old = (roughness(age) for age in (12, 45, 78))
    assert young < middle < old
    assert old > 1.5 * young


def test_a_cast_has_less_fine_relief_than_the_skin() -> None:
    def fine(person: Identity) -> float:
        radius = bake(person, 512).surface.radius[180:330, 200:312]
        return float(np.abs(radius - cv2.GaussianBlur(radius, (0, 0), 1.5)).mean())

    person = somebody(age=40.0, pores=1.0, hair_thickness=0.0)
    assert fine(bald(person)) < 0.95 * fine(person)


def test_a_smile_lifts_the_corners_and_an_open_mouth_shows_its_inside() -> None:
    plain = bake(somebody(), SIDE).material.colour
    happy = bake(somebody(smile=0.9, mouth_open=0.03), SIDE).material.colour
    changed = np.abs(plain - happy).max(axis=-1) > 0.02
    rows = np.flatnonzero(changed.any(axis=1))
    assert changed.any()
    assert rows.min() > SIDE * 0.45  # the forehead stays as it is


@pytest.mark.parametrize("headwear", [NO_HEADWEAR, CAP, SCARF])
@pytest.mark.parametrize("pose", [(40, 0, 0), (-40, 0, 0), (40, 18, 14), (-40, -18, 14), (0, -18, 0)])
def test_a_turned_head_has_no_holes(pose: tuple[int, int, int], headwear: int) -> None:
    for number, person in enumerate(people(3)):
        head = bake(replace(person, headwear=headwear), SIDE)
        view = View(160, 58.0, (80.0, 72.0), rotation(*pose), 6.0 + number)
        covered = cast(head.surface.radius, *rays(view)).covered.astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - covered, connectivity=4)
        outside = labels[0, 0]
        holes = sum(int(stats[label, cv2.CC_STAT_AREA]) for label in range(1, count) if label != outside)
        assert covered.sum() > 5000
        assert holes <= 0.001 * covered.sum()


def test_one_presentation_in_eight_is_occluded_live_and_attack_alike() -> None:
    person = people(1)[0]
    kinds = [draw_occluder(person, 64, 10.0, stream(2, "clip", number))[0] for number in range(600)]
    share = np.mean([kind != "none" for kind in kinds])
    assert abs(share - SHARE) < 0.045  # three deviations of a binomial
    assert set(kinds) == {"none", *OCCLUDERS}


@pytest.mark.parametrize("kind", list(OCCLUDERS))
def test_occluders_cover_part_of_a_face_and_are_no_attack(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    only = {kind: OCCLUDERS[kind]}
    monkeypatch.setattr("mtfas.synthetic.occluders.OCCLUDERS", only)
    monkeypatch.setattr("mtfas.synthetic.occluders.SHARE", 1.0)
    name, sheets = draw_occluder(somebody(), SIDE, 5.0, stream(4, kind))
    assert name == kind
    assert not any(sheet.attack for sheet in sheets)
    shot, head = a_shot("s-901"), bake(somebody(), 128)
    clear = render(head, shot.view(), shot.light, shot.background())
    hidden = render(head, shot.view(), shot.light, shot.background(), sheets)
    changed = (np.abs(clear.colour - hidden.colour).max(axis=-1) > 0.01).mean()
    assert 0.002 < changed < 0.45
    assert not hidden.region.any()


def test_what_is_before_a_face_stays_through_a_clip() -> None:
    sitter = Sitter(3, "s-902", Framing(32))
    for take in range(12):
        first, last = (sitter.worn(a_shot("s-902", take, frame)) for frame in (0, 7))
        assert len(first) == len(last)
        assert all(one is other for one, other in zip(first, last, strict=True))


def test_what_a_person_is_like_is_recorded() -> None:
    sitter = Sitter(3, "s-903", Framing(32))
    made = sitter.made
    assert made["skin_tone"] == sitter.person.tone
    assert made["age"] == sitter.person.age
    assert made["headwear"] in HEADWEAR
    assert {"beard", "hair_length", "spectacles"} <= set(made)
