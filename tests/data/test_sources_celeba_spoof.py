import json
import os
from collections import Counter
from pathlib import Path

import pytest
from layouts_casia_replay_msu import msu_mfsd
from layouts_more import CELEBA_BOX, celeba_spoof, write_list
from raw_sets import photo

from mtfas.data.raw_checks import check_classes, check_splits, deviations
from mtfas.data.sources.celeba_spoof import read_celeba_spoof
from mtfas.data.sources.raw import RawItem
from mtfas.errors import BadData, BadFile
from mtfas.faces.box_files import BoxFile, read_box_file
from mtfas.types import Box

LIVE, SPOOF = "Data/train/7/live/000000.png", "Data/train/7/spoof/000002.jpg"


def entries(folder: Path, part: str = "train") -> dict[str, list[int]]:
    content: dict[str, list[int]] = json.loads(
        (folder / f"metas/intra_test/{part}_label.json").read_text(encoding="utf-8")
    )
    return content


def by_name(folder: Path) -> dict[str, RawItem]:
    return {item.name: item for item in read_celeba_spoof(folder).items}


def test_what_lists_and_folders_say(tmp_path: Path) -> None:
    found = read_celeba_spoof(celeba_spoof(tmp_path))
    assert (found.name, found.release) == ("celeba-spoof", "public")
    assert (found.warnings, deviations(found)) == ([], [])
    check_classes(tmp_path, found.items)
    check_splits(tmp_path, found.items, seed=0)
    assert [(part.part, part.found, part.published) for part in found.tallies] == [
        ("train", (6, 30), None),
        ("test", (2, 10), None),
    ]
    assert all(item.path.is_file() and not item.is_clip for item in found.items)
    items = {item.name: item for item in found.items}
    live = items[LIVE]
    assert (live.path, live.label, live.species, live.medium) == (tmp_path / LIVE, 0, "bona_fide", "none")
    assert (live.subject, live.presentation, live.split) == (
        "celeba-spoof:7",
        "celeba-spoof:Data/train/7/live/000000",
        "train",
    )
    assert (live.session, live.about) == (
        "environment-0",
        {"light": "light-0", "environment": "environment-0"},
    )
    assert items[SPOOF].about == {"light": "light-2", "environment": "environment-2"}


def test_the_eleven_types(tmp_path: Path) -> None:
    found = read_celeba_spoof(celeba_spoof(tmp_path, {"train": ["3"]}))
    assert [(item.species, item.medium) for item in found.items if item.label == 1] == [
        ("print", "photo"), ("print", "poster"), ("print", "a4"), ("face_mask", "paper"),
        ("upper_body_mask", "paper"), ("region_mask", "paper"), ("replay", "pc"), ("replay", "pad"),
        ("replay", "phone"), ("mask_3d", "3d-mask"),
    ]  # fmt: skip


def test_trap_07_splits_by_subject(tmp_path: Path) -> None:
    subjects = {"train": [str(number) for number in range(1, 31)], "test": ["40", "41"]}
    found = read_celeba_spoof(celeba_spoof(tmp_path, subjects))
    places = {(item.subject, item.split) for item in found.items}
    assert Counter(split for _, split in places) == {"train": 27, "dev": 3, "test": 2}
    assert {subject for subject, split in places if split == "dev"} == {
        "celeba-spoof:10",
        "celeba-spoof:20",
        "celeba-spoof:30",
    }
    # Natural order: 9 before 10.
    assert list(dict.fromkeys(item.subject for item in found.items))[8:10] == [
        "celeba-spoof:9",
        "celeba-spoof:10",
    ]


def test_trap_22_celeba_boxes_are_in_224_space(tmp_path: Path) -> None:
    item = by_name(celeba_spoof(tmp_path))[SPOOF]
    assert item.box_file == BoxFile(tmp_path / "Data/train/7/spoof/000002_BB.txt", "celeba-spoof")
    assert read_box_file(item.box_file, (224, 224)) == {0: CELEBA_BOX}
    assert read_box_file(item.box_file, (448, 112)) == {0: Box(112.0, 14.0, 224.0, 84.0)}


