"""MSU-MFSD as it is handed out: 280 clips of the 35 people who are public, eight each.

    RAW/scene01/real/real_client001_{android,laptop}_SD_scene01.{mp4,mov}
    RAW/scene01/attack/attack_client001_{android,laptop}_SD_<instrument>_scene01.{mp4,mov}
    RAW/scene01/{real,attack}/<the same name>.face
    RAW/train_sub_list.txt   RAW/test_sub_list.txt       two-digit ids; file names have three digits

There is no published dev part, and the folds that others use mix the official train and test clients: the
last three of the fifteen official training clients (053, 054, 055) are dev here. Six live android clips
(clients 003, 005 to 009) carry a 180° rotation tag, which is honoured when they are read.
"""

import re
from pathlib import Path

from mtfas.data.sources.layout import (
    find_files,
    left_out,
    refuse_copies,
    refuse_derived,
    require_layout,
    some,
)
from mtfas.data.sources.raw import NO_MEDIUM, RawItem, RawSet, tally
from mtfas.errors import BadData, BadFile
from mtfas.faces.box_files import BoxFile
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.types import BONA_FIDE, Label, Split

DATASET = "msu-mfsd"
RELEASE = "public"
LAYOUT = "RAW/scene01/real/real_client001_android_SD_scene01.mp4, RAW/scene01/attack/…"
SCENE = "scene01"
QUALITY = "SD"
BOXES = "msu-corners"
SUFFIXES = {"android": ".mp4", "laptop": ".mov"}
"""The ending of the clips of each camera."""


