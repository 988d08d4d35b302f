"""What the service allows: sizes, times and how much at once."""

from dataclasses import dataclass

from mtfas.errors import BadSetting

MEGABYTE = 1_000_000

MULTIPART_ROOM = 10_000
"""Bytes a request may have beyond the file: boundaries and headers of its multipart body."""

HEADER_SECONDS = 10.0
"""Time in which a client must have sent the head of its request."""

DRAIN_SECONDS = 1.0
"""Shortest time between the signal to stop and the end, in which a balancer sees /readyz say no."""

RETRY_SECONDS = 1
"""What a client that came at a bad time is told to wait."""

CONNECTIONS = 512
"""Open connections; beyond, a request is answered 503 without being looked at."""


@dataclass(frozen=True)
class Limits:
    """Beyond which a request is refused.

    Attributes:
        max_body: bytes of the uploaded file.
        max_pixels: width × height of a picture, or of each frame of a video.
        max_frames: of a video.
        concurrency: files decoded and judged at once, each in a thread.
        queue: requests that may wait behind those.
        timeout: seconds in which a body must have come, and then seconds in which it must be answered.

    Raises:
        BadSetting: a number is out of range.
    """

    max_body: int = 10 * MEGABYTE
    max_pixels: int = 25_000_000
    max_frames: int = 64
    concurrency: int = 2
    queue: int = 64
    timeout: float = 10.0

    def __post_init__(self) -> None:
        least = {
            "max_body": 1,
            "max_pixels": 256,
            "max_frames": 1,
            "concurrency": 1,
            "queue": 0,
            "timeout": 0.1,
        }
        for name, low in least.items():
            value = getattr(self, name)
            if not low <= value < float("inf"):
                raise BadSetting(
                    f"--{name.replace('_', '-')} is {value}; give a finite number from {low} up."
                )
