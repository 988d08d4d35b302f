from collections import Counter
from pathlib import Path

import pytest
from layouts_casia_replay_msu import FACE, msu_mfsd, replay_attack
from published_sets import REPLAY_CLIENTS, replay
from raw_sets import photo

from mtfas.data.raw_checks import check_splits, deviations
from mtfas.data.sources.raw import RawSet
from mtfas.data.sources.replay_attack import CLIENTS, read_replay_attack
from mtfas.errors import BadData
from mtfas.faces.box_files import BoxFile, read_box_file
from mtfas.types import Label

REAL = "real/client{}_session01_webcam_authenticate_{}"
ATTACK = "attack/fixed/attack_{}_client{}_session01_{}_{}"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RawSet:
    """All 1200 clips, and 100 of enrolment."""
    return read_replay_attack(replay_attack(tmp_path_factory.mktemp("replay"), REPLAY_CLIENTS))


def test_all_1200_clips_are_as_published(whole: RawSet) -> None:
    assert (whole.name, whole.release) == ("replay-attack", "public")
    assert [(part.part, part.found) for part in whole.tallies] == [
        ("train", (60, 300)),
        ("devel", (60, 300)),
        ("test", (80, 400)),
    ]
    assert deviations(whole) == []
    assert Counter((item.split, item.label) for item in whole.items) == {
        ("train", 0): 60,
        ("train", 1): 300,
        ("dev", 0): 60,
        ("dev", 1): 300,
        ("test", 0): 80,
        ("test", 1): 400,
    }
    assert all(item.is_clip and item.path.is_file() for item in whole.items)


def test_every_clip_is_what_the_tables_say(whole: RawSet) -> None:
    columns = ("presentation", "split", "subject", "session", "medium", "species")
    rows = {tuple(getattr(item, column) for column in columns) for item in whole.items}
    assert rows == {tuple(clip[column] for column in columns) for clip in replay()}
    assert all((item.label == Label.LIVE) == (item.species == "bona_fide") for item in whole.items)
    assert {item.camera for item in whole.items} == {"webcam"}
    kinds = Counter((item.species, item.medium) for item in whole.items)
    assert kinds == {
        ("bona_fide", "none"): 200, ("print", "printed-photo"): 200, ("replay", "mobile-photo"): 200,
        ("replay", "mobile-video"): 200, ("replay", "highdef-photo"): 200, ("replay", "highdef-video"): 200,
    }  # fmt: skip


def test_what_else_a_name_says(whole: RawSet) -> None:
    about = {item.name: (item.session, item.about) for item in whole.items}
    assert about["train/real/client001_session01_webcam_authenticate_adverse_2.mov"] == (
        "adverse",
        {"light": "adverse", "take": "2"},
    )
    attack = "attack_mobile_client009_session01_mobile_photo_controlled.mov"
    assert about[f"test/attack/hand/{attack}"][1] == {"light": "controlled", "support": "hand"}
    assert about[f"test/attack/fixed/{attack}"][1] == {"light": "controlled", "support": "fixed"}


def test_trap_07_clients_are_those_of_their_part(whole: RawSet) -> None:
    splits = {(item.subject, item.split) for item in whole.items}
    assert Counter(split for _, split in splits) == {"train": 15, "dev": 15, "test": 20}
    assert {part: list(ids) for part, ids in CLIENTS.items()} == REPLAY_CLIENTS
    assert ("replay-attack:003", "dev") in splits
    check_splits(Path("raw"), whole.items, seed=0)


def test_trap_25_enroll_excluded(whole: RawSet) -> None:
    assert whole.warnings == [
        "100 video(s) of enroll/ are left out; they are for face recognition, not for PAD."
    ]
    assert not any("enroll" in item.name for item in whole.items)


