"""Faces on disk: crops, depth maps and attack regions as PNG, each with its manifest row."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from mtfas.data.manifest import FaceRow, Parameter
from mtfas.runtime.files import UNFINISHED, read_json, sha256, write_json
from mtfas.synthetic.noise import Floats
from mtfas.types import BONA_FIDE, Box, ByteImage, Label

ROWS = f"{UNFINISHED}/rows"
"""Where an unfinished rendering keeps the rows of its finished subjects."""


@dataclass(frozen=True)
class Face:
    """One finished face, all uint8.

    Attributes:
        crop: [size, size, 3].
        depth: the label of a live face, [size, size].
        region: of an attack, [size, size].
        geometry: exact depth of what stood there, live or attack, [size, size]; None where it is not known.
    """

    crop: ByteImage
    depth: ByteImage | None
    region: ByteImage | None
    geometry: ByteImage | None = None


@dataclass(frozen=True)
class Origin:
    """Where a face comes from, in the manifest's words."""

    dataset: str
    release: str
    split: str
    subject: str
    session: str
    camera: str
    medium: str
    species: str
    presentation: str
    frame: int
    box: Box | None
    detector: str
    source: str
    made: Mapping[str, Parameter] = field(default_factory=dict)


def depth_image(depth: Floats) -> ByteImage:
    """Return depth as uint8: 0 off the head, 1 (farthest) to 255 (nearest) on it.

    Args:
        depth: towards the camera, -inf off the head, [size, size].
    """
    on = np.isfinite(depth)
    if not on.any():
        return np.zeros(depth.shape, np.uint8)
    low, high = float(depth[on].min()), float(depth[on].max())
    scaled = 1 + 254 * (np.where(on, depth, low) - low) / max(high - low, 1e-6)
    return np.where(on, np.rint(scaled), 0).astype(np.uint8)


def save_face(folder: Path, face: Face, origin: Origin) -> FaceRow:
    """Write the face's images under the folder and return its row."""
    name = f"{origin.split}/{origin.presentation}_frame-{origin.frame}.png"
    image, digest = _save(folder, f"faces/{name}", face.crop)
    depth = None if face.depth is None else _save(folder, f"depth/{name}", face.depth)[0]
    mask = None if face.region is None else _save(folder, f"masks/{name}", face.region)[0]
    geometry = None if face.geometry is None else _save(folder, f"geometry/{name}", face.geometry)[0]
    return replace(make_row(origin, image, depth, mask, digest, None), geometry=geometry)


def write_rows(folder: Path, subject: str, rows: Sequence[FaceRow]) -> None:
    """Note that all of a subject's faces are written, and their rows, for an attempt that goes on later."""
    write_json(folder / ROWS / f"{subject}.json", [asdict(row) for row in rows])


def read_rows(folder: Path, subject: str) -> list[FaceRow] | None:
    """Return the rows of a subject that an earlier attempt finished, or None."""
    path = folder / ROWS / f"{subject}.json"
    return [FaceRow(**row) for row in read_json(path)] if path.is_file() else None


def make_row(
    origin: Origin,
    image: str | None,
    depth: str | None,
    mask: str | None,
    digest: str | None,
    reason: str | None,
) -> FaceRow:
    """Return the manifest row of a face, or of a non-response when `reason` says why there is none."""
    return FaceRow(
        image=image,
        depth=depth,
        mask=mask,
        dataset=origin.dataset,
        release=origin.release,
        split=origin.split,
        subject=origin.subject,
        session=origin.session,
        camera=origin.camera,
        medium=origin.medium,
        species=origin.species,
        label=int(Label.LIVE if origin.species == BONA_FIDE else Label.ATTACK),
        presentation=origin.presentation,
        frame=origin.frame,
        box=None if origin.box is None else origin.box.as_list(),
        detector=origin.detector,
        sha256=digest,
        source=origin.source,
        reason=reason,
        made=origin.made,
    )


def _save(folder: Path, name: str, image: ByteImage) -> tuple[str, str]:
    ordered = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    content = cv2.imencode(".png", ordered)[1].tobytes()
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)  # the whole folder is scratch until it is complete
    return name, sha256(content)
