"""ROSE-Youtu as it is handed out: 3497 clips of the 20 people who are public.

    RAW/<person>/<kind>_<speech>_<device>_<glasses>_<background>_<person>_<number>.mp4
    RAW/2/G_NT_5s_g_E_2_1.mp4

The literature trains on the first ten persons and tests on the other ten. There is no dev part: the last two
of the first ten (11 and 12) are dev here, as in Gradiant's interface. Which screens and masks the codes stand
for is from that interface and a public reader. The devices stored some clips turned; the tags that say so are
honoured, but no source states that every clip has them, so the crops should be looked at.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from mtfas.data.sources.layout import (
    encoded_again,
    find_files,
    left_out,
    looks_like,
    refuse_copies,
    refuse_derived,
)
from mtfas.data.sources.raw import NO_MEDIUM, RawItem, RawSet, tally
from mtfas.errors import BadData
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.types import BONA_FIDE, Label, Split

DATASET = "rose-youtu"
RELEASE = "public"
LAYOUT = "RAW/2/G_NT_5s_g_E_2_1.mp4, RAW/3/…, … RAW/23/…"
SUFFIX = ".mp4"

PERSONS = {
    Split.TRAIN: (2, 3, 4, 5, 6, 7, 9, 10),
    Split.DEV: (11, 12),
    Split.TEST: (13, 14, 15, 16, 17, 18, 20, 21, 22, 23),
}
SPLITS = {str(person): split for split, persons in PERSONS.items() for person in persons}
"""From a person's number in file names to the split."""

KINDS = {
    "G": (BONA_FIDE, NO_MEDIUM),
    "Ps": ("print", "still-photo"),
    "Pq": ("print", "quivering-photo"),
    "Vl": ("replay", "lenovo-screen"),
    "Vm": ("replay", "mac-screen"),
    "Mc": ("paper_mask", "cropped-mask"),
    "Mf": ("paper_mask", "full-mask"),
    "Mu": ("paper_mask", "upper-mask"),
    "Ml": ("paper_mask", "lower-mask"),
}
"""Species and medium by the first code of a name; nobody has seen an Ml, which the naming scheme has."""

CODES = {
    "kind": tuple(KINDS),
    "speech": ("T", "NT"),
    "device": ("5s", "HS", "HW", "IP", "ZTE"),
    "glasses": ("g", "wg"),
    "person": tuple(SPLITS),
}
"""Published values of each field: talking or not, the camera, glasses or without glasses, who."""

PUBLISHED: dict[str, tuple[int, int] | None] = {"total": (897, 2600)}
"""Bona fide and attack presentations; by split Gradiant's interface has sums only: 1389, 359, 1749."""

TURNED = (
    "ROSE-Youtu's devices stored some clips turned; tags in the files say how, but whether every clip "
    "has one is not published: look at some crops before training."
)

NAME = re.compile(
    r"(?P<kind>[A-Z][a-z]?)_(?P<speech>[A-Z]+)_(?P<device>[0-9A-Za-z]+)_(?P<glasses>[a-z]+)_"
    r"(?P<background>[0-9A-Za-z]+)_(?P<person>[0-9]+)_(?P<number>[0-9]+)"
)


def read_rose_youtu(raw: Path) -> RawSet:
    """Read a copy of ROSE-Youtu by its names; no video is opened.

    Raises:
        BadData: it is another set or a copy of frames, a name has a code that was never published, a clip
            lies in another person's folder, or is there twice.
    """
    if not raw.is_dir():
        raise BadData(f"{raw} is not a folder; expected {DATASET} as handed out: {LAYOUT}.")
    videos = _videos(raw)
    _refuse_other(raw, videos)
    found = {path: _item(raw, path) for path in videos}
    items = [item for item in found.values() if item]
    refuse_copies(items)
    strange = [path.relative_to(raw).as_posix() for path, item in found.items() if item is None]
    tallies = tally(items, lambda item: "total", PUBLISHED)
    return RawSet(
        DATASET, items, [TURNED], RELEASE, [*left_out(strange), *encoded_again(items, SUFFIX)], tallies
    )


def _videos(raw: Path) -> list[Path]:
    """Return the videos of the persons, whose folders may be links to other disks, then those elsewhere."""
    inside = [path for person in SPLITS for path in find_files(raw / person, VIDEO_SUFFIXES)]
    every = find_files(raw, VIDEO_SUFFIXES)
    return [*inside, *(path for path in every if path.relative_to(raw).parts[0] not in SPLITS)]


def _refuse_other(raw: Path, videos: list[Path]) -> None:
    """Refuse a folder without a single clip named as in the set: numbered folders are in others too."""
    if any(NAME.fullmatch(path.stem) for path in videos):
        return
    other = looks_like(raw)
    if other is None:
        refuse_derived(raw, DATASET, videos)
    hint = f"it looks like {other}, so give that source" if other else "give the folder that holds these"
    raise BadData(f"{raw} is not {DATASET} as handed out: expected {LAYOUT}; {hint}.")


def _item(raw: Path, path: Path) -> RawItem | None:
    """Return what a clip's name says; None where it is not built like one."""
    match = NAME.fullmatch(path.stem)
    if match is None:
        return None
    for problem in _problems(match):
        raise BadData(f"{path} has {problem}; mend the name, or take the file away.")
    _check_place(raw, path, match["person"])
    species, medium = KINDS[match["kind"]]
    return RawItem(
        path,
        path.relative_to(raw).as_posix(),
        int(Label.LIVE if species == BONA_FIDE else Label.ATTACK),
        species,
        subject=f"{DATASET}:{match['person']}",
        presentation=f"{DATASET}:{path.relative_to(raw).with_suffix('').as_posix()}",
        session=f"background-{match['background']}",
        camera=match["device"],
        medium=medium,
        split=SPLITS[match["person"]].value,
        about={
            "speech": "talking" if match["speech"] == "T" else "silent",
            "glasses": "yes" if match["glasses"] == "g" else "no",
        },
    )


def _problems(match: re.Match[str]) -> Iterator[str]:
    for field, values in CODES.items():
        if match[field] not in values:
            yield f"the {field} '{match[field]}', expected one of {', '.join(values)}"


def _check_place(raw: Path, path: Path, person: str) -> None:
    if path.relative_to(raw).parent.as_posix() != person:
        if path.parent.name == person:
            raise BadData(
                f"{raw} is not {DATASET} as handed out: expected {LAYOUT}; give {path.parent.parent} instead."
            )
        raise BadData(
            f"{path} is of person {person} by its name and belongs in {person}/; get this folder again from "
            "the data's owners."
        )