def _ids(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{number:03d}" for number in numbers)


CLIENTS = {
    Split.TRAIN: _ids(2, 3, 5, 6, 7, 8, 9, 11, 12, 21, 22, 34, 53, 54, 55),
    Split.TEST: _ids(1, 13, 14, 23, 24, 26, 28, 29, 30, 32, 33, 35, 36, 37, 39, 42, 48, 49, 50, 51),
}
"""The official lists, with the three digits of the file names."""

DEV_CLIENTS = ("053", "054", "055")
"""A fifth of the official training clients, by number."""

LISTS = {Split.TRAIN: "train_sub_list.txt", Split.TEST: "test_sub_list.txt"}

INSTRUMENTS = {
    "ipad_video": ("replay", "ipad-video"),
    "iphone_video": ("replay", "iphone-video"),
    "printed_photo": ("print", "printed-photo"),
}
"""Species and medium by the instrument in an attack's name."""

PUBLISHED: dict[str, tuple[int, int] | None] = {"train": (30, 90), "test": (40, 120)}
"""Bona fide and attack presentations by the official lists, so with dev in train."""

NAME = re.compile(
    r"(?P<kind>real|attack)_client(?P<client>[0-9]+)_(?P<camera>[a-z]+)_(?P<quality>[A-Z]+)_"
    r"((?P<instrument>[a-z]+_[a-z]+)_)?(?P<scene>scene[0-9]+)"
)


def read_msu_mfsd(raw: Path) -> RawSet:
    """Read a copy of MSU-MFSD by its names; no video is opened.

    Raises:
        BadFile: an official list is not text.
        BadData: it is another set or a copy of frames, a name has a value that was never published, a clip
            lies in the wrong folder or is there twice, or a list is not the published one.
    """
    require_layout(raw, DATASET, LAYOUT)
    inside, outside = _videos(raw)
    refuse_derived(raw, DATASET, [*inside, *outside])
    lists = _lists(raw)
    found = {path: _item(raw, path) for path in inside}
    items = [item for item in found.values() if item]
    refuse_copies(items)
    strange = [*(path for path, item in found.items() if item is None), *outside]
    names = [path.relative_to(raw).as_posix() for path in strange]
    tallies = tally(items, lambda item: "test" if item.split == Split.TEST else "train", PUBLISHED)
    return RawSet(
        DATASET, items, release=RELEASE, deviations=[*lists, *_deviations(items, names)], tallies=tallies
    )


def _videos(raw: Path) -> tuple[list[Path], list[Path]]:
    """Return the videos of the scene's folder, which may be a link to another disk, and those elsewhere."""
    every = find_files(raw, VIDEO_SUFFIXES)
    outside = [path for path in every if path.relative_to(raw).parts[0] != SCENE]
    return find_files(raw / SCENE, VIDEO_SUFFIXES), outside


def _item(raw: Path, path: Path) -> RawItem | None:
    """Return what a clip's name says; None where it is not built like one."""
    match = NAME.fullmatch(path.stem)
    if match is None:
        return None
    _check_name(path, match)
    home = f"{SCENE}/{match['kind']}"
    if path.relative_to(raw).parent.as_posix() != home:
        raise BadData(
            f"{path} starts with '{match['kind']}_' and belongs in {home}/; get this folder again from the "
            "data's owners."
        )
    boxes = path.with_suffix(".face")
    species, medium = INSTRUMENTS.get(match["instrument"], (BONA_FIDE, NO_MEDIUM))
    return RawItem(
        path,
        path.relative_to(raw).as_posix(),
        int(Label.LIVE if match["kind"] == "real" else Label.ATTACK),
        species,
        subject=f"{DATASET}:{match['client']}",
        presentation=f"{DATASET}:{path.relative_to(raw).with_suffix('').as_posix()}",
        session=SCENE,
        camera=match["camera"],
        medium=medium,
        split=_split(path, match["client"]).value,
        box_file=BoxFile(boxes, BOXES) if boxes.is_file() else None,
        about={"quality": QUALITY},
    )


def _check_name(path: Path, match: re.Match[str]) -> None:
    allowed: dict[str, tuple[str | None, ...]] = {
        "camera": tuple(SUFFIXES),
        "quality": (QUALITY,),
        "instrument": (None,) if match["kind"] == "real" else tuple(INSTRUMENTS),
        "scene": (SCENE,),
    }
    for name, values in allowed.items():
        if match[name] not in values:
            expected = " or ".join(value or "none" for value in values)
            raise BadData(
                f"{path} has the {name} '{match[name] or 'none'}', expected {expected}; mend the name, or "
                "take the file away."
            )


def _split(path: Path, client: str) -> Split:
    """Return the part of a client by the published lists; dev is cut out of train."""
    if client in DEV_CLIENTS:
        return Split.DEV
    for split, clients in CLIENTS.items():
        if client in clients:
            return split
    raise BadData(
        f"{path} is of client '{client}', who is in neither {LISTS[Split.TRAIN]} nor {LISTS[Split.TEST]} "
        "(three digits in a name, 35 clients); mend the name, or take the file away."
    )


def _lists(raw: Path) -> list[str]:
    """Hold the official lists against the published ids; those that are missing are a deviation each."""
    missing = []
    for split, name in LISTS.items():
        if (raw / name).is_file():
            _compare(raw / name, CLIENTS[split])
        else:
            missing.append(f"{name} is missing; the published ids are used instead.")
    return missing


def _compare(path: Path, published: tuple[str, ...]) -> None:
    try:
        # Copies differ in what stands between the ids; the ids lack the first digit of those in file names.
        listed = {word.zfill(3) for word in path.read_text(encoding="utf-8-sig").split()}
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(
            f"{path} cannot be read as text ({error}); get the list again from the data's owners."
        ) from error
    for odd, has in ((listed.difference(published), "has"), (set(published) - listed, "lacks")):
        if odd:
            raise BadData(
                f"{path} {has} {some(sorted(odd))} against the {len(published)} published clients; get the "
                "list again from the data's owners."
            )


def _deviations(items: list[RawItem], strange: list[str]) -> list[str]:
    found = left_out(strange)
    if blind := [item.name for item in items if item.box_file is None]:
        found.append(f"clips without a .face file, whose faces will be searched for: {some(blind)}.")
    if other := [item.name for item in items if item.path.suffix.lower() != SUFFIXES[item.camera]]:
        found.append(f"clips with another ending than .mp4 (android) or .mov (laptop): {some(other)}.")
    return found
