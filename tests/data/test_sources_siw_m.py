"""SiW-M's reader on both releases at full size, on miniatures, and on what can be wrong with a copy."""

from collections import Counter
from pathlib import Path

import pytest
from layouts_oulu_siw_m import SIW_M_PLACES, siw_m, touch

from mtfas.data.sources.raw import RawItem, RawSet
from mtfas.data.sources.siw_m import read_siw_m
from mtfas.data.sources.siw_m_types import KINDS, ClipName, parse_name
from mtfas.errors import BadData, BadFile

V1_CLIPS = {
    "Replay": 99, "Paper": 118, "Mask_Half": 72, "Mask_Silicone": 27, "Mask_Trans": 88, "Mask_Paper": 17,
    "Mask_Mann": 40, "Makeup_Ob": 23, "Makeup_Im": 61, "Makeup_Co": 50, "Partial_Funnyeye": 160,
    "Partial_Paperglass": 127, "Partial_Eye": 57, "Partial_Mouth": 29,
}  # fmt: skip
V2_CLIPS = {
    "Replay": 98, "Paper": 135, "Mask_Half": 72, "Mask_Silicone": 17, "Mask_Trans": 60, "Mask_Paper": 17,
    "Mask_Mann": 40, "Makeup_Ob": 22, "Makeup_Im": 61, "Makeup_Co": 52, "Partial_Funnyeye": 179,
    "Partial_Paperglass": 76, "Partial_Eye": 57, "Partial_Mouth": 29,
}  # fmt: skip
SPECIES = {
    "Live": "bona_fide", "Replay": "replay", "Paper": "print", "Mask_Half": "half_mask",
    "Mask_Silicone": "silicone_mask", "Mask_Trans": "transparent_mask", "Mask_Paper": "paper_mask",
    "Mask_Mann": "mannequin", "Makeup_Ob": "obfuscation_makeup", "Makeup_Im": "impersonation_makeup",
    "Makeup_Co": "cosmetic_makeup", "Partial_Funnyeye": "funny_eye_glasses",
    "Partial_Paperglass": "paper_glasses", "Partial_Eye": "partial_eye", "Partial_Mouth": "partial_mouth",
}  # fmt: skip

V2_LIVE = [n for n in range(1, 892) if n != 104 and not 505 <= n <= 609]
"""785 numbers with gaps, as published; the lists handed out with v2 also name 892 to 902."""


def whole_v1(folder: Path, replays: int = 99, tests: int = 132) -> Path:
    """All numbers have gaps, as published."""
    numbers = {
        stem: [n for n in range(1, clips + 2) if n != 62][:clips]
        for stem, clips in {**V1_CLIPS, "Replay": replays}.items()
    }
    return siw_m(folder, "v1", numbers, (range(1, 529), range(600, 600 + tests)))


def whole_v2(folder: Path) -> Path:
    numbers = {stem: range(1, clips + 1) for stem, clips in V2_CLIPS.items()}
    siw_m(folder, "v2", numbers, (V2_LIVE, ()), lists=False)
    named = [*V2_LIVE, *range(892, 903)]
    write_lists(folder, [n for n in named if n % 3], [n for n in named if n % 3 == 0])
    return folder


def write_lists(folder: Path, train: list[int], test: list[int]) -> None:
    (folder / "texts").mkdir(exist_ok=True)
    for part, numbers in (("train", train), ("test", test)):
        text = "".join(f"Live_{n}\n" for n in numbers)
        (folder / f"texts/{part}list_live.txt").write_text(text)


def by_stem(found: RawSet) -> dict[str, RawItem]:
    return {item.path.stem: item for item in found.items}


def live_splits(found: RawSet) -> dict[int, str | None]:
    live = [item for item in found.items if item.label == 0]
    return {int(item.path.stem.removeprefix("Live_")): item.split for item in live}


# Whole copies.


