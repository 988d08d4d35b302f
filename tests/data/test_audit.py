"""Every problem is planted into a sound set, and found."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from raw_sets import csv_set, photo, write_csv

from mtfas.data.audit import audit
from mtfas.data.manifest import FaceRow, PreparedSet, open_prepared, write_manifest
from mtfas.data.prepare import prepare
from mtfas.errors import BadFile
from mtfas.faces.image import write_image


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    prepare("csv", csv_set(tmp_path / "raw", subjects=6), tmp_path / "set", size=24)
    return tmp_path / "set"


def rewrite(folder: Path, change: pl.Expr | None = None, **columns: object) -> PreparedSet:
    """Write the manifest again with some columns replaced."""
    data = open_prepared(folder)
    rows = data.rows.with_columns(**columns) if change is None else data.rows.with_columns(change)
    write_manifest(folder, [FaceRow(**row) for row in rows.iter_rows(named=True)], data.info)
    return open_prepared(folder)


def kinds(folder: Path) -> list[str]:
    found = audit(folder)
    assert found.ok == (not found.problems)
    return [problem.kind for problem in found.problems]


def first(folder: Path, label: int) -> dict[str, str]:
    rows = open_prepared(folder).rows
    return rows.filter(pl.col("label") == label).row(0, named=True)


def test_a_sound_set(sound: Path) -> None:
    found = audit(sound)
    assert found.ok
    assert found.problems == []
    counts = found.counts
    assert (counts["faces"], counts["live"], counts["attack"], counts["subjects"]) == (12, 6, 6, 6)
    train = counts["by_split"]["train"]
    assert (train["bona_fide"], train["attack"], train["subjects"]) == (4, 4, 4)
    assert counts["by_species"] == {
        "bona_fide": {"train": 4, "dev": 1, "test": 1},
        "print": {"train": 4, "dev": 1, "test": 1},
    }
    assert counts["by_camera"] == {"unknown": {"train": 8, "dev": 2, "test": 2}}
    assert counts["non_response"] == {"bona_fide": {}, "attack": {}}
    as_json = json.loads(json.dumps(found.to_json()))
    assert (as_json["ok"], as_json["problems"]) == (True, [])


def test_opened_sets_too(sound: Path) -> None:
    assert audit(open_prepared(sound)).ok


def test_not_a_set(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="is not a prepared data set"):
        audit(tmp_path)


def test_damaged_files(sound: Path) -> None:
    live, attack = first(sound, 0), first(sound, 1)
    (sound / live["image"]).write_bytes((sound / live["image"]).read_bytes()[:200])
    (sound / attack["image"]).unlink()
    found = audit(sound)
    assert [(p.kind, p.where) for p in found.problems] == [
        ("changed", live["image"]),
        ("undecodable", live["image"]),
        ("missing", attack["image"]),
    ]
    assert found.to_json()["problems"][2] == {
        "kind": "missing",
        "where": attack["image"],
        "sentence": f"{attack['image']} is missing; restore it or prepare the data again.",
    }


def test_changed_but_readable_files(sound: Path) -> None:
    write_image(sound / first(sound, 0)["image"], np.zeros((24, 24, 3), np.uint8))
    assert kinds(sound) == ["changed"]


def test_wrong_sizes(sound: Path) -> None:
    live, attack = first(sound, 0), first(sound, 1)
    write_image(sound / live["depth"], np.zeros((24, 20), np.uint8))
    write_image(sound / "mask.png", np.zeros((12, 12), np.uint8))
    write_image(sound / attack["image"], np.zeros((24, 32, 3), np.uint8))
    rewrite(sound, pl.when(pl.col("image") == attack["image"]).then(pl.lit("mask.png")).alias("mask"))
    found = audit(sound).problems
    assert [p.kind for p in found] == ["depth_size", "changed", "image_size", "mask_size"]
    assert "is 20 × 24 pixels, expected 24 × 24" in found[0].sentence
    assert "is 32 × 24 pixels, expected 24 × 24" in found[2].sentence


def test_depth_where_it_belongs(sound: Path) -> None:
    live, attack = first(sound, 0), first(sound, 1)
    swapped = (
        pl.when(pl.col("image") == attack["image"])
        .then(pl.lit(live["depth"]))
        .when(pl.col("image") != live["image"])
        .then("depth")
    )
    rewrite(sound, swapped.alias("depth"))
    assert sorted(kinds(sound)) == ["attack_depth", "no_depth"]
    rewrite(sound, pl.lit(None, pl.String).alias("depth"))
    assert kinds(sound) == ["no_depth"] * 6


def test_a_set_prepared_without_depth_is_sound(tmp_path: Path) -> None:
    prepare("csv", csv_set(tmp_path / "raw"), tmp_path / "set", size=24, depth="none")
    assert audit(tmp_path / "set").ok


def test_masks_on_live_faces(sound: Path) -> None:
    write_image(sound / "mask.png", np.zeros((24, 24), np.uint8))
    live = first(sound, 0)
    rewrite(sound, pl.when(pl.col("image") == live["image"]).then(pl.lit("mask.png")).alias("mask"))
    assert kinds(sound) == ["live_mask"]


def with_masks(folder: Path, columns: dict[str, str] | None = None) -> pl.DataFrame:
    """Give every attack a region; return the rows."""
    write_image(folder / "mask.png", np.full((24, 24), 255, np.uint8))
    mask = pl.when(pl.col("label") == 1).then(pl.lit("mask.png")).otherwise(None)
    return rewrite(folder, mask=mask, **(columns or {})).rows


def test_geometry_of_live_faces_and_attacks_is_sound(sound: Path) -> None:
    write_image(sound / "geometry.png", np.full((24, 24), 200, np.uint8))
    rewrite(sound, geometry=pl.lit("geometry.png"))
    assert audit(sound).ok


def test_damaged_geometry(sound: Path) -> None:
    images = open_prepared(sound).rows["image"]
    write_image(sound / "small.png", np.zeros((24, 16), np.uint8))
    write_image(sound / "colour.png", np.zeros((24, 24, 3), np.uint8))
    (sound / "cut.png").write_bytes((sound / "small.png").read_bytes()[:30])
    planted = ["small.png", "colour.png", "cut.png", "gone.png", "../gone.png"]
    rewrite(sound, geometry=pl.Series([*planted, *[None] * (len(images) - len(planted))], dtype=pl.String))
    found = [(p.kind, p.where.removeprefix(str(sound))) for p in audit(sound).problems]
    kinds_expected = ["geometry_size", "undecodable", "undecodable", "missing", "outside"]
    assert found == list(zip(kinds_expected, planted, strict=True))
    assert "is 16 × 24 pixels, expected 24 × 24" in audit(sound).problems[0].sentence


def test_a_live_face_with_the_label_of_an_attack(sound: Path) -> None:
    with_masks(sound)
    swapped = first(sound, 0)["image"]
    here = pl.col("image") == swapped
    label = pl.when(here).then(1).otherwise("label").cast(pl.Int8)
    rewrite(sound, label=label, species=pl.when(here).then(pl.lit("print")).otherwise("species"))
    found = audit(sound).problems
    assert [(p.kind, p.where) for p in found] == [("no_mask", swapped), ("attack_depth", swapped)]
    assert (
        "labelled print but has no attack region, and 6 others of the species have one" in found[0].sentence
    )


def test_an_attack_with_the_label_of_a_live_face(sound: Path) -> None:
    with_masks(sound)
    swapped = first(sound, 1)["image"]
    here = pl.col("image") == swapped
    label = pl.when(here).then(0).otherwise("label").cast(pl.Int8)
    rewrite(sound, label=label, species=pl.when(here).then(pl.lit("bona_fide")).otherwise("species"))
    assert [(p.kind, p.where) for p in audit(sound).problems] == [
        ("no_depth", swapped),
        ("live_mask", swapped),
    ]


def test_a_species_and_a_label_that_disagree_are_refused(sound: Path) -> None:
    here = pl.col("image") == first(sound, 0)["image"]
    rows = open_prepared(sound).rows.with_columns(
        label=pl.when(here).then(1).otherwise("label").cast(pl.Int8)
    )
    rows.write_parquet(sound / "manifest.parquet")
    with pytest.raises(BadFile, match="1 rows whose label and species disagree"):
        audit(sound)


def test_regions_that_are_known_for_some_attacks_only(sound: Path) -> None:
    """One of six is odd; two of six, or none of them, are a data set that knows few regions."""
    rows = with_masks(sound)
    attacks = rows.filter(pl.col("label") == 1)["image"]
    for number, expected in ((1, ["no_mask"]), (2, []), (6, [])):
        without = pl.col("image").is_in(attacks[:number].to_list())
        rewrite(
            sound, mask=pl.when(without | (pl.col("label") == 0)).then(None).otherwise(pl.lit("mask.png"))
        )
        assert kinds(sound) == expected


def test_leaks(sound: Path) -> None:
    rows = open_prepared(sound).rows
    person = rows.filter(pl.col("split") == "train")["subject"][0]
    # One of the person's two faces moves to the test: the subject leaks, no clip does.
    moved = (pl.col("subject") == person) & (pl.col("label") == 1)
    rewrite(sound, pl.when(moved).then(pl.lit("test")).otherwise("split").alias("split"))
    (problem,) = audit(sound).problems
    assert (problem.kind, problem.where) == ("leak_subject", person)
    assert problem.sentence == f"subject '{person}' is in test and train; give it one split."
    rewrite(sound, presentation=pl.lit("one clip"))
    assert kinds(sound) == ["leak_subject", "leak_presentation"]


def test_the_same_image_twice(tmp_path: Path) -> None:
    raw = csv_set(tmp_path / "raw", subjects=6)
    # live0 and live1 are the same photograph, and so are live2 and attack2.
    (raw.parent / "live1.png").write_bytes((raw.parent / "live0.png").read_bytes())
    (raw.parent / "attack2.png").write_bytes((raw.parent / "live2.png").read_bytes())
    splits = {"s0": "train", "s1": "test", "s2": "train", "s3": "dev", "s4": "dev", "s5": "test"}
    lines = raw.read_text().splitlines()
    lines = [f"{lines[0]},split", *(f"{line},{splits[line.split(',')[3]]}" for line in lines[1:])]
    raw.write_text("\n".join(lines))
    prepare("csv", raw, tmp_path / "set", size=24)
    found = {problem.kind: problem for problem in audit(tmp_path / "set").problems}
    assert set(found) == {"leak_image", "two_labels"}
    assert "in test and train (live0.png, live1.png)" in found["leak_image"].sentence
    assert "once live and once an attack (attack2.png, live2.png)" in found["two_labels"].sentence


def test_one_class_and_imbalance(tmp_path: Path) -> None:
    box = {"left": 10, "top": 8, "width": 20, "height": 24}
    amounts = {"train": (1, 21), "dev": (1, 20), "test": (2, 0)}
    rows = []
    for split, (live, attack) in amounts.items():
        for label, many in (("live", live), ("attack", attack)):
            for i in range(many):
                name = photo(tmp_path / "raw" / f"{split}{label}{i}.png", seed=len(rows)).name
                about = {"label": label, "species": "" if label == "live" else "print", "subject": split}
                rows.append({"file": name, **about, "split": split, **box})
    prepare("csv", write_csv(tmp_path / "raw" / "a.csv", rows), tmp_path / "set", size=16, depth="none")
    found = [(p.kind, p.where) for p in audit(tmp_path / "set").problems]
    assert found == [("imbalance", "train"), ("one_class", "test")]


def test_non_responses_are_counted_by_class_and_reason(tmp_path: Path) -> None:
    raw = csv_set(tmp_path / "raw", subjects=6)
    for name in ("live0.png", "attack1.png", "attack2.png"):
        (raw.parent / name).write_bytes(b"")
    raw.write_text(
        raw.read_text().replace("attack3.png,attack,print,s3,10,8", "attack3.png,attack,print,s3,900,8")
    )
    prepare("csv", raw, tmp_path / "set", size=24)
    counts = audit(tmp_path / "set").counts
    assert counts["non_response"] == {
        "bona_fide": {"undecodable": 1},
        "attack": {"bad box": 1, "undecodable": 2},
    }
    assert counts["non_responses"] == 4


def test_manifests_changed_by_hand(sound: Path) -> None:
    path = sound / "manifest.parquet"
    pl.read_parquet(path).write_parquet(path, compression="uncompressed")
    assert kinds(sound) == ["changed_manifest"]


@pytest.mark.parametrize("name", ["../raw/live0.png", "/etc/hostname"])
def test_paths_that_lead_out(sound: Path, name: str) -> None:
    live = first(sound, 0)
    rewrite(
        sound, pl.when(pl.col("image") == live["image"]).then(pl.lit(name)).otherwise("image").alias("image")
    )
    assert kinds(sound) == ["outside"]
