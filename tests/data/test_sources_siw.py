from collections import Counter
from pathlib import Path

import pytest
from layouts_casia_replay_msu import msu_mfsd
from layouts_more import siw
from raw_sets import photo

from mtfas.data.raw_checks import check_classes, check_splits, deviations
from mtfas.data.sources.siw import DEV_SUBJECTS, SUBJECTS, TRAIN_SUBJECTS, read_siw
from mtfas.errors import BadData


def test_what_names_say(tmp_path: Path) -> None:
    found = read_siw(siw(tmp_path))
    assert (found.name, found.release, found.warnings, found.deviations) == ("siw", "public", [], [])
    check_classes(tmp_path, found.items)
    check_splits(tmp_path, found.items, seed=0)
    assert all(item.is_clip and item.path.is_file() and item.turn == 0 for item in found.items)
    rows = {
        item.name: (item.label, item.species, item.medium, item.camera, item.session, item.split)
        for item in found.items
    }
    assert rows["Train/live/032/032-2-1-1-2.mov"] == (
        0, "bona_fide", "none", "sensor-2", "session-2", "train",
    )  # fmt: skip
    assert rows["Train/spoof/003/003-1-2-2-1.mov"] == (1, "print", "print-2", "sensor-1", "session-1", "dev")
    assert rows["Test/spoof/001/001-2-3-4-1.mov"] == (
        1,
        "replay",
        "replay-4",
        "sensor-2",
        "session-1",
        "test",
    )
    item = next(item for item in found.items if item.name == "Train/live/032/032-2-1-1-2.mov")
    assert (item.subject, item.presentation) == ("siw:032", "siw:Train/live/032/032-2-1-1-2")
    assert item.about == {"sensor": "2", "session": "2", "medium": "1"}


def test_every_subject_by_rule(tmp_path: Path) -> None:
    """A whole tree by rule has a few clips more than the release, which is said; no clip is lost."""
    train = sorted(TRAIN_SUBJECTS)
    folder = siw(tmp_path, {"Train": train, "Test": sorted(set(SUBJECTS) - TRAIN_SUBJECTS)}, face=False)
    found = read_siw(folder)
    assert len(found.items) == 165 * 28
    assert Counter(item.species for item in found.items) == {
        "bona_fide": 165 * 8,
        "print": 165 * 4,
        "replay": 165 * 16,
    }
    assert len({item.presentation for item in found.items}) == len(found.items)
    splits = Counter(dict((item.subject, item.split) for item in found.items).values())
    assert splits == {"train": 80, "dev": 10, "test": 75}
    assert deviations(found) == [
        "siw Train has 720 bona fide and 1800 attack presentations, published are 714 and 1702.",
        "siw Test has 600 bona fide and 1500 attack presentations, published are 599 and 1462.",
    ]


@pytest.mark.parametrize(("attacks", "agrees"), [(1701, False), (1702, True), (1703, True), (1704, False)])
def test_two_published_counts_are_right(tmp_path: Path, attacks: int, agrees: bool) -> None:
    """Two inventories differ by one attack; copies of either are as handed out."""
    folder = siw(tmp_path, {"Train": sorted(TRAIN_SUBJECTS)}, face=False)
    for path in sorted(folder.glob("Train/live/*/*.mov"))[:6]:
        path.unlink()
    for path in sorted(folder.glob("Train/spoof/*/*.mov"))[attacks:]:
        path.unlink()
    assert read_siw(folder).tallies[0].agrees is agrees


def test_trap_07_no_subject_is_in_two_splits(tmp_path: Path) -> None:
    """The dev subjects are cut out of Train as whole persons."""
    found = read_siw(siw(tmp_path, {"Train": DEV_SUBJECTS, "Test": ("001",)}))
    assert {item.split for item in found.items if item.subject != "siw:001"} == {"dev"}
    assert set(DEV_SUBJECTS) < TRAIN_SUBJECTS