@pytest.mark.parametrize(("replays", "tests"), [(99, 132), (98, 131)])
def test_a_full_v1_is_as_published(tmp_path: Path, replays: int, tests: int) -> None:
    found = read_siw_m(whole_v1(tmp_path, replays, tests))
    assert (found.name, found.release, found.deviations) == ("siw-m", "v1", [])
    assert all(part.agrees and part.published is not None for part in found.tallies)
    parts = {part.part: part.found for part in found.tallies}
    assert len(parts) == 2 + 13
    assert (parts["live train"], parts["live test"]) == ((528, 0), (tests, 0))
    assert (parts["replay"], parts["partial_paper"], parts["print"]) == ((0, replays), (0, 86), (0, 118))
    assert sum(attacks for _, attacks in parts.values()) == 869 + replays


def test_a_full_v2_is_as_published(tmp_path: Path) -> None:
    found = read_siw_m(whole_v2(tmp_path))
    assert (found.name, found.release, found.deviations) == ("siw-m", "v2", [])
    parts = {part.part: part.found for part in found.tallies}
    assert all(part.agrees and part.published is not None for part in found.tallies)
    assert len(parts) == 1 + 14
    assert parts["live"] == (785, 0)
    assert sum(attacks for _, attacks in parts.values()) == 915
    assert {stem: parts[SPECIES[stem]][1] for stem in V2_CLIPS} == V2_CLIPS
    assert found.warnings[2:] == [
        "live clips that the lists name and this copy lacks: 11 (Live_892, Live_893, Live_894, …)."
    ]


def test_a_copy_with_other_numbers_does_not_agree(tmp_path: Path) -> None:
    found = read_siw_m(whole_v1(tmp_path, replays=97, tests=130))
    off = {part.part: (part.found, part.published) for part in found.tallies if not part.agrees}
    assert off == {"live test": ((130, 0), (132, 0)), "replay": ((0, 97), (0, 99))}


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_what_names_and_folders_say(tmp_path: Path, version: str) -> None:
    found = read_siw_m(siw_m(tmp_path, version))
    items = by_stem(found)
    assert len(items) == 3 + 2 * len(SIW_M_PLACES)
    live, attack = items["Live_5"], items["Mask_Half_1"]
    place = "Live/Train/Live_5" if version == "v1" else "Live/Live_5"
    assert (live.name, live.presentation, live.subject) == (f"{place}.mov", f"siw-m:{place}", "siw-m:Live_5")
    assert (live.label, live.species, live.medium) == (0, "bona_fide", "none")
    assert (attack.label, attack.species, attack.medium) == (1, "half_mask", "unknown")
    assert {items[name].split for name in ("Live_1", "Mask_Half_1", "Paper_1")} == {"train"}
    assert {items[name].split for name in ("Live_5", "Mask_Half_5", "Paper_5")} == {"dev"}
    assert items["Live_2"].split == "test"
    assert {item.split for item in found.items if item.label} == {"train", "dev"}
    assert {(item.session, item.camera, item.box_file) for item in found.items} == {
        ("unknown", "unknown", None)
    }
    assert all(item.path.is_file() for item in found.items)
    assert len({item.subject for item in found.items}) == len(found.items)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_nobody_knows_the_persons_and_nobody_published_a_dev_part(tmp_path: Path, version: str) -> None:
    assert read_siw_m(siw_m(tmp_path, version)).warnings == [
        "SiW-M's names carry no person, so each clip counts as a subject of its own, and the same person may "
        "be in train, dev and test.",
        "SiW-M has no dev part; training clips whose number is divisible by 5 are taken for it.",
    ]


