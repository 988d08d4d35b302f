import numpy as np
import polars as pl
import pytest

from mtfas.data.sampling import HIGHER_BATCHES, levels_of, pair, pool_of, share_rows
from mtfas.errors import BadData, BadSetting
from mtfas.runtime.seeds import stream


@pytest.fixture
def rows() -> pl.DataFrame:
    """2 data sets of 3 subjects × 2 cameras × (2 live, print, replay)."""
    return pl.DataFrame(
        [
            {
                "dataset": f"d{s % 2}",
                "subject": f"s{s}",
                "camera": f"c{c}",
                "species": species,
                "label": int(species != "bona_fide"),
            }
            for s in range(6)
            for c in range(2)
            for species in ("bona_fide", "bona_fide", "print", "replay")
        ]
    )


def test_a_batch_is_balanced_and_repeats_no_face(rows: pl.DataFrame) -> None:
    index = pool_of(rows).draw(12, stream(0, "x")).numpy()
    labels = rows["label"].to_numpy()[index]
    assert labels[:12].sum() == 0
    assert labels[12:].sum() == 12
    assert len(set(index)) == 24


def test_the_levels_of_the_paper_share_faces_but_no_batch_does(rows: pl.DataFrame) -> None:
    levels = levels_of(rows, "train", None, seed=0)
    for step in range(20):
        lower, higher = pair(levels, 8, 4, stream(0, "bilevel", step))
        assert not set(lower.tolist()) & set(higher.tolist())
        labels = rows["label"].to_numpy()
        assert labels[lower.numpy()].sum() == 8
        assert labels[higher.numpy()].sum() == 4


@pytest.mark.parametrize("name", [name for name in HIGHER_BATCHES if name != "train"])
def test_the_lower_level_never_sees_what_is_held_out(rows: pl.DataFrame, name: str) -> None:
    levels = levels_of(rows, name, None, seed=1)
    lower = rows[np.concatenate([levels.lower.live, levels.lower.attack]).tolist()]
    higher = rows[np.concatenate([levels.higher.live, levels.higher.attack]).tolist()]
    if name == "unseen-subjects":
        assert not set(lower["subject"]) & set(higher["subject"])
    if name in ("unseen-cameras", "unseen-datasets"):
        column = {"unseen-cameras": "camera", "unseen-datasets": "dataset"}[name]
        assert not set(lower[column]) & set(higher[column])
    if name == "unseen-species":
        attacks = [set(part.filter(pl.col("label") == 1)["species"]) for part in (lower, higher)]
        assert not attacks[0] & attacks[1]
        live = [set(part.filter(pl.col("label") == 0)["subject"]) for part in (lower, higher)]
        assert not live[0] & live[1]


def test_what_is_held_out_can_be_named(rows: pl.DataFrame) -> None:
    levels = levels_of(rows, "unseen-species", "replay", seed=1)
    assert set(rows[levels.higher.attack.tolist()]["species"]) == {"replay"}
    with pytest.raises(BadSetting, match="did you mean 'replay'"):
        levels_of(rows, "unseen-species", "repaly", seed=1)


def test_one_class_or_one_camera_is_refused(rows: pl.DataFrame) -> None:
    with pytest.raises(BadData, match="24 live and 0 attack"):
        pool_of(rows.filter(pl.col("label") == 0))
    with pytest.raises(BadData, match="at least 2"):
        levels_of(rows.filter(pl.col("camera") == "c0"), "unseen-cameras", None, seed=0)
    with pytest.raises(BadSetting, match="did you mean 'unseen-cameras'"):
        levels_of(rows, "unseen-camera", None, seed=0)


@pytest.mark.parametrize(("m", "n"), [(20, 10), (60, 60), (3, 30)])
def test_few_faces_are_divided_before_they_are_repeated(rows: pl.DataFrame, m: int, n: int) -> None:
    levels = levels_of(rows, "train", None, seed=0)
    labels = rows["label"].to_numpy()
    for step in range(10):
        lower, higher = pair(levels, m, n, stream(0, "bilevel", step))
        assert (len(lower), len(higher)) == (2 * m, 2 * n)
        assert not set(lower.tolist()) & set(higher.tolist())
        assert labels[lower.numpy()].sum() == m
        assert labels[higher.numpy()].sum() == n


def test_a_held_out_name_without_meaning_is_refused(rows: pl.DataFrame) -> None:
    for name in ("train", "unseen-subjects"):
        with pytest.raises(BadSetting, match="--held-out print has no meaning"):
            levels_of(rows, name, "print", seed=0)


@pytest.mark.parametrize(("per_class", "processes", "parts"), [(20, 1, 1), (20, 1, 3), (20, 4, 2), (3, 3, 5)])
def test_shares_are_balanced_and_together_the_batch(per_class: int, processes: int, parts: int) -> None:
    seen = []
    for rank in range(processes):
        shares = share_rows(per_class, rank, processes, parts)
        assert len(shares) == min(parts, per_class // processes)
        for rows in shares:
            live = int((rows < per_class).sum())
            assert live == len(rows) - live > 0
        seen += [row for rows in shares for row in rows.tolist()]
        assert sum(len(rows) for rows in shares) == 2 * per_class // processes
    assert sorted(seen) == list(range(2 * per_class))


def test_subjects_with_attacks_only_are_held_out_too() -> None:
    """SiW-M's: whoever was attacked has no live faces, and the higher level still needs both classes."""
    rows = pl.DataFrame(
        {
            "subject": [f"live-{k // 2}" for k in range(12)] + [f"attacked-{k // 2}" for k in range(18)],
            "label": [0] * 12 + [1] * 18,
        }
    )
    levels = levels_of(rows, "unseen-subjects", None, seed=0)
    assert (len(levels.higher.live), len(levels.higher.attack)) == (4, 6)
    assert (len(levels.lower.live), len(levels.lower.attack)) == (8, 12)
    assert levels.held_out == "5 subjects"
