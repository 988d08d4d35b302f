"""Look a raw set over before the long work: boxes, classes, splits, and whether it is as it was published."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mtfas.data.sources import RawItem, RawSet, Tally
from mtfas.data.splits import assign_splits
from mtfas.errors import BadData
from mtfas.faces.box import read_boxes
from mtfas.types import Label

SHOWN = 20
"""Deviations that a refusal lists."""


def with_boxes(found: RawSet, boxes: Path | None) -> tuple[RawSet, list[str]]:
    """Return the set with the boxes of a CSV file, and warnings about boxes for nothing.

    Raises:
        BadFile: the CSV is not what it should be.
        BadData: none of its boxes is for an image or clip of the set.
    """
    if boxes is None:
        return found, []
    given = read_boxes(boxes)
    unused = sorted(set(given) - {item.name for item in found.items})
    if len(unused) == len(given):
        example = found.items[0].name
        raise BadData(f"{boxes} has no box for any image of {found.name}; name files like '{example}'.")
    items = [replace(item, box=given.get(item.name, item.box)) for item in found.items]
    if not unused:
        return replace(found, items=items), []
    sentence = f"{len(unused)} box(es) of {boxes.name} are for no image of the data set, e.g. {unused[0]}."
    return replace(found, items=items), [sentence]


def deviations(found: RawSet) -> list[str]:
    """Return in sentences where a copy is not as published: what its reader found, and its tallies."""
    return [*found.deviations, *(_difference(found.name, part) for part in found.tallies if not part.agrees)]


def refuse_deviations(raw: Path, found: RawSet) -> None:
    """Refuse a copy that is not as published (strict mode).

    Raises:
        BadData: it deviates; the first deviations are listed.
    """
    if sentences := deviations(found):
        more = f"\n  … and {len(sentences) - SHOWN} more" if len(sentences) > SHOWN else ""
        listing = "\n  ".join(sentences[:SHOWN])
        raise BadData(
            f"{raw} is not {found.name} as handed out, in {len(sentences)} point(s); complete it, or prepare "
            f"what there is with --lenient:\n  {listing}{more}"
        )


def check_classes(raw: Path, items: Sequence[RawItem]) -> None:
    """Refuse a set without live faces or without attacks.

    Raises:
        BadData: one class is missing.
    """
    labels = {item.label for item in items}
    for label in Label:
        if label not in labels:
            raise BadData(f"{raw} has no {label.name.lower()} faces; both live faces and attacks are needed.")


def check_splits(raw: Path, items: Sequence[RawItem], seed: int) -> None:
    """Refuse splits that share a person, and sets that cannot be split.

    Raises:
        BadData: a subject is in two splits, or there are too few to deal.
    """
    if items[0].split is None:
        assign_splits(classes_of(items), seed)
        return
    places: dict[str, set[str]] = {}
    for item in items:
        places.setdefault(item.subject, set()).add(str(item.split))
    torn = sorted(subject for subject, splits in places.items() if len(splits) > 1)
    if torn:
        raise BadData(
            f"{raw} has {len(torn)} subject(s) in more than one split, e.g. '{torn[0]}' in "
            f"{' and '.join(sorted(places[torn[0]]))}; give every subject one split."
        )


def classes_of(items: Sequence[RawItem]) -> dict[str, set[int]]:
    """Return the labels of each subject's items."""
    classes: dict[str, set[int]] = {}
    for item in items:
        classes.setdefault(item.subject, set()).add(item.label)
    return classes


def _difference(dataset: str, part: Tally) -> str:
    live, attack = part.published or part.found
    return (
        f"{dataset} {part.part} has {part.found[0]} bona fide and {part.found[1]} attack presentations, "
        f"published are {live} and {attack}."
    )
