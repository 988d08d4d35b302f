"""From a raw data set to a prepared one: decode, find the face, cut it out, write the manifest."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mtfas.data.cut_jobs import cut_all, outcomes
from mtfas.data.cutting import DETECTOR, CutRule
from mtfas.data.manifest import count, open_prepared, write_manifest
from mtfas.data.outcomes import keep_books
from mtfas.data.raw_checks import check_classes, check_splits, deviations, refuse_deviations, with_boxes
from mtfas.data.raw_rows import face_rows, splits_of
from mtfas.data.sources import SOURCES, RawItem, RawSet, Tally
from mtfas.errors import BadData, BadSetting, unknown_name
from mtfas.faces.crop import CropRule
from mtfas.faces.depth import require_depth
from mtfas.faces.samplers import find_sampler
from mtfas.runtime.files import refuse_existing, sha256, unfinished_folder

FRAMES = "uniform:8"
"""The sampler of clips where none is asked for."""


@dataclass(frozen=True)
class PrepareSummary:
    """What became of a raw data set.

    Attributes:
        folder: the prepared data set.
        counts: as in dataset.json.
        tallies: presentations of each published part beside the published numbers.
        non_responses: (image, reason) for each image or chosen frame without a usable face.
        warnings: what the user should know, one sentence each.
    """

    folder: Path
    counts: dict[str, int]
    tallies: list[Tally]
    non_responses: list[tuple[str, str]]
    warnings: list[str]

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain values; a non-response is {image, reason}."""
        failed = [{"image": image, "reason": reason} for image, reason in self.non_responses]
        return {**asdict(self), "folder": str(self.folder), "non_responses": failed}


def read_raw(
    source: str, raw: Path, boxes: Path | None = None, strict: bool = False, seed: int = 0
) -> tuple[RawSet, list[str]]:
    """Read the names of a raw data set and check them; no image or video is opened.

    Returns:
        The set, and what the user should know, one sentence each.

    Raises:
        BadSetting: the source is unknown, or there are videos and PyAV is not installed.
        BadFile: a list, the CSV or the boxes are not what they should be.
        BadData: the folder is another set, one class is missing, the splits make no sense, or (strict) the
            copy is not as published.
    """
    if source not in SOURCES:
        raise unknown_name("source", source, SOURCES)
    as_laid_out = SOURCES[source](raw)
    check_classes(raw, as_laid_out.items)
    found, warnings = with_boxes(as_laid_out, boxes)
    if strict:
        refuse_deviations(raw, found)
    check_splits(raw, found.items, seed)
    if any(item.is_clip for item in found.items) and find_spec("av") is None:
        raise BadSetting("videos need PyAV, which is not installed; run: pip install 'mtfas[video]'.")
    return found, [*found.warnings, *deviations(found), *warnings]


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
    frames: str = FRAMES,
    strict: bool = False,
    detect: bool = False,
) -> PrepareSummary:
    """Turn a raw data set into a prepared one.

    A box that comes with the data wins over detection. An image or clip that cannot be decoded, and a frame
    that shows no face, stay in the manifest as rows with their reason, so that non-responses can be counted.
    The same files and settings give the same bytes, whatever the number of workers. A preparation that was
    stopped, by Ctrl-C or a power cut, goes on when it is asked for again.

    Args:
        source: the layout of the raw data, a name in SOURCES.
        raw: the raw data: a folder, or the CSV file.
        out: the folder to make; it appears only when everything went well.
        size: side of the face crops in pixels, a multiple of 8.
        scale: side of the crops in units of the face box.
        depth: pseudo depth of live faces, a name in DEPTH_BACKENDS.
        boxes: a CSV file,left,top,width,height with files relative to the raw data.
        seed: decides who is in train, dev and test where the data does not say, and random frames.
        workers: processes; by default one a core. More than one needs an importable main module.
        frames: which frames of a clip are taken: "uniform:8", "first", "random:3", "all", ….
        strict: refuse a copy that is not as published, instead of warning.
        detect: search for the face in every frame, also where the data bring boxes.

    Raises:
        BadSetting: a name is unknown, a number out of range, `out` exists, or an unfinished attempt had other
            settings or other files.
        BadFile: the CSV, a list or the boxes are not what they should be.
        BadData: as `read_raw`, or no image of a class is usable.
    """
    rule = CutRule(CropRule(size, scale), depth, find_sampler(frames, seed), own_boxes=not detect)
    if size % 8:
        raise BadSetting(
            f"the crop size is {size} pixels; choose a multiple of 8, for maps are an eighth of it."
        )
    if workers is not None and workers < 1:
        raise BadSetting(f"workers is {workers}; give 1 or more.")
    require_depth(depth)
    refuse_existing(out)
    found, warnings = read_raw(source, raw, boxes, strict, seed)
    info = _info(source, found, rule, boxes, seed)
    with _scratch(out, info, found.items) as scratch:
        cut_all(found.items, rule, scratch, workers)
        ledger = keep_books(found.items, outcomes(found.items, scratch))
        ledger.refuse_unusable()
        splits = splits_of(found.items, ledger.usable, seed)
        write_manifest(scratch, face_rows(found, outcomes(found.items, scratch), splits), info)
    counts = count(open_prepared(out).rows)
    return PrepareSummary(out, counts, found.tallies, ledger.failed, [*warnings, *ledger.notes()])


@contextmanager
def _scratch(out: Path, info: dict[str, Any], items: Sequence[RawItem]) -> Iterator[Path]:
    """Give the unfinished set; bad data leave nothing behind, an interruption leaves it all."""
    with unfinished_folder(out, {**info, "files": _fingerprint(items)}) as scratch:
        for kind in ("faces", "depth"):
            (scratch / kind).mkdir(exist_ok=True)
        try:
            yield scratch
        except BadData:
            shutil.rmtree(scratch)
            raise


def _fingerprint(items: Sequence[RawItem]) -> str:
    """Return a hash of what there is to do; it does not depend on where the files lie."""
    lines = (
        f"{item.name}\t{item.path.stat().st_size if item.path.is_file() else 'missing'}\t{item.presentation}"
        f"\t{item.subject}\t{item.species}\t{item.split}\t{item.box}\t{item.box_file is not None}"
        for item in items
    )
    return sha256("\n".join(lines).encode("utf-8", "surrogateescape"))


def _info(source: str, found: RawSet, rule: CutRule, boxes: Path | None, seed: int) -> dict[str, Any]:
    clips = any(item.is_clip for item in found.items)
    packages = ("opencv-python-headless", "pillow", "numpy", *(["av"] if clips else []))
    return {
        "source": source,
        "name": found.name,
        "dataset": found.name,
        "release": found.release,
        "crop": rule.crop.as_dict(),
        "depth": rule.depth,
        "detector": DETECTOR,
        "own_boxes": rule.own_boxes,
        "boxes": boxes.name if boxes else None,
        "frames": rule.sampler.name if clips else None,
        "seed": seed,
        "tallies": [asdict(part) for part in found.tallies],
        "deviations": deviations(found),
        "versions": {name: version(name) for name in packages},
    }
