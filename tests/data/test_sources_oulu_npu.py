"""OULU-NPU's reader at full size, on a miniature, and on everything that can be wrong with a copy."""

import shutil
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from layouts_oulu_siw_m import OULU_PROTOCOLS, oulu_lines, oulu_list_path, oulu_npu, oulu_rows

from mtfas.data.sources.oulu_lists import PROTOCOLS, members, parse_name, read_list
from mtfas.data.sources.oulu_npu import read_oulu_npu
from mtfas.data.sources.raw import RawSet
from mtfas.errors import BadData, BadFile
from mtfas.faces.box_files import BoxFile

PARTS = ("train", "dev", "test")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return oulu_npu(tmp_path_factory.mktemp("oulu") / "oulu", range(1, 56), frames=0)


@pytest.fixture(scope="module")
def read_whole(whole: Path) -> RawSet:
    return read_oulu_npu(whole)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Four people, one phone, two sessions; the folder may be changed."""
    return oulu_npu(tmp_path / "oulu", (1, 20, 21, 36), phones=(1,), sessions=(1, 3))


def test_a_full_copy_is_as_published(read_whole: RawSet) -> None:
    assert (read_whole.name, read_whole.release) == ("oulu-npu", "public")
    assert read_whole.warnings == []
    assert read_whole.deviations == []
    assert {part.part: (part.found, part.published) for part in read_whole.tallies} == {
        "train": ((360, 1440),) * 2,
        "dev": ((270, 1080),) * 2,
        "test": ((360, 1440),) * 2,
    }
    assert Counter(item.label for item in read_whole.items) == {0: 990, 1: 3960}
    people: dict[str, set[str]] = {}
    for item in read_whole.items:
        people.setdefault(str(item.split), set()).add(item.subject)
    assert {split: len(of) for split, of in people.items()} == {"train": 20, "dev": 15, "test": 20}


def test_what_a_name_says(small: Path) -> None:
    items = {item.path.stem: item for item in read_oulu_npu(small).items}
    live, attack = items["1_1_01_1"], items["1_3_21_5"]
    assert (live.name, live.presentation) == ("Train_files/1_1_01_1.avi", "oulu-npu:Train_files/1_1_01_1")
    assert (live.subject, live.session, live.camera, live.split) == (
        "oulu-npu:01",
        "session-1",
        "phone-1",
        "train",
    )
    assert live.path.is_file()
    assert live.box_file == BoxFile(small / "Train_files/1_1_01_1.txt", "oulu-eyes")
    assert (attack.name, attack.subject) == ("Dev_files/1_3_21_5.avi", "oulu-npu:21")
    assert (attack.session, attack.camera, attack.split) == ("session-3", "phone-1", "dev")
    kinds = {name[-1]: (item.label, item.species, item.medium) for name, item in items.items()}
    assert kinds == {
        "1": (0, "bona_fide", "none"),
        "2": (1, "print", "printer-1"),
        "3": (1, "print", "printer-2"),
        "4": (1, "replay", "display-1"),
        "5": (1, "replay", "display-2"),
    }


def test_an_incomplete_copy_says_what_is_missing(small: Path) -> None:
    found = read_oulu_npu(small)
    assert [part.found for part in found.tallies] == [(4, 16), (2, 8), (2, 8)]
    assert not any(part.agrees for part in found.tallies)
    assert found.deviations == [
        "clips that the official lists name and the folders lack: 4910 (1_1_02_1, 1_1_02_2, 1_1_02_3, …)."
    ]


def test_endings_in_capitals_are_the_same(small: Path) -> None:
    clip = small / "Train_files/1_1_01_1.avi"
    clip.rename(clip.with_suffix(".AVI"))
    found = read_oulu_npu(small)
    assert len(found.items) == 40
    assert len(found.deviations) == 1
    assert "Train_files/1_1_01_1.AVI" in {item.name for item in found.items}


def test_folders_may_be_links_to_another_disk(small: Path, tmp_path: Path) -> None:
    shutil.move(small / "Train_files", tmp_path / "elsewhere")
    (small / "Train_files").symlink_to(tmp_path / "elsewhere")
    assert len(read_oulu_npu(small).items) == 40


# The official lists.


def test_the_rule_is_the_published_table() -> None:
    assert list(PROTOCOLS) == OULU_PROTOCOLS
    for protocol, part in product(PROTOCOLS, PARTS):
        names, live, attacks = oulu_rows(protocol, part)
        given = members(protocol, part)
        assert given == set(names)
        assert sum(name.endswith("_1") for name in given) == live
        assert len(given) == live + attacks


def test_trap_05_lists_in_the_order_of_the_papers_text_are_refused(small: Path) -> None:
    """It names camera, session, spoof type; the protocols are session, instruments, phone."""
    for part in PARTS:
        source, target = oulu_list_path("3.1", part), oulu_list_path("1", part)
        shutil.copy(small / source, small / target)
    sentence = r"1/Train.txt lacks 1_1_01_1 and \d+ more, which the rule of protocol 1 gives for train; get"
    with pytest.raises(BadData, match=sentence):
        read_oulu_npu(small)


def test_trap_08_oulu_user_is_field_3(read_whole: RawSet) -> None:
    assert {item.subject for item in read_whole.items} == {f"oulu-npu:{user:02d}" for user in range(1, 56)}
    name = parse_name("6_2_35_4", "here")
    assert name is not None
    assert (name.phone, name.session, name.user, name.file, name.split) == (6, 2, 35, 4, "dev")


@pytest.mark.parametrize("protocol", ["2", "4.3"])
def test_trap_09_dev_lists_with_files_3_and_5_are_refused(small: Path, protocol: str) -> None:
    path = small / oulu_list_path(protocol, "dev")
    path.write_text(path.read_text() + "-1,1_1_21_3\n")
    sentence = f"{path.name} has 1_1_21_3, which the rule of protocol {protocol} does not give for dev; get"
    with pytest.raises(BadData, match=sentence):
        read_oulu_npu(small)


def test_a_list_that_lacks_an_entry_is_refused(small: Path) -> None:
    path = small / oulu_list_path("1", "test")
    lines = [line for line in path.read_text().split("\n") if not line.endswith("4_3_36_5")]
    path.write_text("\n".join(lines))
    with pytest.raises(
        BadData, match=r"Test.txt lacks 4_3_36_5, which the rule of protocol 1 gives for test"
    ):
        read_oulu_npu(small)


def test_lists_that_are_missing(small: Path) -> None:
    (small / oulu_list_path("3.2", "dev")).unlink()
    assert read_oulu_npu(small).deviations[0] == (
        "official lists that are missing in Protocols/, of 42: 1 (Protocol_3/Dev_2.txt); the protocols "
        "follow the published rule all the same."
    )
    shutil.rmtree(small / "Protocols")
    (sentence,) = read_oulu_npu(small).deviations
    assert "of 42: 42 (Protocol_1/Train.txt, Protocol_1/Dev.txt, Protocol_1/Test.txt, …)" in sentence


def test_lists_of_other_hands(tmp_path: Path) -> None:
    """Windows line ends, a byte order mark, blanks after the sign, endings, and other numbers of attacks."""
    text = "\ufeff+ 1, 1_1_01_1\r\n- 1 ,1_1_01_2.avi\r\n\r\n  -2,1_1_01_4.AVI  \r\n-3,1_1_01_5"
    (tmp_path / "list.txt").write_bytes(text.encode())
    assert read_list(tmp_path / "list.txt") == {"1_1_01_1", "1_1_01_2", "1_1_01_4", "1_1_01_5"}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("-1,1_1_01_1", r"line 2 is '-1,1_1_01_1', but file 1 is bona fide \(\+\); get the list again"),
        ("+1,1_1_01_4", r"line 2 is '\+1,1_1_01_4', but file 4 is an attack \(-\); get the list again"),
        ("+1,1_1_02_1", "line 2 names 1_1_02_1 a second time; get the list again"),
        ("1_1_01_1", r"line 2 is '1_1_01_1'; expected a label and a name, like '\+1,1_1_01_1'"),
        ("1,1_1_01_1", "line 2 is '1,1_1_01_1'; expected a label"),
        ("0,1_1_01_1", "line 2 is '0,1_1_01_1'; expected a label"),
        ("+1,1_1_01", "line 2 is '\\+1,1_1_01'; expected a label"),
        ("+1,1_1_01_1,x", "line 2 is .*; expected a label"),
        ("+1,7_1_01_1", "line 2 has phone '7' in the name '7_1_01_1'"),
        ("-1,1_1_01_" + "9" * 5000, "line 2 has file '999"),
    ],
)
def test_lines_that_make_no_sense(tmp_path: Path, line: str, sentence: str) -> None:
    path = tmp_path / "Train.txt"
    path.write_text(f"+1,1_1_02_1\n{line}\n")
    with pytest.raises(BadData, match=f"^{path}, {sentence}"):
        read_list(path)


def test_a_list_that_is_no_text(small: Path) -> None:
    path = small / oulu_list_path("1", "train")
    path.write_bytes(path.read_text().encode("utf-16"))
    with pytest.raises(BadFile, match=r"Train.txt cannot be read as text \(.*get the list again"):
        read_oulu_npu(small)


def test_test_lists_name_replays_minus_2() -> None:
    """The miniature's lists are like the official ones, or the tests above would test less."""
    assert oulu_lines(["1_3_36_1", "1_3_36_2", "1_3_36_5"], "test") == [
        "+1,1_3_36_1",
        "-1,1_3_36_2",
        "-2,1_3_36_5",
    ]


