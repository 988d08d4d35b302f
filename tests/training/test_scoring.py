import polars as pl

from mtfas.training.scoring import score_table


def test_a_non_response_keeps_its_row_without_a_score() -> None:
    rows = pl.DataFrame(
        {
            "image": ["a.png", None, "b.png"],
            "presentation": ["p1", "p2", "p3"],
            "frame": [0, 0, 0],
            "subject": ["s1", "s2", "s3"],
            "label": [0, 0, 1],
            "species": ["bona_fide", "bona_fide", "print"],
        }
    )
    scored = rows.filter(pl.col("image").is_not_null())
    table = score_table(rows, scored, pl.Series([0.2, 0.9]).to_numpy())
    assert table["score"].to_list() == [0.2, None, 0.9]
    assert table["presentation"].to_list() == ["p1", "p2", "p3"]
