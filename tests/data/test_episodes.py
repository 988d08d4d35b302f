"""Episodes: what is hidden from a surrogate is hidden, and comes in turn."""

from pathlib import Path

import polars as pl
import pytest

from mtfas.data.episodes import CONDITIONS, episodes_of
from mtfas.data.manifest import open_prepared
from mtfas.data.protocols import select
from mtfas.errors import BadData, BadSetting


@pytest.fixture(scope="module")
def rows(built_in: Path) -> pl.DataFrame:
    return select(open_prepared(built_in), "grandtest").train


@pytest.mark.parametrize("condition", CONDITIONS)
def test_no_face_is_on_both_sides(rows: pl.DataFrame, condition: str) -> None:
    for episode in episodes_of(rows, condition, 3, seed=1):
        lower = {*episode.lower.live.tolist(), *episode.lower.attack.tolist()}
        higher = {*episode.higher.live.tolist(), *episode.higher.attack.tolist()}
        assert lower
        assert higher
        assert not lower & higher
        assert not episode.shared


def test_every_species_comes_before_one_comes_again(rows: pl.DataFrame) -> None:
    species = rows.filter(pl.col("label") == 1)["species"].n_unique()
    hidden = [e.held_out.split(",")[0] for e in episodes_of(rows, "unseen-species", 2 * species, seed=0)]
    assert len(set(hidden[:species])) == species
    assert hidden[species:] == hidden[:species]
    again = episodes_of(rows, "unseen-species", 2 * species, seed=0)
    assert [e.held_out.split(",")[0] for e in again] == hidden
    other = [e.held_out.split(",")[0] for e in episodes_of(rows, "unseen-species", species, seed=5)]
    assert sorted(other) == sorted(hidden[:species])


def test_the_hidden_species_is_never_taught_and_always_measured(rows: pl.DataFrame) -> None:
    for episode in episodes_of(rows, "unseen-species", 2, seed=3):
        name = episode.held_out.split(",")[0].removeprefix("species ")
        assert name not in rows[episode.lower.attack.tolist()]["species"].to_list()
        assert set(rows[episode.higher.attack.tolist()]["species"]) == {name}
        taught = set(rows[episode.lower.live.tolist()]["subject"])
        assert not taught & set(rows[episode.higher.live.tolist()]["subject"])


def test_cameras_and_species_take_turns(rows: pl.DataFrame) -> None:
    hidden = [e.held_out.split()[0] for e in episodes_of(rows, "unseen-conditions", 4, seed=0)]
    assert hidden == ["camera", "species", "camera", "species"]


def test_subjects_differ_between_episodes(rows: pl.DataFrame) -> None:
    first, second = episodes_of(rows, "unseen-subjects", 2, seed=0)
    assert first.higher.live.tolist() != second.higher.live.tolist()


def test_bad_questions(rows: pl.DataFrame) -> None:
    with pytest.raises(BadSetting, match="unseen-specie"):
        episodes_of(rows, "unseen-specie", 1, 0)
    with pytest.raises(BadSetting, match="at least one"):
        episodes_of(rows, "unseen-species", 0, 0)
    one = rows.filter(
        (pl.col("label") == 0) | (pl.col("species") == rows.filter(pl.col("label") == 1)["species"][0])
    )
    with pytest.raises(BadData, match="at least 2"):
        episodes_of(one, "unseen-species", 1, 0)
