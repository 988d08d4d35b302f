from collections import Counter
from pathlib import Path

import pytest
from layouts_casia_replay_msu import CASIA_FILES, FACE, casia_mfsd, replay_attack
from published_sets import casia
from raw_sets import photo

from mtfas.data.protocols.casia import FOLDS
from mtfas.data.raw_checks import check_classes, check_splits, deviations
from mtfas.data.sources.casia_mfsd import DEV_CLIENTS, read_casia_mfsd
from mtfas.data.sources.raw import RawSet
from mtfas.errors import BadData
from mtfas.faces.box_files import BoxFile, read_box_file
from mtfas.types import Label


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RawSet:
    """All 600 clips."""
    folder = tmp_path_factory.mktemp("casia")
    return read_casia_mfsd(casia_mfsd(folder, range(1, 21), range(1, 31)))


def test_all_600_clips_are_as_published(whole: RawSet) -> None:
    assert (whole.name, whole.release) == ("casia-mfsd", "public")
    assert [(part.part, part.found) for part in whole.tallies] == [
        ("train_release", (60, 180)),
        ("test_release", (90, 270)),
    ]
    assert deviations(whole) == whole.warnings == []
    assert Counter((item.split, item.label) for item in whole.items) == {
        ("train", 0): 48,
        ("train", 1): 144,
        ("dev", 0): 12,
        ("dev", 1): 36,
        ("test", 0): 90,
        ("test", 1): 270,
    }
    assert all(item.is_clip and item.path.is_file() for item in whole.items)


def test_every_clip_is_what_the_tables_say(whole: RawSet) -> None:
    columns = ("presentation", "split", "subject", "camera", "species")
    rows = {tuple(getattr(item, column) for column in columns) for item in whole.items}
    assert rows == {tuple(clip[column] for column in columns) for clip in casia()}
    assert all((item.label == Label.LIVE) == (item.species == "bona_fide") for item in whole.items)
    media = {(item.species, item.medium) for item in whole.items}
    assert media == {
        ("bona_fide", "none"),
        ("warped_photo", "warped-photo"),
        ("cut_photo", "cut-photo"),
        ("replay", "tablet"),
    }
    assert all(item.about == {"quality": item.camera} for item in whole.items)


def test_some_clips_by_name(whole: RawSet) -> None:
    clips = {item.name: (item.label, item.species, item.camera, item.presentation) for item in whole.items}
    assert clips["train_release/3/1.avi"] == (0, "bona_fide", "640x480", "casia-mfsd:train_release/3/1")
    assert clips["train_release/3/HR_3.avi"][:3] == (1, "cut_photo", "720x1280")
    assert clips["test_release/30/4.avi"][:3] == (1, "warped_photo", "480x640")
    assert clips["test_release/30/7.avi"][:3] == (1, "replay", "640x480")


def test_trap_08_casia_ids_restart(whole: RawSet) -> None:
    """Client 1 of test_release is somebody else than client 1 of train_release."""
    subjects = {item.name.rpartition("/")[0]: item.subject for item in whole.items}
    assert subjects["train_release/1"] == "casia-mfsd:train-01"
    assert subjects["test_release/1"] == "casia-mfsd:test-01"
    assert len(set(subjects.values())) == 50
    check_splits(Path("raw"), whole.items, seed=0)


def test_trap_07_a_client_is_in_one_split(whole: RawSet) -> None:
    splits = {(item.subject, item.split) for item in whole.items}
    assert Counter(split for _, split in splits) == {"train": 16, "dev": 4, "test": 30}
    dev = {subject for subject, split in splits if split == "dev"}
    assert dev == {f"casia-mfsd:train-{client}" for client in (10, 14, 16, 20)}
    assert FOLDS[0] == DEV_CLIENTS


@pytest.mark.parametrize("beside", [True, False])
def test_idiaps_boxes_are_found(tmp_path: Path, beside: bool) -> None:
    found = read_casia_mfsd(casia_mfsd(tmp_path, box=FACE, beside=beside))
    assert found.deviations == []
    files = [item.box_file for item in found.items if item.box_file]
    assert len(files) == len(found.items) == 60
    assert {file.format for file in files} == {"frame-xywh"}
    assert all(read_box_file(file, (640, 480)) == dict.fromkeys(range(3), FACE) for file in files)


def test_boxes_are_no_part_of_the_release(tmp_path: Path) -> None:
    casia_mfsd(tmp_path, box=FACE)
    for path in tmp_path.glob("train_release/1/HR_*.face"):
        path.unlink()
    found = read_casia_mfsd(tmp_path)
    assert sum(item.box_file is None for item in found.items) == 4
    assert found.deviations == []
    one = next(item for item in found.items if item.name == "test_release/2/HR_1.avi")
    assert one.box_file == BoxFile(tmp_path / "test_release/2/HR_1.face", "frame-xywh")