def test_images_without_boxes_are_said(tmp_path: Path) -> None:
    folder = celeba_spoof(tmp_path)
    (folder / "Data/train/7/spoof/000002_BB.txt").unlink()
    found = read_celeba_spoof(folder)
    assert [item.name for item in found.items if item.box_file is None] == [SPOOF]
    assert found.deviations == [
        f"images without a _BB.txt file, whose faces will be searched for: 1 ({SPOOF})."
    ]
    plain = read_celeba_spoof(celeba_spoof(tmp_path / "plain", box=None))
    (deviation,) = plain.deviations
    assert "searched for: 48 (Data/train/7/live/000000.png, " in deviation


def test_what_only_the_lists_or_only_the_folders_have(tmp_path: Path) -> None:
    folder = celeba_spoof(tmp_path)
    listed = entries(folder)
    del listed[SPOOF]
    write_list(folder, "train", listed)
    for name in (LIVE, "Data/test/8/spoof/000040.jpg"):
        (folder / name).unlink()
    for name in (
        "Data/val/9/live/1.png",
        "Data/train/1.png",
        "Data/train/7/other/1.png",
        "Data/train/.7/1.png",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    found = read_celeba_spoof(folder)
    assert len(found.items) == 45
    assert found.deviations == [
        "files and folders beside Data/train and Data/test, which are left out: 1 (val).",
        "images in folders that are not of this set, which are left out: 2 "
        "(Data/train/1.png, Data/train/7/other/1.png).",
        f"images without an entry in the lists, which are left out: 1 ({SPOOF}).",
        f"entries of the lists without an image: 2 ({LIVE}, Data/test/8/spoof/000040.jpg).",
    ]


def test_one_stem_with_two_endings(tmp_path: Path) -> None:
    folder = celeba_spoof(tmp_path)
    twin = "Data/train/7/live/000000.jpg"
    (folder / twin).touch()
    write_list(folder, "train", {**entries(folder), twin: entries(folder)[LIVE]})
    found = read_celeba_spoof(folder)
    assert len({item.presentation for item in found.items}) == len(found.items) == 48
    assert found.deviations == [
        f"images that are there twice under two endings, of which the second is left out: 1 ({LIVE})."
    ]


def test_one_part_alone_needs_its_own_list_only(tmp_path: Path) -> None:
    found = read_celeba_spoof(celeba_spoof(tmp_path, {"train": ["3"]}))
    assert len(found.items) == 12
    assert found.deviations == ["Data/test/ is missing, so there is no test part."]
    (tmp_path / "metas/intra_test/train_label.json").unlink()
    with pytest.raises(
        BadFile, match=r"train_label.json cannot be read .*it says what each image shows: get it"
    ):
        read_celeba_spoof(tmp_path)


@pytest.mark.parametrize(
    ("name", "end", "sentence"),
    [
        (
            LIVE,
            [0, 0, 0, 1],
            f"has type 0 and label 1 for {LIVE}, expected type 0 and label 0 by its folder; get",
        ),
        (LIVE, [1, 1, 1, 1], f"has type 1 and label 1 for {LIVE}, expected type 0 and label 0 by its folder"),
        (LIVE, [1, 1, 1, 0], f"has type 1 and label 0 for {LIVE}, expected type 0 and label 0 by its folder"),
        (
            SPOOF,
            [1, 1, 1, 0],
            f"has type 1 and label 0 for {SPOOF}, expected a type from 1 and label 1 by its",
        ),
        (
            SPOOF,
            [0, 1, 1, 1],
            f"has type 0 and label 1 for {SPOOF}, expected a type from 1 and label 1 by its",
        ),
    ],
)
def test_lists_that_contradict_the_folders(tmp_path: Path, name: str, end: list[int], sentence: str) -> None:
    folder = celeba_spoof(tmp_path)
    path = write_list(folder, "train", {**entries(folder), name: [0] * 40 + end})
    with pytest.raises(BadData, match=sentence) as error:
        read_celeba_spoof(folder)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    "numbers",
    [
        [0] * 43,
        [0] * 45,
        [0] * 40 + [11, 1, 1, 1],
        [0] * 40 + [-1, 1, 1, 1],
        [0] * 40 + [1, 1, 1, 2],
        [0] * 40 + [1, -1, 1, 1],
        [0] * 40 + [1, 1, 1, "1"],
        [0] * 40 + [1, 1, 1.0, 1],
        [0] * 40 + [1, 1, 1, True],
        {"label": 1},
        None,
    ],
)
def test_entries_that_are_none(tmp_path: Path, numbers: object) -> None:
    folder = celeba_spoof(tmp_path)
    write_list(folder, "train", {**entries(folder), SPOOF: numbers})
    with pytest.raises(
        BadFile, match=rf"train_label.json has .* for {SPOOF}; expected 44 whole numbers that end"
    ):
        read_celeba_spoof(folder)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[1, 2]", "is no JSON object of images; get the list again"),
    ],
)
def test_lists_that_are_none(tmp_path: Path, content: bytes, sentence: str) -> None:
    folder = celeba_spoof(tmp_path)
    path = folder / "metas/intra_test/test_label.json"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=sentence) as error:
        read_celeba_spoof(folder)
    assert str(path) in str(error.value)


