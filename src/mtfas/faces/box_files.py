"""Files with face boxes as published data sets bring them along: one reader a format, never guessed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mtfas.types import Box

Size = tuple[int, int]
"""Width and height of the upright image or frame in pixels."""

Reader = Callable[[str, Size], dict[int, Box]]
"""From a file's text to the box of each frame that has a face; an image is frame 0."""


@dataclass(frozen=True)
class BoxFile:
    """A data set's own face boxes of one image or clip.

    Attributes:
        path: the file.
        format: its format, a name in BOX_FORMATS.
    """

    path: Path
    format: str


def read_box_file(file: BoxFile, size: Size) -> dict[int, Box]:
    """Return the box of each frame that has a face, in pixels of the upright frame.

    Raises:
        BadFile: the file is missing or not of its format.
    """
    raise NotImplementedError


BOX_FORMATS: dict[str, Reader] = {}
