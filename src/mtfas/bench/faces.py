"""Faces to time with: a prepared data set, or a small part of the built-in benchmark rendered at any size."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import open_prepared
from mtfas.data.protocols import select
from mtfas.errors import BadData, BadSetting
from mtfas.models.detector import STRIDE
from mtfas.synthetic.domains.siwm import ROUND
from mtfas.synthetic.presets import PRESETS, SynthesisPreset
from mtfas.synthetic.synthesize import synthesize

PROTOCOL = "grandtest"
LARGEST = 1024
"""A side of faces above which rendering them to time with would take longer than the timing."""


@contextmanager
def faces_to_time(data: Path | None, size: int | None, seed: int) -> Iterator[FaceSet]:
    """Give the training faces of a data set, or rendered ones (protocol grandtest).

    Args:
        data: a prepared data set; None renders about 300 faces into a folder that is removed.
        size: side of the faces in pixels; with `data` it must be theirs, or None.
        seed: of the rendering.

    Raises:
        BadSetting: a size that networks or data do not have.
    """
    if data is not None:
        faces = training_faces(data)
        if size not in (None, faces.size):
            raise BadSetting(f"{data} has faces of {faces.size} px, not {size}; leave --size out.")
        yield faces
        return
    with tempfile.TemporaryDirectory() as folder:
        yield training_faces(render(Path(folder) / "data", 128 if size is None else size, seed))


def training_faces(data: Path) -> FaceSet:
    """Return the training faces of a prepared data set."""
    prepared = open_prepared(data)
    return load_faces(prepared, select(prepared, PROTOCOL).train)


def render(out: Path, size: int, seed: int) -> Path:
    """Render two domains with few people at a size; return the folder.

    Raises:
        BadSetting: a size that is no multiple of 8, or too large.
    """
    if size % STRIDE or not 16 <= size <= LARGEST:
        raise BadSetting(f"--size must be a multiple of {STRIDE} from 16 to {LARGEST}, got {size}.")
    people = {"c": (4, 1, 1), "s": (2 * ROUND, ROUND, ROUND)}
    PRESETS["timed"] = SynthesisPreset("timed", size, people, {"c": 2, "s": 1})
    try:
        synthesize(out, "timed", seed, domains=tuple(people))
    finally:
        del PRESETS["timed"]
    return out


def check_enough(faces: FaceSet, per_class: int) -> None:
    """Raise unless there are so many faces of each class.

    Raises:
        BadData: there are fewer.
    """
    attacks = int(faces.labels.sum())
    for kind, found in (("live faces", len(faces) - attacks), ("attacks", attacks)):
        if found < per_class:
            raise BadData(f"timing needs {per_class} {kind} (M + N), the data have {found}; give more data.")
