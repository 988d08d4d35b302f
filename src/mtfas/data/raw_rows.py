"""What became of a raw set's images and clips, as rows of the manifest."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mtfas.data.cutting import Cut, Outcome
from mtfas.data.manifest import FaceRow
from mtfas.data.sources import RawItem, RawSet
from mtfas.data.splits import assign_splits


def face_rows(found: RawSet, outcomes: Iterable[Outcome], splits: Mapping[str, str]) -> Iterator[FaceRow]:
    """Yield a row for every image and every chosen frame, those without a face included, in order."""
    for item, outcome in zip(found.items, outcomes, strict=True):
        clip: dict[str, str | float] = {**item.about, **outcome.clip}
        for cut in outcome.cuts:
            yield _row(found, item, cut, clip, splits[item.subject])


def _row(found: RawSet, item: RawItem, cut: Cut, clip: Mapping[str, str | float], split: str) -> FaceRow:
    return FaceRow(
        image=cut.image,
        depth=cut.depth,
        mask=None,
        dataset=found.name,
        release=found.release,
        split=split,
        subject=item.subject,
        session=item.session,
        camera=item.camera,
        medium=item.medium,
        species=item.species,
        label=item.label,
        presentation=item.presentation,
        frame=cut.frame,
        box=cut.box.as_list() if cut.box else None,
        detector=cut.detector,
        sha256=cut.sha256,
        source=item.name,
        reason=cut.reason,
        depth_by=cut.depth_by,
        clip=clip,
    )


def splits_of(items: Sequence[RawItem], usable: Mapping[str, set[int]], seed: int) -> dict[str, str]:
    """Return the split of every subject: the data set's own, or dealt by the seed.

    Args:
        items: of a raw set; all or none say their split.
        usable: the labels of each subject's usable faces. Only these count as a class; subjects without any
            are dealt too, for non-responses have a split.
        seed: of the dealing.

    Raises:
        BadData: too few subjects have usable faces of a class.
    """
    if items[0].split is not None:
        return {item.subject: str(item.split) for item in items}
    return {subject: str(split) for subject, split in assign_splits(usable, seed).items()}
