from pathlib import Path

import polars as pl
import pytest
from raw_sets import row

from mtfas.data.manifest import SCHEMA, count, open_prepared, write_manifest
from mtfas.errors import BadFile


def prepared(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    rows = [
        row(n=0, box=[1.0, -2.5, 3.0, 4.0]),
        row(n=1, label=1, species="print", subject="t", split="dev"),
        row(
            n=2, label=1, species="print", subject="t", image=None, sha256=None, reason="no face found: none"
        ),
    ]
    write_manifest(folder, rows, {"source": "csv"})
    return folder


def test_round_trip(tmp_path: Path) -> None:
    opened = open_prepared(prepared(tmp_path / "a"))
    assert opened.rows.columns == list(SCHEMA)
    assert opened.rows["box"].to_list() == [[1.0, -2.5, 3.0, 4.0], None, None]
    assert opened.usable.height == 2
    expected = {"faces": 2, "live": 1, "attack": 1, "subjects": 2, "presentations": 3, "non_responses": 1}
    assert opened.info["counts"] == count(opened.rows) == expected
    assert opened.info["source"] == "csv"
    assert len(opened.manifest_hash) == 64


def test_same_rows_same_bytes(tmp_path: Path) -> None:
    a, b = prepared(tmp_path / "a"), prepared(tmp_path / "b")
    for name in ("manifest.parquet", "dataset.json"):
        assert (a / name).read_bytes() == (b / name).read_bytes()


def test_folders_that_are_no_prepared_set(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="is not a prepared data set"):
        open_prepared(tmp_path)
    (tmp_path / "dataset.json").write_text('{"format": 99}')
    with pytest.raises(BadFile, match="format 99"):
        open_prepared(tmp_path)
    (tmp_path / "dataset.json").write_text("[1, 2]")
    with pytest.raises(BadFile, match="format None"):
        open_prepared(tmp_path)
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(BadFile, match="not valid JSON"):
        open_prepared(tmp_path)


def test_damaged_manifests(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "a")
    path = folder / "manifest.parquet"
    good = pl.read_parquet(path)
    for damage, words in [
        (good.drop("species", "split"), "no column split, species"),
        (good.with_columns(split=pl.lit("val")), "split is 'val'"),
        (good.with_columns(label=pl.lit(2, pl.Int8)), "label must be 0"),
        (good.with_columns(species=pl.lit("print")), "label and species disagree"),
    ]:
        damage.write_parquet(path)
        with pytest.raises(BadFile, match=words):
            open_prepared(folder)
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(BadFile, match="is damaged"):
        open_prepared(folder)
    path.unlink()
    with pytest.raises(BadFile, match="is missing"):
        open_prepared(folder)
