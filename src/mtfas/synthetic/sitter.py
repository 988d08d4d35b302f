"""One subject with all that is made once for its captures: heads, spectacles, an attacker's pictures."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from mtfas.runtime.seeds import stream
from mtfas.synthetic.background import draw_background
from mtfas.synthetic.camera import SOURCE_CAMERA, capture
from mtfas.synthetic.disguise import make_mask, wear_mask
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.head import Head, bake
from mtfas.synthetic.identity import Identity, another_day, draw_identity
from mtfas.synthetic.light import draw_light
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.scene import render
from mtfas.synthetic.sheet import Sheet
from mtfas.synthetic.shot import SESSIONS
from mtfas.synthetic.skin import paint
from mtfas.synthetic.spectacles import make_spectacles
from mtfas.synthetic.surface import REACH, make_grid
from mtfas.types import ByteImage

PHOTO_FIELD = 1.2
"""An attacker's picture shows this many canvas sides, so that a tilted print still fills the frame."""
_PHOTOS = 2


@dataclass(frozen=True)
class Sitter:
    """A subject, lazily baked; texture detail follows the crop's size."""

    seed: int
    who: str
    framing: Framing

    @property
    def texels(self) -> int:
        """Side of the head's maps."""
        return 4 * self.framing.size

    @cached_property
    def person(self) -> Identity:
        """Who the subject is."""
        return draw_identity(self._stream("identity"))

    @cached_property
    def heads(self) -> dict[int, Head]:
        """The subject's head in each session."""
        days = {day: another_day(self.person, self._stream("day", day)) for day in SESSIONS}
        return {day: bake(person, self.texels) for day, person in days.items()}

    @cached_property
    def worn(self) -> tuple[Sheet, ...]:
        """The spectacles that the subject wears every day, if any."""
        return make_spectacles(self.person, self.texels, self._stream("spectacles"))

    @cached_property
    def stranger(self) -> Identity:
        """Somebody else, whose face disguises this subject; never a subject of the benchmark."""
        return draw_identity(self._stream("stranger"))

    @cached_property
    def masked(self) -> dict[int, Head]:
        """The subject's head in each session, wearing the mask of the stranger."""
        mask = make_mask(self.person, self.stranger, self.texels, self._stream("mask"))
        return {day: wear_mask(head, mask) for day, head in self.heads.items()}

    @cached_property
    def _stranger_paint(self) -> Floats:
        grid = make_grid(self.stranger, self.texels // 2)
        return paint(self.stranger, grid, np.zeros(grid.x.shape, np.float32)).colour

    def stranger_eyes(self, x: Floats, y: Floats) -> Floats:
        """Return a picture of the stranger's eyes at points of a sheet (head units), [h, w, 3]."""
        colour = self._stranger_paint
        side = colour.shape[0]
        z = np.sqrt(np.maximum(self.stranger.depth**2 - 0.8 * x**2, 0.1))
        length = np.sqrt(x**2 + y**2 + z**2)
        across, down = ((part / (length + z) / REACH + 1) * (side - 1) / 2 for part in (x, y))
        seen = cv2.remap(colour, across.astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR)
        return np.asarray(np.clip(seen * 1.3, 0, 1), np.float32)

    @cached_property
    def photos(self) -> tuple[ByteImage, ...]:
        """Pictures that an attacker took of the subject, in other places and poses, wider than the canvas."""
        return tuple(self._photograph(number) for number in range(_PHOTOS))

    def _photograph(self, number: int) -> ByteImage:
        rng = self._stream("photo", number)
        day = int(rng.choice(SESSIONS))
        side = 2 * round(self.framing.canvas * PHOTO_FIELD / 2)
        light = draw_light(int(rng.choice(SESSIONS)), rng)
        background = draw_background(int(rng.choice(SESSIONS)), light, side, rng)
        yaw, pitch, roll = np.clip(rng.normal(0, (9, 4, 3)), -25, 25)
        view = self.framing.view(rng, (float(yaw), float(pitch), float(roll)), side)
        scene = render(self.heads[day], view, light, background, self.worn)
        return capture(SOURCE_CAMERA, scene.colour, side, rng)

    def _stream(self, *names: str | int) -> np.random.Generator:
        return stream(self.seed, self.who, *names)
