"""Requests that are wrong in every way known to us, from a seed: damaged files, bombs, broken multipart.

Some damaged files can still be decoded, as a JPEG with one wrong byte; `must_fail` tells which cannot.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

Random = np.random.Generator
BOUNDARY = "mtfas-test-boundary"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True)
class Request:
    """A POST to /v1/check."""

    kind: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": MULTIPART})
    query: str = ""
    must_fail: bool = True


def multipart(content: bytes, name: str = "file", filename: str = "a.jpg") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
    return head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def requests(count: int, samples: Mapping[str, bytes], seed: int, max_body: int) -> Iterator[Request]:
    """Yield requests, all kinds in turn.

    Args:
        count: how many.
        samples: good files by ending, e.g. {"jpg": …, "png": …, "mp4": …}.
        seed: of what is random.
        max_body: the service's limit in bytes.
    """
    draw = np.random.default_rng(seed)
    kinds = list(KINDS)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        ending = sorted(samples)[(number // len(kinds)) % len(samples)]
        made = KINDS[kind](draw, samples[ending], max_body)
        yield made if isinstance(made, Request) else Request(f"{kind}, {ending}", multipart(made))


def _flip(draw: Random, sample: bytes, _: int) -> Request:
    content = bytearray(sample)
    for at in draw.integers(0, len(content), draw.integers(1, 60)):
        content[at] = draw.integers(256)
    return Request("flipped bytes", multipart(bytes(content)), must_fail=False)


def _head(draw: Random, sample: bytes, _: int) -> Request:
    content = bytearray(sample)
    for at in draw.integers(0, min(400, len(content)), draw.integers(1, 12)):
        content[at] = draw.integers(256)
    return Request("flipped head", multipart(bytes(content)), must_fail=False)


def _cut(draw: Random, sample: bytes, _: int) -> Request:
    kept = int(len(sample) * draw.uniform(0.0, 0.95))
    return Request("cut file", multipart(sample[:kept]), must_fail=False)


def _spliced(draw: Random, sample: bytes, _: int) -> Request:
    first, second = sorted(draw.integers(0, len(sample), 2))
    return Request("spliced file", multipart(sample[:first] + sample[second:] * 2), must_fail=False)


def _noise(draw: Random, sample: bytes, _: int) -> bytes:
    return draw.bytes(int(draw.integers(1, 40_000)))


def _text(draw: Random, sample: bytes, _: int) -> bytes:
    texts = (b"dear service", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7\n", b"PK\x03\x04" * 9,
             b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n",
             b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", b"\xff\xd8",
             b"\x89PNG\r\n\x1a\n")  # fmt: skip
    return texts[draw.integers(len(texts))]


def _other_format(draw: Random, sample: bytes, _: int) -> bytes:
    file = io.BytesIO()
    kinds = ("GIF", "TIFF", "BMP", "PPM", "ICO")
    Image.new("RGB", (64, 64)).save(file, kinds[draw.integers(len(kinds))])
    return file.getvalue()


def _png(width: int, height: int, data: bytes, more: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + more + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png_bomb(draw: Random, sample: bytes, _: int) -> bytes:
    side = int(draw.integers(9_000, 60_000))
    return _png(side, side, zlib.compress(bytes(1_000_000), 9))


def _png_text_bomb(draw: Random, sample: bytes, _: int) -> Request:
    text = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(30_000_000), 9))
    return Request("PNG text bomb", multipart(_png(64, 64, zlib.compress(bytes(64 * 193)), text)))


def _jpeg_bomb(draw: Random, sample: bytes, _: int) -> bytes:
    content = bytearray(_jpeg(64))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", 65_000, int(draw.integers(20_000, 65_000)))
    return bytes(content)


def _jpeg_scans(draw: Random, sample: bytes, _: int) -> bytes:
    content = _jpeg(256, progressive=True)
    at = content.index(b"\xff\xda")
    second = content.index(b"\xff\xda", at + 2)
    return content[:second] + content[at:second] * 200 + content[second:]


def _jpeg(side: int, **more: bool) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(file, "JPEG", **more)
    return file.getvalue()


def _small(draw: Random, sample: bytes, _: int) -> bytes:
    return _png(8, 8, zlib.compress(bytes(8 * 25)))


def _oversized(draw: Random, sample: bytes, max_body: int) -> bytes:
    return sample + bytes(max_body)


def _empty_file(draw: Random, sample: bytes, _: int) -> bytes:
    return b""


def _cut_multipart(draw: Random, sample: bytes, _: int) -> Request:
    body = multipart(sample)
    return Request("cut multipart", body[: int(draw.integers(0, len(body) - len(BOUNDARY) - 6))])


def _broken_multipart(draw: Random, sample: bytes, _: int) -> Request:
    body = multipart(sample)
    bad = (b"", b"--", b"\r\n" + body, body.replace(b": ", b" ", 1), body.replace(b"\r\n", b"\n"),
           body.replace(b"form-data", b"form-data" * 3000, 1), b"--" + body,
           body.replace(b'name="file"', b"", 1),
           body[:-6] + b"x" + body[-5:])  # fmt: skip
    return Request("broken multipart", bad[draw.integers(len(bad))], must_fail=False)


def _wrong_field(draw: Random, sample: bytes, _: int) -> Request:
    return Request("wrong field", multipart(sample, name="image"))


def _two_files(draw: Random, sample: bytes, _: int) -> Request:
    one = multipart(sample[:500])
    return Request("two files", one[: -len(f"--{BOUNDARY}--\r\n")] + one)


def _wrong_type(draw: Random, sample: bytes, _: int) -> Request:
    kinds = ("application/json", "image/jpeg", "text/plain; charset=x", "multipart/form-data",
             "multipart/mixed", "multipart/form-data; boundary=", ";;;=", "",
             f"multipart/form-data; boundary={'x' * 99}")  # fmt: skip
    headers = {"Content-Type": kinds[draw.integers(len(kinds))]}
    return Request("wrong content type", multipart(sample), headers)


def _wrong_parameter(draw: Random, sample: bytes, _: int) -> Request:
    return Request("wrong parameter", multipart(sample), query="?heatmap=perhaps")


KINDS: dict[str, Callable[[Random, bytes, int], bytes | Request]] = {
    "flipped bytes": _flip,
    "flipped head": _head,
    "cut file": _cut,
    "spliced file": _spliced,
    "noise": _noise,
    "text": _text,
    "other format": _other_format,
    "PNG bomb": _png_bomb,
    "PNG text bomb": _png_text_bomb,
    "JPEG bomb": _jpeg_bomb,
    "JPEG of many scans": _jpeg_scans,
    "too small": _small,
    "oversized": _oversized,
    "empty file": _empty_file,
    "cut multipart": _cut_multipart,
    "broken multipart": _broken_multipart,
    "wrong field": _wrong_field,
    "two files": _two_files,
    "wrong content type": _wrong_type,
    "wrong parameter": _wrong_parameter,
}
"""Every way to be wrong."""
