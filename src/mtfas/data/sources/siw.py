"""SiW (Spoof in the Wild) as it is handed out: about 4,480 clips of 165 people.

    RAW/{Train,Test}/{live,spoof}/<subject>/<subject>-<sensor>-<type>-<medium>-<session>.mov   (+ .face)

Type 1 is live, 2 a print, 3 a replay. The release has no dev part: the ten training subjects that Idiap's
interface takes are dev here. Its .face files are not used, for Idiap judged them too poor and searched for
the faces itself: so does this project. Phones store turned frames; the tags that say so are honoured.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from mtfas.data.sources.layout import (
    find_files,
    left_out,
    refuse_copies,
    refuse_derived,
    require_layout,
    some,
)
from mtfas.data.sources.raw import NO_MEDIUM, RawItem, RawSet, Tally, tally
from mtfas.errors import BadData
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.types import BONA_FIDE, Label, Split

DATASET = "siw"
RELEASE = "public"
LAYOUT = "RAW/Train/live/003/003-1-1-1-1.mov, RAW/Train/spoof/…, RAW/Test/…"
SUFFIXES = (".mov", ".mp4")

PARTS = {"Train": Split.TRAIN, "Test": Split.TEST}


def _ids(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{number:03d}" for number in numbers)


SUBJECTS = _ids(*range(1, 166))
DEV_SUBJECTS = _ids(3, 6, 7, 11, 14, 16, 17, 22, 28, 30)
"""Subjects of Train that are dev: those of Idiap's interface."""

TRAIN_SUBJECTS = frozenset(DEV_SUBJECTS) | frozenset(_ids(
    32, 33, 34, 35, 38, 40, 41, 42, 45, 46, 47, 51, 54, 55, 56, 58, 60, 62, 63, 68, 69, 70, 72, 74, 76, 77,
    78, 80, 81, 86, 89, 91, 92, 93, 96, 98, 99, 100, 101, 103, 104, 105, 107, 111, 112, 113, 115, 117, 119,
    120, 121, 123, 127, 128, 129, 131, 133, 134, 135, 136, 140, 143, 144, 145, 146, 147, 148, 149, 150,
    151, 152, 155, 156, 157, 159, 160, 162, 163, 164, 165,
))  # fmt: skip
"""The 90 subjects of Train, by Idiap's lists; the other 75 are Test."""

TYPES = {"1": (BONA_FIDE, "live"), "2": ("print", "spoof"), "3": ("replay", "spoof")}
"""Species and folder by the type in a clip's name."""
MEDIA = {"1": "12", "2": "12", "3": "1234"}
"""Media of each type; a live clip's tells two kinds of recording apart."""
SENSORS, SESSIONS = "12", "12"

PUBLISHED: dict[str, tuple[int, int] | None] = {"Train": (714, 1702), "Test": (599, 1462)}
"""Bona fide and attack presentations, with dev in Train, in GRAD-GPAD's inventory of one copy."""
ALSO_PUBLISHED = {"Train": (714, 1703)}
"""The same in Idiap's lists, which name one attack more."""

NAME = re.compile(
    r"(?P<subject>[0-9]+)-(?P<sensor>[0-9]+)-(?P<type>[0-9]+)-(?P<medium>[0-9]+)-(?P<session>[0-9]+)"
)


def read_siw(raw: Path) -> RawSet:
    """Read a copy of SiW by its names; no video is opened.

    Raises:
        BadData: it is another set or a copy of frames, a name has a value that was never published, a clip
            lies in another subject's, kind's or part's folder, or is there twice.
    """
    require_layout(raw, DATASET, LAYOUT)
    inside, outside = _videos(raw)
    refuse_derived(raw, DATASET, [*inside, *outside])
    found = {path: _item(raw, path) for path in inside}
    items = [item for item in found.values() if item]
    refuse_copies(items)
    strange = [*(path for path, item in found.items() if item is None), *outside]
    names = [path.relative_to(raw).as_posix() for path in strange]
    return RawSet(
        DATASET, items, release=RELEASE, deviations=_deviations(items, names), tallies=_tallies(items)
    )


def _videos(raw: Path) -> tuple[list[Path], list[Path]]:
    """Return the videos of the two parts, which may be links to other disks, and those elsewhere."""
    inside = [path for part in PARTS for path in find_files(raw / part, VIDEO_SUFFIXES)]
    every = find_files(raw, VIDEO_SUFFIXES)
    return inside, [path for path in every if path.relative_to(raw).parts[0] not in PARTS]


def _item(raw: Path, path: Path) -> RawItem | None:
    """Return what a clip's name says; None where it is not built like one."""
    match = NAME.fullmatch(path.stem)
    if match is None:
        return None
    for problem in _problems(match):
        raise BadData(f"{path} has {problem}; mend the name, or take the file away.")
    species, _ = TYPES[match["type"]]
    _check_place(raw, path, match)
    live = species == BONA_FIDE
    return RawItem(
        path,
        path.relative_to(raw).as_posix(),
        int(Label.LIVE if live else Label.ATTACK),
        species,
        subject=f"{DATASET}:{match['subject']}",
        presentation=f"{DATASET}:{path.relative_to(raw).with_suffix('').as_posix()}",
        session=f"session-{match['session']}",
        camera=f"sensor-{match['sensor']}",
        medium=NO_MEDIUM if live else f"{species}-{match['medium']}",
        split=_split(match["subject"]).value,
        about={"sensor": match["sensor"], "session": match["session"], "medium": match["medium"]},
    )


def _problems(match: re.Match[str]) -> Iterator[str]:
    if match["subject"] not in SUBJECTS:
        yield f"the subject '{match['subject']}', expected {SUBJECTS[0]} to {SUBJECTS[-1]}"
    allowed = {"sensor": SENSORS, "type": "".join(TYPES), "session": SESSIONS}
    for field, values in allowed.items():
        if match[field] not in tuple(values):
            yield f"the {field} '{match[field]}', expected {' or '.join(values)}"
    media = MEDIA.get(match["type"], "")
    if match["medium"] not in tuple(media):
        yield f"the medium '{match['medium']}', expected {' or '.join(media)} for type {match['type']}"


def _split(subject: str) -> Split:
    if subject in DEV_SUBJECTS:
        return Split.DEV
    return Split.TRAIN if subject in TRAIN_SUBJECTS else Split.TEST


def _check_place(raw: Path, path: Path, match: re.Match[str]) -> None:
    """Refuse a clip whose folder and name disagree about who it shows, or what."""
    part = "Train" if match["subject"] in TRAIN_SUBJECTS else "Test"
    home = f"{part}/{TYPES[match['type']][1]}/{match['subject']}"
    if path.relative_to(raw).parent.as_posix() != home:
        raise BadData(
            f"{path} belongs in {home}/ by its name (subject-sensor-type-medium-session; type 1 is live); "
            "get this folder again from the data's owners."
        )


def _deviations(items: list[RawItem], strange: list[str]) -> list[str]:
    found = left_out(strange)
    if other := [item.name for item in items if item.path.suffix.lower() not in SUFFIXES]:
        found.append(f"clips that are neither .mov nor .mp4, so somebody encoded them again: {some(other)}.")
    return found


def _tallies(items: list[RawItem]) -> list[Tally]:
    """Count the parts beside the published numbers; of two right ones, that which a copy has."""
    tallies = tally(items, lambda item: item.name.partition("/")[0], PUBLISHED)
    return [
        Tally(part.part, part.found, part.found) if ALSO_PUBLISHED.get(part.part) == part.found else part
        for part in tallies
    ]
