"""Image files in and out: every common format becomes upright 8-bit RGB, or one clear sentence."""

import contextlib
import functools
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from mtfas.errors import BadFile
from mtfas.runtime.files import write_bytes
from mtfas.types import ByteImage

MIN_SIDE = 16
"""Smallest width or height, in pixels, in which a face can be looked for."""

MAX_PIXELS = 8192 * 8192
"""Largest image that is decoded (about 67 megapixels, 200 MB as RGB)."""

# Pillow could also open formats that run other programs (EPS); these are only decoded.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM", "JPEG2000", "AVIF")

# fmt: off
IMAGE_SUFFIXES = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".bmp", ".dib", ".tif", ".tiff",
    ".gif", ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".avif",
})
# fmt: on
"""File endings, in lower case, that are taken for images when a folder is searched."""

# EXIF 2.32, tag 0x0112: how the stored image has to be turned to stand upright.
ORIENTATION_TAG = 0x0112
ORIENTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_image(path: Path) -> ByteImage:
    """Read a photograph as upright RGB.

    The EXIF orientation is applied; transparent pixels are laid over white; 16-bit greys are scaled to
    8 bits; of an animation the first frame is taken. The size is checked before anything is decoded.

    Returns:
        uint8 [H, W, 3] in RGB order.

    Raises:
        BadFile: the file is missing, empty, damaged, not an image, smaller than MIN_SIDE or larger than
            MAX_PIXELS.
    """
    with _decoded(path, MIN_SIDE) as image:
        return np.ascontiguousarray(_to_rgb(path, _upright(image)))


def read_grey(path: Path) -> ByteImage:
    """Read a depth map or mask as it was written by `encode_png`.

    Returns:
        uint8 [H, W].

    Raises:
        BadFile: the file is missing, empty, damaged, or not an 8-bit grey image.
    """
    with _decoded(path, 1) as image:
        if image.mode != "L":
            raise BadFile(f"{path} has pixels of kind '{image.mode}'; expected 8-bit grey.")
        return np.array(image, dtype=np.uint8)


def encode_png(image: ByteImage) -> bytes:
    """Return RGB [H, W, 3] or grey [H, W] as the bytes of a PNG; the same image gives the same bytes."""
    pixels = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, content = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 6])
    if not done:
        raise ValueError(f"cannot write an image of shape {image.shape} and type {image.dtype} as PNG")
    return content.tobytes()


def write_image(path: Path, image: ByteImage) -> None:
    """Write RGB [H, W, 3] or grey [H, W] as a PNG, atomically."""
    write_bytes(path, encode_png(image))


def find_images(folder: Path) -> list[Path]:
    """Return all image files below a folder, sorted by path; hidden files and folders are left out."""
    files = (path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    return sorted(path for path in files if path.is_file() and not is_hidden(path.relative_to(folder)))


def is_hidden(path: Path) -> bool:
    """Say whether any part of a relative path starts with a dot (.DS_Store, ._face.jpg, .cache/…)."""
    return any(part.startswith(".") for part in path.parts)


@functools.cache
def _formats() -> list[str]:
    # Which of them a Pillow has depends on its age and build (AVIF, JPEG 2000).
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


@contextlib.contextmanager
def _decoded(path: Path, min_side: int) -> Iterator[Image.Image]:
    if not path.is_file():
        raise BadFile(f"{path} is not a file; check the path.")
    with warnings.catch_warnings():
        # Pillow warns of large images and odd metadata; what matters here is checked and said below.
        warnings.simplefilter("ignore")
        try:
            with Image.open(path, formats=_formats()) as image:
                _check_size(path, image.width, image.height, min_side)
                image.load()
                yield image
        except BadFile:
            raise
        except Exception as error:  # a damaged file makes Pillow raise nearly anything
            raise BadFile(_what_is_wrong(path, error)) from error


def _check_size(path: Path, width: int, height: int, min_side: int) -> None:
    if min(width, height) < min_side:
        raise BadFile(
            f"{path} is {width} × {height} pixels; a face needs at least {min_side} × {min_side}, "
            "give a larger photograph."
        )
    if width * height > MAX_PIXELS:
        raise BadFile(
            f"{path} is {width} × {height} pixels, more than {MAX_PIXELS / 1e6:.0f} million; "
            "shrink it first, e.g. to 4000 pixels on the longer side."
        )


def _upright(image: Image.Image) -> Image.Image:
    # ImageOps.exif_transpose also writes the metadata anew, which fails on odd but harmless tags.
    turn = ORIENTATIONS.get(image.getexif().get(ORIENTATION_TAG, 1))
    return image if turn is None else image.transpose(turn)


def _to_rgb(path: Path, image: Image.Image) -> ByteImage:
    if image.mode.startswith("I"):
        return _from_16_bits(path, np.asarray(image))
    if image.mode == "F":
        raise BadFile(
            f"{path} has floating-point pixels, whose white is not known; save it with 8 or 16 bits."
        )
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return np.asarray(image.convert("RGB"), dtype=np.uint8)


def _from_16_bits(path: Path, grey: "np.ndarray[tuple[int, ...], np.dtype[np.integer]]") -> ByteImage:
    values = grey.astype(np.int64)
    if values.min() < 0 or values.max() > 0xFFFF:
        raise BadFile(f"{path} has values from {values.min()} to {values.max()}; save it with 8 or 16 bits.")
    scaled = ((values + 128) // 257).astype(np.uint8)
    return np.repeat(scaled[:, :, None], 3, axis=2)


def _what_is_wrong(path: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return f"{path} may not be read; change its permissions."
    if isinstance(error, Image.DecompressionBombError):
        return (
            f"{path} has more than {MAX_PIXELS / 1e6:.0f} million pixels; shrink it first, "
            "e.g. to 4000 pixels on the longer side."
        )
    if path.stat().st_size == 0:
        return f"{path} is empty (0 bytes); copy it again."
    if isinstance(error, UnidentifiedImageError):
        return f"{path} is not an image this program can read; convert it to JPEG or PNG."
    return f"{path} is damaged or cut short ({error}); copy it again or leave it out."