def test_poor_face_files_are_not_used(tmp_path: Path) -> None:
    found = read_siw(siw(tmp_path, face=True))
    assert any(tmp_path.rglob("*.face"))
    assert all(item.box_file is None and item.box is None for item in found.items)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Train/live/166/166-1-1-1-1", "has the subject '166', expected 001 to 165; mend the name"),
        ("Train/live/32/32-1-1-1-1", "has the subject '32', expected 001 to 165"),
        ("Train/live/032/032-3-1-1-1", "has the sensor '3', expected 1 or 2; mend"),
        ("Train/live/032/032-1-4-1-1", "has the type '4', expected 1 or 2 or 3"),
        ("Train/live/032/032-1-1-3-1", "has the medium '3', expected 1 or 2 for type 1"),
        ("Train/spoof/032/032-1-2-3-1", "has the medium '3', expected 1 or 2 for type 2"),
        ("Train/spoof/032/032-1-3-5-1", "has the medium '5', expected 1 or 2 or 3 or 4 for type 3"),
        ("Train/live/032/032-1-1-1-12", "has the session '12', expected 1 or 2"),
        ("Train/live/032/032-1-3-1-1", "belongs in Train/spoof/032/ by its name"),
        ("Train/spoof/033/032-1-3-1-1", "belongs in Train/spoof/032/ by its name"),
        ("Test/spoof/032/032-1-3-1-1", "belongs in Train/spoof/032/ by its name"),
        ("Train/live/001/001-1-1-1-1", "belongs in Test/live/001/ by its name"),
        ("Train/live/032-1-1-1-1", "belongs in Train/live/032/ by its name"),
    ],
)
def test_names_that_were_never_published(tmp_path: Path, name: str, sentence: str) -> None:
    siw(tmp_path)
    path = tmp_path / f"{name}.mov"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with pytest.raises(BadData, match=sentence) as error:
        read_siw(tmp_path)
    assert str(path) in str(error.value)


def test_the_same_clip_twice(tmp_path: Path) -> None:
    path = siw(tmp_path) / "Train/live/032/032-1-1-1-1.mp4"
    path.touch()
    with pytest.raises(BadData, match=r"032-1-1-1-1\.\w+ and .* are the same clip; keep the one handed out"):
        read_siw(tmp_path)


def test_strange_files_are_said_and_folders_may_be_links(tmp_path: Path) -> None:
    siw(tmp_path / "disk")
    for name in ("Train/live/032/trial.mov", "Train/live/032/._032-1-1-1-1.mov"):
        (tmp_path / "disk" / name).touch()
    (tmp_path / "raw").mkdir()
    for path in (tmp_path / "disk").iterdir():
        (tmp_path / "raw" / path.name).symlink_to(path)
    (tmp_path / "raw/demo.mov").touch()
    found = read_siw(tmp_path / "raw")
    assert len(found.items) == 5 * 28
    assert found.deviations == [
        "videos whose names are not of this set, which are left out: 2 (Train/live/032/trial.mov, demo.mov)."
    ]


def test_trap_26_derived_copies(tmp_path: Path) -> None:
    photo(tmp_path / "frames/Train/live/032/032-1-1-1-1/0.jpg")
    with pytest.raises(BadData, match="1 images and no video; siw is handed out as videos, so this is a"):
        read_siw(tmp_path / "frames")
    path = siw(tmp_path / "again") / "Test/live/001/001-1-1-1-1.mov"
    path.rename(path.with_suffix(".avi"))
    assert read_siw(tmp_path / "again").deviations == [
        "clips that are neither .mov nor .mp4, so somebody encoded them again: 1 "
        "(Test/live/001/001-1-1-1-1.avi)."
    ]


def test_another_sets_folder_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"is not siw as handed out: .*it looks like msu-mfsd, so give that"):
        read_siw(msu_mfsd(tmp_path / "msu"))
    with pytest.raises(BadData, match="none is not a folder; expected siw as handed out"):
        read_siw(tmp_path / "none")
