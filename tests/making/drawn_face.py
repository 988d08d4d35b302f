"""A face for detectors where there are no real photographs."""

import cv2
import numpy as np

from mtfas.types import ByteImage


def drawn_face(
    side: int = 160, at: tuple[int, int] = (200, 160), canvas: tuple[int, int] = (320, 400)
) -> ByteImage:
    """A face drawn from shaded ellipses, frontal and evenly lit: enough for a Haar cascade."""
    image = np.full((*canvas, 3), 190, np.uint8)
    x, y, s = at[0], at[1], side / 160

    def ellipse(dx: float, dy: float, a: float, b: float, colour: tuple[int, int, int]) -> None:
        centre = (round(x + dx * s), round(y + dy * s))
        cv2.ellipse(
            image, centre, (max(1, round(a * s)), max(1, round(b * s))), 0, 0, 360, colour, -1, cv2.LINE_AA
        )

    ellipse(0, -20, 72, 92, (60, 45, 35))  # hair
    ellipse(0, 5, 60, 80, (215, 175, 150))  # skin
    for side_of in (-1, 1):
        ellipse(side_of * 26, -12, 18, 12, (165, 125, 105))  # socket
        ellipse(side_of * 26, -24, 17, 4, (70, 50, 40))  # brow
        ellipse(side_of * 26, -10, 13, 7, (235, 235, 235))
        ellipse(side_of * 26, -10, 6, 6, (40, 30, 25))
        ellipse(side_of * 36, 22, 14, 12, (225, 185, 160))  # cheek
    ellipse(0, 8, 7, 22, (228, 190, 165))  # nose
    ellipse(0, 30, 13, 5, (160, 115, 95))
    ellipse(0, 52, 24, 8, (150, 70, 70))  # mouth
    return cv2.GaussianBlur(image, (0, 0), 1.6 * s)
