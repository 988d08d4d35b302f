"""A data set's own face boxes along a clip: the box of a frame, or of one close to it."""

from dataclasses import dataclass

from mtfas.faces.box_files import BoxFile, Size, read_box_file
from mtfas.types import Box

GIVEN, NEAR = "given", "given-near"
"""The manifest's `detector` where the box came with the data: for this frame, or for one close to it."""

REACH = 5
"""Frames to either side in which another frame's box stands in: a fifth of a second, in which faces move
little beside the margin of a crop. Farther away the face is searched for, live and attack alike."""


@dataclass(frozen=True)
class Track:
    """Face boxes of an image (frame 0) or a clip, by frame; frames without a face are absent."""

    boxes: dict[int, Box]

    @property
    def last(self) -> int:
        """The last frame that has a box, -1 where none has."""
        return max(self.boxes, default=-1)

    def at(self, frame: int) -> tuple[Box | None, str]:
        """Return a frame's box, else the nearest within REACH (the earlier of two); and who gave it."""
        if frame in self.boxes:
            return self.boxes[frame], GIVEN
        for apart in range(1, REACH + 1):
            for near in (frame - apart, frame + apart):
                if near in self.boxes:
                    return self.boxes[near], NEAR
        return None, NEAR


def read_track(file: BoxFile, size: Size) -> Track:
    """Read a data set's own box file; `size` is width and height of the upright frame.

    Raises:
        BadFile: it is missing or not of its format.
    """
    return Track(read_box_file(file, size))
