"""The census of every protocol on a set small enough to count by hand."""

from itertools import product
from pathlib import Path

import polars as pl
import pytest
from raw_sets import row

from mtfas.data.manifest import FaceRow, PreparedSet, open_prepared, write_manifest
from mtfas.data.protocols import list_protocols, select
from mtfas.errors import BadData, BadSetting

MEDIA = {"bona_fide": ["none"], "print": ["p1", "p2", "p10"], "replay": ["tv1", "tv2"], "mask": ["m1"]}


def full_rows() -> list[FaceRow]:
    """For each split: 2 sessions × 3 cameras × (1 live + 3 prints + 2 replays + 1 mask), 2 frames each."""
    rows = []
    for split, session, camera in product(("train", "dev", "test"), ("1", "2"), ("a", "b", "c")):
        for species in MEDIA:
            for medium in MEDIA[species]:
                clip = f"{split}-{session}-{camera}-{medium}"
                about = {
                    "split": split,
                    "subject": split,
                    "session": session,
                    "camera": camera,
                    "medium": medium,
                }
                about |= {"species": species, "label": int(species != "bona_fide"), "presentation": clip}
                rows += [row(n=len(rows) + frame, frame=frame, **about) for frame in (0, 1)]
    return rows


def opened(folder: Path, rows: list[FaceRow]) -> PreparedSet:
    folder.mkdir(exist_ok=True)
    write_manifest(folder, rows, {})
    return open_prepared(folder)


@pytest.fixture
def full(tmp_path: Path) -> PreparedSet:
    return opened(tmp_path / "set", full_rows())


def test_census(full: PreparedSet) -> None:
    """(train = dev, test) presentations as (live, attack); a session and camera hold 1 live and 6 attacks."""
    counts = {listed.protocol.name: listed.to_json() for listed in list_protocols(full)}
    expected = {
        "grandtest": ((6, 36), (6, 36)),
        "oulu:1": ((3, 18), (3, 18)),  # one session of two
        "oulu:2": ((6, 6 * 3), (6, 6 * 2)),  # p1, p2, tv1 before; p10, tv2 after; no mask
        **{f"oulu:3.{k}": ((4, 24), (2, 12)) for k in (1, 2, 3)},
        **{f"oulu:4.{k}": ((2, 2 * 3), (1, 2)) for k in (1, 2, 3)},
        "siw-m:mask": ((6, 30), (6, 6)),
        "siw-m:print": ((6, 18), (6, 18)),
        "siw-m:replay": ((6, 24), (6, 12)),
    }
    assert list(counts) == list(expected)
    for name, (before, after) in expected.items():
        for split, (live, attack) in {"train": before, "dev": before, "test": after}.items():
            assert counts[name][split] == {"bona_fide": live, "attack": attack}, (name, split)
            assert counts[name]["faces"][split] == 2 * (live + attack)
        assert counts[name]["threshold_source"] == "dev"
    assert "'p10'" in counts["oulu:2"]["description"]  # the natural order: p2 comes before p10
    assert "camera 2 of 3: test on 'b'" in counts["oulu:3.2"]["description"]


def test_selections_are_what_they_say(full: PreparedSet) -> None:
    for listed in list_protocols(full):
        chosen = select(full, listed.protocol.name)
        for split, rows in (("train", chosen.train), ("dev", chosen.dev), ("test", chosen.test)):
            assert set(rows["split"]) == {split}
            assert rows.height == listed.faces[split]
    one, two, three, four = (select(full, name) for name in ("oulu:1", "oulu:2", "oulu:3.3", "oulu:4.1"))
    assert (set(one.train["session"]), set(one.dev["session"]), set(one.test["session"])) == (
        {"1"},
        {"1"},
        {"2"},
    )
    assert set(two.train["medium"]) == {"none", "p1", "p2", "tv1"}
    assert set(two.test["medium"]) == {"none", "p10", "tv2"}
    assert (set(three.dev["camera"]), set(three.test["camera"])) == ({"a", "b"}, {"c"})
    assert (set(four.train["camera"]), set(four.train["session"])) == ({"b", "c"}, {"1"})
    assert set(four.test["medium"]) == {"none", "p10", "tv2"}
    mask = select(full, "siw-m:mask")
    assert "mask" not in set(mask.train["species"]) | set(mask.dev["species"])
    assert set(mask.test["species"]) == {"bona_fide", "mask"}


