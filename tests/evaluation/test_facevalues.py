"""One value of a manifest column for each presentation that has scores."""

import polars as pl
import pytest

from mtfas.errors import BadData, BadSetting
from mtfas.evaluation.facevalues import SEVERAL, check_columns, faces_of, values_of

from .clips import tables


def values(column: str, faces: pl.DataFrame | None = None) -> dict[str, object]:
    scores, own = tables()
    return dict(values_of(scores, own if faces is None else faces, column).iter_rows())


def test_numbers_are_the_mean_over_frames() -> None:
    found = values("made.yaw")
    assert list(found) == ["l1", "l2", "l3", "l4", "p1", "p2", "p3", "r1"]
    assert list(found.values()) == [-15, 1, 5, 7, -15, 5, 30, None]


def test_numbers_that_are_none_are_left_out() -> None:
    _, faces = tables()
    nan = pl.when(pl.col("frame") == 0).then(float("nan")).otherwise(float("inf"))
    odd = faces.with_columns(
        pl.when(pl.col("presentation") == "l1").then(nan).otherwise("frame").alias("odd")
    )
    assert values("odd", odd)["l1"] is None
    assert values("odd", odd)["l2"] == 0.5


def test_words_are_what_all_frames_say() -> None:
    _, faces = tables()
    second = (pl.col("presentation") == "p1") & (pl.col("frame") == 1)
    mixed = faces.with_columns(camera=pl.when(second).then(pl.lit("b")).otherwise("camera"))
    assert values("camera", mixed)["p1"] == SEVERAL
    silent = faces.with_columns(camera=pl.when(second).then(None).otherwise("camera"))
    assert values("camera", silent)["p1"] == "a"
    truth = faces.with_columns(made=pl.col("camera") == "a")
    assert values("made", truth)["p1"] == "true"


def test_a_data_set_without_the_column_is_refused(maker) -> None:
    data = maker.data()
    assert faces_of(data, ["camera"]).height == 108
    with pytest.raises(BadSetting, match="did you mean 'camera'"):
        faces_of(data, ["camra"])


def test_columns_that_say_nothing_are_refused() -> None:
    _, faces = tables()
    with pytest.raises(BadSetting, match=r"unknown manifest column 'yaw'; did you mean 'made\.yaw'"):
        check_columns(faces, ["camera", "yaw"])
    with pytest.raises(BadSetting, match="column 'box' holds neither numbers nor words"):
        check_columns(faces, ["box"])


def test_scores_of_other_data_are_refused() -> None:
    scores, faces = tables()
    with pytest.raises(BadData, match=r"1 of 16 scores of t\.csv have no face .* 'r1' frame 1"):
        values_of(scores, faces.head(15), "camera")
    wrong = pl.when(pl.col("presentation") == "p1").then(0).otherwise("label").cast(pl.Int8)
    with pytest.raises(BadData, match=r"disagree on 2 labels, e\.g\. presentation 'p1' frame 0"):
        values_of(scores, faces.with_columns(label=wrong), "camera")
    with pytest.raises(BadData, match="has presentation 'l1' frame 0 more than once"):
        values_of(scores, pl.concat([faces, faces.head(1)]), "camera")
