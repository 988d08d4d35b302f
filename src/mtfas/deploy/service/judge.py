"""One uploaded file, one answer: checked, decoded and judged in a worker thread."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mtfas.deploy.answers import Answer
from mtfas.deploy.clips import ClipRule
from mtfas.deploy.overlay import WEIGHT
from mtfas.deploy.predictor import Look, Predictor
from mtfas.deploy.service.body import file_of
from mtfas.deploy.service.refusals import Refused
from mtfas.deploy.service.settings import Limits
from mtfas.deploy.service.upload import Upload, inspect, private_file
from mtfas.errors import BadFile
from mtfas.faces.crop import crop_square
from mtfas.faces.image import read_image
from mtfas.types import Box, ByteImage

HEATMAP_SIDE = 192
"""Side in pixels of the heat map that is sent; the map itself has about 8 to 32."""


@dataclass(frozen=True)
class TimedPredictor(Predictor):
    """A predictor that stops between two frames when its time is over."""

    deadline: float = float("inf")

    def look(self, rgb: ByteImage) -> Look:
        """Find the face, unless the request's time is over."""
        check_time(self.deadline)
        return super().look(rgb)


@dataclass(frozen=True)
class Judge:
    """What worker threads share.

    Attributes:
        predictor: an opened bundle.
        limits: of the service.
    """

    predictor: Predictor
    limits: Limits

    @property
    def rule(self) -> ClipRule:
        """How videos are judged: as `mtfas predict` does, with fewer frames where fewer are allowed."""
        frames = min(ClipRule.frames, self.limits.max_frames)
        return ClipRule(frames, min_frames=min(ClipRule.min_frames, frames))

    def answer(self, body: bytes, boundary: bytes, heatmap: bool, deadline: float) -> dict[str, Any]:
        """Return the answer to a multipart body as JSON values.

        Args:
            body: of the request.
            boundary: of its parts.
            heatmap: whether to send the map too.
            deadline: of time.monotonic(), checked before each step.

        Raises:
            Refused: the body or the file in it is not what it should be, or the time is over.
        """
        check_time(deadline)
        content = file_of(body, boundary, self.limits.max_body)
        upload = inspect(content, self.limits)
        check_time(deadline)
        answer = self._judged(content, upload, deadline)
        return self._as_json(answer, upload, heatmap)

    def _judged(self, content: bytes, upload: Upload, deadline: float) -> Answer:
        chosen = self.predictor
        timed = TimedPredictor(chosen.bundle, chosen.session, chosen.threshold, chosen.several, deadline)
        with private_file(content) as path:
            try:
                if upload.kind == "picture":
                    return timed.picture(read_image(path))
                return timed.clip(path, self.rule)
            except BadFile as error:
                raise Refused("unreadable", str(error).replace(str(path), "The file")) from error

    def _as_json(self, answer: Answer, upload: Upload, heatmap: bool) -> dict[str, Any]:
        found = answer.to_json("")
        del found["path"]
        found |= {"frame": answer.frame, "frames_in_file": upload.frames}
        if heatmap:
            found |= {"heatmap": None, "heatmap_box": None}
        if heatmap and answer.heatmap is not None and answer.box is not None:
            square = crop_square(Box(*answer.box), self.predictor.bundle.crop)
            found["heatmap"] = heatmap_uri(answer.heatmap)
            found["heatmap_box"] = [round(side, 2) for side in square.as_list()]
        return found


def heatmap_uri(heatmap: npt.NDArray[np.float32]) -> str:
    """Return a map [h, w] in [0, 1] as the data URI of a PNG that is clear where the map is 0."""
    size = (HEATMAP_SIDE, HEATMAP_SIDE)
    smooth = cv2.resize(heatmap.astype(np.float32), size, interpolation=cv2.INTER_LINEAR).clip(0.0, 1.0)
    colour = cv2.applyColorMap((smooth * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    opacity = (smooth * WEIGHT * 255).round().astype(np.uint8)
    done, png = cv2.imencode(".png", np.dstack([colour, opacity]))
    if not done:
        raise ValueError(f"cannot write a heat map of shape {heatmap.shape} as PNG")
    return "data:image/png;base64," + base64.b64encode(png.tobytes()).decode()


def check_time(deadline: float, now: Callable[[], float] = time.monotonic) -> None:
    """Raise Refused (503) when a request's time is over."""
    if now() > deadline:
        raise Refused("too_slow", "The file could not be judged in time; send a smaller one, or try later.")
