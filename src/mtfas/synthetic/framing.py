"""From head units to pixels: the camera's frame, and the crop that a face detector would cut from it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from mtfas.data.manifest import Parameter
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.raycast import View, rotation
from mtfas.types import Box, ByteImage

CROP_UNITS = 2.2
"""Side of a face crop in head units: a detector's box times 1.3."""
CROP_SCALE = 1.3
FRAME = 1.25
"""Side of the camera's frame in crops."""
_OVER = 2


@dataclass(frozen=True)
class Framing:
    """Pixel counts that follow from the size of a face crop.

    Attributes:
        size: side of the crop.
        sensor: side of the camera's frame, 1.25 crops, an even number.
        canvas: side of the rendered scene: two pixels a sensor pixel.
    """

    size: int

    @property
    def sensor(self) -> int:
        """Side of the camera's frame in sensor pixels."""
        return 2 * round(self.size * FRAME / 2)

    @property
    def canvas(self) -> int:
        """Side of a rendered scene in pixels."""
        return _OVER * self.sensor

    @property
    def shake(self) -> int:
        """How far a hand-held camera may drift within a clip, canvas pixels."""
        return max(2, self.canvas // 20)

    @property
    def unit(self) -> float:
        """Canvas pixels per head unit."""
        return _OVER * self.size / CROP_UNITS

    def view(
        self, rng: np.random.Generator, pose: tuple[float, float, float], side: int | None = None
    ) -> View:
        """Return a head of this pose (yaw, pitch, roll in degrees) near the middle of the canvas."""
        side = side or self.canvas
        shift = rng.normal(0, 0.025 * self.canvas, 2)
        centre = (float(side / 2 + shift[0]), float(side / 2 - 0.14 * self.unit + shift[1]))
        return View(side, self.unit, centre, rotation(*pose), float(rng.uniform(5.5, 9.0)), pose)


@dataclass(frozen=True)
class Crop:
    """One detector's box: where a crop lies in the camera's frame.

    Attributes:
        framing: pixel counts.
        corner: the crop's left and top edge in sensor pixels.
        scale: sensor pixels per crop pixel.
    """

    framing: Framing
    corner: tuple[float, float]
    scale: float

    @property
    def box(self) -> Box:
        """The detector's box in sensor pixels, before it was enlarged to the crop."""
        side = self.framing.size * self.scale
        margin = side * (1 - 1 / CROP_SCALE) / 2
        return Box(self.corner[0] + margin, self.corner[1] + margin, side / CROP_SCALE, side / CROP_SCALE)

    @property
    def made(self) -> dict[str, Parameter]:
        """How the crop lies, as the manifest's generating parameters."""
        middle = self.framing.sensor / 2
        off = [edge + self.framing.size * self.scale / 2 - middle for edge in self.corner]
        return {"crop_scale": self.scale, "crop_right": off[0] / middle, "crop_down": off[1] / middle}

    def picture(self, frame: ByteImage) -> ByteImage:
        """Return the crop [size, size, 3] of a sensor frame."""
        matrix = self._matrix(1)
        size = (self.framing.size, self.framing.size)
        return np.asarray(
            cv2.warpAffine(
                frame, matrix, size, flags=_INVERSE | cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            ),
            np.uint8,
        )

    def exact(self, canvas: Floats) -> Floats:
        """Return the crop [size, size] of a canvas map, nearest neighbour, so that no value is invented."""
        matrix = self._matrix(_OVER)
        size = (self.framing.size, self.framing.size)
        return np.asarray(
            cv2.warpAffine(
                canvas, matrix, size, flags=_INVERSE | cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
            ),
            np.float32,
        )

    def _matrix(self, over: int) -> npt.NDArray[np.float64]:
        step = self.scale * over
        left, top = (over * edge + 0.5 * step - 0.5 for edge in self.corner)
        return np.array([[step, 0, left], [0, step, top]], np.float64)


_INVERSE = cv2.WARP_INVERSE_MAP


def draw_crop(framing: Framing, rng: np.random.Generator) -> Crop:
    """Draw a crop as uncertain as a detector's: up to 3 % off the middle, up to 8 % too large or small."""
    scale = float(np.clip(rng.normal(1, 0.04), 0.92, 1.08))
    middle = framing.sensor / 2 + rng.normal(0, 0.012 * framing.size, 2).clip(
        -0.03 * framing.size, 0.03 * framing.size
    )
    corner = middle - framing.size * scale / 2
    return Crop(framing, (float(corner[0]), float(corner[1])), scale)