def test_v1_may_have_its_attacks_below_spoof(tmp_path: Path) -> None:
    plain, below = siw_m(tmp_path / "plain"), siw_m(tmp_path / "below", spoof=True)
    assert (below / "Spoof/Mask/HalfMask/Mask_Half_1.mov").is_file()
    first, second = read_siw_m(plain), read_siw_m(below)
    assert (first.release, second.release) == ("v1", "v1")
    assert {name: item.species for name, item in by_stem(first).items()} == {
        name: item.species for name, item in by_stem(second).items()
    }


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ("Mask_MannequinHead", "Mannequin"),
        ("Silicone", "Mask_SiliconeMask"),
        ("Paper", "Print"),
    ],
)
def test_v2_folders_with_other_names(tmp_path: Path, usual: str, other: str) -> None:
    siw_m(tmp_path, "v2")
    before = Counter(item.species for item in read_siw_m(tmp_path).items)
    (tmp_path / "Spoof" / usual).rename(tmp_path / "Spoof" / other)
    assert Counter(item.species for item in read_siw_m(tmp_path).items) == before


# Stems.


def test_trap_12_paper_and_mask_paper_are_two_types(tmp_path: Path) -> None:
    for version in ("v1", "v2"):
        items = by_stem(read_siw_m(siw_m(tmp_path / version, version)))
        assert (items["Paper_1"].species, items["Mask_Paper_1"].species) == ("print", "paper_mask")
        assert items["Partial_Paperglass_1"].species == "paper_glasses"


def test_trap_12_partial_eye_and_mouth_are_one_type_in_v1_and_two_in_v2(tmp_path: Path) -> None:
    names = ("Partial_Eye_1", "Partial_Mouth_1")
    first, second = (by_stem(read_siw_m(siw_m(tmp_path / release, release))) for release in ("v1", "v2"))
    assert [first[name].species for name in names] == ["partial_paper"] * 2
    assert [second[name].species for name in names] == ["partial_eye", "partial_mouth"]
    assert [first[name].medium for name in names] == ["eye", "mouth"]


@pytest.mark.parametrize("stray", ["Live/Live_9", "Spoof/Partial_Eye/Partial_Eye_9", "Spoof/Print/Paper_9"])
def test_trap_12_v1_and_v2_in_one_folder_are_refused(tmp_path: Path, stray: str) -> None:
    siw_m(tmp_path, "v1", spoof=True)
    path = tmp_path / f"{stray}.mov"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    sentence = rf"holds v1 \(e.g. .*\) and v2 \(e.g. {stray}.mov\) of SiW-M; they are not comparable: give a"
    with pytest.raises(BadData, match=sentence):
        read_siw_m(tmp_path)


def test_every_stem_is_known_and_nothing_near_it() -> None:
    assert {stem: kind.species for stem, kind in KINDS.items()} == SPECIES
    for stem in SPECIES:
        assert parse_name(f"{stem}_12", "here") == ClipName(stem, 12)
    for odd in ("Mask_3", "xPaper_3", "Paper_3_b", "paper_3", "Paper3", "Paper_", "Mask_Paper_x", "Live_١"):
        assert parse_name(odd, "here") is None


@pytest.mark.parametrize("number", ["0", "007"])
def test_numbers_count_from_one(tmp_path: Path, number: str) -> None:
    siw_m(tmp_path)
    (tmp_path / f"Paper/Paper_{number}.mov").touch()
    with pytest.raises(BadData, match=f"Paper_{number}.mov has the number '{number}'; SiW-M counts 1, 2, 3"):
        read_siw_m(tmp_path)


@pytest.mark.parametrize(
    ("version", "place", "stem", "sentence"),
    [
        (
            "v1",
            "Paper",
            "Mask_Paper",
            r"Mask_Paper \(paper_mask\) but lies in Paper/, which holds Paper; move",
        ),
        ("v1", "Mask/HalfMask", "Mask_Paper", "lies in HalfMask/, which holds Mask_Half; move"),
        ("v1", "Makeup/new", "Replay", "in Makeup/, which holds Makeup_Co, Makeup_Im, Makeup_Ob; move"),
        ("v1", "Live/Train", "Replay", "lies in Live/, which holds Live; move"),
        ("v2", "Spoof", "Live", r"Live \(bona_fide\) but lies in Spoof/, which holds Makeup_Co, .*; move"),
        ("v2", "Spoof/Partial_Mouth", "Partial_Eye", "Partial_Mouth/, which holds Partial_Mouth; move"),
    ],
)
def test_a_name_in_the_folder_of_another_type_is_refused(
    tmp_path: Path, version: str, place: str, stem: str, sentence: str
) -> None:
    siw_m(tmp_path, version)
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / f"{place}/{stem}_9.mov").touch()
    with pytest.raises(BadData, match=sentence):
        read_siw_m(tmp_path)


