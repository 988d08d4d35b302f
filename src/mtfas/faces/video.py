"""Video files in: chosen frames become upright 8-bit RGB, one after another, or one clear sentence.

Frames are counted and numbered by decoding, in the order in which a player shows them: headers promise frames
that are not there, and seeking by number misses in files with B-frames or a broken index.
"""

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from mtfas.errors import BadFile, BadSetting
from mtfas.faces.image import MAX_PIXELS
from mtfas.faces.turn import ROTATIONS, Turn
from mtfas.types import ByteImage

if TYPE_CHECKING:
    from av import FFmpegError, Packet, VideoFrame, VideoStream
    from av.container import InputContainer

VIDEO_SUFFIXES = frozenset({".avi", ".mov", ".mp4", ".m4v", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".3gp"})
"""File endings, in lower case, that are taken for videos when a folder is searched."""

# FFmpeg would also play a text file, a picture, or a playlist that names other files; these are only decoded.
CONTAINERS = "avi,mov,mp4,matroska,webm,mpeg,mpegts,mpegvideo,asf"

T = TypeVar("T")


@dataclass(frozen=True)
class ClipInfo:
    """What was found when a clip was decoded from end to end.

    Attributes:
        frames: number of frames, counted by decoding.
        width: of the upright frame in pixels.
        height: of the upright frame in pixels.
        rotation: degrees clockwise by which the file asks to turn its frames: 0, 90, 180 or 270.
        mirrored: whether it also asks to mirror them, left and right, after the turn.
        rate: frames a second on average; None where the file does not say.
        declared: number of frames the file promises; None where it does not.
        damaged: packets that could not be decoded, and frames the decoder calls corrupt. What it conceals
            without saying so is not counted, nor what the container's reader passes over; compare `declared`.
    """

    frames: int
    width: int
    height: int
    rotation: int
    mirrored: bool
    rate: float | None
    declared: int | None
    damaged: int


def read_clip(
    path: Path, choose: Callable[[int], Sequence[int]], use: Callable[[int, ByteImage], T], threads: int = 1
) -> tuple[ClipInfo, dict[int, T]]:
    """Decode a clip once, hand each chosen frame to a function, and keep what it returns.

    One frame at a time is held, whatever the clip's length. Rotation and mirror tags are applied, so a frame
    is what a player shows (pixels that are not square stay as stored); colours follow the stream's range and
    matrix, ITU-R BT.601 where it names none. What cannot be decoded is passed over and counted as damaged;
    the frames after it move up. Only where a clip has other than the expected number of frames, so that
    others are chosen, it is decoded twice and some frames are used in vain.

    Args:
        path: the video file.
        choose: from the number of frames to the numbers of those wanted, from 0; the same number always
            gives the same choice.
        use: gets the frame's number and the frame, uint8 [H, W, 3] in RGB order; called in ascending order
            (anew where the clip is decoded twice).
        threads: of the decoder. One, because a pool runs one process a core; with more, a damaged frame may
            look different each time.

    Returns:
        What was found, and the result of `use` for each chosen frame, in ascending order.

    Raises:
        BadFile: the file is missing, empty, damaged, not a video, larger than MAX_PIXELS a frame, or no frame
            of it can be decoded.
        BadSetting: PyAV is not installed.
    """
    results: dict[int, T] = {}

    def keep(number: int, picture: ByteImage) -> None:
        results[number] = use(number, picture)

    expected = _count_packets(path)
    info = _play(path, choose(expected), keep, threads)
    wanted = sorted(set(choose(info.frames)))
    missing = [number for number in wanted if number not in results]
    if missing:
        _play(path, missing, keep, threads)
    return info, {number: results[number] for number in wanted}


def _count_packets(path: Path) -> int:
    """Count the frames as the container has them, without decoding any; damage makes them fewer later."""
    # Opening tries the decoder on the first frames, which costs more than all else here; so none is allowed.
    with _opened(path, 1, {"codec_whitelist": "none"}) as (container, stream):
        packets = _packets(container, stream)
        return sum(packet is not None and not packet.is_discard for packet in packets)


def _play(
    path: Path, wanted: Collection[int], keep: Callable[[int, ByteImage], None], threads: int
) -> ClipInfo:
    chosen, about, frames, damaged = frozenset(wanted), None, 0, 0
    convert = _pyav().video.reformatter.VideoReformatter()
    with _opened(path, threads, {}) as (container, stream):
        for frame in _frames(container, stream):
            damaged += frame is None or frame.is_corrupt
            if frame is None:
                continue
            _check_size(path, frame.width, frame.height)
            about = about or _about(stream, frame)
            if frames in chosen:
                keep(frames, _picture(path, frame, convert))
            frames += 1
    if about is None:
        raise BadFile(f"{path} has no frame that can be decoded; copy it again or leave it out.")
    return replace(about, frames=frames, damaged=damaged)


