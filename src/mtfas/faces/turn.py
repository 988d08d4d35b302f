"""The eight ways in which a stored picture may have to be turned and mirrored to stand upright."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.types import ByteImage


@dataclass(frozen=True)
class Turn:
    """How the stored picture becomes upright: mirrored over its main diagonal, then across, then down."""

    diagonal: bool
    across: bool
    down: bool

    @property
    def mirrored(self) -> bool:
        """Whether left and right change places; two mirrorings are a rotation."""
        return (self.diagonal + self.across + self.down) % 2 == 1

    @property
    def degrees(self) -> int:
        """Degrees clockwise, before the mirroring where there is one."""
        back = Turn(self.diagonal, self.across ^ self.mirrored, self.down)
        return 90 * ROTATIONS.index(back)

    def apply(self, picture: ByteImage) -> ByteImage:
        """Turn [H, W, 3]; the result lies in memory row by row."""
        turned = cv2.transpose(picture) if self.diagonal else picture
        if self.across or self.down:
            turned = cv2.flip(turned, 0 if not self.across else -1 if self.down else 1)
        return np.ascontiguousarray(turned)


ROTATIONS = (
    Turn(diagonal=False, across=False, down=False),
    Turn(diagonal=True, across=True, down=False),
    Turn(diagonal=False, across=True, down=True),
    Turn(diagonal=True, across=False, down=True),
)
"""The turns by 0, 90, 180 and 270 degrees clockwise."""
