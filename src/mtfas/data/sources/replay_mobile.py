"""Idiap's Replay-Mobile as handed out: 1030 clips of 40 people, and others of enrolment, not for PAD.

    RAW/{train,devel,test}/real/client001_session01_authenticate_{mobile,tablet}_<light>.mov
    RAW/{train,devel,test}/attack/attack_client001_session01_<device>_<support>_<camera>_<type>_<light>.mov
    RAW/faceloc/rect/…                                    not used, see below
    RAW/enroll/…                                          left out: made for face recognition

All clips are stored lying on their side; that a tag in each file says how to turn it is inferred from Idiap's
interface, which reads past tags and flips the clips of the phone. Here tags are honoured and no clip is
turned further, so look at some crops of either device before training. (Without tags the phone's would need
90° counter-clockwise and most of the tablet's 90° clockwise; inferred from that interface and Gradiant's.)
The face boxes handed out are for frames read that way, mirrored for the tablet: faces are searched for
instead. Client 009 has attacks only, by the published counts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mtfas.data.sources.layout import (
    find_files,
    left_out,
    looks_like,
    refuse_copies,
    refuse_derived,
    require_layout,
    some,
)
from mtfas.data.sources.raw import NO_MEDIUM, RawItem, RawSet, tally
from mtfas.errors import BadData
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.types import BONA_FIDE, Label, Split

DATASET = "replay-mobile"
RELEASE = "public"
LAYOUT = "RAW/train/real/client001_session01_authenticate_mobile_adverse.mov, RAW/devel/…, RAW/test/…"
SUFFIX = ".mov"
ENROLL = "enroll"

PARTS = {"train": Split.TRAIN, "devel": Split.DEV, "test": Split.TEST}


def _ids(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{number:03d}" for number in numbers)


CLIENTS = {
    "train": _ids(1, 3, 8, 11, 12, 16, 18, 20, 26, 34, 37, 38),
    "devel": _ids(5, 6, 13, 14, 15, 23, 24, 25, 28, 29, 31, 32, 35, 36, 39, 40),
    "test": _ids(2, 4, 7, 9, 10, 17, 19, 21, 22, 27, 30, 33),
}

INSTRUMENTS: dict[tuple[str, ...], tuple[str, str]] = {
    ("print", "fixed", "photo"): ("print", "printed-photo"),
    ("print", "hand", "photo"): ("print", "printed-photo"),
    ("mattescreen", "fixed", "photo"): ("replay", "mattescreen-photo"),
    ("mattescreen", "fixed", "video"): ("replay", "mattescreen-video"),
}
"""Species and medium by the device, support and sample type of an attack's name."""

CAMERAS = ("mobile", "tablet")
REAL_LIGHTS = ("controlled", "adverse", "direct", "lateral", "diffuse")
ATTACK_LIGHTS = ("lighton", "lightoff")

PUBLISHED: dict[str, tuple[int, int] | None] = {"train": (120, 192), "devel": (160, 256), "test": (110, 192)}
"""Bona fide and attack presentations."""

REAL = re.compile(r"client([0-9]+)_session[0-9]{2}_authenticate_([a-z]+)_([a-z]+)")
ATTACK = re.compile(r"attack_client([0-9]+)_session[0-9]{2}_([a-z]+)_([a-z]+)_([a-z]+)_([a-z]+)_([a-z]+)")


@dataclass(frozen=True)
class _Clip:
    """What a clip's name says; `about` has what only an attack says."""

    client: str
    camera: str
    light: str
    instrument: tuple[str, ...] = ()
    about: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        return "attack" if self.instrument else "real"


def read_replay_mobile(raw: Path) -> RawSet:
    """Read a copy of Replay-Mobile by its names; no video is opened.

    Raises:
        BadData: it is another set or a copy of frames, a name has a value that was never published, a clip
            lies in the folder of another part or kind, or is there twice.
    """
    require_layout(raw, DATASET, LAYOUT)
    _refuse_replay_attack(raw)
    inside, enrolled, outside = _videos(raw)
    refuse_derived(raw, DATASET, [*inside, *outside])
    found = {path: _item(raw, path) for path in inside}
    items = [item for item in found.values() if item]
    refuse_copies(items)
    strange = [*(path for path, item in found.items() if item is None), *outside]
    names = [path.relative_to(raw).as_posix() for path in strange]
    warning = f"{enrolled} video(s) of {ENROLL}/ are left out; they are for face recognition, not for PAD."
    tallies = tally(items, lambda item: item.name.partition("/")[0], PUBLISHED)
    return RawSet(DATASET, items, [warning] if enrolled else [], RELEASE, _deviations(items, names), tallies)