@contextlib.contextmanager
def _opened(
    path: Path, threads: int, options: Mapping[str, str]
) -> "Iterator[tuple[InputContainer, VideoStream]]":
    # PyAV keeps FFmpeg's own messages from the terminal, unless a user has asked for them.
    av = _pyav()
    if not path.is_file():
        raise BadFile(f"{path} is not a file; check the path.")
    try:
        # An absolute path cannot be mistaken for the address of a protocol, as clip:1.avi would be.
        container = av.open(
            str(path.absolute()),
            options={"format_whitelist": CONTAINERS, **options},
            metadata_errors="replace",  # a phone's tags may be in any encoding
        )
    except av.FFmpegError as error:
        raise BadFile(_what_is_wrong(path, error)) from error
    with container:
        yield container, _video_stream(path, container, threads)


def _video_stream(path: Path, container: "InputContainer", threads: int) -> "VideoStream":
    if not len(container.streams):
        raise BadFile(f"{path} is damaged or cut short (no stream in it); copy it again or leave it out.")
    stream = cast("VideoStream | None", container.streams.best("video"))
    if stream is None:
        raise BadFile(f"{path} has no pictures, only sound or data; copy it again or leave it out.")
    if stream.codec_context is None:
        raise BadFile(f"{path} is coded in a way that PyAV cannot decode; convert it to H.264.")
    _check_size(path, stream.codec_context.width, stream.codec_context.height)
    stream.thread_count = threads
    if stream.codec_context.name == "mjpeg":
        # Of a frame cut short the decoder would hand out the rest of its buffer: whatever lay in memory.
        stream.codec_context.options = {"err_detect": "explode"}
    return stream


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise BadFile(
            f"{path} has frames of {width} × {height} pixels, more than {MAX_PIXELS / 1e6:.0f} million; "
            "copy it again, or shrink it first if that is what it shows."
        )


def _packets(container: "InputContainer", stream: "VideoStream") -> "Iterator[Packet[VideoStream] | None]":
    """Yield the packets with content, and None where the rest of the file cannot be read."""
    packets = container.demux(stream)
    try:
        # The demuxer ends with an empty packet; the decoder is told of the end once, in `_frames`.
        yield from (packet for packet in packets if packet.size)
    except _pyav().FFmpegError:
        yield None


def _frames(container: "InputContainer", stream: "VideoStream") -> "Iterator[VideoFrame | None]":
    """Yield the frames in the order they are shown, and None where something cannot be decoded."""
    for packet in _packets(container, stream):
        yield from [None] if packet is None else _decoded(stream, packet)
    yield from _decoded(stream, None)


def _decoded(stream: "VideoStream", packet: "Packet[VideoStream] | None") -> "Sequence[VideoFrame | None]":
    try:
        return stream.decode(packet)
    except _pyav().FFmpegError:
        return [None]


def _about(stream: "VideoStream", frame: "VideoFrame") -> ClipInfo:
    turn = _turn(frame)
    width, height = (frame.height, frame.width) if turn.diagonal else (frame.width, frame.height)
    rate = float(stream.average_rate) if stream.average_rate else None
    return ClipInfo(0, width, height, turn.degrees, turn.mirrored, rate, stream.frames or None, 0)


def _picture(path: Path, frame: "VideoFrame", convert: Any) -> ByteImage:
    try:
        picture = convert.reformat(frame, format="rgb24", threads=1).to_ndarray()
    except _pyav().FFmpegError as error:
        raise BadFile(
            f"{path} has pixels of kind '{frame.format.name}' that cannot be turned into RGB "
            f"({error.strerror}); convert it to H.264."
        ) from error
    return _turn(frame).apply(picture)


def _turn(frame: "VideoFrame") -> Turn:
    """Read the tag: (x, y) of the stored picture is shown at (a·x + c·y, b·x + d·y), y pointing down."""
    matrix = _display_matrix(frame)
    if matrix is None:
        # PyAV counts counter-clockwise.
        return ROTATIONS[round(-frame.rotation / 90) % 4]
    a, b, _, c, d = (int(entry) for entry in matrix[:5])
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Turn(True, c < 0, b < 0)
    return Turn(False, a < 0, d < 0)


def _display_matrix(frame: "VideoFrame") -> npt.NDArray[np.int32] | None:
    try:
        data = cast(Any, frame.side_data).get("DISPLAYMATRIX")
    except ValueError:
        # PyAV does not know all that its FFmpeg attaches, such as the EXIF of an MJPEG frame; of these frames
        # it tells the rotation only, so that mirroring is lost.
        return None
    return None if data is None else np.frombuffer(data, dtype=np.int32)


def _what_is_wrong(path: Path, error: "FFmpegError") -> str:
    if isinstance(error, PermissionError):
        return f"{path} may not be read; change its permissions."
    if path.stat().st_size == 0:
        return f"{path} is empty (0 bytes); copy it again."
    return f"{path} is damaged, cut short or not a video ({error.strerror}); copy it again or leave it out."


def _pyav() -> ModuleType:
    try:
        import av.video.reformatter
    except ImportError as error:
        raise BadSetting(
            "videos need PyAV, which is not installed; run: pip install 'mtfas[video]'."
        ) from error
    return av
