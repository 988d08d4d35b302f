"""Colours that people come in, in sRGB, and their linear reflectances."""

import numpy as np

from mtfas.types import FloatArray

Colour = tuple[float, float, float]
"""Linear-light RGB reflectance in [0, 1]."""

SKIN = np.array(
    [
        [244, 210, 190],
        [232, 190, 160],
        [214, 171, 142],
        [184, 140, 111],
        [148, 106, 82],
        [110, 77, 60],
        [77, 54, 45],
        [57, 41, 36],
    ],
    np.float64,
)
"""Skin from the lightest to the darkest; an identity lies anywhere between."""
HAIR = np.array([[30, 26, 24], [52, 36, 28], [84, 56, 36], [130, 90, 54], [188, 150, 98], [120, 60, 34]])
"""Hair: black, dark brown, brown, light brown, blond, red."""
IRIS = np.array([[60, 36, 20], [92, 60, 32], [96, 100, 66], [88, 118, 140], [70, 90, 110]], np.float64)
"""Irises from brown to blue."""
CLOTH = (25.0, 215.0)
"""Darkest and lightest cloth."""


def linear(srgb: FloatArray) -> Colour:
    """Return linear reflectance of an 8-bit sRGB colour (a pure 2.2 power)."""
    red, green, blue = (np.asarray(srgb, np.float64) / 255.0) ** 2.2
    return float(red), float(green), float(blue)


def between(colours: FloatArray, place: float) -> FloatArray:
    """Return the colour at a place, 0 for the first, 1 for the second, and mixtures between them."""
    low = min(int(place), len(colours) - 2)
    part = place - low
    return np.asarray((1 - part) * colours[low] + part * colours[low + 1])