# Names and folders.


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("7_1_01_1", "phone '7'"),
        ("0_1_01_1", "phone '0'"),
        ("1_4_01_1", "session '4'"),
        ("1_1_56_1", "user '56'"),
        ("1_1_00_1", "user '00'"),
        ("1_1_1_1", "user '1'"),
        ("1_1_001_1", "user '001'"),
        ("1_1_01_6", "file '6'"),
        ("1_1_01_0", "file '0'"),
        ("01_1_01_1", "phone '01'"),
    ],
)
def test_names_out_of_range_are_refused(small: Path, name: str, found: str) -> None:
    (small / f"Train_files/{name}.avi").touch()
    sentence = (
        f"Train_files/{name}.avi has {found} in the name '{name}'; OULU-NPU's names are "
        "Phone_Session_User_File with phone 1-6, session 1-3, user 01-55 and file 1-5: mend the name"
    )
    with pytest.raises(BadData, match=sentence):
        read_oulu_npu(small)


@pytest.mark.parametrize(
    ("user", "folder", "split", "home"),
    [
        ("20", "Dev_files", "train", "Train_files"),
        ("35", "Test_files", "dev", "Dev_files"),
        ("36", "Train_files", "test", "Test_files"),
    ],
)
def test_a_user_in_the_folder_of_another_part_is_refused(
    small: Path, user: str, folder: str, split: str, home: str
) -> None:
    (small / f"{folder}/1_2_{user}_1.avi").touch()
    sentence = f"{folder}/1_2_{user}_1.avi shows user {user}, who is of {split} and belongs in {home}/; get"
    with pytest.raises(BadData, match=sentence):
        read_oulu_npu(small)


