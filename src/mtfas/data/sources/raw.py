"""What a raw data set is turned into before any image or video is opened."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mtfas.faces.box_files import BoxFile
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.types import Box, Label

UNKNOWN = "unknown"
"""The value of a camera, session or medium that nobody wrote down."""

NO_MEDIUM = "none"
"""The medium of a live face in a data set that names its instruments."""


@dataclass(frozen=True)
class RawItem:
    """One image or one clip of a raw data set and what is known about it.

    Attributes:
        path: where the image or video is.
        name: the same relative to the data set, with / between folders.
        label: live = 0, attack = 1.
        species: PAI species; "bona_fide" for live.
        subject: the person, unique within the data set ("<data set>:<id>" in published ones).
        presentation: the clip, or the image itself; frames of one clip share it.
        frame: number of an image within its presentation, from 0; a video's are numbered when it is read.
        split: train, dev or test where the data set says so.
        box: the face, where the data set says so: of the image, or of every frame of the clip.
        box_file: the file with the data set's own face boxes, where there is one.
        turn: degrees clockwise by which a picture still has to be turned to stand upright, where a data set
            is known for it; tags in the file are honoured anyway.
        about: what else is known (light, support, …); each becomes a column "clip.<name>" of the manifest.
    """

    path: Path
    name: str
    label: int
    species: str
    subject: str
    presentation: str
    frame: int = 0
    session: str = UNKNOWN
    camera: str = UNKNOWN
    medium: str = UNKNOWN
    split: str | None = None
    box: Box | None = None
    box_file: BoxFile | None = None
    turn: int = 0
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_clip(self) -> bool:
        """Whether it is a video, by its file's ending."""
        return self.path.suffix.lower() in VIDEO_SUFFIXES


@dataclass(frozen=True)
class Tally:
    """The presentations of one part of a data set, beside the published number.

    Attributes:
        part: e.g. "train", or a species.
        found: (bona fide, attack) presentations in this copy.
        published: the same as published; None where no number is.
    """

    part: str
    found: tuple[int, int]
    published: tuple[int, int] | None

    @property
    def agrees(self) -> bool:
        """Whether this copy has what was published."""
        return self.published in (None, self.found)


@dataclass(frozen=True)
class RawSet:
    """All images and clips of a raw data set, in a fixed order, and what the user should know about them.

    Attributes:
        name: the manifest's `dataset`.
        items: the images and clips.
        warnings: sentences about what is odd but harmless.
        release: the manifest's `release`; "own" for a user's own pictures.
        deviations: sentences about where this copy is not as handed out (a missing list, files with strange
            names); warnings in lenient mode, errors in strict mode. Differences of tallies are added to them.
        tallies: presentations of each part, beside the published numbers.
    """

    name: str
    items: list[RawItem]
    warnings: list[str] = field(default_factory=list)
    release: str = "own"
    deviations: list[str] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)


Source = Callable[[Path], RawSet]


def tally(
    items: Iterable[RawItem],
    part_of: Callable[[RawItem], str],
    published: Mapping[str, tuple[int, int] | None],
) -> list[Tally]:
    """Count the presentations of each part beside the published numbers, in the published order.

    Args:
        items: of a raw set.
        part_of: the part an item belongs to; parts that nobody published come last.
        published: (bona fide, attack) presentations of each part.
    """
    clips: dict[str, tuple[set[str], set[str]]] = {part: (set(), set()) for part in published}
    for item in items:
        of = clips.setdefault(part_of(item), (set(), set()))
        of[item.label == Label.ATTACK].add(item.presentation)
    return [
        Tally(part, (len(live), len(attack)), published.get(part)) for part, (live, attack) in clips.items()
    ]


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts frame2 before frame10.

    Example:
        >>> sorted(["f10", "f2"], key=natural_key)
        ['f2', 'f10']
    """
    parts = re.split(r"([0-9]+)", name)
    return [(1, int(part), part) if part.isdecimal() else (0, 0, part) for part in parts if part]
