"""Deal subjects to train, dev and test, so that no person is in two of them."""

from collections.abc import Collection, Mapping, Sequence

from mtfas.errors import BadData, BadSetting
from mtfas.runtime.seeds import stream
from mtfas.types import Label, Split

SHARES = (0.6, 0.2, 0.2)
"""Train, dev and test shares of the subjects."""

Groups = dict[tuple[int, ...], list[str]]
"""Subjects by the labels of their faces."""


def assign_splits(
    subject_classes: Mapping[str, Collection[int]], seed: int, shares: Sequence[float] = SHARES
) -> dict[str, Split]:
    """Give each subject one split; every split gets live faces and attacks.

    Subjects with the same classes are shuffled by the seed and dealt so that each split comes nearest to its
    share. The order of the mapping does not matter.

    Args:
        subject_classes: for each subject the labels (0 live, 1 attack) of their faces.
        seed: the same seed gives the same splits.
        shares: of train, dev and test, above 0; only their ratio counts.

    Raises:
        BadData: fewer than three subjects, or fewer than three with live faces or with attacks.
        BadSetting: the shares are not three numbers above 0.
    """
    if len(shares) != len(Split) or not all(0 < share < float("inf") for share in shares):
        raise BadSetting(f"the shares are {list(shares)}; give three numbers above 0 for train, dev, test.")
    _check_enough(subject_classes)
    groups = _shuffled_groups(subject_classes, seed)
    splits = _cover(groups)
    weights = {split: share / sum(shares) for split, share in zip(Split, shares, strict=True)}
    for members in groups.values():
        _deal(members, splits, weights)
    return {subject: splits[subject] for subject in sorted(splits)}


def _check_enough(subject_classes: Mapping[str, Collection[int]]) -> None:
    if len(subject_classes) < len(Split):
        raise BadData(
            f"{len(subject_classes)} subject(s) cannot be split into train, dev and test without sharing a "
            "person; give at least 3 subjects, or a csv with a split column."
        )
    for label in Label:
        owners = sum(label in classes for classes in subject_classes.values())
        if owners < len(Split):
            raise BadData(
                f"{owners} subject(s) have {label.name.lower()} faces, but train, dev and test need one "
                f"each; add subjects with {label.name.lower()} faces, or give a csv with a split column."
            )


def _shuffled_groups(subject_classes: Mapping[str, Collection[int]], seed: int) -> Groups:
    subjects = sorted(subject_classes)
    groups: Groups = {}
    for index in stream(seed, "splits").permutation(len(subjects)):
        classes = tuple(sorted({int(label) for label in subject_classes[subjects[index]]}))
        groups.setdefault(classes, []).append(subjects[index])
    # Those with both classes first: they fill a split's need alone.
    return dict(sorted(groups.items(), key=lambda group: (-len(group[0]), group[0])))


def _cover(groups: Groups) -> dict[str, Split]:
    """Give every split one subject with each class, as few subjects as possible."""
    splits: dict[str, Split] = {}
    for label in Label:
        covered = {split for subject, split in splits.items() if subject in _owners(groups, label)}
        free = [subject for subject in _owners(groups, label) if subject not in splits]
        wanting = [split for split in Split if split not in covered]
        splits.update(zip(free, wanting, strict=False))
    return splits


def _owners(groups: Groups, label: Label) -> list[str]:
    return [subject for classes, members in groups.items() if label in classes for subject in members]


def _deal(members: Sequence[str], splits: dict[str, Split], weights: Mapping[Split, float]) -> None:
    """Give each member without a split to the one farthest below its share of this group."""
    have = {split: sum(splits.get(member) is split for member in members) for split in Split}
    for member in members:
        if member not in splits:
            split = max(Split, key=lambda part: weights[part] * len(members) - have[part])
            splits[member] = split
            have[split] += 1
