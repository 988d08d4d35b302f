"""Several frames, one verdict: which frames are taken, and how their scores become one."""

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.deploy.answers import REASON_WORDS
from mtfas.errors import BadFile, BadSetting, unknown_name
from mtfas.types import ByteImage, FloatArray

TRIMMED = 0.2
"""Part of the frames that the trimmed mean leaves out at either end."""

WARM_UP = 5
"""Frames a camera needs before its exposure has settled; they are not judged."""


def mean(scores: FloatArray) -> float:
    """Return the mean, as the evaluation takes it for a presentation."""
    return float(np.mean(scores))


def trimmed_mean(scores: FloatArray) -> float:
    """Return the mean without the lowest and highest fifth: a single odd frame changes little."""
    cut = int(TRIMMED * len(scores))
    return float(np.mean(np.sort(scores)[cut : len(scores) - cut]))


COMBINE: dict[str, Callable[[FloatArray], float]] = {"mean": mean, "trimmed-mean": trimmed_mean}


@dataclass(frozen=True)
class ClipRule:
    """How a clip is judged.

    Attributes:
        frames: how many are taken, spread evenly over the clip (all, where it has fewer).
        combine: how their scores become one, a name in COMBINE.
        min_frames: how many must have been judged for a verdict.

    Raises:
        BadSetting: a number is below 1, min_frames is above frames, or the name is unknown.
    """

    frames: int = 16
    combine: str = "mean"
    min_frames: int = 3

    def __post_init__(self) -> None:
        if self.combine not in COMBINE:
            raise unknown_name("way to combine frames", self.combine, COMBINE)
        if not 1 <= self.min_frames <= self.frames:
            raise BadSetting(
                f"{self.min_frames} of {self.frames} frames cannot be asked for; the smallest number of "
                "judged frames is 1 or more, and no more than the frames taken."
            )


def too_few_words(judged: int, seen: int, rule: ClipRule, reasons: Sequence[str]) -> str:
    """Return one sentence on why a clip got no verdict."""
    commonest = Counter(reasons).most_common(1)
    why = f" (most others: {REASON_WORDS[commonest[0][0]]})" if commonest else ""
    return (
        f"Only {judged} of {seen} frames could be judged{why} and {rule.min_frames} are needed; record "
        "again, still and in good light, with one face before the camera."
    )


def record(number: int, frames: int) -> list[ByteImage]:
    """Return the next frames of a camera, uint8 [H, W, 3] RGB.

    Raises:
        BadFile: there is no such camera, or it gives no picture.
    """
    with _camera(number) as camera:
        found = [camera.read() for _ in range(WARM_UP + frames)][WARM_UP:]
    pictures = [np.ascontiguousarray(picture[:, :, ::-1], np.uint8) for done, picture in found if done]
    if not pictures:
        raise BadFile(f"camera {number} gives no picture; close other programs that use it.")
    return pictures


@contextlib.contextmanager
def _camera(number: int) -> Iterator[cv2.VideoCapture]:
    with _no_messages():
        camera = cv2.VideoCapture(number)
        try:
            if not camera.isOpened():
                raise BadFile(
                    f"there is no camera {number}, or it may not be used; plug it in and allow its use, "
                    "or give a picture or a video."
                )
            yield camera
        finally:
            camera.release()


@contextlib.contextmanager
def _no_messages() -> Iterator[None]:
    """Keep what OpenCV and the system write about cameras that are not there from the terminal."""
    logging = cv2.utils.logging
    level, kept, nowhere = logging.getLogLevel(), os.dup(2), os.open(os.devnull, os.O_WRONLY)
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
        logging.setLogLevel(level)
