"""OULU-NPU and SiW-M laid out as they are handed out: each folder, each list, as many clips as a test wants.

`write` makes each video file from its path and its running number, so that a test can have empty files or
clips that decode. The official lists are written by a table and loops of their own, not by the package's
rule.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from pathlib import Path

Write = Callable[[Path, int], None]

OULU_TABLE = """
1  train  12   123456   12345  01-20  240  960
1  dev    12   123456   12345  21-35  180  720
1  test   3    123456   12345  36-55  120  480
2  train  123  123456   124    01-20  360  720
2  dev    123  123456   124    21-35  270  540
2  test   123  123456   135    36-55  360  720
3  train  123  all-but  12345  01-20  300  1200
3  dev    123  all-but  12345  21-35  225  900
3  test   123  only     12345  36-55  60   240
4  train  12   all-but  124    01-20  200  400
4  dev    12   all-but  124    21-35  150  300
4  test   3    only     135    36-55  20   40
"""
"""Protocol, part, sessions, phones ("all-but" and "only" speak of phone k), files, users, live, attacks."""

OULU_PROTOCOLS = ["1", "2", *(f"{number}.{k}" for number in (3, 4) for k in range(1, 7))]

SIW_M_PLACES = {
    "Replay": ("Replay", "Replay"),
    "Paper": ("Paper", "Paper"),
    "Mask_Half": ("Mask/HalfMask", "Mask_HalfMask"),
    "Mask_Silicone": ("Mask/SiliconeMask", "Silicone"),
    "Mask_Trans": ("Mask/TransparentMask", "Mask_TransparentMask"),
    "Mask_Paper": ("Mask/PaperMask", "Mask_PaperMask"),
    "Mask_Mann": ("Mask/MannequinHead", "Mask_MannequinHead"),
    "Makeup_Ob": ("Makeup/Obfuscation", "Makeup_Obfuscation"),
    "Makeup_Im": ("Makeup/Impersonation", "Makeup_Impersonation"),
    "Makeup_Co": ("Makeup/Cosmetic", "Makeup_Cosmetic"),
    "Partial_Funnyeye": ("Partial/FunnyeyeGlasses", "Partial_FunnyeyeGlasses"),
    "Partial_Paperglass": ("Partial/PaperGlasses", "Partial_PaperGlasses"),
    "Partial_Eye": ("Partial/PaperCut", "Partial_Eye"),
    "Partial_Mouth": ("Partial/PaperCut", "Partial_Mouth"),
}
"""Folder of each file stem in v1 and in v2."""


def touch(path: Path, _: int) -> None:
    """Make an empty file."""
    path.touch()


def oulu_rows(protocol: str, part: str) -> tuple[list[str], int, int]:
    """The clips of a part of a protocol by the published table, and its published live and attack clips."""
    number, _, k = protocol.partition(".")
    for line in OULU_TABLE.split("\n")[1:-1]:
        of, which, sessions, phones, files, users, live, attacks = line.split()
        if (of, which) != (number, part):
            continue
        if phones in ("all-but", "only"):
            phones = k if phones == "only" else "123456".replace(k, "")
        names = []
        for user in range(int(users[:2]), int(users[3:]) + 1):
            for phone, session, file in product(phones, sessions, files):
                names.append(f"{phone}_{session}_{user:02d}_{file}")
        return names, int(live), int(attacks)
    raise AssertionError(f"no row for {protocol} {part}")


def oulu_list_path(protocol: str, part: str) -> str:
    """Where a list is, relative to the data set."""
    number, _, k = protocol.partition(".")
    return f"Protocols/Protocol_{number}/{part.title()}{'_' + k if k else ''}.txt"


def oulu_lines(names: Iterable[str], part: str) -> list[str]:
    """Lines of an official list; in test lists replays are -2."""
    replay = "-2" if part == "test" else "-1"
    label = {"1": "+1", "2": "-1", "3": "-1", "4": replay, "5": replay}
    return [f"{label[name[-1]]},{name}" for name in names]


def oulu_npu(
    folder: Path,
    users: Iterable[int] = (1, 2, 21, 36),
    write: Write = touch,
    phones: Iterable[int] = range(1, 7),
    sessions: Iterable[int] = range(1, 4),
    eyes: tuple[int, int, int, int] | None = (20, 30, 40, 30),
    frames: int = 3,
    lists: bool = True,
) -> Path:
    """Lay out the clips of these users, phones and sessions with eye files, and all 42 official lists.

    Args:
        folder: of the data set.
        users: 1-20 are train, 21-35 dev, 36-55 test.
        write: makes a video.
        phones: 1 to 6.
        sessions: 1 to 3.
        eyes: x and y of the eye that is left in the picture, then of the other, in every frame; None for no
            eye files.
        frames: lines of each eye file.
        lists: whether to write Protocols/.
    """
    for name in ("Train_files", "Dev_files", "Test_files"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    clips = product(users, phones, sessions, range(1, 6))
    for index, (user, phone, session, file) in enumerate(clips):
        part = "Train" if user <= 20 else "Dev" if user <= 35 else "Test"
        clip = folder / f"{part}_files" / f"{phone}_{session}_{user:02d}_{file}.avi"
        write(clip, index)
        if eyes is not None:
            lines = [",".join(map(str, (frame, *eyes))) for frame in range(frames)]
            clip.with_suffix(".txt").write_text("\n".join(lines) + "\n", encoding="ascii")
    for protocol, part in product(OULU_PROTOCOLS, ("train", "dev", "test")) if lists else ():
        path = folder / oulu_list_path(protocol, part)
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = oulu_lines(oulu_rows(protocol, part)[0], part)
        path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return folder


def siw_m(
    folder: Path,
    version: str = "v1",
    numbers: Mapping[str, Iterable[int]] | Iterable[int] = (1, 5),
    live: tuple[Iterable[int], Iterable[int]] = ((1, 5), (2,)),
    write: Write = touch,
    spoof: bool = False,
    lists: bool = True,
) -> Path:
    """Lay out SiW-M.

    Args:
        folder: of the data set.
        version: "v1" or "v2".
        numbers: of the clips of each attack stem, or of all stems.
        live: numbers of the live clips of train and of test.
        write: makes a video.
        spoof: whether v1's attack folders are below Spoof/, as in some copies.
        lists: whether v2 comes with its live lists; they name some clips more than once.
    """
    files = [*_live(version, live), *_attacks(version, numbers, spoof)]
    for index, name in enumerate(files):
        path = folder / f"{name}.mov"
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, index)
    if version == "v2" and lists:
        texts = folder / "pro_3_text"
        texts.mkdir()
        for part, of in zip(("train", "test"), live, strict=True):
            names = [f"Live_{number}" for number in of]
            listing = "\n".join([*names, *names[:10]]) + "\n"
            (texts / f"{part}list_live.txt").write_text(listing, encoding="ascii")
    return folder


def _live(version: str, live: tuple[Iterable[int], Iterable[int]]) -> Iterable[str]:
    for part, numbers in zip(("Train/", "Test/"), live, strict=True):
        for number in numbers:
            yield f"Live/{part if version == 'v1' else ''}Live_{number}"


def _attacks(
    version: str, numbers: Mapping[str, Iterable[int]] | Iterable[int], spoof: bool
) -> Iterable[str]:
    given = numbers if isinstance(numbers, Mapping) else dict.fromkeys(SIW_M_PLACES, tuple(numbers))
    below = "Spoof/" if spoof or version == "v2" else ""
    for stem, of in given.items():
        place = SIW_M_PLACES[stem][version == "v2"]
        for number in of:
            yield f"{below}{place}/{stem}_{number}"
