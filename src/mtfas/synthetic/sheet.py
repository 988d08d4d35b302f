"""Something flat worn before the eyes, bent round the face: spectacles, or glasses cut from paper."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.synthetic.light import Light, ambient, diffuse, highlight
from mtfas.synthetic.noise import Floats, unit_length
from mtfas.synthetic.raycast import View, meet_sheet

BEND = 0.30
"""Curvature of what is worn before the eyes, per head unit."""


@dataclass(frozen=True)
class Sheet:
    """A worn sheet.

    Attributes:
        cover: how opaque it is, [h, w]; the middle of the map lies between the eyes.
        colour: reflectance, [h, w, 3].
        texels: texels per head unit.
        height: distance of its middle from the head's centre, head units.
        bend: curvature, z = height - bend x².
        shine: strength of its highlight.
        attack: whether what it covers is an attack region.
    """

    cover: Floats
    colour: Floats
    texels: float
    height: float
    bend: float
    shine: float
    attack: bool


def sheet_grid(texels: float) -> tuple[Floats, Floats]:
    """Return x and y (head units, eyes at y = 0) of a sheet wide enough for any glasses, each [h, w]."""
    half_wide, half_high = round(0.85 * texels), round(0.5 * texels)
    x = np.arange(-half_wide, half_wide + 1, dtype=np.float32) / np.float32(texels)
    y = np.arange(-half_high, half_high + 1, dtype=np.float32) / np.float32(texels)
    across, down = np.meshgrid(x, y)
    return across, down


def see_sheet(
    sheet: Sheet, view: View, light: Light, behind: Floats, start: Floats, way: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return how far a sheet covers each pixel [H, W], its radiance there [H, W, 3] and its depth [H, W].

    Args:
        sheet: what is worn.
        view: the head's pose.
        light: what lights it.
        behind: depth of the head, which may stick out (a nose), [H, W].
        start: the pixels' rays at z = 0, [H, W, 3].
        way: their change for each unit of z, [H, W, 3].
    """
    z, x, y = meet_sheet(start, way, sheet.height, sheet.bend)
    high, wide = sheet.cover.shape
    across = (x * sheet.texels + (wide - 1) / 2).clip(-9, wide + 9).astype(np.float32)
    down = (y * sheet.texels + (high - 1) / 2).clip(-9, high + 9).astype(np.float32)
    cover = cv2.remap(sheet.cover, across, down, cv2.INTER_LINEAR, borderValue=0.0) * (z > behind)
    paint = cv2.remap(sheet.colour, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    outward = np.stack([2 * sheet.bend * x, np.zeros_like(x), np.ones_like(x)], axis=-1)
    normal = unit_length(outward) @ view.rotation.T
    lit = diffuse(light, normal, 0.0) + ambient(light, normal[..., 1])
    shown = paint * lit + highlight(light, normal, sheet.shine, 30.0)
    return np.asarray(cover, np.float32), np.asarray(shown, np.float32), z
