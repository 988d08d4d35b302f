from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtfas.data.splits import assign_splits
from mtfas.errors import BadData, BadSetting
from mtfas.types import Split

CLASSES = st.sampled_from([(0,), (1,), (0, 1), ()])


@given(st.lists(CLASSES, min_size=3, max_size=40), st.integers(0, 1000))
def test_every_split_gets_both_classes_wherever_possible(classes: list[tuple[int, ...]], seed: int) -> None:
    subjects = {f"s{i}": owned for i, owned in enumerate(classes)}
    possible = all(sum(label in owned for owned in classes) >= 3 for label in (0, 1))
    if not possible:
        with pytest.raises(BadData):
            assign_splits(subjects, seed)
        return
    splits = assign_splits(subjects, seed)
    assert set(splits) == set(subjects)
    for split in Split:
        for label in (0, 1):
            assert any(splits[s] is split and label in subjects[s] for s in subjects)


@pytest.mark.parametrize(
    ("people", "counts"), [(10, (6, 2, 2)), (55, (33, 11, 11)), (3, (1, 1, 1)), (5, (3, 1, 1))]
)
def test_shares(people: int, counts: tuple[int, int, int]) -> None:
    splits = assign_splits({f"s{i}": (0, 1) for i in range(people)}, 0)
    assert tuple(Counter(splits.values())[split] for split in Split) == counts


def test_shares_hold_within_each_kind_of_subject() -> None:
    subjects = {f"{kind}{i}": kind for kind in ((0,), (1,)) for i in range(20)}
    splits = assign_splits(subjects, 3, shares=(2, 1, 1))
    for kind in ((0,), (1,)):
        owned = Counter(splits[subject] for subject, classes in subjects.items() if classes == kind)
        assert [owned[split] for split in Split] == [10, 5, 5]


def test_seed_decides_and_order_does_not() -> None:
    subjects = {f"s{i}": (0, 1) for i in range(30)}
    backwards = dict(reversed(subjects.items()))
    assert assign_splits(subjects, 1) == assign_splits(backwards, 1)
    assert assign_splits(subjects, 1) != assign_splits(subjects, 2)


def test_too_few_subjects() -> None:
    with pytest.raises(BadData, match=r"2 subject.*at least 3 subjects"):
        assign_splits({"a": (0, 1), "b": (0, 1)}, 0)
    with pytest.raises(BadData, match=r"2 subject.*have attack faces.*add subjects with attack faces"):
        assign_splits({"a": (0, 1), "b": (0, 1), "c": (0,), "d": (0,)}, 0)


@pytest.mark.parametrize(
    "shares", [(1, 1), (1, 0, 1), (1, -1, 1), (1, float("nan"), 1), (1, float("inf"), 1)]
)
def test_bad_shares(shares: tuple[float, ...]) -> None:
    with pytest.raises(BadSetting, match="three numbers above 0"):
        assign_splits({f"s{i}": (0, 1) for i in range(9)}, 0, shares)
