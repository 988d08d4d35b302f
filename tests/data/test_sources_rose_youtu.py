from collections import Counter
from pathlib import Path

import pytest
from layouts_casia_replay_msu import casia_mfsd
from layouts_more import rose_youtu
from raw_sets import photo

from mtfas.data.raw_checks import check_classes, check_splits, deviations
from mtfas.data.sources.rose_youtu import SPLITS, TURNED, read_rose_youtu
from mtfas.errors import BadData

PERSONS = (*range(2, 8), *range(9, 19), *range(20, 24))


def test_what_names_say(tmp_path: Path) -> None:
    found = read_rose_youtu(rose_youtu(tmp_path))
    assert (found.name, found.release, found.warnings) == ("rose-youtu", "public", [TURNED])
    check_classes(tmp_path, found.items)
    check_splits(tmp_path, found.items, seed=0)
    assert all(item.is_clip and item.path.is_file() and item.box_file is None for item in found.items)
    items = {item.name: item for item in found.items}
    live = items["2/G_T_5s_g_E_2_1.mp4"]
    assert (live.label, live.species, live.medium, live.split) == (0, "bona_fide", "none", "train")
    assert (live.subject, live.presentation) == ("rose-youtu:2", "rose-youtu:2/G_T_5s_g_E_2_1")
    assert (live.camera, live.session) == ("5s", "background-E")
    assert live.about == {"speech": "talking", "glasses": "yes"}
    attack = items["11/Mu_NT_ZTE_wg_E_11_80.mp4"]
    assert (attack.label, attack.species, attack.medium) == (1, "paper_mask", "upper-mask")
    assert (attack.camera, attack.split) == ("ZTE", "dev")
    assert attack.about == {"speech": "silent", "glasses": "no"}


def test_species_and_media(tmp_path: Path) -> None:
    found = read_rose_youtu(rose_youtu(tmp_path, persons=(2,)))
    assert Counter((item.species, item.medium) for item in found.items) == dict.fromkeys(
        [
            ("bona_fide", "none"), ("print", "still-photo"), ("print", "quivering-photo"),
            ("replay", "lenovo-screen"), ("replay", "mac-screen"), ("paper_mask", "cropped-mask"),
            ("paper_mask", "full-mask"), ("paper_mask", "upper-mask"),
        ],
        10,
    )  # fmt: skip


def test_trap_07_twenty_persons_in_three_parts(tmp_path: Path) -> None:
    found = read_rose_youtu(rose_youtu(tmp_path, PERSONS))
    places = {(item.subject, item.split) for item in found.items}
    assert Counter(split for _, split in places) == {"train": 8, "dev": 2, "test": 10}
    assert sorted(map(int, SPLITS)) == list(PERSONS)
    # The first ten are for training in the literature, with the dev persons among them.
    assert {person for person, split in SPLITS.items() if split == "test"} == set(map(str, PERSONS[10:]))


def test_the_copy_is_counted(tmp_path: Path) -> None:
    assert deviations(read_rose_youtu(rose_youtu(tmp_path, persons=(2, 13)))) == [
        "rose-youtu total has 20 bona fide and 140 attack presentations, published are 897 and 2600."
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("2/X_T_5s_g_E_2_1", "has the kind 'X', expected one of G, Ps, Pq, Vl, Vm, Mc, Mf, Mu, Ml; mend"),
        ("2/G_TN_5s_g_E_2_1", "has the speech 'TN', expected one of T, NT"),
        ("2/G_T_6s_g_E_2_1", "has the device '6s', expected one of 5s, HS, HW, IP, ZTE"),
        ("2/G_T_5s_gg_E_2_1", "has the glasses 'gg', expected one of g, wg"),
        ("8/G_T_5s_g_E_8_1", "has the person '8', expected one of 2, 3"),
        ("2/G_T_5s_g_E_02_1", "has the person '02', expected one of"),
        ("3/G_T_5s_g_E_2_1", "is of person 2 by its name and belongs in 2/; get this folder again"),
        ("G_T_5s_g_E_2_1", "is of person 2 by its name and belongs in 2/"),
    ],
)
def test_names_that_were_never_published(tmp_path: Path, name: str, sentence: str) -> None:
    path = rose_youtu(tmp_path) / f"{name}.mp4"
    path.parent.mkdir(exist_ok=True)
    path.touch()
    with pytest.raises(BadData, match=sentence) as error:
        read_rose_youtu(tmp_path)
    assert str(path) in str(error.value)


def test_the_same_clip_twice(tmp_path: Path) -> None:
    (rose_youtu(tmp_path) / "2/G_T_5s_g_E_2_1.mov").touch()
    with pytest.raises(BadData, match="are the same clip; keep the one handed out"):
        read_rose_youtu(tmp_path)


def test_strange_files_are_said_and_folders_may_be_links(tmp_path: Path) -> None:
    rose_youtu(tmp_path / "disk")
    (tmp_path / "disk/2/trial.mp4").touch()
    (tmp_path / "raw").mkdir()
    for path in (tmp_path / "disk").iterdir():
        (tmp_path / "raw" / path.name).symlink_to(path)
    (tmp_path / "raw/demo.mp4").touch()
    found = read_rose_youtu(tmp_path / "raw")
    assert len(found.items) == 3 * 80
    assert found.deviations == [
        "videos whose names are not of this set, which are left out: 2 (2/trial.mp4, demo.mp4)."
    ]


def test_trap_26_derived_copies(tmp_path: Path) -> None:
    photo(tmp_path / "frames/2/G_T_5s_g_E_2_1/0.jpg")
    with pytest.raises(BadData, match="1 images and no video; rose-youtu is handed out as videos"):
        read_rose_youtu(tmp_path / "frames")
    path = rose_youtu(tmp_path / "again") / "2/G_T_5s_g_E_2_1.mp4"
    path.rename(path.with_suffix(".avi"))
    assert read_rose_youtu(tmp_path / "again").deviations == [
        "clips that are not .mp4 files, so somebody encoded them again: 1 (2/G_T_5s_g_E_2_1.avi)."
    ]


def test_folders_with_numbers_are_in_other_sets_too(tmp_path: Path) -> None:
    folder = casia_mfsd(tmp_path / "casia")
    with pytest.raises(
        BadData, match=r"is not rose-youtu as handed out: .*it looks like casia-mfsd, so give"
    ):
        read_rose_youtu(folder)
    with pytest.raises(BadData, match=r"is not rose-youtu as handed out: .*give the folder that holds these"):
        read_rose_youtu(folder / "train_release")
    with pytest.raises(BadData, match="none is not a folder; expected rose-youtu as handed out"):
        read_rose_youtu(tmp_path / "none")


@pytest.mark.parametrize("given", ["", "rose/2"])
def test_the_folder_above_or_below_names_the_right_one(tmp_path: Path, given: str) -> None:
    rose_youtu(tmp_path / "rose", (2, 11, 13))
    with pytest.raises(BadData, match=rf"is not rose-youtu as handed out.*give {tmp_path / 'rose'} instead"):
        read_rose_youtu(tmp_path / given)
