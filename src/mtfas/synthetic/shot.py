"""One shot: the conditions of a presentation and its frame, drawn alike for live faces and attacks."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mtfas.runtime.seeds import stream
from mtfas.synthetic.background import draw_background
from mtfas.synthetic.framing import Crop, Framing, draw_crop
from mtfas.synthetic.light import Light, draw_light
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.raycast import View

SESSIONS = (1, 2)
"""Session 1: an office by day; session 2: a room with a warm lamp."""


@dataclass(frozen=True)
class Shot:
    """Who is before which camera, when, and with what.

    Attributes:
        seed: the benchmark's seed.
        who: the subject (or the photograph) before the camera.
        session: 1 or 2.
        camera: name of the camera.
        medium: the instrument, "none" for a live face.
        frame: number of the frame within the presentation.
        framing: pixel counts.
    """

    seed: int
    who: str
    session: int
    camera: str
    medium: str
    frame: int
    framing: Framing

    @property
    def presentation(self) -> str:
        """The clip's name; frames of one presentation share it."""
        return f"{self.who}_session-{self.session}_{self.camera}_{self.medium}"

    def stream(self, *names: str | int) -> np.random.Generator:
        """Return random numbers that all frames of the presentation share."""
        return stream(self.seed, self.presentation, *names)

    def frame_stream(self, *names: str | int) -> np.random.Generator:
        """Return random numbers of this frame alone."""
        return self.stream(*names, self.frame)

    @cached_property
    def light(self) -> Light:
        """The light of the presentation."""
        return draw_light(self.session, self.stream("light"))

    def background(self) -> Floats:
        """Return the background of the presentation, [canvas, canvas, 3]."""
        return draw_background(self.session, self.light, self.framing.canvas, self.stream("background"))

    def view(self) -> View:
        """Return the pose: one for the presentation, with a small movement in each frame."""
        base = self.stream("pose").normal(0, (11, 5, 4))
        move = self.frame_stream("pose").normal(0, (4, 2, 1.5))
        yaw, pitch, roll = np.clip(base + move, (-32, -14, -11), (32, 14, 11))
        return self.framing.view(self.frame_stream("place"), (float(yaw), float(pitch), float(roll)))

    def crop(self) -> Crop:
        """Return the frame's crop."""
        return draw_crop(self.framing, self.frame_stream("crop"))