def test_non_responses_stay_in_dev_and_test(tmp_path: Path) -> None:
    lost = {"image": None, "sha256": None, "reason": "no face found: none", "species": "print", "label": 1}
    extra = [row(n=900 + i, split=s, subject=s, **lost) for i, s in enumerate(("train", "dev", "test"))]
    data = opened(tmp_path / "set", full_rows() + extra)
    chosen = select(data, "grandtest")
    failed = [rows["reason"].is_not_null().sum() for rows in (chosen.train, chosen.dev, chosen.test)]
    assert failed == [0, 1, 1]
    (grandtest, *_) = list_protocols(data)
    assert grandtest.presentations["test"] == {"bona_fide": 6, "attack": 36}


def test_columns_decide_what_is_offered(tmp_path: Path) -> None:
    rows = [
        row(
            n=2 * i + label,
            split=split,
            subject=split,
            label=label,
            species="print" if label else "bona_fide",
        )
        for i, split in enumerate(("train", "dev", "test"))
        for label in (0, 1)
    ]
    data = opened(tmp_path / "set", rows)
    assert [listed.protocol.name for listed in list_protocols(data)] == ["grandtest"]
    for name, need in [
        ("oulu:1", "two known sessions"),
        ("oulu:2", "two known media"),
        ("oulu:3.1", "two known cameras"),
        ("oulu:4.2", "two known cameras"),
        ("siw-m:print", "two attack species"),
    ]:
        with pytest.raises(BadData, match=rf"protocol '{name}' needs .*{need}.*answers to grandtest"):
            select(data, name)


def test_what_is_not_known_is_in_no_part(tmp_path: Path) -> None:
    rows = full_rows()
    about = {"split": "train", "subject": "train", "presentation": "lost"}
    data = opened(tmp_path / "set", [*rows, row(n=999, **about, session="unknown", camera="unknown")])
    assert (
        select(data, "grandtest").train.height
        == select(opened(tmp_path / "b", rows), "grandtest").train.height + 1
    )
    for name in ("oulu:1", "oulu:3.1"):
        assert "lost" not in set(select(data, name).train["presentation"])
    assert not any("unknown" in listed.protocol.description for listed in list_protocols(data))


def test_unknown_names(full: PreparedSet) -> None:
    with pytest.raises(BadSetting, match=r"unknown protocol 'oulu:3\.9'; did you mean 'oulu:3"):
        select(full, "oulu:3.9")
    with pytest.raises(BadSetting, match="unknown protocol 'grandest'; did you mean 'grandtest'"):
        select(full, "grandest")
    with pytest.raises(BadSetting, match="did you mean 'siw-m:mask'"):
        select(full, "siw-m:masks")


def test_a_part_without_a_class(tmp_path: Path) -> None:
    rows = [r for r in full_rows() if r.split != "dev" or r.label == 0]
    data = opened(tmp_path / "set", rows)
    assert list_protocols(data) == []
    with pytest.raises(BadData, match=r"has no usable attack face in dev; this set answers to no protocol"):
        select(data, "grandtest")


@pytest.mark.parametrize(
    ("leak", "words"),
    [
        ({"subject": "train"}, r"1 subject\(s\) in more than one part \('train' in test and train\)"),
        (
            {"presentation": "dev-1-a-none"},
            r"1 presentation\(s\) in more than one part \('dev-1-a-none' in dev and",
        ),
        (
            {"sha256": f"{0:064x}"},
            r"1 image\(s\) in more than one part \('0\.jpg = 999\.jpg' in test and train\)",
        ),
    ],
)
def test_leaks_are_refused(tmp_path: Path, leak: dict[str, str], words: str) -> None:
    about = {"split": "test", "subject": "test", "session": "2", "camera": "b", **leak}
    data = opened(tmp_path / "set", [*full_rows(), row(n=999, **about)])
    with pytest.raises(BadData, match=words):
        select(data, "grandtest")
    # Where the leaking row is not selected there is no leak: it is of camera b.
    assert select(data, "oulu:3.1").test.filter(pl.col("source") == "999.jpg").is_empty()
