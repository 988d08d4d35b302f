"""OULU-NPU as it is handed out: 4950 clips of 55 people, filmed with six phones in three sessions.

    RAW/Train_files/1_1_01_1.avi   RAW/Dev_files/…   RAW/Test_files/…      the clips
    RAW/Train_files/1_1_01_1.txt   …                                       where the eyes are
    RAW/Protocols/Protocol_1/Train.txt   …                                 42 lists

What a clip shows is told by its name; the folders and the lists are held against it.
"""

from pathlib import Path

from mtfas.data.sources.layout import find_files, refuse_derived, require_layout, some
from mtfas.data.sources.oulu_lists import LIVE_FILE, ClipName, check_lists, parse_name
from mtfas.data.sources.raw import NO_MEDIUM, RawItem, RawSet, tally
from mtfas.errors import BadData
from mtfas.faces.box_files import BoxFile
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.types import BONA_FIDE, Label, Split

DATASET = "oulu-npu"
RELEASE = "public"
LAYOUT = "RAW/Train_files/1_1_01_1.avi, RAW/Dev_files/…, RAW/Test_files/…, RAW/Protocols/…"
FOLDERS = {"Train_files": Split.TRAIN, "Dev_files": Split.DEV, "Test_files": Split.TEST}
SUFFIX = ".avi"
EYES = "oulu-eyes"
"""The format of the eye files, a name in BOX_FORMATS."""

INSTRUMENTS = {
    LIVE_FILE: (BONA_FIDE, NO_MEDIUM),
    2: ("print", "printer-1"),
    3: ("print", "printer-2"),
    4: ("replay", "display-1"),
    5: ("replay", "display-2"),
}
"""Species and medium by the last field of a clip's name."""

PUBLISHED: dict[str, tuple[int, int] | None] = {"train": (360, 1440), "dev": (270, 1080), "test": (360, 1440)}
"""Bona fide and attack presentations."""


def read_oulu_npu(raw: Path) -> RawSet:
    """Read a copy of OULU-NPU by its names; no video is opened.

    Raises:
        BadFile: an official list is not text.
        BadData: it is another set or a copy of frames, a name or a list makes no sense, a clip lies in the
            folder of another part, or is there twice.
    """
    require_layout(raw, DATASET, LAYOUT)
    videos, outside = _videos(raw)
    refuse_derived(raw, DATASET, [*videos, *outside])
    names = {path: parse_name(path.stem, str(path)) for path in videos}
    items = [_item(raw, path, name) for path, name in names.items() if name]
    _refuse_copies(items)
    strange = [path.relative_to(raw).as_posix() for path, name in names.items() if name is None]
    deviations = [
        *_folders(raw, strange, [path.relative_to(raw).as_posix() for path in outside]),
        *_clips(items),
        *_lists(raw / "Protocols", items),
    ]
    tallies = tally(items, lambda item: str(item.split), PUBLISHED)
    return RawSet(DATASET, items, release=RELEASE, deviations=deviations, tallies=tallies)


def _videos(raw: Path) -> tuple[list[Path], list[Path]]:
    """Return the videos in the three folders, which may be links to other disks, and those elsewhere."""
    inside = [path for name in FOLDERS for path in find_files(raw / name, VIDEO_SUFFIXES)]
    every = find_files(raw, VIDEO_SUFFIXES)
    return inside, [path for path in every if path.relative_to(raw).parts[0] not in FOLDERS]


def _item(raw: Path, path: Path, name: ClipName) -> RawItem:
    relative = path.relative_to(raw)
    if FOLDERS[relative.parts[0]] is not name.split:
        home = next(folder for folder, split in FOLDERS.items() if split is name.split)
        raise BadData(
            f"{path} shows user {name.user:02d}, who is of {name.split} and belongs in {home}/; get this "
            "folder again from the data's owners."
        )
    species, medium = INSTRUMENTS[name.file]
    eyes = path.with_suffix(".txt")
    return RawItem(
        path,
        relative.as_posix(),
        int(Label.LIVE if name.file == LIVE_FILE else Label.ATTACK),
        species,
        subject=f"{DATASET}:{name.user:02d}",
        presentation=f"{DATASET}:{relative.with_suffix('').as_posix()}",
        session=f"session-{name.session}",
        camera=f"phone-{name.phone}",
        medium=medium,
        split=name.split.value,
        box_file=BoxFile(eyes, EYES) if eyes.is_file() else None,
    )


def _refuse_copies(items: list[RawItem]) -> None:
    seen: dict[str, RawItem] = {}
    for item in items:
        first = seen.setdefault(item.path.stem, item)
        if first is not item:
            raise BadData(
                f"{first.path} and {item.path} are the same clip {item.path.stem}; keep the one handed out."
            )


def _folders(raw: Path, strange: list[str], outside: list[str]) -> list[str]:
    found = [
        f"{folder}/ is missing, so there are no {split} clips."
        for folder, split in FOLDERS.items()
        if not (raw / folder).is_dir()
    ]
    if strange:
        found.append(
            f"videos whose names are not Phone_Session_User_File, which are left out: {some(strange)}."
        )
    if outside:
        found.append(f"videos outside {', '.join(FOLDERS)}, which are left out: {some(outside)}.")
    return found


def _clips(items: list[RawItem]) -> list[str]:
    found = []
    if blind := [item.name for item in items if item.box_file is None]:
        found.append(f"clips without an eye file, whose faces will be searched for: {some(blind)}.")
    if other := [item.name for item in items if item.path.suffix.lower() != SUFFIX]:
        found.append(f"clips that are not {SUFFIX} files, so somebody encoded them again: {some(other)}.")
    return found


def _lists(folder: Path, items: list[RawItem]) -> list[str]:
    lists = check_lists(folder)
    found = []
    if lists.missing:
        found.append(
            f"official lists that are missing in Protocols/, of 42: {some(lists.missing)}; the protocols "
            "follow the published rule all the same."
        )
    if lost := sorted(lists.named - {item.path.stem for item in items}):
        found.append(f"clips that the official lists name and the folders lack: {some(lost)}.")
    return found
