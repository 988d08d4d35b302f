"""From a raw data set to a prepared one: decode, find the face, cut it out, write the manifest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import PIL

from mtfas.data.cutting import DETECTOR, Cut, cut_all, reason_kind
from mtfas.data.manifest import FaceRow, count, open_prepared, write_manifest
from mtfas.data.sources import SOURCES, RawItem, RawSet
from mtfas.data.splits import assign_splits
from mtfas.errors import BadData, BadSetting, unknown_name
from mtfas.faces.box import read_boxes
from mtfas.faces.crop import CropRule
from mtfas.faces.depth import require_depth
from mtfas.runtime.files import new_folder, refuse_existing
from mtfas.types import Label


@dataclass(frozen=True)
class PrepareSummary:
    """What became of a raw data set.

    Attributes:
        folder: the prepared data set.
        counts: as in dataset.json.
        non_responses: (image, reason) for each image without a usable face.
        warnings: what the user should know, one sentence each.
    """

    folder: Path
    counts: dict[str, int]
    non_responses: list[tuple[str, str]]
    warnings: list[str]


def prepare(
    source: str,
    raw: Path,
    out: Path,
    size: int = 256,
    scale: float = 1.3,
    depth: str = "canonical",
    boxes: Path | None = None,
    seed: int = 0,
    workers: int | None = None,
) -> PrepareSummary:
    """Turn a raw data set into a prepared one.

    A box that comes with the data wins over detection. An image that cannot be decoded or shows no face stays
    in the manifest as a row with its reason, so that non-responses can be counted. The same images and
    settings give the same bytes, whatever the number of workers.

    Args:
        source: the layout of the raw data, a name in SOURCES.
        raw: the raw data: a folder, or the CSV file.
        out: the folder to make; it appears only when everything went well.
        size: side of the face crops in pixels, a multiple of 8.
        scale: side of the crops in units of the face box.
        depth: pseudo depth of live faces, a name in DEPTH_BACKENDS.
        boxes: a CSV file,left,top,width,height with files relative to the raw data.
        seed: decides who is in train, dev and test where the data does not say.
        workers: processes; by default one a core. More than one needs an importable main module.

    Raises:
        BadSetting: a name is unknown, a number out of range, or `out` exists.
        BadFile: the CSV or the boxes are not what they should be.
        BadData: one class is missing, no image of a class is usable, or the splits make no sense.
    """
    rule = CropRule(size, scale)
    if source not in SOURCES:
        raise unknown_name("source", source, SOURCES)
    if size % 8:
        raise BadSetting(
            f"the crop size is {size} pixels; choose a multiple of 8, for maps are an eighth of it."
        )
    if workers is not None and workers < 1:
        raise BadSetting(f"workers is {workers}; give 1 or more.")
    require_depth(depth)
    refuse_existing(out)
    found = SOURCES[source](raw)
    faces, warnings = _with_boxes(found, boxes)
    _check_classes(raw, faces)
    _check_splits(raw, faces, seed)
    with new_folder(out) as scratch:
        (scratch / "faces").mkdir()
        (scratch / "depth").mkdir()
        cuts = cut_all(faces, rule, depth, scratch, workers)
        _check_usable(faces, cuts)
        rows = _rows(found.name, faces, cuts, seed)
        write_manifest(scratch, rows, _info(source, found.name, rule, depth, boxes, seed))
    warnings = [*found.warnings, *warnings, *_notes(faces, cuts)]
    failed = [(row.source, row.reason) for row in rows if row.reason is not None]
    return PrepareSummary(out, count(open_prepared(out).rows), failed, warnings)


def _with_boxes(found: RawSet, boxes: Path | None) -> tuple[list[RawItem], list[str]]:
    if boxes is None:
        return found.items, []
    given = read_boxes(boxes)
    unused = sorted(set(given) - {face.name for face in found.items})
    if len(unused) == len(given):
        example = found.items[0].name
        raise BadData(f"{boxes} has no box for any image of {found.name}; name files like '{example}'.")
    faces = [replace(face, box=given.get(face.name, face.box)) for face in found.items]
    if not unused:
        return faces, []
    return faces, [
        f"{len(unused)} box(es) of {boxes.name} are for no image of the data set, e.g. {unused[0]}."
    ]


def _check_classes(raw: Path, faces: Sequence[RawItem]) -> None:
    labels = {face.label for face in faces}
    for label in Label:
        if label not in labels:
            raise BadData(f"{raw} has no {label.name.lower()} faces; both live faces and attacks are needed.")


def _check_splits(raw: Path, faces: Sequence[RawItem], seed: int) -> None:
    """Fail before the long work rather than after it."""
    if faces[0].split is None:
        assign_splits(_classes(faces), seed)
        return
    places: dict[str, set[str]] = {}
    for face in faces:
        places.setdefault(face.subject, set()).add(str(face.split))
    torn = sorted(subject for subject, splits in places.items() if len(splits) > 1)
    if torn:
        raise BadData(
            f"{raw} has {len(torn)} subject(s) in more than one split, e.g. '{torn[0]}' in "
            f"{' and '.join(sorted(places[torn[0]]))}; give every subject one split."
        )


def _classes(faces: Sequence[RawItem]) -> dict[str, set[int]]:
    classes: dict[str, set[int]] = {}
    for face in faces:
        classes.setdefault(face.subject, set()).add(face.label)
    return classes


def _check_usable(faces: Sequence[RawItem], cuts: Sequence[Cut]) -> None:
    for label in Label:
        reasons = [cut.reason for face, cut in zip(faces, cuts, strict=True) if face.label == label]
        if None not in reasons:
            often = Counter(reason_kind(str(reason)) for reason in reasons).most_common(3)
            listing = ", ".join(f"{kind} × {times}" for kind, times in often)
            raise BadData(
                f"none of the {len(reasons)} {label.name.lower()} images gave a face ({listing}; "
                f"e.g. {reasons[0]}); check the images, or give face boxes."
            )


def _rows(dataset: str, faces: Sequence[RawItem], cuts: Sequence[Cut], seed: int) -> list[FaceRow]:
    splits = _splits(faces, cuts, seed)
    return [
        FaceRow(
            image=cut.image,
            depth=cut.depth,
            mask=None,
            dataset=dataset,
            release="own",
            split=splits[face.subject],
            subject=face.subject,
            session=face.session,
            camera=face.camera,
            medium=face.medium,
            species=face.species,
            label=face.label,
            presentation=face.presentation,
            frame=face.frame,
            box=cut.box.as_list() if cut.box else None,
            detector=cut.detector,
            sha256=cut.sha256,
            source=face.name,
            reason=cut.reason,
        )
        for face, cut in zip(faces, cuts, strict=True)
    ]


def _splits(faces: Sequence[RawItem], cuts: Sequence[Cut], seed: int) -> Mapping[str, str]:
    if faces[0].split is not None:
        return {face.subject: str(face.split) for face in faces}
    # Only usable faces count as a class; subjects without any are dealt too, for non-responses have a split.
    usable: dict[str, set[int]] = {face.subject: set() for face in faces}
    for face, cut in zip(faces, cuts, strict=True):
        if cut.reason is None:
            usable[face.subject].add(face.label)
    return {subject: str(split) for subject, split in assign_splits(usable, seed).items()}


def _info(
    source: str, name: str, rule: CropRule, depth: str, boxes: Path | None, seed: int
) -> dict[str, object]:
    return {
        "source": source,
        "name": name,
        "crop": rule.as_dict(),
        "depth": depth,
        "detector": DETECTOR,
        "boxes": boxes.name if boxes else None,
        "seed": seed,
        "versions": {"opencv": cv2.__version__, "pillow": PIL.__version__, "numpy": np.__version__},
    }


def _notes(faces: Sequence[RawItem], cuts: Sequence[Cut]) -> list[str]:
    pairs = list(zip(faces, cuts, strict=True))
    several = [face.name for face, cut in pairs if cut.faces > 1]
    unfitted = [face.name for face, cut in pairs if cut.mesh_failed]
    notes = []
    if several:
        notes.append(
            f"{len(several)} image(s) show more than one face; the largest was taken, e.g. in {several[0]}."
        )
    if unfitted:
        notes.append(
            f"{len(unfitted)} live face(s) took no mesh and got the canonical depth, e.g. {unfitted[0]}."
        )
    return notes