def test_a_clip_that_is_there_twice_is_refused(small: Path) -> None:
    (small / "Train_files/1_1_01_1.mp4").touch()
    with pytest.raises(BadData, match=r"1_1_01_1.avi and .*1_1_01_1.mp4 are the same clip 1_1_01_1; keep"):
        read_oulu_npu(small)


def test_what_is_left_out_or_lacking_is_said(small: Path) -> None:
    shutil.rmtree(small / "Test_files")
    (small / "extra").mkdir()
    for name in ("Train_files/notes.avi", "Dev_files/1_1_21.avi", "extra/1_1_02_1.avi", "2_1_02_1.avi"):
        (small / name).touch()
    (small / "Train_files/1_1_01_2.txt").unlink()
    (small / "Dev_files/1_1_21_1.txt").unlink()
    (small / "Train_files/1_1_20_5.avi").rename(small / "Train_files/1_1_20_5.mp4")
    (small / "Train_files/._1_1_01_1.avi").touch()
    found = read_oulu_npu(small)
    assert found.deviations[:-1] == [
        "Test_files/ is missing, so there are no test clips.",
        "videos whose names are not Phone_Session_User_File, which are left out: 2 (Train_files/notes.avi, "
        "Dev_files/1_1_21.avi).",
        "videos outside Train_files, Dev_files, Test_files, which are left out: 2 "
        "(extra/1_1_02_1.avi, 2_1_02_1.avi).",
        "clips without an eye file, whose faces will be searched for: 2 (Train_files/1_1_01_2.avi, "
        "Dev_files/1_1_21_1.avi).",
        "clips that are not .avi files, so somebody encoded them again: 1 (Train_files/1_1_20_5.mp4).",
    ]
    assert len(found.items) == 30


def test_another_set_and_no_set_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        BadData, match=r"is not oulu-npu as handed out: expected RAW/Train_files/1_1_01_1.avi"
    ):
        read_oulu_npu(tmp_path)
    oulu_npu(tmp_path / "below", (1,), phones=(1,), sessions=(1,), lists=False)
    with pytest.raises(BadData, match=r"give .*below instead"):
        read_oulu_npu(tmp_path)
    with pytest.raises(BadData, match="none is not a folder"):
        read_oulu_npu(tmp_path / "none")


def test_trap_26_a_copy_of_frames_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Train_files/1_1_01_1").mkdir(parents=True)
    (tmp_path / "Train_files/1_1_01_1/1.jpg").touch()
    with pytest.raises(BadData, match="holds 1 images and no video; oulu-npu is handed out as videos"):
        read_oulu_npu(tmp_path)
