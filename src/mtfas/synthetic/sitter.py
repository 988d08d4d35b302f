"""One subject with all that is made once for its captures: heads, spectacles, an attacker's pictures."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from mtfas.data.manifest import Parameter
from mtfas.runtime.seeds import stream
from mtfas.synthetic.background import draw_background
from mtfas.synthetic.camera import SOURCE_CAMERA, capture, expose
from mtfas.synthetic.eyelids import STEPS, quantised
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.head import Head, bake, blink, close_eyes
from mtfas.synthetic.identity import HEADWEAR, Identity, another_day, draw_identity
from mtfas.synthetic.light import draw_light
from mtfas.synthetic.motion import sway
from mtfas.synthetic.occluders import draw_occluder, tinted
from mtfas.synthetic.place import CEILING, DAYLIGHT, EVENING, Place
from mtfas.synthetic.scene import render
from mtfas.synthetic.sheet import Sheet
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.spectacles import make_spectacles
from mtfas.types import ByteImage

PHOTO_FIELD = 1.2
"""An attacker's picture shows this many canvas sides, so that a tilted print still fills the frame."""
PHOTOS = 2
"""How many photographs, and how many videos, an attacker has of a subject."""
ELSEWHERE = (
    Place("elsewhere-1", DAYLIGHT, ("wall", "office", "window")),
    Place("elsewhere-2", EVENING, ("curtain", "lamps", "shelf")),
    Place("elsewhere-3", CEILING, ("shelf", "wall", "office")),
)
"""Where an attacker took pictures of the subject."""

Made = TypeVar("Made")


@dataclass(frozen=True)
class Sitter:
    """A subject, lazily baked; texture detail follows the crop's size.

    Attributes:
        seed: the benchmark's seed.
        who: the subject's name.
        framing: pixel counts.
    """

    seed: int
    who: str
    framing: Framing
    _kept: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def texels(self) -> int:
        """Side of the head's maps."""
        return 4 * self.framing.size

    def keep(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what `make` returned the first time it was asked for under this key."""
        if key not in self._kept:
            self._kept[key] = make()
        made: Made = self._kept[key]
        return made

    @cached_property
    def person(self) -> Identity:
        """Who the subject is."""
        return draw_identity(self.stream("identity"))

    def head(self, session: str) -> Head:
        """Return the subject's head in a session, eyes open."""
        return self.keep(
            ("head", session),
            lambda: bake(another_day(self.person, self.stream("day", session)), self.texels),
        )

    def face(self, shot: Shot) -> Head:
        """Return the subject's head as it is in one frame: a live face blinks."""
        head, closed = self.head(shot.session), quantised(shot.lids)
        if closed == 0:
            return head
        lids = self.keep(("lids", shot.session, closed), lambda: close_eyes(head, closed / STEPS))
        return blink(head, lids)

    def worn(self, shot: Shot) -> tuple[Sheet, ...]:
        """Return what is before the face in a clip, live or attacking: spectacles, a hand, a scarf."""
        spectacles = self.keep(
            "spectacles", lambda: make_spectacles(self.person, self.texels, self.stream("spectacles"))
        )
        worn = self.keep("worn spectacles", lambda: tinted(spectacles, self.stream("tint")))
        _, occluders = self.keep(
            ("occluder", shot.clip.name),
            lambda: draw_occluder(self.person, self.texels, shot.pose[0], shot.stream("occluder")),
        )
        return worn + occluders

    @property
    def made(self) -> dict[str, Parameter]:
        """What the subject is like, as the manifest's generating parameters."""
        person = self.person
        return {
            "skin_tone": person.tone,
            "age": person.age,
            "beard": person.beard,
            "hair_length": person.hair_length if person.hair_thickness > 0 else 0.0,
            "spectacles": float(person.spectacles > 0),
            "headwear": HEADWEAR[person.headwear],
        }

    @cached_property
    def stranger(self) -> Identity:
        """Somebody else, whose face disguises this subject; never a subject of the benchmark."""
        return draw_identity(self.stream("stranger"))

    def photo(self, number: int) -> ByteImage:
        """Return a photograph that an attacker took of the subject, in another place and pose.

        It is PHOTO_FIELD canvas sides wide, RGB, in canvas pixels.
        """
        return self.keep(("photo", number), lambda: self._film("photo", number, 0.0))

    def video(self, number: int, frame: int, time: float) -> ByteImage:
        """Return a frame of a video that an attacker has of the subject; like `photo`, but the head moves."""
        return self.keep(("video", number, frame), lambda: self._film("video", number, time))

    def _film(self, kind: str, number: int, time: float) -> ByteImage:
        rng = self.stream(kind, number)
        place = ELSEWHERE[int(rng.integers(len(ELSEWHERE)))]
        side = 2 * round(self.framing.canvas * PHOTO_FIELD / 2)
        light = draw_light(place.lighting, rng)
        background = draw_background(place.draw_background_kind(rng), light, side, rng)
        base = rng.normal(0, (9, 4, 3))
        moved = [
            base[i] + sway(self.stream(kind, number, i), time, size) for i, size in enumerate((4, 2, 1.5))
        ]
        yaw, pitch, roll = np.clip(moved, -25, 25)
        view = self.framing.view(rng, (float(yaw), float(pitch), float(roll)), side)
        head = self.head("elsewhere")
        spectacles = self.keep(
            "spectacles", lambda: make_spectacles(self.person, self.texels, self.stream("spectacles"))
        )
        # The same things get before a face in a picture taken elsewhere.
        _, occluders = draw_occluder(
            self.person, self.texels, float(yaw), self.stream(kind, number, "occluder")
        )
        scene = render(head, view, light, background, spectacles + occluders)
        noise = self.stream(kind, number, "noise", round(1000 * time))
        return capture(SOURCE_CAMERA, scene.colour, side, expose(SOURCE_CAMERA, rng), noise)

    def stream(self, *names: str | int) -> np.random.Generator:
        """Return random numbers of this subject."""
        return stream(self.seed, self.who, *names)
