"""Clips a second of `mtfas prepare` beside a single-process OpenCV loop with the same output.

    python benchmarks/prepare.py [--rounds 3]

Makes clips of two kinds with given face boxes (so that decoding, cropping and writing are measured, not
detection): 640 × 480 Motion-JPEG as webcams give, and upright 1080 × 1920 H.264 as phones give. Every way
takes the same frames, cuts the same squares at 256 px and writes the same PNG files, which is checked byte
for byte; they take turns, since other work disturbs all. Then the peak memory of preparing a set and one four
times as large.
"""

import argparse
import csv
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np

from mtfas.data.manifest import open_prepared
from mtfas.data.prepare import prepare
from mtfas.errors import in_one_sentence
from mtfas.faces.crop import CropRule, crop_face
from mtfas.faces.depth import canonical_depth
from mtfas.faces.image import encode_png
from mtfas.faces.samplers import find_sampler
from mtfas.runtime.record import cores
from mtfas.types import Box, ByteImage


@dataclass(frozen=True)
class Kind:
    """One kind of clip and how many of them make a measurable set."""

    ending: str
    codec: str
    pixels: str
    width: int
    height: int
    frames: int
    box: Box
    clips: int


KINDS = {
    "640x480 MJPEG .avi": Kind("avi", "mjpeg", "yuvj420p", 640, 480, 200, Box(200, 90, 220, 260), 96),
    "1080x1920 H.264 .mp4": Kind("mp4", "libx264", "yuv420p", 1080, 1920, 150, Box(290, 600, 480, 600), 24),
}

RULE, FRAMES = CropRule(256), "uniform:8"


@in_one_sentence()
def main() -> None:
    wanted = arguments()
    with tempfile.TemporaryDirectory() as name:
        for kind, about in KINDS.items():
            raw = make_set(Path(name) / about.ending, about, about.clips)
            compare(kind, raw, Path(name), about.clips, wanted.rounds)
        show_memory(Path(name))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def make_set(folder: Path, kind: Kind, clips: int) -> Path:
    """Encode one clip of moving texture and list as many copies of it, live and attack in turn."""
    folder.mkdir()
    first = folder / f"0.{kind.ending}"
    encode(first, kind)
    with (folder / "clips.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "label", "species", "subject", "left", "top", "width", "height"])
        for n in range(clips):
            path = folder / f"{n}.{kind.ending}"
            if n:
                path.write_bytes(first.read_bytes())
            label = ("live", "") if n % 2 == 0 else ("attack", "replay")
            table.writerow([path.name, *label, f"s{n // 2 % (clips // 4)}", *kind.box.as_list()])
    return folder / "clips.csv"


def encode(path: Path, kind: Kind) -> None:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (kind.height // 8, kind.width // 8 + kind.frames, 3), dtype=np.uint8)
    texture = cv2.resize(coarse, None, fx=8, fy=8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(kind.codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = kind.width, kind.height, kind.pixels
        for n in range(kind.frames):
            picture = np.ascontiguousarray(texture[:, 4 * n : 4 * n + kind.width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def opencv_loop(raw: Path, out: Path, threads: int = 0) -> list[bytes]:
    """Do what `prepare` does, one clip after the other: count by decoding, cut, write face and depth."""
    out.mkdir()
    sampler, written = find_sampler(FRAMES), []
    with raw.open() as file:
        rows = list(csv.DictReader(file))
    for n, row in enumerate(rows):
        box = Box(*(float(row[name]) for name in ("left", "top", "width", "height")))
        for frame, picture in chosen(raw.parent / row["file"], sampler.choose, threads):
            images = [crop_face(picture, box, RULE)]
            images += [canonical_depth(box, RULE)] if row["label"] == "live" else []
            for k, image in enumerate(images):
                written.append(encode_png(image))
                (out / f"{n:06d}_{frame:05d}_{k}.png").write_bytes(written[-1])
    return written


def chosen(path: Path, choose: object, threads: int) -> list[tuple[int, ByteImage]]:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, threads])
    total = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    wanted, found, frame = set(choose(total, path.name)), [], 0  # type: ignore[operator]
    while capture.grab():
        if frame in wanted:
            found.append((frame, cv2.cvtColor(capture.retrieve()[1], cv2.COLOR_BGR2RGB)))
        frame += 1
    capture.release()
    if frame != total:
        raise SystemExit(f"{path}: {frame} frames, {total} promised")
    return found


def ours(raw: Path, out: Path) -> list[bytes]:
    prepare("csv", raw, out, frames=FRAMES)
    names = [
        name
        for row in open_prepared(out).rows.iter_rows(named=True)
        for name in (row["image"], row["depth"])
        if name
    ]
    return [(out / name).read_bytes() for name in names]


WAYS = {
    "mtfas prepare": ours,
    "OpenCV loop": opencv_loop,
    "OpenCV loop, decoder with one thread": partial(opencv_loop, threads=1),
}
"""As OpenCV comes, its decoder has a thread a core, in one process."""


def compare(kind: str, raw: Path, place: Path, clips: int, rounds: int) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    for n in range(rounds):
        results = []
        for k, (name, way) in enumerate(WAYS.items()):
            begun = time.perf_counter()
            results.append(way(raw, place / f"{raw.parent.name}-{k}-{n}"))
            seconds[name].append(time.perf_counter() - begun)
        if not results[0] == results[1] == results[2]:
            raise SystemExit("the ways wrote different files")
    print(f"{kind}, {clips} clips, {cores()} cores, same bytes")
    for name, times in seconds.items():
        ratios = sorted(t / our for t, our in zip(times, seconds["mtfas prepare"], strict=True))
        rate, middle = clips / statistics.median(times), statistics.median(ratios)
        spread = f"{ratios[0]:.2f}–{ratios[-1]:.2f}"
        print(f"  {name:37s} {rate:6.2f} clips/s   its time {middle:.2f} of ours ({spread})", flush=True)


def show_memory(place: Path) -> None:
    """Prepare a set and one four times as large in processes of their own; print the largest process."""
    for count in (24, 96):
        raw = make_set(place / f"memory-{count}", KINDS["640x480 MJPEG .avi"], count)
        command = [sys.executable, __file__, "--child", str(raw), str(place / f"prepared-{count}")]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(f"{count} clips: largest process {said.strip()} MiB at its peak", flush=True)


def child(raw: Path, out: Path) -> None:
    prepare("csv", raw, out, frames=FRAMES)
    usage = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{max(usage) / 1024:.0f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()

# 2026-11-25, 2-core x86-64, Python 3.11, PyAV 18.1, OpenCV 4.14, 3 rounds (in the first, other work ran):
#   640x480 MJPEG .avi, 96 clips, 2 cores, same bytes
#     mtfas prepare                           7.81 clips/s   its time 1.00 of ours (1.00–1.00)
#     OpenCV loop                             4.57 clips/s   its time 1.67 of ours (1.41–1.71)
#     OpenCV loop, decoder with one thread    4.93 clips/s   its time 1.58 of ours (1.33–1.63)
#   1080x1920 H.264 .mp4, 24 clips, 2 cores, same bytes
#     mtfas prepare                           3.07 clips/s   its time 1.00 of ours (1.00–1.00)
#     OpenCV loop                             2.49 clips/s   its time 1.27 of ours (1.23–1.34)
#     OpenCV loop, decoder with one thread    1.88 clips/s   its time 1.60 of ours (1.59–1.63)
#   24 clips: largest process 653 MiB at its peak
#   96 clips: largest process 653 MiB at its peak
# OpenCV's H.264 decoder has a thread a core, so one process of it uses both: two processes gain little there.
