"""Cut the faces out of raw images, in one process or several; each image gives a crop or a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mtfas.data.sources import RawItem
from mtfas.errors import BadData, BadFile
from mtfas.faces.crop import CropRule, crop_face
from mtfas.faces.depth import DEPTH_BACKENDS, canonical_depth
from mtfas.faces.detect import find_faces
from mtfas.faces.image import encode_png, read_image
from mtfas.runtime.files import sha256
from mtfas.runtime.pool import choose_workers, in_order
from mtfas.runtime.progress import track
from mtfas.types import Box, ByteImage, Label

DETECTOR = "haar"
GIVEN = "given"
"""The manifest's `detector` where the box came with the data."""

IMAGES_A_WORKER = 64
"""Below this many images for each worker, starting one costs more than it saves."""


@dataclass(frozen=True)
class Cut:
    """What became of one image.

    Attributes:
        image: the crop, relative to the prepared set; None exactly when there is a reason.
        depth: its depth, likewise.
        box: the face that was cut out, or was to be.
        detector: who gave the box.
        sha256: of the crop's file.
        reason: "kind: sentence" where there is no face.
        faces: how many were found.
        mesh_failed: no mesh could be fitted, the canonical depth stands in.
    """

    image: str | None = None
    depth: str | None = None
    box: Box | None = None
    detector: str = DETECTOR
    sha256: str | None = None
    reason: str | None = None
    faces: int = 1
    mesh_failed: bool = False


def reason_kind(reason: str) -> str:
    """Return the kind of a non-response's reason: what stands before the colon."""
    return reason.partition(":")[0]


def cut_all(
    faces: Sequence[RawItem], rule: CropRule, depth: str, out: Path, workers: int | None
) -> list[Cut]:
    """Cut every face out and write it to out/faces, its depth to out/depth.

    Args:
        faces: the images, numbered in this order.
        rule: how to crop.
        depth: a name in DEPTH_BACKENDS.
        out: a folder with faces/ and depth/.
        workers: processes; None = one a core, fewer for little work.

    Returns:
        What became of each image, in order.

    Raises:
        BadSetting: a worker process was killed.
    """
    cut = partial(_cut, rule=rule, depth=depth, out=out)
    count = choose_workers(workers, len(faces), IMAGES_A_WORKER)
    done = in_order(cut, list(enumerate(faces)), count)
    return list(track(done, "cutting out faces", len(faces)))


def _cut(numbered: tuple[int, RawItem], rule: CropRule, depth: str, out: Path) -> Cut:
    index, face = numbered
    detector = DETECTOR if face.box is None else GIVEN
    try:
        image = read_image(face.path)
    except BadFile as error:
        # The manifest must not depend on where the raw data lay.
        sentence = str(error).replace(str(face.path), face.name)
        return Cut(box=face.box, detector=detector, reason=f"undecodable: {sentence}")
    boxes = find_faces(image, DETECTOR) if face.box is None else [face.box]
    if not boxes:
        return Cut(detector=detector, reason=f"no face found: {DETECTOR} finds none in this image")
    try:
        content = encode_png(crop_face(image, boxes[0], rule))
    except BadData as error:
        return Cut(box=boxes[0], detector=detector, reason=f"bad box: {error}")
    name = f"{index:06d}.png"
    (out / "faces" / name).write_bytes(content)
    drawn, mesh_failed = None, False
    if face.label == Label.LIVE:
        drawn, mesh_failed = _write_depth(image, boxes[0], rule, depth, out / "depth" / name)
    return Cut(f"faces/{name}", drawn, boxes[0], detector, sha256(content), None, len(boxes), mesh_failed)


def _write_depth(
    image: ByteImage, box: Box, rule: CropRule, depth: str, path: Path
) -> tuple[str | None, bool]:
    """Write the depth of a live face; return its name, if any, and whether the canonical one stood in."""
    try:
        made, failed = DEPTH_BACKENDS[depth](image, box, rule), False
    except BadData:
        made, failed = canonical_depth(box, rule), True
    if made is None:
        return None, False
    path.write_bytes(encode_png(made))
    return f"depth/{path.name}", failed
