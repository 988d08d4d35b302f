from collections import Counter
from pathlib import Path

import pytest
from layouts_casia_replay_msu import FACE, casia_mfsd, msu_mfsd
from published_sets import MSU_CLIENTS, msu
from raw_sets import photo

from mtfas.data.raw_checks import check_splits, deviations
from mtfas.data.sources.msu_mfsd import CLIENTS, read_msu_mfsd
from mtfas.data.sources.raw import RawSet
from mtfas.errors import BadData, BadFile
from mtfas.faces.box_files import BoxFile, read_box_file
from mtfas.types import Label

REAL = "scene01/real/real_client001_android_SD_scene01"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RawSet:
    """All 280 clips."""
    return read_msu_mfsd(msu_mfsd(tmp_path_factory.mktemp("msu"), MSU_CLIENTS))


def test_all_280_clips_are_as_published(whole: RawSet) -> None:
    assert (whole.name, whole.release) == ("msu-mfsd", "public")
    assert [(part.part, part.found) for part in whole.tallies] == [("train", (30, 90)), ("test", (40, 120))]
    assert deviations(whole) == whole.warnings == []
    assert Counter((item.split, item.label) for item in whole.items) == {
        ("train", 0): 24, ("train", 1): 72, ("dev", 0): 6, ("dev", 1): 18, ("test", 0): 40, ("test", 1): 120,
    }  # fmt: skip
    assert all(item.is_clip and item.path.is_file() for item in whole.items)


def test_every_clip_is_what_the_tables_say(whole: RawSet) -> None:
    columns = ("presentation", "split", "camera", "medium", "species")
    rows = {tuple(getattr(item, column) for column in columns) for item in whole.items}
    assert rows == {tuple(clip[column] for column in columns) for clip in msu()}
    assert all((item.label == Label.LIVE) == (item.species == "bona_fide") for item in whole.items)
    assert all((item.session, item.about) == ("scene01", {"quality": "SD"}) for item in whole.items)
    assert {item.path.suffix for item in whole.items if item.camera == "android"} == {".mp4"}
    assert {item.path.suffix for item in whole.items if item.camera == "laptop"} == {".mov"}


def test_trap_08_msu_two_and_three_digits(whole: RawSet) -> None:
    """The lists say 02, the file names client002: the same person."""
    subjects = {(item.subject, "test" if item.split == "test" else "train") for item in whole.items}
    assert subjects == {(f"msu-mfsd:0{client}", part) for part, ids in MSU_CLIENTS.items() for client in ids}
    assert {part.value: [client[1:] for client in ids] for part, ids in CLIENTS.items()} == MSU_CLIENTS


def test_trap_07_dev_is_a_fifth_of_the_official_training_clients(whole: RawSet) -> None:
    splits = {(item.subject, item.split) for item in whole.items}
    assert Counter(split for _, split in splits) == {"train": 12, "dev": 3, "test": 20}
    assert {subject[-3:] for subject, split in splits if split == "dev"} == {"053", "054", "055"}
    check_splits(Path("raw"), whole.items, seed=0)


def test_boxes_lie_beside_the_clips(whole: RawSet) -> None:
    for item in whole.items:
        assert item.box_file == BoxFile(item.path.with_suffix(".face"), "msu-corners")
        assert item.box_file.path.is_file()


def test_trap_22_boxes_are_read_as_corners(tmp_path: Path) -> None:
    files = [item.box_file for item in read_msu_mfsd(msu_mfsd(tmp_path)).items if item.box_file]
    assert len(files) == 32
    assert all(read_box_file(file, (720, 480)) == dict.fromkeys(range(3), FACE) for file in files)


def test_boxes_that_are_missing_are_said(tmp_path: Path) -> None:
    (msu_mfsd(tmp_path) / f"{REAL}.face").unlink()
    found = read_msu_mfsd(tmp_path)
    assert found.deviations == [
        f"clips without a .face file, whose faces will be searched for: 1 ({REAL}.mp4)."
    ]
    assert [item.name for item in found.items if item.box_file is None] == [f"{REAL}.mp4"]


def test_lists_that_are_missing_are_said(tmp_path: Path) -> None:
    whole = read_msu_mfsd(msu_mfsd(tmp_path))
    for name in ("train_sub_list.txt", "test_sub_list.txt"):
        (tmp_path / name).unlink()
    found = read_msu_mfsd(tmp_path)
    assert found.deviations == [
        "train_sub_list.txt is missing; the published ids are used instead.",
        "test_sub_list.txt is missing; the published ids are used instead.",
    ]
    assert found.items == whole.items


@pytest.mark.parametrize("between", ["\n", "\r\n", "\r", " ", "\t", " \n\n"])
def test_trap_08_lists_however_their_lines_end(tmp_path: Path, between: str) -> None:
    msu_mfsd(tmp_path)
    for digits in (MSU_CLIENTS["train"], [f"0{client}" for client in MSU_CLIENTS["train"]]):
        (tmp_path / "train_sub_list.txt").write_bytes(("\ufeff" + between.join(digits) + between).encode())
        assert read_msu_mfsd(tmp_path).deviations == []


