from collections import Counter
from pathlib import Path

import pytest
from layouts_casia_replay_msu import replay_attack
from layouts_more import REPLAY_MOBILE_CLIENTS, replay_mobile
from raw_sets import photo

from mtfas.data.raw_checks import check_classes, check_splits, deviations
from mtfas.data.sources.raw import RawSet
from mtfas.data.sources.replay_mobile import CLIENTS, read_replay_mobile
from mtfas.errors import BadData

REAL = "train/real/client{}_session01_authenticate_{}_{}"
ATTACK = "train/attack/attack_client{}_session01_{}_{}_{}_{}_{}"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RawSet:
    """All 1030 clips, and the 160 of enrolment."""
    folder = tmp_path_factory.mktemp("replay-mobile")
    return read_replay_mobile(replay_mobile(folder, REPLAY_MOBILE_CLIENTS, enrolled=4))


def test_all_1030_clips_are_as_published(whole: RawSet) -> None:
    assert (whole.name, whole.release) == ("replay-mobile", "public")
    assert [(part.part, part.found) for part in whole.tallies] == [
        ("train", (120, 192)),
        ("devel", (160, 256)),
        ("test", (110, 192)),
    ]
    assert [sum(part.found) for part in whole.tallies] == [312, 416, 302]
    assert deviations(whole) == []
    assert whole.warnings == [
        "160 video(s) of enroll/ are left out; they are for face recognition, not for PAD."
    ]
    assert Counter(item.label for item in whole.items) == {0: 390, 1: 640}
    assert len({item.presentation for item in whole.items}) == 1030
    assert all(item.is_clip and item.path.is_file() for item in whole.items)


def test_kinds_are_as_published(whole: RawSet) -> None:
    assert Counter((item.species, item.medium) for item in whole.items) == {
        ("bona_fide", "none"): 390,
        ("print", "printed-photo"): 320,
        ("replay", "mattescreen-photo"): 160,
        ("replay", "mattescreen-video"): 160,
    }
    assert all((item.label == 0) == (item.species == "bona_fide") for item in whole.items)
    assert Counter(item.camera for item in whole.items) == {"mobile": 515, "tablet": 515}


def test_trap_07_clients_are_those_of_their_part(whole: RawSet) -> None:
    splits = Counter(split for _, split in {(item.subject, item.split) for item in whole.items})
    assert splits == {"train": 12, "dev": 16, "test": 12}
    assert {part: list(ids) for part, ids in CLIENTS.items()} == REPLAY_MOBILE_CLIENTS
    check_classes(Path("raw"), whole.items)
    check_splits(Path("raw"), whole.items, seed=0)


def test_what_else_a_name_says(whole: RawSet) -> None:
    items = {item.name: item for item in whole.items}
    live = items["test/real/client002_session01_authenticate_tablet_diffuse.mov"]
    assert (live.subject, live.session, live.about) == (
        "replay-mobile:002",
        "diffuse",
        {"light": "diffuse"},
    )
    name = "devel/attack/attack_client005_session01_print_hand_mobile_photo_lightoff"
    attack = items[f"{name}.mov"]
    assert (attack.presentation, attack.split) == (f"replay-mobile:{name}", "dev")
    assert attack.about == {"light": "lightoff", "support": "hand"}


def test_trap_14_no_clip_is_turned_beyond_its_tag(whole: RawSet) -> None:
    """Idiap's rule to flip the phone's clips is for a reader that ignores tags."""
    assert {item.turn for item in whole.items} == {0}


