"""A sheet with a picture that lies on a head: finer than the head's own maps can hold."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.synthetic.noise import Floats
from mtfas.synthetic.raycast import Hit, lookup


@dataclass(frozen=True)
class Decal:
    """A sheet laid on a head.

    Attributes:
        colour: the sheet's reflectance, [h, w, 3].
        where: for each texel of the head's maps the sheet's texel above it (right, down), [T, T, 2].
        cover: how far the sheet covers the head, [T, T].
    """

    colour: Floats
    where: Floats
    cover: Floats


def laid_on(decal: Decal, under: Floats, hit: Hit) -> Floats:
    """Return the reflectance at each pixel with the sheet over it, [H, W, 3].

    Args:
        decal: the sheet.
        under: reflectance of the head at each pixel, [H, W, 3].
        hit: where the pixels' rays meet the head.
    """
    place = lookup(decal.where, hit)
    seen = cv2.remap(
        decal.colour, place[..., 0], place[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(under + lookup(decal.cover, hit)[..., None] * (seen - under), np.float32)
