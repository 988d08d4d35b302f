"""What `prepare` would read, and what is missing, without opening an image or a video."""

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mtfas.data.prepare import FRAMES, read_raw
from mtfas.data.sources import RawItem, Tally
from mtfas.faces.samplers import find_sampler


@dataclass(frozen=True)
class Inspection:
    """A raw data set, looked over.

    Attributes:
        dataset: its name; release: which one of it.
        images: files that are images; clips: files that are videos.
        faces: how many faces there will be at most; None where all frames of clips are taken.
        with_box: files that bring their own face boxes.
        gigabytes: what the files take on disk.
        missing: files that are listed and not there.
        parts: presentations by (split, species); the split is "dealt" where `prepare` will choose it.
        tallies: presentations of each published part beside the published numbers.
        warnings: what the user should know, one sentence each.
    """

    dataset: str
    release: str
    images: int
    clips: int
    faces: int | None
    with_box: int
    gigabytes: float
    missing: list[str]
    parts: dict[tuple[str, str], int]
    tallies: list[Tally]
    warnings: list[str]

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain values; `parts` is a list of {split, species, presentations}."""
        parts = [
            {"split": split, "species": species, "presentations": number}
            for (split, species), number in self.parts.items()
        ]
        return {**asdict(self), "parts": parts}


def inspect(
    source: str,
    raw: Path,
    boxes: Path | None = None,
    strict: bool = False,
    frames: str = FRAMES,
    seed: int = 0,
) -> Inspection:
    """Look a raw data set over; arguments and errors are those of `prepare`.

    Raises:
        BadSetting: the source or the sampler is unknown.
        BadFile: a list, the CSV or the boxes are not what they should be.
        BadData: the folder is another set, one class is missing, or the splits make no sense.
    """
    find_sampler(frames, seed)
    found, warnings = read_raw(source, raw, boxes, strict, seed)
    sizes = {item.path: _size(item) for item in found.items}
    clips = sum(item.is_clip for item in found.items)
    return Inspection(
        found.name,
        found.release,
        len(found.items) - clips,
        clips,
        _most(frames, clips, len(found.items)),
        sum(item.box is not None or item.box_file is not None for item in found.items),
        sum(size or 0 for size in sizes.values()) / 1e9,
        [item.name for item in found.items if sizes[item.path] is None],
        _parts(found.items),
        found.tallies,
        warnings,
    )


def _size(item: RawItem) -> int | None:
    try:
        return item.path.stat().st_size
    except OSError:
        return None


def _most(frames: str, clips: int, items: int) -> int | None:
    kind, _, number = frames.partition(":")
    if kind == "all" and clips:
        return None
    return items - clips + clips * int(number or 1)


def _parts(items: list[RawItem]) -> dict[tuple[str, str], int]:
    clips = {(item.split or "dealt", item.species, item.presentation) for item in items}
    counts = Counter((split, species) for split, species, _ in clips)
    return dict(sorted(counts.items()))
