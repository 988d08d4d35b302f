"""Cheap cues of one face: what a detector could go by without seeing what an attack is."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from mtfas.types import ByteImage, FloatArray

Mask = npt.NDArray[np.bool_]

JPEG_QUALITY = 90
"""Quality of the JPEG whose size is one of the cues."""

FEWEST = 0.01
"""A face shows its background when at least this share of its pixels is background."""

HIGH_FREQUENCY = 0.25
"""Cycles a pixel, half of the highest that pixels can carry."""


@dataclass(frozen=True)
class Look:
    """One face as the cues see it.

    Attributes:
        image: RGB [H, W, 3].
        behind: [H, W], where there is neither person nor attack instrument.
        file_size: of the stored image, bytes.
    """

    image: ByteImage
    behind: Mask
    file_size: int

    @cached_property
    def grey(self) -> FloatArray:
        """Luma [H, W], 0 to 255."""
        return np.asarray(cv2.cvtColor(self.image, cv2.COLOR_RGB2GRAY), np.float64)


def colour(look: Look) -> list[float]:
    """Mean red, green, blue; mean and deviation of the two chroma planes; mean and deviation of chroma."""
    chroma = cv2.cvtColor(look.image, cv2.COLOR_RGB2YCrCb)[:, :, 1:]
    red, green, blue = cv2.split(look.image)
    spread = cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue))
    means, deviations = cv2.meanStdDev(chroma)
    return [*look.image.mean((0, 1)), *means.ravel(), *deviations.ravel(), spread.mean(), spread.std()]


def brightness(look: Look) -> list[float]:
    """Mean and median luma."""
    return [look.grey.mean(), float(np.median(look.grey))]


def contrast(look: Look) -> list[float]:
    """Deviation of luma, and the span of its middle nine tenths."""
    low, high = np.percentile(look.grey, (5, 95))
    return [look.grey.std(), high - low]


def sharpness(look: Look) -> list[float]:
    """Logarithm of the variance of the Laplacian; share of the variance at high frequencies."""
    laplacian = cv2.Laplacian(look.grey, cv2.CV_64F)
    power = np.abs(np.fft.fft2(look.grey - look.grey.mean())) ** 2
    high = power[_high_frequencies(look.grey.shape)].sum() / max(power.sum(), 1e-9)
    return [np.log1p(laplacian.var()), high]


def file_size(look: Look) -> list[float]:
    """Logarithms of the size of the stored file and of a JPEG of fixed quality."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    jpeg = cv2.imencode(".jpg", cv2.cvtColor(look.image, cv2.COLOR_RGB2BGR), quality)[1]
    return [np.log(look.file_size), np.log(jpeg.size)]


def border(look: Look) -> list[float]:
    """Mean red, green, blue and deviation of luma of the outermost pixels."""
    rim = _rim(look.grey.shape)
    return [*look.image[rim].mean(axis=0), look.grey[rim].std()]


def background(look: Look) -> list[float]:
    """Mean red, green, blue of the background and how rough it is; NaN for a face that shows none.

    Roughness is the mean difference in luma of neighbouring pixels. The deviation over all of it would grow
    with how much is seen, and so tell every instrument that fills the picture, whatever stands behind.
    """
    across = np.abs(np.diff(look.grey, axis=1))[look.behind[:, 1:] & look.behind[:, :-1]]
    down = np.abs(np.diff(look.grey, axis=0))[look.behind[1:] & look.behind[:-1]]
    if look.behind.mean() < FEWEST or not across.size + down.size:
        return [np.nan] * 4
    return [*look.image[look.behind].mean(axis=0), np.concatenate([across, down]).mean()]


CUES: dict[str, Callable[[Look], list[float]]] = {
    "colour": colour,
    "brightness": brightness,
    "contrast": contrast,
    "sharpness": sharpness,
    "file_size": file_size,
    "border": border,
    "background": background,
}
"""The groups of cues that are read from an image."""


def off_geometry(geometry: ByteImage) -> Mask:
    """Return the background of a face whose geometry is known, [H, W].

    The pixels that touch person or instrument are left out: a camera mixes them with their neighbours.
    """
    return cv2.erode((geometry == 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0


@functools.cache
def off_ellipse(height: int, width: int) -> Mask:
    """Return what lies outside the largest ellipse of a crop, [H, W]: mostly background, as faces are cut."""
    y, x = np.mgrid[0:height, 0:width] + 0.5
    outside: Mask = (2 * x / width - 1) ** 2 + (2 * y / height - 1) ** 2 > 1
    return outside


@functools.cache
def _rim(shape: tuple[int, int]) -> Mask:
    rim = np.ones(shape, bool)
    rim[1:-1, 1:-1] = False
    return rim


@functools.cache
def _high_frequencies(shape: tuple[int, int]) -> Mask:
    down, across = (np.fft.fftfreq(side) for side in shape)
    high: Mask = np.hypot(down[:, None], across[None, :]) > HIGH_FREQUENCY
    return high