def test_trap_25_enroll_clips_among_live_ones_are_no_live_faces(tmp_path: Path) -> None:
    replay_attack(tmp_path)
    names = sorted((tmp_path / "enroll/train").iterdir())
    for path in names:
        path.rename(tmp_path / "train/real" / path.name)
    found = read_replay_attack(tmp_path)
    assert found.tallies[0].found == (4, 20)
    assert found.deviations == [
        "videos whose names are not of this set, which are left out: 2 "
        f"({', '.join(f'train/real/{path.name}' for path in names)})."
    ]


@pytest.mark.parametrize("renamed", [False, True])
def test_folders_named_like_their_archives(tmp_path: Path, renamed: bool) -> None:
    """The same clip is the same presentation; boxes may lie under either name."""
    plain = read_replay_attack(replay_attack(tmp_path / "plain"))
    folder = replay_attack(tmp_path / "tar", prefix="replayattack-")
    for part in REPLAY_CLIENTS if renamed else ():
        (folder / "face-locations" / part).rename(folder / "face-locations" / f"replayattack-{part}")
    found = read_replay_attack(folder)
    assert found.deviations == []
    assert found.warnings == plain.warnings
    assert [item.presentation for item in found.items] == [item.presentation for item in plain.items]
    assert [f"replayattack-{item.name}" for item in plain.items] == [item.name for item in found.items]
    assert [part.found for part in found.tallies] == [part.found for part in plain.tallies]
    files = [item.box_file for item in found.items if item.box_file]
    assert len(files) == 72
    assert all(read_box_file(file, (320, 240)) == dict.fromkeys(range(3), FACE) for file in files)


def test_boxes_have_the_path_of_their_clip(whole: RawSet) -> None:
    for item in whole.items:
        folder = item.path.parents[len(Path(item.name).parts) - 1]
        expected = folder / "face-locations" / item.name.replace(".mov", ".face")
        assert item.box_file == BoxFile(expected, "frame-xywh")
        assert expected.is_file()


def test_boxes_that_are_missing_are_said(tmp_path: Path) -> None:
    replay_attack(tmp_path)
    gone = sorted((tmp_path / "face-locations/devel/real").iterdir())[:2]
    for path in gone:
        path.unlink()
    found = read_replay_attack(tmp_path)
    assert found.deviations == [
        "clips without a file in face-locations/, whose faces will be searched for: 2 "
        f"({', '.join(f'devel/real/{path.stem}.mov' for path in gone)})."
    ]
    assert sum(item.box_file is None for item in found.items) == 2
    (tmp_path / "face-locations").rename(tmp_path / "faces")
    assert read_replay_attack(tmp_path).deviations == [
        "face-locations/ is missing, so faces will be searched for in every clip."
    ]


def test_a_copy_that_lacks_clips_is_counted(tmp_path: Path) -> None:
    (replay_attack(tmp_path) / f"test/{REAL.format('009', 'adverse_1')}.mov").unlink()
    assert deviations(read_replay_attack(tmp_path))[-1] == (
        "replay-attack test has 3 bona fide and 20 attack presentations, published are 80 and 400."
    )


def test_strange_files_are_counted_and_hidden_ones_are_not(tmp_path: Path) -> None:
    replay_attack(tmp_path)
    (tmp_path / "train/real/._client001_session01_webcam_authenticate_adverse_1.mov").touch()
    (tmp_path / "train/real/Client1.mov").touch()
    (tmp_path / "demo.mov").touch()
    assert read_replay_attack(tmp_path).deviations == [
        "videos whose names are not of this set, which are left out: 2 (train/real/Client1.mov, demo.mov)."
    ]


