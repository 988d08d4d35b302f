"""Idiap's Replay-Attack as handed out: 1200 clips of 50 people, and 100 of enrolment that are not for PAD.

    RAW/{train,devel,test}/real/client001_session01_webcam_authenticate_{controlled,adverse}_{1,2}.mov
    RAW/{train,devel,test}/attack/{fixed,hand}/attack_<device>_client001_session01_<sample>_<type>_<light>.mov
    RAW/face-locations/<the same path>.face
    RAW/enroll/…                                          left out: made for face recognition

The three folders may also be named as their archives are: replayattack-train, …. What a clip shows is told by
its name, and its folder is held against it; names alone decide the seven published protocols.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mtfas.data.sources.layout import (
    encoded_again,
    find_files,
    left_out,
    refuse_copies,
    refuse_derived,
    require_layout,
    some,
)
from mtfas.data.sources.raw import NO_MEDIUM, RawItem, RawSet, tally
from mtfas.errors import BadData
from mtfas.faces.box_files import BoxFile
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.types import BONA_FIDE, Label, Split

DATASET = "replay-attack"
RELEASE = "public"
LAYOUT = "RAW/train/real/client001_session01_webcam_authenticate_controlled_1.mov, RAW/devel/…, RAW/test/…"
SUFFIX = ".mov"
ENROLL = "enroll"
FACES, BOXES = "face-locations", "frame-xywh"

PARTS = {"train": Split.TRAIN, "devel": Split.DEV, "test": Split.TEST}


def _ids(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{number:03d}" for number in numbers)


CLIENTS = {
    "train": _ids(1, 2, 4, 6, 7, 8, 12, 16, 18, 25, 27, 103, 105, 108, 110),
    "devel": _ids(3, 5, 10, 15, 17, 22, 29, 30, 101, 111, 113, 114, 116, 118, 119),
    "test": _ids(9, 11, 13, 14, 19, 20, 21, 23, 24, 26, 28, 31, 102, 104, 106, 107, 109, 112, 115, 117),
}
PREFIX = "replayattack-"
TOPS = {f"{prefix}{part}": part for prefix in ("", PREFIX) for part in PARTS}
"""From the folders' names to the parts."""

INSTRUMENTS: dict[tuple[str, ...], tuple[str, str]] = {
    ("print", "highdef", "photo"): ("print", "printed-photo"),
    ("mobile", "mobile", "photo"): ("replay", "mobile-photo"),
    ("mobile", "mobile", "video"): ("replay", "mobile-video"),
    ("highdef", "highdef", "photo"): ("replay", "highdef-photo"),
    ("highdef", "highdef", "video"): ("replay", "highdef-video"),
}
"""Species and medium by the device, sample device and sample type of an attack's name."""

REAL_FOLDERS, ATTACK_FOLDERS = ("real",), ("attack/fixed", "attack/hand")
LIGHTS, TAKES, SESSION = ("controlled", "adverse"), ("1", "2"), "01"

PUBLISHED: dict[str, tuple[int, int] | None] = {"train": (60, 300), "devel": (60, 300), "test": (80, 400)}
"""Bona fide and attack presentations."""

REAL = re.compile(r"client([0-9]+)_session([0-9]+)_webcam_authenticate_([a-z]+)_([0-9]+)")
ATTACK = re.compile(r"attack_([a-z]+)_client([0-9]+)_session([0-9]+)_([a-z]+)_([a-z]+)_([a-z]+)")


@dataclass(frozen=True)
class _Clip:
    """What a clip's name says; `about` has what only one of the two kinds says."""

    client: str
    session: str
    light: str
    instrument: tuple[str, ...] = ()
    about: dict[str, str] = field(default_factory=dict)


def read_replay_attack(raw: Path) -> RawSet:
    """Read a copy of Replay-Attack by its names; no video is opened.

    Raises:
        BadData: it is another set or a copy of frames, a name has a value that was never published, a clip
            lies in the folder of another part or kind, or is there twice.
    """
    require_layout(raw, DATASET, LAYOUT)
    videos, enrolled, outside = _videos(raw)
    refuse_derived(raw, DATASET, videos)
    found = {path: _item(raw, path) for path in videos}
    items = [item for item in found.values() if item]
    refuse_copies(items)
    strange = [path for path, item in found.items() if item is None]
    names = [path.relative_to(raw).as_posix() for path in [*strange, *outside]]
    warnings = [
        f"{len(enrolled)} video(s) of {ENROLL}/ are left out; they are for face recognition, not for PAD."
    ]
    deviations = [*left_out(names), *encoded_again(items, SUFFIX), *_boxes(raw, items)]
    tallies = tally(items, lambda item: TOPS[item.name.partition("/")[0]], PUBLISHED)
    return RawSet(DATASET, items, warnings if enrolled else [], RELEASE, deviations, tallies)