def test_boxes_of_frames_read_another_way_are_not_used(tmp_path: Path) -> None:
    folder = replay_mobile(tmp_path)
    boxes = folder / "faceloc/rect/train/real/client001_session01_authenticate_mobile_adverse.face"
    boxes.parent.mkdir(parents=True)
    boxes.write_text("0 100 100 200 200\n")
    found = read_replay_mobile(folder)
    assert all(item.box_file is None for item in found.items)
    assert found.deviations == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (REAL.format("041", "mobile", "adverse"), "of client '041', expected 001 to 040; mend the name"),
        (REAL.format("1", "mobile", "adverse"), "of client '1', expected 001 to 040"),
        (REAL.format("002", "mobile", "adverse"), "belongs in test/real/ by its name, for client 002 is of"),
        (REAL.format("001", "laptop", "adverse"), "has the camera 'laptop', expected mobile or tablet; mend"),
        (
            REAL.format("001", "mobile", "lighton"),
            "has the light 'lighton', expected controlled or adverse or",
        ),
        (
            ATTACK.format("001", "print", "hand", "mobile", "photo", "adverse"),
            "has the light 'adverse', expected lighton or lightoff",
        ),
        (
            ATTACK.format("001", "print", "hand", "mobile", "video", "lighton"),
            r"has the instrument print\+hand\+video, expected one of print\+fixed\+photo, print\+hand\+photo",
        ),
        (
            ATTACK.format("001", "mattescreen", "hand", "mobile", "photo", "lighton"),
            r"has the instrument mattescreen\+hand\+photo, expected one of",
        ),
        (
            ATTACK.format("001", "print", "hand", "mobile", "photo", "lighton").replace(
                "attack/", "real/", 1
            ),
            "belongs in train/attack/ by its name",
        ),
        (REAL.format("001", "mobile", "adverse").replace("/real/", "/attack/"), "belongs in train/real/ by"),
    ],
)
def test_names_that_were_never_published(tmp_path: Path, name: str, sentence: str) -> None:
    path = replay_mobile(tmp_path) / f"{name}.mov"
    path.touch()
    with pytest.raises(BadData, match=sentence) as error:
        read_replay_mobile(tmp_path)
    assert str(path) in str(error.value)


def test_trap_25_enroll_clips_among_live_ones_are_no_live_faces(tmp_path: Path) -> None:
    path = sorted((replay_mobile(tmp_path) / "enroll/train").iterdir())[0]
    path.rename(tmp_path / "train/real" / path.name)
    found = read_replay_mobile(tmp_path)
    assert found.tallies[0].found == (10, 16)
    assert found.deviations == [
        f"videos whose names are not of this set, which are left out: 1 (train/real/{path.name})."
    ]


def test_the_same_clip_twice(tmp_path: Path) -> None:
    path = replay_mobile(tmp_path) / f"{REAL.format('001', 'mobile', 'adverse')}.mp4"
    path.touch()
    with pytest.raises(BadData, match="are the same clip; keep the one handed out"):
        read_replay_mobile(tmp_path)


def test_folders_may_be_links_to_another_disk(tmp_path: Path) -> None:
    replay_mobile(tmp_path / "disk")
    (tmp_path / "raw").mkdir()
    for path in (tmp_path / "disk").iterdir():
        (tmp_path / "raw" / path.name).symlink_to(path)
    (tmp_path / "raw/demo.mov").touch()
    found = read_replay_mobile(tmp_path / "raw")
    assert (len(found.items), len(found.warnings)) == (3 * 26, 1)
    assert found.deviations == ["videos whose names are not of this set, which are left out: 1 (demo.mov)."]


def test_trap_26_derived_copies(tmp_path: Path) -> None:
    photo(tmp_path / "frames/devel/attack/1.jpg")
    with pytest.raises(BadData, match="1 images and no video; replay-mobile is handed out as videos"):
        read_replay_mobile(tmp_path / "frames")
    path = replay_mobile(tmp_path / "again") / f"{REAL.format('001', 'mobile', 'adverse')}.mov"
    path.rename(path.with_suffix(".mp4"))
    (deviation,) = read_replay_mobile(tmp_path / "again").deviations
    assert deviation == (
        "clips that are not .mov files, so somebody encoded them again, perhaps without the tags that say "
        f"how they are turned: 1 ({REAL.format('001', 'mobile', 'adverse')}.mp4)."
    )


def test_replay_attack_is_another_set_with_the_same_folders(tmp_path: Path) -> None:
    folder = replay_attack(tmp_path / "replay-attack")
    with pytest.raises(BadData, match=r"is not replay-mobile as handed out: .*looks like replay-attack"):
        read_replay_mobile(folder)
    with pytest.raises(BadData, match="none is not a folder; expected replay-mobile as handed out"):
        read_replay_mobile(tmp_path / "none")