def test_subjects_are_numbers(tmp_path: Path) -> None:
    folder = celeba_spoof(tmp_path)
    (folder / "Data/train/7").rename(folder / "Data/train/seven")
    with pytest.raises(BadData, match="is of subject 'seven', expected a number; get this folder again"):
        read_celeba_spoof(folder)


def test_trap_07_a_subject_in_both_parts_is_refused(tmp_path: Path) -> None:
    found = read_celeba_spoof(celeba_spoof(tmp_path, {"train": ["3"], "test": ["3"]}))
    with pytest.raises(BadData, match=r"1 subject\(s\) in more than one split, e.g. 'celeba-spoof:3'"):
        check_splits(tmp_path, found.items, seed=0)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="this user may read every folder")
def test_a_folder_that_cannot_be_read_is_no_silent_skip(tmp_path: Path) -> None:
    folder = celeba_spoof(tmp_path) / "Data/train/7/live"
    folder.chmod(0)
    try:
        with pytest.raises(BadFile, match=r"live cannot be listed .*check who may read it"):
            read_celeba_spoof(tmp_path)
    finally:
        folder.chmod(0o700)


def test_folders_may_be_links_to_another_disk(tmp_path: Path) -> None:
    celeba_spoof(tmp_path / "disk")
    (tmp_path / "raw/Data").mkdir(parents=True)
    for name in ("Data/train", "Data/test", "metas"):
        (tmp_path / "raw" / name).symlink_to(tmp_path / "disk" / name)
    found = read_celeba_spoof(tmp_path / "raw")
    assert (len(found.items), found.deviations) == (48, [])


def test_trap_26_a_copy_without_images(tmp_path: Path) -> None:
    folder = celeba_spoof(tmp_path, {"train": []})
    photo(folder / "Data/train/live/7.png")
    with pytest.raises(BadData, match="has no image of celeba-spoof; expected RAW/Data/train"):
        read_celeba_spoof(folder)


def test_another_sets_folder_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(
        BadData, match=r"is not celeba-spoof as handed out: .*it looks like msu-mfsd, so give"
    ):
        read_celeba_spoof(msu_mfsd(tmp_path / "msu"))
    with pytest.raises(BadData, match="none is not a folder; expected celeba-spoof as handed out"):
        read_celeba_spoof(tmp_path / "none")