def test_a_clip_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    siw_m(tmp_path)
    (tmp_path / "Live/Test/Live_1.mov").touch()
    with pytest.raises(BadData, match=r"Live/\w+/Live_1.mov and .*Live_1.mov are the same clip Live_1; keep"):
        read_siw_m(tmp_path)


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    siw_m(tmp_path)
    for name in ("Paper/notes.mov", "Mask/Mask_New_3.mov", "Live/more/Live_9.mov", "Paper/._Paper_1.mov"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "Paper/Paper_1.mov").rename(tmp_path / "Paper/Paper_1.mp4")
    found = read_siw_m(tmp_path)
    assert found.deviations == [
        "videos whose names are none of SiW-M's, which are left out: 2 (Mask/Mask_New_3.mov, "
        "Paper/notes.mov).",
        "live clips outside Live/Train and Live/Test, which are left out: 1 (Live/more/Live_9.mov).",
        "clips that are not .mov files, so somebody encoded them again: 1 (Paper/Paper_1.mp4).",
    ]
    assert len(found.items) == 31


# The live split of v2.


def test_the_lists_split_the_live_clips_of_v2(tmp_path: Path) -> None:
    siw_m(tmp_path, "v2", live=(range(1, 13), ()), lists=False)
    write_lists(tmp_path, [1, 2, 4, 5, 7, 10, 40], [3, 6, 9, 15])
    found = read_siw_m(tmp_path)
    splits = live_splits(found)
    assert {number for number, split in splits.items() if split == "test"} == {3, 6, 9}
    assert {number for number, split in splits.items() if split == "dev"} == {5, 10}
    assert {number for number, split in splits.items() if split == "train"} == {1, 2, 4, 7, 8, 11, 12}
    assert found.warnings[2:] == [
        "live clips that are in no list, taken for training or dev: 3 (Live_8, Live_11, Live_12)."
    ]
    assert found.deviations == ["live clips that the lists name and this copy lacks: 2 (Live_15, Live_40)."]


def test_trap_13_names_that_lists_repeat_count_once(tmp_path: Path) -> None:
    siw_m(tmp_path, "v2", live=((1, 2, 5), (3, 4)))
    text = (tmp_path / "pro_3_text/trainlist_live.txt").read_text().split()
    assert Counter(text)["Live_1"] == 2
    found = read_siw_m(tmp_path)
    assert live_splits(found) == {1: "train", 2: "train", 3: "test", 4: "test", 5: "dev"}
    assert Counter(item.label for item in found.items)[0] == 5


def test_lists_of_other_hands(tmp_path: Path) -> None:
    siw_m(tmp_path, "v2", live=((1, 2), (3, 4)))
    path = tmp_path / "pro_3_text/trainlist_live.txt"
    path.write_bytes("\ufeffLive_1.mov\r\n\r\n  Live_4.MOV \r\nLive_2".encode())
    (tmp_path / "pro_3_text/testlist_live.txt").write_text("Live_3")
    assert live_splits(read_siw_m(tmp_path)) == {1: "train", 2: "train", 3: "test", 4: "train"}