def test_parts_may_be_links_to_another_disk(tmp_path: Path) -> None:
    replay_attack(tmp_path / "disk")
    (tmp_path / "raw").mkdir()
    for path in (tmp_path / "disk").iterdir():
        (tmp_path / "raw" / path.name).symlink_to(path)
    found = read_replay_attack(tmp_path / "raw")
    assert (len(found.items), found.deviations, len(found.warnings)) == (72, [], 1)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            f"train/{REAL.format('003', 'adverse_1')}",
            "of client '003', who belongs to devel; train has the clients 001",
        ),
        (
            f"test/{REAL.format('005', 'adverse_1')}",
            "of client '005', who belongs to devel; test has the clients 009",
        ),
        (
            f"test/{REAL.format('032', 'adverse_1')}",
            "of client '032', who is none of the 50 published; test has",
        ),
        (f"test/{REAL.format('9', 'adverse_1')}", "of client '9', who is none of the 50 published"),
        (f"train/{REAL.format('001', 'adverse_3')}", "has take '3', expected 1 or 2; mend the name"),
        (f"train/{REAL.format('001', 'dark_1')}", "has light 'dark', expected controlled or adverse; mend"),
        (
            f"train/{REAL.format('001', 'adverse_1').replace('session01', 'session02')}",
            "has session '02', expected 01; mend the name",
        ),
        (f"train/{ATTACK.format('print', '001', 'highdef_photo', 'dark')}", "has light 'dark', expected"),
        (
            f"train/{ATTACK.format('print', '001', 'highdef_video', 'adverse')}",
            r"the instrument print\+highdef\+video, expected one of print\+highdef\+photo, mobile\+mobile",
        ),
        (
            f"train/{ATTACK.format('mobile', '001', 'highdef_photo', 'adverse')}",
            r"the instrument mobile\+highdef\+photo, expected one of",
        ),
        (
            f"test/{ATTACK.format('print', '001', 'highdef_photo', 'adverse')}",
            "'001', who belongs to train; test",
        ),
        (
            f"train/attack/fixed/{REAL.format('001', 'adverse_1').removeprefix('real/')}",
            "is bona fide by its name and belongs in train/real; get this folder again",
        ),
        (
            f"train/real/{ATTACK.format('print', '001', 'highdef_photo', 'adverse').rpartition('/')[2]}",
            "is an attack by its name and belongs in train/attack/fixed or train/attack/hand; get this",
        ),
        (
            f"train/attack/{ATTACK.format('print', '001', 'highdef_photo', 'adverse').rpartition('/')[2]}",
            "belongs in train/attack/fixed or train/attack/hand",
        ),
        (
            f"replayattack-train/{REAL.format('001', 'adverse_1')}",
            "train/real/.* and .*replayattack-train/real/.* are the same clip; keep the one handed out",
        ),
    ],
)
def test_names_that_were_never_published(tmp_path: Path, name: str, sentence: str) -> None:
    replay_attack(tmp_path)
    path = tmp_path / f"{name}.mov"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with pytest.raises(BadData, match=sentence) as error:
        read_replay_attack(tmp_path)
    assert str(path) in str(error.value)


def test_trap_26_derived_copy_of_frames(tmp_path: Path) -> None:
    for part in REPLAY_CLIENTS:
        photo(tmp_path / part / "attack/fixed/a.jpg")
    with pytest.raises(
        BadData, match="3 images and no video; replay-attack is handed out as videos, so this is"
    ):
        read_replay_attack(tmp_path)


def test_trap_26_derived_copy_encoded_again(tmp_path: Path) -> None:
    path = replay_attack(tmp_path) / f"train/{REAL.format('001', 'adverse_1')}.mov"
    path.rename(path.with_suffix(".mp4"))
    assert read_replay_attack(tmp_path).deviations == [
        "clips that are not .mov files, so somebody encoded them again: 1 "
        f"(train/{REAL.format('001', 'adverse_1')}.mp4)."
    ]


def test_another_sets_folder_and_no_folder(tmp_path: Path) -> None:
    msu_mfsd(tmp_path / "msu")
    with pytest.raises(
        BadData, match=r"is not replay-attack as handed out: .*it looks like msu-mfsd, so give"
    ):
        read_replay_attack(tmp_path / "msu")
    with pytest.raises(BadData, match="none is not a folder; expected replay-attack as handed out"):
        read_replay_attack(tmp_path / "none")
