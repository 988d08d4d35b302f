"""Encodes small real videos with PyAV, and damages or tags them byte by byte as the world does.

A frame of `coded` shows its own number as black and white stripes, so tests can prove which frame they got.
"""

import struct
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np

from mtfas.types import ByteImage

CODE_BITS = 6
CORNERS = ((210, 50, 50), (50, 180, 60), (60, 70, 200), (210, 200, 60))
"""Red, green, blue and yellow: the corners of `corner_picture`, row by row."""

# As cameras do: MJPEG of the full range, H.264 of the limited range with frames that refer to later ones.
CODECS: dict[str, tuple[str, dict[str, str]]] = {
    "mjpeg": ("yuvj420p", {"qmin": "2", "qmax": "2"}),
    "libx264": ("yuv420p", {"bf": "3", "g": "12", "crf": "10"}),
}

# The display matrix (a, b, c, d) of a turn clockwise, as phones write it into the track header.
MATRICES = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def write_video(
    path: Path, frames: Sequence[ByteImage], codec: str = "mjpeg", rate: int = 25, hd: bool = False
) -> Path:
    """Encode RGB frames; the ending picks the container; `hd` writes and tags ITU-R BT.709."""
    pixels, options = CODECS[codec]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixels
        if hd:
            stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            yuv = picture.reformat(format=pixels, dst_colorspace="ITU709" if hd else "ITU601")
            container.mux(stream.encode(yuv))
        container.mux(stream.encode(None))
    return path


def write_jpegs(path: Path, jpegs: Sequence[bytes], width: int, height: int, rate: int = 25) -> Path:
    """Make a video of JPEG files as they are, whole or not."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuvj420p"
        for number, jpeg in enumerate(jpegs):
            packet = av.Packet(jpeg)
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, rate), True
            packet.pts = packet.dts = number
            container.mux(packet)
    return path


def coded(number: int, width: int = 96, height: int = 64) -> ByteImage:
    """Return a frame that shows its number, below 2 ** CODE_BITS, as stripes; the first stripe is bit 0."""
    bits = [number >> bit & 1 for bit in range(CODE_BITS)]
    stripes = np.array([[20 + 210 * bit] * 3 for bit in bits], dtype=np.uint8)
    return cv2.resize(stripes[None], (width, height), interpolation=cv2.INTER_NEAREST)


def read_code(picture: ByteImage) -> int:
    """Return the number that a frame of `coded` shows, after any encoding."""
    edges = np.linspace(0, picture.shape[1], CODE_BITS + 1).round().astype(int)
    middles = [picture[:, left + 3 : right - 3] for left, right in pairwise(edges)]
    return sum(1 << bit for bit, stripe in enumerate(middles) if stripe.mean() > 125)


def coded_frames(count: int) -> list[ByteImage]:
    """Return frames that show 0, 1, 2, …"""
    return [coded(number) for number in range(count)]


def corner_picture(width: int = 96, height: int = 64) -> ByteImage:
    """Return four quarters of the colours CORNERS; no two of its eight turns and mirrorings look the same."""
    quarters = np.array(CORNERS, dtype=np.uint8).reshape(2, 2, 3)
    return cv2.resize(quarters, (width, height), interpolation=cv2.INTER_NEAREST)


def corners_of(picture: ByteImage) -> list[tuple[int, int, int]]:
    """Return the mean colours inside the four quarters, row by row."""
    half, middle = picture.shape[0] // 2, picture.shape[1] // 2
    quarters = [picture[rows, columns] for rows in (slice(half), slice(half, None)) for columns in
                (slice(middle), slice(middle, None))]  # fmt: skip
    means = [quarter[8:-8, 8:-8].mean(axis=(0, 1)).round().astype(int) for quarter in quarters]
    return [(int(red), int(green), int(blue)) for red, green, blue in means]


def tag_rotation(path: Path, degrees: int) -> Path:
    """Ask players of an .mp4 or .mov to turn it clockwise by 0, 90, 180 or 270 degrees."""
    return tag_matrix(path, *MATRICES[degrees])


def tag_matrix(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Write the display matrix of the track header (ISO/IEC 14496-12, 'tkhd'): x' = ax + cy, y' = bx + dy."""
    content = bytearray(path.read_bytes())
    body = content.index(b"tkhd") + 4
    at = body + 4 + (32 if content[body] == 1 else 20) + 16
    one = 1 << 16
    content[at : at + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(content)
    return path


def claim_frames(path: Path, frames: int) -> Path:
    """Make the headers of an .avi promise another number of frames (dwTotalFrames and dwLength)."""
    content = bytearray(path.read_bytes())
    for mark, at in ((b"avih", 16), (b"strh", 32)):
        start = content.index(mark) + 8 + at
        content[start : start + 4] = struct.pack("<I", frames)
    path.write_bytes(content)
    return path


def truncate(path: Path, share: float) -> Path:
    """Keep only the first part of a file."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path