def test_without_lists_the_last_fifth_is_the_test(tmp_path: Path) -> None:
    found = read_siw_m(siw_m(tmp_path, "v2", live=(V2_LIVE, ()), lists=False))
    splits = live_splits(found)
    test = {number for number, split in splits.items() if split == "test"}
    assert test == set(V2_LIVE[-157:])
    assert all((split == "dev") == (n % 5 == 0) for n, split in splits.items() if n not in test)
    assert found.warnings[2:] == [
        "trainlist_live.txt and testlist_live.txt are not both in this copy of SiW-M v2: the last fifth "
        "of the live clips is the test, for its readme says 80/20; the lists handed out with it name 531 "
        "and 265."
    ]
    assert found.deviations == []


def test_few_live_clips_without_lists_still_have_a_test(tmp_path: Path) -> None:
    found = read_siw_m(siw_m(tmp_path, "v2", live=((1, 2), (3,)), lists=False))
    assert live_splits(found) == {1: "train", 2: "train", 3: "test"}


def test_half_of_the_lists_is_not_used(tmp_path: Path) -> None:
    siw_m(tmp_path, "v2", live=((3, 4), (1, 2)))
    (tmp_path / "pro_3_text/testlist_live.txt").unlink()
    found = read_siw_m(tmp_path)
    assert found.deviations == ["trainlist_live.txt is there without its counterpart and is not used."]
    assert live_splits(found) == {1: "train", 2: "train", 3: "train", 4: "test"}


@pytest.mark.parametrize("line", ["Live_0", "Paper_3", "live_3", "Live_3 1", "Live_"])
def test_lines_that_make_no_sense(tmp_path: Path, line: str) -> None:
    siw_m(tmp_path, "v2")
    (tmp_path / "pro_3_text/testlist_live.txt").write_text(f"Live_2\n{line}\n")
    with pytest.raises(BadData, match=f"testlist_live.txt, line 2 is '{line}'; expected a live clip's name"):
        read_siw_m(tmp_path)


def test_lists_that_contradict_each_other(tmp_path: Path) -> None:
    siw_m(tmp_path, "v2", live=((1, 2), (3, 2)))
    with pytest.raises(
        BadData, match=r"has Live_2 in trainlist_live.txt and in testlist_live.txt; a clip is"
    ):
        read_siw_m(tmp_path)
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy/testlist_live.txt").write_text("Live_3\n")
    with pytest.raises(
        BadData, match=r"testlist_live.txt and .*testlist_live.txt name different clips; keep"
    ):
        read_siw_m(tmp_path)
    (tmp_path / "pro_3_text/testlist_live.txt").write_text("Live_3\n")
    assert live_splits(read_siw_m(tmp_path)) == {1: "train", 2: "train", 3: "test"}


def test_a_list_that_is_no_text(tmp_path: Path) -> None:
    siw_m(tmp_path, "v2")
    (tmp_path / "pro_3_text/testlist_live.txt").write_bytes("Live_2\n".encode("utf-16"))
    with pytest.raises(BadFile, match=r"testlist_live.txt cannot be read as text \(.*get the list again"):
        read_siw_m(tmp_path)


# Other folders.


def test_a_folder_that_shows_neither_release(tmp_path: Path) -> None:
    siw_m(tmp_path, "v2", {"Paper": (1,), "Replay": (1,)}, ((), ()), lists=False)
    with pytest.raises(BadData, match="shows neither v1 nor v2 of SiW-M; expected RAW/Live/… and RAW/Spoof/"):
        read_siw_m(tmp_path)


def test_another_set_and_no_set_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="is not siw-m as handed out: expected RAW/Live/… and RAW/Spoof/…"):
        read_siw_m(tmp_path)
    (tmp_path / "Train_files").mkdir()
    with pytest.raises(BadData, match="it looks like oulu-npu, so give that source"):
        read_siw_m(tmp_path)


def test_trap_26_a_copy_of_frames_is_refused(tmp_path: Path) -> None:
    siw_m(tmp_path, "v2", write=lambda path, n: touch(path.with_suffix(".jpg"), n))
    with pytest.raises(BadData, match="holds 31 images and no video; siw-m is handed out as videos"):
        read_siw_m(tmp_path)
