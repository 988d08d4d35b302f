"""Videos of rendered heads, in the container and codec that a file's ending asks for."""

from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np
from PIL import Image
from videos import write_video

from mtfas.data.manifest import open_prepared
from mtfas.faces.detect import find_faces
from mtfas.faces.image import read_image
from mtfas.synthetic.presets import PRESETS, SynthesisPreset
from mtfas.synthetic.synthesize import synthesize
from mtfas.types import BONA_FIDE, ByteImage

SIDE, FRAMES = 160, 3
HEADS = SynthesisPreset(
    "heads", SIDE, dict.fromkeys("ocims", (0, 0, 0)) | {"m": (2, 0, 0)}, dict.fromkeys("ocims", 1)
)
CANVAS = (320, 240)
LEFT, TOP = 80, 40
"""Where a head's square lies in a picture of CANVAS, width × height."""

Heads = dict[str, list[ByteImage]]


def render_heads(folder: Path) -> Heads:
    """Return squares of rendered heads, live and attack, in which a detector finds the face."""
    PRESETS["heads"] = HEADS
    try:
        synthesize(folder, "heads", seed=7, workers=1, domains="m")
    finally:
        del PRESETS["heads"]
    found: Heads = {"live": [], "attack": []}
    for row in open_prepared(folder).usable.iter_rows(named=True):
        kind = "live" if row["species"] == BONA_FIDE else "attack"
        head = read_image(folder / row["image"])
        if all(find_faces(_picture(head, shift, np.random.default_rng(0))) for shift in range(FRAMES)):
            found[kind].append(head)
    assert all(found.values())
    return found


def head_writer(heads: Heads, is_live: Callable[[Path], bool]) -> Callable[[Path, int], None]:
    """Return a maker of videos: FRAMES frames of a head that moves a little; no two videos are the same."""

    def write(path: Path, index: int) -> None:
        kind = heads["live" if is_live(path) else "attack"]
        noise = np.random.default_rng(crc32(path.name.encode()) + index)
        frames = [_picture(kind[index % len(kind)], shift, noise) for shift in range(FRAMES)]
        write_video(path, frames, "libx264" if path.suffix == ".mp4" else "mjpeg")

    return write


def picture_writer(heads: Heads, is_live: Callable[[Path], bool]) -> Callable[[Path, int], None]:
    """Return a maker of images; no two are the same."""

    def write(path: Path, index: int) -> None:
        kind = heads["live" if is_live(path) else "attack"]
        noise = np.random.default_rng(crc32(path.name.encode()) + index)
        Image.fromarray(_picture(kind[index % len(kind)], 0, noise)).save(path)

    return write


def _picture(head: ByteImage, shift: int, noise: np.random.Generator) -> ByteImage:
    picture = np.full((CANVAS[1], CANVAS[0], 3), head[:4].mean(axis=(0, 1)), np.float32)
    left = LEFT + shift
    picture[TOP : TOP + SIDE, left : left + SIDE] = cv2.GaussianBlur(head, (3, 3), 0)
    picture += noise.normal(0, 3, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)
