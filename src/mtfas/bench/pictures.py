"""Pictures to time with: a rendered head before a rendered background, at a camera's size."""

import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mtfas.data.manifest import open_prepared
from mtfas.faces.detect import find_faces
from mtfas.faces.image import read_image
from mtfas.runtime.seeds import stream
from mtfas.synthetic.background import BACKGROUNDS, draw_background
from mtfas.synthetic.light import Light
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.presets import PRESETS, SynthesisPreset
from mtfas.synthetic.synthesize import synthesize
from mtfas.types import ByteImage, Label

SIZES = {"640x480": (640, 480), "1280x720": (1280, 720)}
"""Width and height of a webcam's picture, and of a phone's preview."""

EACH = 6
"""Pictures of each size."""

RENDERED = 160
PEOPLE = 10
FACE = 0.55
"""Side of the head's square, as a part of the picture's height."""
QUALITY = 90


def render_pictures(folder: Path, seed: int = 0) -> dict[str, list[Path]]:
    """Write JPEG files of every size in SIZES and return them by size; nothing in them is real.

    Heads are taken that the face detector finds before a plain wall: a picture without a face is not judged.

    Args:
        folder: that gets them.
        seed: of people and backgrounds.
    """
    heads, files = _heads(seed), {}
    for name, (width, height) in SIZES.items():
        files[name] = [folder / f"{name}-{number}.jpg" for number in range(EACH)]
        for number, path in enumerate(files[name]):
            picture = before_background(heads[number % len(heads)], width, height, stream(seed, name, number))
            Image.fromarray(picture).save(path, quality=QUALITY)
    return files


def before_background(head: ByteImage, width: int, height: int, rng: np.random.Generator) -> ByteImage:
    """Return a picture [height, width, 3] with a head's square in its middle, its edge faded out."""
    kind = sorted(BACKGROUNDS)[int(rng.integers(len(BACKGROUNDS)))]
    lit = draw_background(kind, _daylight(), width, rng)[:height]
    picture = 255 * np.clip(lit, 0, 1) ** np.float32(1 / 2.2)
    return _pasted(picture + rng.normal(0, 2, picture.shape).astype(np.float32), head)


def _pasted(picture: Floats, head: ByteImage) -> ByteImage:
    height, width = picture.shape[:2]
    side = round(FACE * height)
    square = cv2.resize(head, (side, side), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    left, top = (width - side) // 2, (height - side) // 2
    edge = np.minimum(np.arange(side), np.arange(side)[::-1]) / (0.08 * side)
    weight = np.clip(np.minimum(edge[:, None], edge[None]), 0, 1)[..., None]
    place = picture[top : top + side, left : left + side]
    place[:] = weight * square + (1 - weight) * place
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def _heads(seed: int) -> list[ByteImage]:
    """Return squares [RENDERED, RENDERED, 3] of live heads in which a face is found."""
    people = dict.fromkeys("ocims", (0, 0, 0)) | {"m": (PEOPLE, 0, 0)}
    PRESETS["pictured"] = SynthesisPreset("pictured", RENDERED, people, dict.fromkeys("ocims", 1))
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "heads"
            synthesize(folder, "pictured", seed, workers=1, domains="m")
            rows = open_prepared(folder).usable
            live = rows.filter(rows["label"] == Label.LIVE).unique(
                "subject", keep="first", maintain_order=True
            )
            heads = [read_image(folder / image) for image in live["image"]]
    finally:
        del PRESETS["pictured"]
    return [head for head in heads if find_faces(_before_wall(head))]


def _before_wall(head: ByteImage) -> ByteImage:
    width, height = SIZES["640x480"]
    wall = np.full((height, width, 3), head[:4].mean(axis=(0, 1)), np.float32)
    return _pasted(wall, head)


def _daylight() -> Light:
    white = np.ones(3, np.float32)
    return Light(np.array([0.3, -0.3, 0.9], np.float32), 0.7 * white, 0.5 * white, 0.3 * white)