def test_a_copy_that_lacks_clips_is_counted(tmp_path: Path) -> None:
    casia_mfsd(tmp_path)
    (tmp_path / "test_release/1/HR_4.avi").unlink()
    assert deviations(read_casia_mfsd(tmp_path)) == [
        "casia-mfsd train_release has 9 bona fide and 27 attack presentations, published are 60 and 180.",
        "casia-mfsd test_release has 6 bona fide and 17 attack presentations, published are 90 and 270.",
    ]


def test_strange_files_are_counted_and_hidden_ones_are_not(tmp_path: Path) -> None:
    casia_mfsd(tmp_path)
    for name in ("train_release/1/._1.avi", ".trash/train_release/1/1.avi", "test_release/.9/1.avi"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert read_casia_mfsd(tmp_path).deviations == []
    for name in (
        "demo.avi",
        "train_release/1/1_crop.avi",
        "train_release/1/HR_1/HR_1.avi",
        "test_release/x.avi",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = read_casia_mfsd(tmp_path)
    assert len(found.items) == 60
    assert found.deviations == [
        "videos whose names are not of this set, which are left out: 4 (train_release/1/1_crop.avi, "
        "train_release/1/HR_1/HR_1.avi, test_release/x.avi, …)."
    ]


def test_folders_may_be_links_to_another_disk(tmp_path: Path) -> None:
    casia_mfsd(tmp_path / "disk")
    (tmp_path / "raw").mkdir()
    for name in ("train_release", "test_release"):
        (tmp_path / "raw" / name).symlink_to(tmp_path / "disk" / name)
    found = read_casia_mfsd(tmp_path / "raw")
    assert len(found.items) == 60
    check_classes(tmp_path, found.items)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "train_release/21/1.avi",
            r"21/1\.avi is of client '21', but train_release/ has the clients 1 to 20; get",
        ),
        (
            "test_release/31/1.avi",
            r"of client '31', but test_release/ has the clients 1 to 30; get this folder",
        ),
        ("test_release/0/1.avi", r"of client '0', but test_release/"),
        ("test_release/03/1.avi", r"of client '03', but test_release/"),
        (
            "test_release/3/9.avi",
            r"3/9\.avi is file '9', but a client's files are 1, 3, .*HR_4; mend the name",
        ),
        ("test_release/3/HR_5.avi", r"is file 'HR_5', but a client's files are"),
        ("test_release/3/01.avi", r"is file '01', but a client's files are"),
        ("test_release/2/1.mp4", r"2/1\.avi and .*2/1\.mp4 are the same clip; keep the one handed out"),
    ],
)
def test_names_that_were_never_published(tmp_path: Path, name: str, sentence: str) -> None:
    casia_mfsd(tmp_path)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).touch()
    with pytest.raises(BadData, match=sentence):
        read_casia_mfsd(tmp_path)


def test_trap_26_derived_copy_of_frames(tmp_path: Path) -> None:
    for file in CASIA_FILES:
        photo(tmp_path / f"train_release/1/{file}/0.jpg")
    with pytest.raises(
        BadData, match="12 images and no video; casia-mfsd is handed out as videos, so this is a"
    ):
        read_casia_mfsd(tmp_path)


def test_trap_26_derived_copy_encoded_again(tmp_path: Path) -> None:
    casia_mfsd(tmp_path)
    (tmp_path / "test_release/2/1.avi").rename(tmp_path / "test_release/2/1.mp4")
    assert read_casia_mfsd(tmp_path).deviations == [
        "clips that are not .avi files, so somebody encoded them again: 1 (test_release/2/1.mp4)."
    ]


def test_another_sets_folder_and_no_folder(tmp_path: Path) -> None:
    replay_attack(tmp_path / "replay")
    with pytest.raises(
        BadData, match=r"is not casia-mfsd as handed out: .*it looks like replay-attack, so give"
    ):
        read_casia_mfsd(tmp_path / "replay")
    casia_mfsd(tmp_path / "outer" / "CASIA")
    with pytest.raises(BadData, match=r"expected RAW/train_release/1/1\.avi, .*; give .*outer/CASIA instead"):
        read_casia_mfsd(tmp_path / "outer")
    with pytest.raises(BadData, match="none is not a folder; expected casia-mfsd as handed out"):
        read_casia_mfsd(tmp_path / "none")
