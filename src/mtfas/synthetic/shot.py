"""One presentation and its frames: the conditions, drawn alike for live faces and attacks."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mtfas.data.manifest import Parameter
from mtfas.runtime.seeds import stream
from mtfas.synthetic.background import draw_background
from mtfas.synthetic.camera import Camera
from mtfas.synthetic.framing import Crop, Framing, draw_crop
from mtfas.synthetic.light import Light, draw_light
from mtfas.synthetic.motion import RATE, eyelids, sway
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.place import Place
from mtfas.synthetic.raycast import View

LIVE_MEDIUM = "none"
_POSE = (40.0, 18.0, 14.0)
"""Farthest yaw, pitch and roll, degrees."""


@dataclass(frozen=True)
class Clip:
    """One presentation: who is before which camera, where, and with what.

    Attributes:
        seed: the benchmark's seed.
        who: the subject (or the photograph) before the camera.
        place: where: the session.
        camera: which camera.
        species: PAI species, or "bona_fide".
        medium: the instrument, "none" for a live face.
        framing: pixel counts.
        take: tells presentations apart that are alike in all of this.
    """

    seed: int
    who: str
    place: Place
    camera: Camera
    species: str
    medium: str
    framing: Framing
    take: int = 1

    @property
    def name(self) -> str:
        """The presentation's name; frames of one presentation share it."""
        what = self.species if self.medium == LIVE_MEDIUM else f"{self.species}_{self.medium}"
        return f"{self.who}_{self.place.name}_{self.camera.name}_{what}_{self.take}"

    def stream(self, *names: str | int) -> np.random.Generator:
        """Return random numbers that all frames of the presentation share."""
        return stream(self.seed, self.name, *names)

    @cached_property
    def light(self) -> Light:
        """The light of the presentation."""
        return draw_light(self.place.lighting, self.stream("light"))

    @cached_property
    def background_kind(self) -> str:
        """What stands behind, a name in BACKGROUNDS."""
        return self.place.draw_background_kind(self.stream("background kind"))

    @cached_property
    def background(self) -> Floats:
        """The background, a little wider than the canvas on every side, [side, side, 3]."""
        side = self.framing.canvas + 2 * self.framing.shake
        return draw_background(self.background_kind, self.light, side, self.stream("background"))


@dataclass(frozen=True)
class Shot:
    """One frame of a clip.

    Attributes:
        clip: the presentation.
        frame: number of the frame, from 0.
    """

    clip: Clip
    frame: int

    @property
    def time(self) -> float:
        """Seconds from the clip's start."""
        return self.frame / RATE

    @property
    def framing(self) -> Framing:
        """Pixel counts."""
        return self.clip.framing

    @property
    def medium(self) -> str:
        """The instrument."""
        return self.clip.medium

    @property
    def session(self) -> str:
        """Name of the place."""
        return self.clip.place.name

    @property
    def light(self) -> Light:
        """The light of the presentation."""
        return self.clip.light

    def stream(self, *names: str | int) -> np.random.Generator:
        """Return random numbers that all frames of the presentation share."""
        return self.clip.stream(*names)

    def frame_stream(self, *names: str | int) -> np.random.Generator:
        """Return random numbers of this frame alone."""
        return self.clip.stream(*names, self.frame)

    def background(self) -> Floats:
        """Return the background as the shaking camera sees it, [canvas, canvas, 3]."""
        room, side = self.framing.shake, self.framing.canvas
        right, down = (
            round(np.clip(sway(self.stream("shake", axis), self.time, room / 3), -room, room)) + room
            for axis in ("right", "down")
        )
        return np.asarray(self.clip.background[down : down + side, right : right + side], np.float32)

    @cached_property
    def pose(self) -> tuple[float, float, float]:
        """Yaw, pitch and roll of the head in degrees: one for the presentation, with a sway."""
        rng = self.stream("pose")
        # Mostly towards the camera, now and then far to a side.
        base = rng.normal(0, (9, 4.5, 3)) * (2.2 if rng.random() < 0.2 else 1.0)
        moved = [
            base[axis] + sway(self.stream("pose", axis), self.time, size)
            for axis, size in enumerate((4.0, 2.0, 1.5))
        ]
        yaw, pitch, roll = np.clip(moved, np.negative(_POSE), _POSE)
        return float(yaw), float(pitch), float(roll)

    @cached_property
    def lids(self) -> float:
        """How far a live face's eyes are closed, 0 to 1."""
        return eyelids(self.stream("blink"), self.time)

    def view(self) -> View:
        """Return the head's pose and place."""
        return self.framing.view(self.stream("place"), self.pose)

    def crop(self) -> Crop:
        """Return the frame's crop."""
        return draw_crop(self.framing, self.frame_stream("crop"))

    @property
    def made(self) -> dict[str, Parameter]:
        """The conditions, as generating parameters that must not tell live from attack."""
        light = self.light
        return {
            "light_azimuth": light.azimuth,
            "light_elevation": light.elevation,
            "light_warmth": light.warmth,
            "light_ratio": float(light.above.mean() / max(float(light.lamp.mean()), 1e-6)),
            "background": self.clip.background_kind,
        }
