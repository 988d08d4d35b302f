"""CASIA-MFSD (also CASIA-FASD) as it is handed out: 600 clips of 50 people, twelve each.

    RAW/train_release/<1…20>/{1,2,3,4,5,6,7,8,HR_1,HR_2,HR_3,HR_4}.avi
    RAW/test_release/<1…30>/…                                              other people, counted from 1 again

There is no published dev part: the training clients 10, 14, 16 and 20 are dev here, the first of the five
folds of Idiap's interface. Sources disagree which of the two small sizes is the low and which the normal
quality, so qualities are named by frame size, width × height. Face boxes are not part of the release; where
Idiap's .face files lie beside the clips, or under face-locations/ in the same folders, they are used.
"""

import re
from pathlib import Path

from mtfas.data.sources.layout import (
    encoded_again,
    find_files,
    left_out,
    refuse_copies,
    refuse_derived,
    require_layout,
)
from mtfas.data.sources.raw import NO_MEDIUM, RawItem, RawSet, tally
from mtfas.errors import BadData
from mtfas.faces.box_files import BoxFile
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.types import BONA_FIDE, Label, Split

DATASET = "casia-mfsd"
RELEASE = "public"
LAYOUT = "RAW/train_release/1/1.avi, RAW/test_release/1/1.avi, …"
SUFFIX = ".avi"
FACES, BOXES = "face-locations", "frame-xywh"

CLIENTS = {"train_release": range(1, 21), "test_release": range(1, 31)}
PARTS = {"train_release": Split.TRAIN, "test_release": Split.TEST}
DEV_CLIENTS = (10, 14, 16, 20)
"""Clients of train_release that are dev."""

QUALITIES = {
    "640x480": ("1", "3", "5", "7"),
    "480x640": ("2", "4", "6", "8"),
    "720x1280": ("HR_1", "HR_2", "HR_3", "HR_4"),
}
"""A client's files by frame size, each in the order of INSTRUMENTS."""

INSTRUMENTS = (
    (BONA_FIDE, NO_MEDIUM),
    ("warped_photo", "warped-photo"),
    ("cut_photo", "cut-photo"),
    ("replay", "tablet"),
)
"""Species and medium."""

FILES = {file: (quality, *INSTRUMENTS[at]) for quality, of in QUALITIES.items() for at, file in enumerate(of)}
"""Quality, species and medium by a file's name."""

PUBLISHED: dict[str, tuple[int, int] | None] = {"train_release": (60, 180), "test_release": (90, 270)}
"""Bona fide and attack presentations."""

PATTERN = re.compile(r"(?P<release>train_release|test_release)/(?P<client>[0-9]+)/(?P<file>(HR_)?[0-9]+)")


def read_casia_mfsd(raw: Path) -> RawSet:
    """Read a copy of CASIA-MFSD by its names; no video is opened.

    Raises:
        BadData: it is another set or a copy of frames, a client or file number is out of range, or a clip is
            there twice.
    """
    require_layout(raw, DATASET, LAYOUT)
    videos = _videos(raw)
    refuse_derived(raw, DATASET, videos)
    found = {path: _item(raw, path) for path in videos}
    items = [item for item in found.values() if item]
    refuse_copies(items)
    strange = [path.relative_to(raw).as_posix() for path, item in found.items() if item is None]
    tallies = tally(items, lambda item: item.name.partition("/")[0], PUBLISHED)
    return RawSet(
        DATASET,
        items,
        release=RELEASE,
        deviations=[*left_out(strange), *encoded_again(items, SUFFIX)],
        tallies=tallies,
    )


def _videos(raw: Path) -> list[Path]:
    """Return the videos of the two releases, which may be links to other disks, then those elsewhere."""
    inside = [path for name in CLIENTS for path in find_files(raw / name, VIDEO_SUFFIXES)]
    every = find_files(raw, VIDEO_SUFFIXES)
    return [*inside, *(path for path in every if path.relative_to(raw).parts[0] not in CLIENTS)]


def _item(raw: Path, path: Path) -> RawItem | None:
    """Return what a clip's name says; None where it is not a number in a client's folder."""
    name = path.relative_to(raw).as_posix()
    clip = path.relative_to(raw).with_suffix("").as_posix()
    match = PATTERN.fullmatch(clip)
    if match is None:
        return None
    release, client = match["release"], _client(path, match["release"], match["client"])
    if match["file"] not in FILES:
        raise BadData(
            f"{path} is file '{match['file']}', but a client's files are {', '.join(FILES)}; mend the name, "
            "or take the file away."
        )
    quality, species, medium = FILES[match["file"]]
    held_out = release == "train_release" and client in DEV_CLIENTS
    return RawItem(
        path,
        name,
        int(Label.LIVE if species == BONA_FIDE else Label.ATTACK),
        species,
        # Numbers start again in test_release with other people.
        subject=f"{DATASET}:{PARTS[release]}-{client:02d}",
        presentation=f"{DATASET}:{clip}",
        camera=quality,
        medium=medium,
        split=(Split.DEV if held_out else PARTS[release]).value,
        box_file=_box_file(raw, path),
        about={"quality": quality},
    )


def _client(path: Path, release: str, text: str) -> int:
    clients = CLIENTS[release]
    if text not in map(str, clients):
        raise BadData(
            f"{path} is of client '{text}', but {release}/ has the clients 1 to {clients[-1]}; get this "
            "folder again from the data's owners."
        )
    return int(text)


def _box_file(raw: Path, path: Path) -> BoxFile | None:
    beside = path.with_suffix(".face")
    places = (beside, raw / FACES / beside.relative_to(raw))
    return next((BoxFile(place, BOXES) for place in places if place.is_file()), None)
