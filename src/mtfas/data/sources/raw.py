"""What a raw data set is turned into before any image is opened."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mtfas.types import Box

UNKNOWN = "unknown"
"""The value of a camera, session or medium that nobody wrote down."""


@dataclass(frozen=True)
class RawFace:
    """One image of a raw data set and what is known about it.

    Attributes:
        path: where the image is.
        name: the same relative to the data set, with / between folders.
        label: live = 0, attack = 1.
        species: PAI species; "bona_fide" for live.
        subject: the person, unique within the data set.
        split: train, dev or test where the data set says so.
        presentation: the clip, or the image itself; frames of one clip share it.
        frame: number of the frame within its presentation, from 0.
        box: the face, where the data set says so.
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


@dataclass(frozen=True)
class RawSet:
    """All images of a raw data set, in a fixed order, and what the user should know about them."""

    name: str
    faces: list[RawFace]
    warnings: list[str] = field(default_factory=list)


Source = Callable[[Path], RawSet]


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts frame2 before frame10.

    Example:
        >>> sorted(["f10", "f2"], key=natural_key)
        ['f2', 'f10']
    """
    parts = re.split(r"([0-9]+)", name)
    return [(1, int(part), part) if part.isdecimal() else (0, 0, part) for part in parts if part]
