"""Choosing without the test, and the oracle: what each may look at."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import select
from mtfas.errors import BadSetting
from mtfas.evaluation.scores import read_scores
from mtfas.paper.experiments import Row
from mtfas.paper.grid import Grid, run_cells
from mtfas.paper.teaching import check_untested, teach_oracles, unseen_auc, unseen_without_test
from mtfas.runtime.files import read_json

PROTOCOL = "siw-m:replay"


@pytest.fixture(scope="module")
def prepared(built_in: Path) -> PreparedSet:
    return open_prepared(built_in)


def test_the_choice_sees_no_test_split_and_no_training_face(prepared: PreparedSet) -> None:
    rows, chosen = unseen_without_test(prepared, PROTOCOL), select(prepared, PROTOCOL)
    assert "test" not in set(rows["split"])
    assert not set(rows["image"]) & set(chosen.train["image"])
    attacks = rows.filter(pl.col("label") == 1)
    assert set(attacks["species"]) == {"replay"}
    assert set(rows.filter(pl.col("label") == 0)["split"]) == {"dev"}
    assert attacks.height > 0


def test_other_protocols_are_refused(prepared: PreparedSet) -> None:
    with pytest.raises(BadSetting, match=r"needs a protocol siw-m:<species>, got grandtest"):
        unseen_without_test(prepared, "grandtest")


def test_the_auc_is_that_of_presentations(prepared: PreparedSet, tmp_path: Path) -> None:
    """The attacks that the run scored itself, beside dev's bona fide ones: from its score files by hand."""
    grid = Grid(prepared.folder, tmp_path, "tiny", "fas-dr-light", (PROTOCOL,))
    cell = grid.cell(Row("binary map", "binary-map"), PROTOCOL, 0)
    run_cells([cell], workers=1)
    rows = unseen_without_test(prepared, PROTOCOL)
    scored = pl.concat(
        [read_scores(cell.job.out / "scores" / f"{part}.csv").rows for part in ("dev", "test")],
        how="diagonal",
    )
    mine = scored.filter(pl.col("presentation").is_in(rows["presentation"].unique().to_list()))
    means = mine.group_by("presentation", "species").agg(pl.col("score").mean()).drop_nulls()
    attack = (means["species"] == "replay").to_numpy()
    assert attack.sum() == rows.filter(pl.col("label") == 1)["presentation"].n_unique()
    assert np.isclose(unseen_auc(prepared, cell), roc_auc_score(attack, means["score"].to_numpy()), atol=1e-6)


def test_an_oracle_measures_on_the_test_part_and_says_so(prepared: PreparedSet, tmp_path: Path) -> None:
    grid = Grid(prepared.folder, tmp_path, "tiny", "fas-dr-light", (PROTOCOL,))
    rows = [
        Row("oracle", "meta-teacher", "influence", "raw", taught=(("surrogates", 1), ("iterations", 2))),
        Row("knowing", "meta-teacher", "influence", "raw", taught=(("reach", 0.0), ("iterations", 1))),
    ]
    lessons = [grid.cell(row, PROTOCOL, 0).lesson for row in rows]
    assert len({lesson.out.name for lesson in lessons if lesson}) == 2
    teach_oracles(prepared, [lesson for lesson in lessons if lesson])
    for lesson in lessons:
        assert lesson is not None
        assert "oracle" in read_json(lesson.out / "run.json")["held_out"][0]


def test_what_is_chosen_on_must_not_be_tested(prepared: PreparedSet) -> None:
    check_untested(prepared, ["oulu:3.1"], ["siw-m:replay"])
    with pytest.raises(BadSetting, match=r"oulu:3\.1 tests \d+ subjects"):
        check_untested(prepared, ["oulu:3.1"], ["grandtest"])