def _refuse_replay_attack(raw: Path) -> None:
    """Refuse the older set of the same makers, whose folders have the same names."""
    other = looks_like(raw)
    if other != DATASET:
        raise BadData(
            f"{raw} is not {DATASET} as handed out: expected {LAYOUT}; it looks like {other}, so give that "
            "source."
        )


def _videos(raw: Path) -> tuple[list[Path], int, list[Path]]:
    """Return the videos of the parts, the number of those of enrolment, and the videos elsewhere.

    Folders may be links to other disks.
    """
    inside = [path for part in PARTS for path in find_files(raw / part, VIDEO_SUFFIXES)]
    every = find_files(raw, VIDEO_SUFFIXES)
    outside = [path for path in every if path.relative_to(raw).parts[0] not in (*PARTS, ENROLL)]
    return inside, len(find_files(raw / ENROLL, VIDEO_SUFFIXES)), outside


def _item(raw: Path, path: Path) -> RawItem | None:
    """Return what a clip's name says; None where it is not built like one."""
    clip = _parse(path)
    if clip is None:
        return None
    part = _check_place(raw, path, clip)
    species, medium = INSTRUMENTS.get(clip.instrument, (BONA_FIDE, NO_MEDIUM))
    return RawItem(
        path,
        path.relative_to(raw).as_posix(),
        int(Label.ATTACK if clip.instrument else Label.LIVE),
        species,
        subject=f"{DATASET}:{clip.client}",
        presentation=f"{DATASET}:{path.relative_to(raw).with_suffix('').as_posix()}",
        session=clip.light,
        camera=clip.camera,
        medium=medium,
        split=PARTS[part].value,
        about={"light": clip.light, **clip.about},
    )


def _parse(path: Path) -> _Clip | None:
    if match := REAL.fullmatch(path.stem):
        client, camera, light = match.groups()
        clip = _Clip(client, camera, light)
    elif match := ATTACK.fullmatch(path.stem):
        client, device, support, camera, kind, light = match.groups()
        clip = _Clip(client, camera, light, (device, support, kind), {"support": support})
    else:
        return None
    for problem in _problems(clip):
        raise BadData(f"{path} has {problem}; mend the name, or take the file away.")
    return clip


def _problems(clip: _Clip) -> Iterator[str]:
    lights = ATTACK_LIGHTS if clip.instrument else REAL_LIGHTS
    if clip.camera not in CAMERAS:
        yield f"the camera '{clip.camera}', expected {' or '.join(CAMERAS)}"
    if clip.light not in lights:
        yield f"the light '{clip.light}', expected {' or '.join(lights)}"
    if clip.instrument and clip.instrument not in INSTRUMENTS:
        known = ", ".join("+".join(instrument) for instrument in INSTRUMENTS)
        yield f"the instrument {'+'.join(clip.instrument)}, expected one of {known}"


def _check_place(raw: Path, path: Path, clip: _Clip) -> str:
    """Return the part of a clip; refuse one whose folder and name disagree about who it shows, or what."""
    part = next((name for name, clients in CLIENTS.items() if clip.client in clients), None)
    if part is None:
        raise BadData(
            f"{path} is of client '{clip.client}', expected 001 to 040; mend the name, or take the file away."
        )
    home = f"{part}/{clip.folder}"
    if path.relative_to(raw).parent.as_posix() != home:
        raise BadData(
            f"{path} belongs in {home}/ by its name, for client {clip.client} is of {part}; get this folder "
            "again from the data's owners."
        )
    return part


def _deviations(items: list[RawItem], strange: list[str]) -> list[str]:
    found = left_out(strange)
    if other := [item.name for item in items if item.path.suffix.lower() != SUFFIX]:
        found.append(
            f"clips that are not {SUFFIX} files, so somebody encoded them again, perhaps without the tags "
            f"that say how they are turned: {some(other)}."
        )
    return found
