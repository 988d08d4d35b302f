"""What an uploaded file is, by its content: looked at before it is decoded, so that no bomb goes off."""

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image, UnidentifiedImageError

from mtfas.deploy.service.refusals import Refused
from mtfas.deploy.service.settings import Limits
from mtfas.faces.image import MIN_SIDE
from mtfas.faces.video import CONTAINERS

PICTURES = ("JPEG", "PNG", "WEBP")
"""Pillow's names of what is taken; fewer than from a disk, since every decoder is a way in."""

SCAN, MOST_SCANS = b"\xff\xda", 64
"""Start of a JPEG's scan (ITU-T T.81, B.1.1.3). Each costs a pass over all pixels, however short it is; a
progressive picture has about ten, a hostile one tens of thousands."""


@dataclass(frozen=True)
class Upload:
    """A file that may be decoded.

    Attributes:
        kind: "picture" or "video".
        frames: of the file, as its container counts them; 1 of a picture.
    """

    kind: Literal["picture", "video"]
    frames: int = 1


@contextlib.contextmanager
def private_file(content: bytes) -> Iterator[Path]:
    """Give content a path that nobody else can open: in memory on Linux, else a file removed at the end."""
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        with os.fdopen(os.memfd_create("upload"), "wb") as file:
            file.write(content)
            file.flush()
            yield Path(f"/proc/self/fd/{file.fileno()}")
        return
    with tempfile.TemporaryDirectory(prefix="mtfas-") as folder:  # of mode 0700
        path = Path(folder) / "upload"
        path.write_bytes(content)
        yield path


def inspect(content: bytes, limits: Limits) -> Upload:
    """Say what a file is, from its head and its index alone.

    Raises:
        Refused: 415, it is neither picture nor video; 413, it has too many pixels or frames; 422, it is
            empty, damaged, or too small to hold a face.
    """
    if not content:
        raise Refused("unreadable", "The file is empty (0 bytes); send a picture or a short video.")
    size = _picture_size(content, limits)
    if size is not None:
        _check_size(*size, limits)
        if content[:3] == b"\xff\xd8\xff" and content.count(SCAN) > MOST_SCANS:
            raise Refused("unreadable", f"The JPEG has more than {MOST_SCANS} scans; save it anew.")
        return Upload("picture")
    return Upload("video", _count_frames(content, limits))


def _picture_size(content: bytes, limits: Limits) -> tuple[int, int] | None:
    """Return width and height from the head of a picture, or None where it is no picture."""
    try:
        with Image.open(io.BytesIO(content), formats=PICTURES) as image:
            return image.size
    except UnidentifiedImageError:
        return None
    except Image.DecompressionBombError:
        raise _too_many_pixels("The picture", limits) from None
    except Exception as error:  # a damaged head makes Pillow raise nearly anything
        raise Refused(
            "unreadable", "The picture is damaged or cut short; take it again or send another."
        ) from error


def _check_size(width: int, height: int, limits: Limits, what: str = "The picture") -> None:
    if width * height > limits.max_pixels:
        raise _too_many_pixels(f"{what} of {width} × {height}", limits)
    if min(width, height) < MIN_SIDE:
        raise Refused(
            "unreadable",
            f"{what} is {width} × {height} pixels; a face needs at least {MIN_SIDE} × {MIN_SIDE}, "
            "send a larger one.",
        )


def _too_many_pixels(what: str, limits: Limits) -> Refused:
    return Refused(
        "too_many_pixels",
        f"{what} has more than {limits.max_pixels / 1e6:g} million pixels; shrink it and send it again.",
    )


def _count_frames(content: bytes, limits: Limits) -> int:
    import av

    try:
        # Without a codec nothing is decoded while the container is opened.
        options = {"format_whitelist": CONTAINERS, "codec_whitelist": "none"}
        container: Any = av.open(io.BytesIO(content), options=options, metadata_errors="replace")
    except (av.FFmpegError, ValueError, OSError) as error:
        raise Refused(
            "unknown_format",
            "The file is no picture and no video that can be read; send a JPEG, PNG or WebP picture, or a "
            "short MP4 or WebM video.",
        ) from error
    with container:
        stream = container.streams.best("video") if len(container.streams) else None
        if stream is None or stream.codec_context is None:
            raise Refused(
                "unreadable", "The video has no pictures that can be decoded; send an MP4 of H.264."
            )
        width, height = stream.codec_context.width, stream.codec_context.height
        if width and height:  # some containers do not say; the decoder checks each frame again
            _check_size(width, height, limits, "A frame of the video")
        return _packets(container, stream, limits)


def _packets(container: Any, stream: Any, limits: Limits) -> int:
    import av

    count = 0
    with contextlib.suppress(av.FFmpegError):  # the rest is cut off; what came before may do
        for packet in container.demux(stream):
            count += bool(packet.size) and not packet.is_discard
            if count > limits.max_frames:
                raise Refused(
                    "too_many_frames",
                    f"The video has more than {limits.max_frames} frames; send a shorter one.",
                )
    return count