@pytest.mark.parametrize(
    ("name", "ids", "sentence"),
    [
        (
            "train_sub_list.txt",
            [*MSU_CLIENTS["train"], "01"],
            r"train_sub_list\.txt has 1 \(001\) against the 15",
        ),
        (
            "train_sub_list.txt",
            MSU_CLIENTS["train"][1:],
            r"train_sub_list\.txt lacks 1 \(002\) against the 15",
        ),
        (
            "test_sub_list.txt",
            [*MSU_CLIENTS["test"], "04"],
            r"test_sub_list\.txt has 1 \(004\) against the 20",
        ),
        (
            "test_sub_list.txt",
            [],
            r"lacks 20 \(001, 013, 014, …\) against the 20 published clients; get the list",
        ),
        ("test_sub_list.txt", ["client001"], r"test_sub_list\.txt has 1 \(client001\) against"),
    ],
)
def test_lists_that_are_not_the_published_ones(
    tmp_path: Path, name: str, ids: list[str], sentence: str
) -> None:
    (msu_mfsd(tmp_path) / name).write_text("\n".join(ids))
    with pytest.raises(BadData, match=sentence):
        read_msu_mfsd(tmp_path)


def test_a_list_that_is_no_text(tmp_path: Path) -> None:
    (msu_mfsd(tmp_path) / "test_sub_list.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadFile, match=r"test_sub_list\.txt cannot be read as text .*; get the list again"):
        read_msu_mfsd(tmp_path)


def test_a_copy_that_lacks_clips_is_counted(tmp_path: Path) -> None:
    (msu_mfsd(tmp_path) / f"{REAL}.mp4").unlink()
    assert deviations(read_msu_mfsd(tmp_path)) == [
        "msu-mfsd train has 6 bona fide and 18 attack presentations, published are 30 and 90.",
        "msu-mfsd test has 1 bona fide and 6 attack presentations, published are 40 and 120.",
    ]


def test_strange_files_are_counted_and_hidden_ones_are_not(tmp_path: Path) -> None:
    msu_mfsd(tmp_path)
    for name in ("scene01/real/._real_client001_android_SD_scene01.mp4", "scene01/real/a.mp4", "demo.mov"):
        (tmp_path / name).touch()
    assert read_msu_mfsd(tmp_path).deviations == [
        "videos whose names are not of this set, which are left out: 2 (scene01/real/a.mp4, demo.mov)."
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "real/real_client004_android_SD_scene01",
            r"of client '004', who is in neither train_sub_list\.txt nor",
        ),
        (
            "real/real_client01_android_SD_scene01",
            r"of client '01', who is in neither .*three digits in a name",
        ),
        (
            "real/real_client001_phone_SD_scene01",
            "has the camera 'phone', expected android or laptop; mend the",
        ),
        ("real/real_client001_android_HD_scene01", "has the quality 'HD', expected SD; mend the name"),
        ("real/real_client001_android_SD_scene02", "has the scene 'scene02', expected scene01"),
        (
            "real/real_client001_android_SD_ipad_video_scene01",
            "has the instrument 'ipad_video', expected none",
        ),
        ("attack/attack_client001_android_SD_scene01", "has the instrument 'none', expected ipad_video or"),
        (
            "attack/attack_client001_android_SD_ipad_photo_scene01",
            "has the instrument 'ipad_photo', expected ipad_video or iphone_video or printed_photo; mend the",
        ),
        (
            "attack/real_client001_android_SD_scene01",
            r"starts with 'real_' and belongs in scene01/real/; get this",
        ),
        (
            "real/attack_client001_android_SD_ipad_video_scene01",
            "starts with 'attack_' and belongs in scene01/attack/; get this folder again",
        ),
    ],
)
def test_names_that_were_never_published(tmp_path: Path, name: str, sentence: str) -> None:
    path = msu_mfsd(tmp_path) / f"scene01/{name}.mp4"
    path.touch()
    with pytest.raises(BadData, match=sentence) as error:
        read_msu_mfsd(tmp_path)
    assert str(error.value).startswith(str(path))


def test_a_clip_that_is_there_twice(tmp_path: Path) -> None:
    (msu_mfsd(tmp_path) / f"{REAL}.mov").touch()
    with pytest.raises(BadData, match=r"scene01\.mov and .*scene01\.mp4 are the same clip; keep the one"):
        read_msu_mfsd(tmp_path)


def test_trap_26_derived_copy_of_frames(tmp_path: Path) -> None:
    photo(tmp_path / REAL / "0.jpg")
    with pytest.raises(
        BadData, match="1 images and no video; msu-mfsd is handed out as videos, so this is a"
    ):
        read_msu_mfsd(tmp_path)


def test_trap_26_derived_copy_encoded_again(tmp_path: Path) -> None:
    path = msu_mfsd(tmp_path) / f"{REAL}.mp4"
    path.rename(path.with_suffix(".avi"))
    assert read_msu_mfsd(tmp_path).deviations == [
        f"clips with another ending than .mp4 (android) or .mov (laptop): 1 ({REAL}.avi)."
    ]


def test_another_sets_folder_and_no_folder(tmp_path: Path) -> None:
    casia_mfsd(tmp_path / "casia")
    with pytest.raises(
        BadData, match=r"is not msu-mfsd as handed out: .*it looks like casia-mfsd, so give that"
    ):
        read_msu_mfsd(tmp_path / "casia")
    msu_mfsd(tmp_path / "outer" / "MSU-MFSD")
    with pytest.raises(BadData, match=r"give .*outer/MSU-MFSD instead"):
        read_msu_mfsd(tmp_path / "outer")
    with pytest.raises(BadData, match="none is not a folder; expected msu-mfsd as handed out"):
        read_msu_mfsd(tmp_path / "none")
