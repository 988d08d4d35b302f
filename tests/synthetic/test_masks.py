"""Masks and mannequins: regions, depth, eye holes, blinking, variety, against the head without the mask."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mtfas.runtime.seeds import stream
from mtfas.synthetic.attacks import ATTACKS
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.head import Head, bake
from mtfas.synthetic.identity import CAP, draw_identity
from mtfas.synthetic.masks.half import HALVES, KINDS, make_half
from mtfas.synthetic.masks.mannequin import EYES, HAIR, make_mannequin
from mtfas.synthetic.masks.mask import Mask, blinking, wear
from mtfas.synthetic.masks.outline import eye_holes
from mtfas.synthetic.masks.paper import HOLES, SHELLS, make_paper
from mtfas.synthetic.masks.silicone import make_silicone
from mtfas.synthetic.masks.transparent import TINTS, make_transparent
from mtfas.synthetic.raycast import View, rotation
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.shot import Clip, Shot
from mtfas.synthetic.sitter import Sitter

FRAMING, DOMAIN = Framing(48), DOMAINS["s"]
WORN = ("half_mask", "silicone_mask", "transparent_mask", "paper_mask")
MASKS = (*WORN, "mannequin")


def shot(who: str, species: str, frame: int = 0, seed: int = 3) -> Shot:
    medium = "none" if species == "bona_fide" else DOMAIN.media[species][0]
    clip = Clip(seed, who, DOMAIN.places[0], DOMAIN.cameras[0], species, medium, FRAMING)
    return Shot(clip, frame)


def stage(who: str, species: str, frame: int = 0) -> Scene:
    one = shot(who, species, frame)
    return ATTACKS[species].stage(Sitter(3, who, FRAMING), one)


def make(species: str, head: Head, number: int) -> Mask:
    rng, stranger = stream(number, species), draw_identity(stream(number, "stranger"))
    if species == "paper_mask":
        photo = np.full((FRAMING.canvas, FRAMING.canvas, 3), 0.3, np.float32)
        return make_paper(head, photo, stranger.eye_distance, FRAMING.unit, rng)
    makers = {"half_mask": make_half, "silicone_mask": make_silicone, "transparent_mask": make_transparent}
    return makers[species](head, stranger, rng)


def seen(head: Head, yaw: float = 0.0) -> Scene:
    """The head alone in frontal light, where nothing throws a shadow on anything else."""
    view = View(
        FRAMING.canvas, FRAMING.unit, (FRAMING.canvas / 2, FRAMING.canvas / 2), rotation(yaw, 0, 0), 7.0
    )
    ahead = np.array([0, 0, 1], np.float32)
    light = replace(shot("anybody", "bona_fide").light, towards=ahead, azimuth=0.0, elevation=0.0)
    return render(head, view, light, np.full((FRAMING.canvas, FRAMING.canvas, 3), 0.2, np.float32))


@pytest.fixture(scope="module")
def heads() -> list[Head]:
    people = [draw_identity(stream(number, "wearer")) for number in range(3)]
    return [bake(replace(person, headwear=0), 4 * FRAMING.size) for person in people]


@pytest.mark.parametrize("species", WORN)
def test_a_mask_changes_its_region_and_little_else(species: str, heads: list[Head]) -> None:
    for number, head in enumerate(heads):
        bare, masked = seen(head), seen(wear(head, make(species, head, number)))
        change = np.abs(masked.colour - bare.colour).max(axis=-1)
        assert 0.03 < masked.region.mean() < 0.5
        assert (change[masked.region] > 1e-3).mean() > 0.97
        reach = 2 * round(0.06 * FRAMING.unit) + 3  # the gap's shadow and the edge's own pixels
        far = cv2.dilate(masked.region.astype(np.uint8), np.ones((reach, reach), np.uint8)) == 0
        assert (change[far] > 1e-3).mean() < 0.01
        assert not bare.region.any()


@pytest.mark.parametrize("species", WORN)
def test_a_masks_depth_is_its_own(species: str, heads: list[Head]) -> None:
    for number, head in enumerate(heads):
        bare, masked = seen(head), seen(wear(head, make(species, head, number)))
        both = masked.region & np.isfinite(bare.depth)
        lifted = masked.depth[both] - bare.depth[both]
        assert np.isfinite(masked.depth[masked.region]).all()
        assert np.quantile(lifted, 0.02) > -0.01, "no mask lies below the skin"
        assert np.median(lifted) > (0.02 if species == "paper_mask" else 0.008)
        # Beside the mask the head stays where it was, as nearly as rays are followed (raycast's own 0.035).
        inner = cv2.erode((np.isfinite(bare.depth) & ~masked.region).astype(np.uint8), np.ones((9, 9))) > 0
        gap = np.abs(masked.depth[inner] - bare.depth[inner])
        assert gap.max(initial=0) < 0.035
        assert not gap.size or np.median(gap) < 1e-3


@pytest.mark.parametrize("species", WORN)
def test_live_eyes_look_through_eye_holes(species: str, heads: list[Head]) -> None:
    found = 0
    for number in range(12):
        head = heads[number % len(heads)]
        mask = make(species, head, number)
        cut = {
            "half_mask": mask.made.get("mask_half") == "upper",
            "silicone_mask": True,
            "transparent_mask": "eyes" in str(mask.made.get("mask_kind")),
            "paper_mask": mask.made.get("mask_holes") != "printed eyes",
        }[species]
        if not cut:
            continue
        found += 1
        pupils = eye_holes(head.person, head.grid, (0.03, 0.02)) > 0
        assert mask.cover[pupils].mean() < (0.15 if species == "paper_mask" else 0.02)
        worn = wear(head, mask)
        np.testing.assert_array_equal(worn.material.gloss[pupils][:1] > 20, [True])
        around = (eye_holes(head.person, head.grid, (0.26, 0.16)) > 0) & (
            eye_holes(head.person, head.grid, (0.2, 0.13)) < 0
        )
        assert mask.cover[around].mean() > 0.4
    assert found >= 2


@pytest.mark.parametrize("species", WORN)
def test_blinks_are_seen_through_holes_only(species: str, heads: list[Head]) -> None:
    head = heads[0]
    mask = replace(make(species, head, 1), opacity=1.0)
    worn = wear(head, mask)
    assert blinking(worn, mask, head, head) is worn
    dark = replace(head, material=replace(head.material, colour=np.full_like(head.material.colour, 0.004)))
    closed = blinking(worn, mask, head, dark)
    change = np.abs(closed.material.colour - worn.material.colour).max(axis=-1)
    assert change[mask.cover == 1].max(initial=0) < 1e-6
    holes = (eye_holes(head.person, head.grid, (0.05, 0.03)) > 0) & (mask.cover == 0)
    if holes.any():
        assert change[holes].max() > 0.01
    assert closed.material.gloss.min() > 0


def test_eyes_behind_clear_plastic_blink_too(heads: list[Head]) -> None:
    head = heads[0]
    mask = next(
        mask
        for mask in (make("transparent_mask", head, number) for number in range(40))
        if str(mask.made["mask_kind"]).startswith("closed")
    )
    dark = replace(head, material=replace(head.material, colour=np.full_like(head.material.colour, 0.004)))
    closed = blinking(wear(head, mask), mask, head, dark)
    eyes = eye_holes(head.person, head.grid, (0.05, 0.03)) > 0
    assert closed.material.colour[eyes].mean() < 0.6 * wear(head, mask).material.colour[eyes].mean()
    assert closed.material.colour.min() >= 0
    assert closed.material.gloss.min() > 0


@pytest.mark.parametrize("species", MASKS)
def test_the_same_bytes_twice_and_the_same_parameters_in_every_frame(species: str) -> None:
    first, again, later = stage("twin", species), stage("twin", species), stage("twin", species, frame=5)
    assert first.colour.tobytes() == again.colour.tobytes()
    assert first.region.tobytes() == again.region.tobytes()
    made = {name: value for name, value in first.made.items() if name.startswith("mask_")}
    assert len(made) >= 4
    assert all(later.made[name] == value for name, value in made.items())
    assert np.isfinite(first.colour).all()
    assert first.colour.min() >= 0


def test_each_kind_of_every_mask_occurs(heads: list[Head]) -> None:
    def kinds(species: str, name: str) -> set[object]:
        return {make(species, heads[0], number).made[name] for number in range(24)}

    assert kinds("half_mask", "mask_half") == set(HALVES)
    assert kinds("half_mask", "mask_kind") == set(KINDS)
    assert kinds("transparent_mask", "mask_plastic") == set(TINTS)
    assert kinds("paper_mask", "mask_kind") == set(SHELLS)
    assert kinds("paper_mask", "mask_holes") == set(HOLES)
    assert len(kinds("silicone_mask", "mask_fit")) == 24


def test_half_masks_cover_a_half(heads: list[Head]) -> None:
    head = heads[0]
    front = (head.grid.direction[..., 2] > 0.6) & (np.abs(head.grid.y) < 0.8)
    for number in range(12):
        mask = make("half_mask", head, number)
        high, low = (mask.cover[front & part].mean() for part in (head.grid.y < -0.1, head.grid.y > 0.5))
        upper = mask.made["mask_half"] == "upper"
        assert (high if upper else low) > 0.6
        assert (low if upper else high) < 0.15


def test_a_cap_is_worn_over_a_mask() -> None:
    person = replace(draw_identity(stream(1, "wearer")), headwear=CAP)
    head = bake(person, 4 * FRAMING.size)
    mask = make("transparent_mask", head, 1)
    cap = (head.grid.y < -0.65) & (head.grid.direction[..., 2] > 0.2)
    assert mask.cover[cap].max() == 0
    assert mask.cover.max() == 1


def test_skin_behind_clear_plastic_is_softer_than_bare(heads: list[Head]) -> None:
    for number, head in enumerate(heads):
        mask = make("transparent_mask", head, number)
        cheeks = (mask.cover == 1) & (head.grid.direction[..., 2] > 0.6)
        rough = [
            np.abs(cv2.Laplacian(colour[..., 1] / colour[cheeks][:, 1].mean(), cv2.CV_32F))[cheeks].mean()
            for colour in (head.material.colour, mask.colour)
        ]
        assert rough[1] < 0.8 * rough[0]


@pytest.mark.parametrize("number", range(6))
def test_a_mannequin_is_an_attack_from_top_to_chin(number: int) -> None:
    scene = stage(f"dummy-{number}", "mannequin")
    one = shot(f"dummy-{number}", "mannequin")
    worn = Sitter(3, one.clip.who, FRAMING).worn(one)
    if not worn:
        np.testing.assert_array_equal(scene.region, np.isfinite(scene.depth))
    assert 0.15 < scene.region.mean() < 0.6


def test_mannequins_have_no_pores_and_live_skin_has() -> None:
    person = draw_identity(stream(7, "model"))
    made = make_mannequin(person, 512, stream(7, "mannequin"))
    live = bake(replace(person, beard=0.0), 512)
    rough = []
    for head in (made.head, live):
        cheek = (np.abs(np.abs(head.grid.x) - 0.4) < 0.08) & (np.abs(head.grid.y - 0.2) < 0.08)
        cheek &= head.grid.direction[..., 2] > 0.5
        tone = head.material.colour.mean(axis=-1)
        rough.append(np.abs(cv2.Laplacian(tone, cv2.CV_32F))[cheek].mean() / tone[cheek].mean())
    assert rough[0] < 0.3 * rough[1]


def test_mannequins_differ_and_most_have_a_skins_colour() -> None:
    made = [
        make_mannequin(draw_identity(stream(number, "model")), 64, stream(number, "mannequin")).made
        for number in range(40)
    ]
    assert {one["mask_kind"] for one in made} == set(HAIR)
    assert {one["mask_eyes"] for one in made} == set(EYES)
    assert 0.6 < np.mean([one["mask_tint"] == 0 for one in made]) < 1


def test_mannequins_are_stiffer_than_people() -> None:
    def turned(species: str) -> float:
        yaw = [
            [
                float(str(ATTACKS[species].stage(sitter, shot(sitter.who, species, frame)).made["yaw"]))
                for frame in (0, 2, 4, 6)
            ]
            for sitter in (Sitter(3, f"sway-{number}", FRAMING) for number in range(3))
        ]
        return float(np.ptp(yaw, axis=1).mean())

    assert 0 < turned("mannequin") < 0.5 * turned("silicone_mask")