def _videos(raw: Path) -> tuple[list[Path], list[Path], list[Path]]:
    """Return the videos of the parts, those of enrolment, and those elsewhere.

    Folders may be links to other disks.
    """
    enrolment = (ENROLL, f"{PREFIX}{ENROLL}")
    inside, enrolled = (
        [path for name in names for path in find_files(raw / name, VIDEO_SUFFIXES)]
        for names in (TOPS, enrolment)
    )
    every = find_files(raw, VIDEO_SUFFIXES)
    known = {*TOPS, *enrolment}
    return inside, enrolled, [path for path in every if path.relative_to(raw).parts[0] not in known]


def _item(raw: Path, path: Path) -> RawItem | None:
    """Return what a clip's name says; None where it is not built like one."""
    clip = _parse(path)
    if clip is None:
        return None
    top, *folders = path.relative_to(raw).parent.parts
    part, folder = TOPS[top], "/".join(folders)
    _check_place(path, clip, part, folder)
    species, medium = INSTRUMENTS.get(clip.instrument, (BONA_FIDE, NO_MEDIUM))
    support = {"support": folders[-1]} if clip.instrument else {}
    return RawItem(
        path,
        path.relative_to(raw).as_posix(),
        int(Label.ATTACK if clip.instrument else Label.LIVE),
        species,
        subject=f"{DATASET}:{clip.client}",
        # The same clip is the same presentation, whatever the part's folder is called.
        presentation=f"{DATASET}:{part}/{folder}/{path.stem}",
        session=clip.light,
        camera="webcam",
        medium=medium,
        split=PARTS[part].value,
        box_file=_box_file(raw, path, part),
        about={"light": clip.light, **support, **clip.about},
    )


def _parse(path: Path) -> _Clip | None:
    if match := REAL.fullmatch(path.stem):
        client, session, light, take = match.groups()
        clip = _Clip(client, session, light, about={"take": take})
    elif match := ATTACK.fullmatch(path.stem):
        device, client, session, sample, kind, light = match.groups()
        clip = _Clip(client, session, light, (device, sample, kind))
    else:
        return None
    for problem in _problems(clip):
        raise BadData(f"{path} has {problem}; mend the name, or take the file away.")
    return clip


def _problems(clip: _Clip) -> Iterator[str]:
    if clip.session != SESSION:
        yield f"session '{clip.session}', expected {SESSION}"
    if clip.light not in LIGHTS:
        yield f"light '{clip.light}', expected {' or '.join(LIGHTS)}"
    if clip.about.get("take", TAKES[0]) not in TAKES:
        yield f"take '{clip.about['take']}', expected {' or '.join(TAKES)}"
    if clip.instrument and clip.instrument not in INSTRUMENTS:
        known = ", ".join("+".join(instrument) for instrument in INSTRUMENTS)
        yield f"the instrument {'+'.join(clip.instrument)}, expected one of {known}"


def _check_place(path: Path, clip: _Clip, part: str, folder: str) -> None:
    """Refuse a clip whose folder and name disagree about who it shows, or what."""
    home = next((name for name, clients in CLIENTS.items() if clip.client in clients), None)
    if home != part:
        whose = f"who belongs to {home}" if home else "who is none of the 50 published"
        raise BadData(
            f"{path} is of client '{clip.client}', {whose}; {part} has the clients {', '.join(CLIENTS[part])}"
            ": get this folder again from the data's owners."
        )
    folders = ATTACK_FOLDERS if clip.instrument else REAL_FOLDERS
    if folder not in folders:
        what = "an attack" if clip.instrument else "bona fide"
        homes = " or ".join(f"{part}/{name}" for name in folders)
        raise BadData(
            f"{path} is {what} by its name and belongs in {homes}; get this folder again "
            "from the data's owners."
        )


def _box_file(raw: Path, path: Path, part: str) -> BoxFile | None:
    below = path.relative_to(raw).with_suffix(".face")
    places = (raw / FACES / below, raw / FACES / part / Path(*below.parts[1:]))
    return next((BoxFile(place, BOXES) for place in places if place.is_file()), None)


def _boxes(raw: Path, items: list[RawItem]) -> list[str]:
    if not (raw / FACES).is_dir():
        return [f"{FACES}/ is missing, so faces will be searched for in every clip."]
    blind = [item.name for item in items if item.box_file is None]
    if not blind:
        return []
    return [f"clips without a file in {FACES}/, whose faces will be searched for: {some(blind)}."]
