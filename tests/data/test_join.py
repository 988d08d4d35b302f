"""Several prepared sets become one as good as each: rows, images, protocols, audit; and what is refused."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from PIL import Image
from published_sets import Clip, casia, msu, oulu, replay, siw_m
from raw_sets import csv_set, photo, row

from mtfas.data.audit import audit
from mtfas.data.join import join
from mtfas.data.manifest import SCHEMA, FaceRow, PreparedSet, open_prepared, write_manifest
from mtfas.data.prepare import prepare
from mtfas.data.protocols import list_protocols, select
from mtfas.errors import BadData, BadFile, BadSetting
from mtfas.evaluation.html import origins
from mtfas.runtime.files import sha256
from mtfas.training.runs import open_run

CROP = {"size": 32, "scale": 1.3, "padding": "border"}


def own(folder: Path, name: str, subjects: str = "", size: int = 32, **settings: object) -> Path:
    """Prepare a CSV of three people, called `name`; their names begin with `subjects`."""
    listed = csv_set(folder / f"raw-{name}")
    text = listed.read_text()
    for person in range(3):
        text = text.replace(f",s{person},", f",{subjects or name}{person},")
        for label in ("live", "attack"):  # pictures of its own
            photo(listed.parent / f"{label}{person}.png", seed=sum(map(ord, name + label)) + 31 * person)
    listed.write_text(text)
    raw = listed.rename(listed.parent / f"{name}.csv")
    return prepare("csv", raw, folder / name, size=size, workers=1, **settings).folder  # type: ignore[arg-type]


def published(folder: Path, name: str, clips: Sequence[Clip], info: dict[str, object] | None = None) -> Path:
    """Write a prepared set of these clips, a picture each, with depth for live faces."""
    rows = []
    for n, clip in enumerate(clips):
        picture = photo(
            folder / name / f"faces/{n:06d}.png", seed=sum(map(ord, name)) * 10_000 + n, size=(32, 32)
        )
        live = clip["species"] == "bona_fide"
        if live:
            (folder / name / "depth").mkdir(exist_ok=True)
            Image.open(picture).convert("L").save(folder / name / f"depth/{n:06d}.png")
        given = {
            "image": f"faces/{n:06d}.png",
            "sha256": sha256(picture.read_bytes()),
            "label": int(not live),
        }
        rows.append(row(n=n, **{**clip, **given, "depth": f"depth/{n:06d}.png" if live else None}))
    write_manifest(folder / name, rows, {"source": name, "crop": CROP, "depth": "canonical", **(info or {})})
    return folder / name


FOUR: dict[str, Callable[[], list[Clip]]] = {
    "oulu-npu": lambda: [clip for clip in oulu((1, 21, 36)) if str(clip["camera"]) < "phone-3"],
    "casia-mfsd": lambda: list(casia((1, 10), (1,))),
    "replay-attack": lambda: list(replay({"train": ["001"], "devel": ["003"], "test": ["009"]})),
    "msu-mfsd": lambda: list(msu({"train": ["02", "53"], "test": ["01"]})),
}


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("four")
    return [published(folder, name, clips()) for name, clips in FOUR.items()]


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def untouched(data: PreparedSet) -> pl.DataFrame:
    """The rows without what a join may change: paths, and names of presentations."""
    return data.rows.drop("image", "depth", "mask", "geometry", "presentation")


def refused(kind: type[Exception], words: str, out: Path, folders: Sequence[Path]) -> None:
    with pytest.raises(kind, match=words):
        join(out, folders)
    assert not out.exists()
    assert not list(out.parent.glob(f".{out.name}*"))


def test_two_sets_become_one(tmp_path: Path) -> None:
    parts = [own(tmp_path, "home"), own(tmp_path, "office")]
    (parts[0] / "cache").mkdir()
    (parts[0] / "cache" / "faces.bin").write_bytes(b"old")
    before = [files(part) for part in parts]
    summary = join(tmp_path / "both", parts)
    data = open_prepared(tmp_path / "both")
    assert (summary.folder, summary.datasets) == (data.folder, ["home", "office"])
    assert summary.counts == data.info["counts"] == {
        "faces": 12, "live": 6, "attack": 6, "subjects": 6, "presentations": 12, "non_responses": 0,
    }  # fmt: skip
    one, two = (open_prepared(part) for part in parts)
    assert untouched(data).equals(pl.concat([untouched(one), untouched(two)]))
    assert data.rows["image"].to_list() == [
        path.replace("/", f"/{part.folder.name}/") for part in (one, two) for path in part.rows["image"]
    ]
    for part in (one, two):
        for kind, column in (("faces", "image"), ("depth", "depth")):
            for path in part.rows[column].drop_nulls():
                there = data.folder / path.replace(f"{kind}/", f"{kind}/{part.folder.name}/")
                assert there.samefile(part.folder / path)  # a link, no copy
    assert not (data.folder / "cache").exists()
    assert [files(part) for part in parts] == before
    assert audit(data).ok
    assert "grandtest" in {listed.protocol.name for listed in list_protocols(data)}


def test_presentations_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Both sets have live0.png; as one presentation they would share a score."""
    summary = join(tmp_path / "both", [own(tmp_path, "home"), own(tmp_path, "office")])
    rows = open_prepared(summary.folder).rows
    assert rows["presentation"].n_unique() == 12
    assert {"home:live0.png", "office:live0.png"} <= set(rows["presentation"])
    assert ["6 presentation(s) have one name in several parts" in said for said in summary.warnings] == [True]


def test_four_sets_answer_to_cross_domain_protocols(tmp_path: Path, four: list[Path]) -> None:
    summary = join(tmp_path / "ocim", four)
    data = open_prepared(tmp_path / "ocim")
    assert (summary.datasets, summary.warnings) == (list(FOUR), [])
    assert data.rows.height == sum(len(clips()) for clips in FOUR.values())
    assert (data.folder / "faces/oulu-npu/000023.png").is_file()
    assert set(data.rows["presentation"]) == {
        clip["presentation"] for clips in FOUR.values() for clip in clips()
    }
    names = {listed.protocol.name for listed in list_protocols(data)}
    turns = ("oci-m", "omi-c", "ocm-i", "icm-o")
    assert {f"ocim:{turn}{kind}" for turn in turns for kind in ("", ":ssdg", ":split")} <= names
    alone = {listed.protocol.name for part in four for listed in list_protocols(open_prepared(part))}
    assert alone <= names
    chosen = select(data, "ocim:oci-m:ssdg")
    assert set(chosen.test["dataset"]) == {"msu-mfsd"}
    assert set(chosen.train["dataset"]) == {"oulu-npu", "casia-mfsd", "replay-attack"}
    assert audit(data).ok


def test_what_dataset_json_says(tmp_path: Path, four: list[Path]) -> None:
    join(tmp_path / "two", four[:2])
    info = open_prepared(tmp_path / "two").info
    assert (info["source"], info["dataset"]) == ("joined by mtfas join", "oulu-npu + casia-mfsd")
    assert (info["crop"], info["depth"], info["datasets"]) == (CROP, "canonical", ["oulu-npu", "casia-mfsd"])
    for about, part, name in zip(info["parts"], four, FOUR, strict=False):
        assert about["manifest_sha256"] == open_prepared(part).manifest_hash
        assert (about["name"], about["datasets"], about["releases"]) == (name, [name], ["r"])
        assert (about["source"], about["rendered"]) == (name, False)
    assert str(tmp_path) not in json.dumps(info)


def test_the_same_sets_give_the_same_bytes_wherever_they_lie(tmp_path: Path, four: list[Path]) -> None:
    moved = [shutil.copytree(part, tmp_path / "elsewhere" / part.name) for part in four[2:]]
    one, two = join(tmp_path / "one", four[2:]).folder, join(tmp_path / "two", moved).folder
    assert files(one) == files(two)


def test_folders_of_one_name_do_not_clash(tmp_path: Path) -> None:
    parts = [own(tmp_path / "a", "set", "a"), own(tmp_path / "b", "set", "b")]
    rows = open_prepared(parts[1]).rows.with_columns(dataset=pl.lit("other"))
    write_manifest(parts[1], rows, {"crop": CROP, "depth": "canonical"})
    join(tmp_path / "both", parts)
    data = open_prepared(tmp_path / "both")
    assert [about["name"] for about in data.info["parts"]] == ["set", "set-2"]
    assert data.rows["image"].n_unique() == 12
    assert audit(data).ok


def test_columns_that_only_some_parts_have_survive(tmp_path: Path, built_in: Path) -> None:
    part = own(tmp_path, "home")
    rows = open_prepared(part).rows.with_columns(
        pl.lit("left").alias("clip.hand"), pl.lit(25.0).alias("clip.fps")
    )
    write_manifest(part, rows, {"crop": CROP, "depth": "canonical"})
    join(tmp_path / "both", [part, built_in])
    mine, theirs = (
        open_prepared(tmp_path / "both").rows.filter(pl.col("dataset") == name)
        for name in ("home", "built-in-o")
    )
    assert (set(mine["clip.hand"]), set(theirs["clip.fps"])) == ({"left"}, {None})
    assert mine["geometry"].is_null().all()
    original = open_prepared(built_in).rows.filter(pl.col("dataset") == "built-in-o")
    made = [name for name in original.columns if name.startswith("made.")]
    assert made
    assert theirs.select(made).equals(original.select(made))
    assert [*mine.columns][: len(SCHEMA)] == list(SCHEMA)
    for path in theirs["geometry"]:
        assert (tmp_path / "both" / path).is_file()


def test_a_rendered_part_is_told_by_every_report(tmp_path: Path, built_in: Path) -> None:
    real = own(tmp_path, "home")
    summary = join(tmp_path / "mixed", [real, built_in])
    assert len(summary.warnings) == 1
    assert "built-in" not in open_prepared(real).info.get("dataset", "")
    assert f"{built_in.name}: rendered faces or simulated attacks" in summary.warnings[0]
    again = join(tmp_path / "again", [summary.folder, own(tmp_path, "office")])
    for folder in (summary.folder, again.folder):
        data = open_prepared(folder)
        run = open_run(tmp_path / f"run of {folder.name}", "train", {}, data, {})
        assert [said[0] for said in origins([run.record])] == ["Rendered faces, not real data."]
    parts = open_prepared(summary.folder).info["parts"]
    assert [about["rendered"] for about in parts] == [False, True]
    assert parts[1]["source"] == "rendered by mtfas synthesize; not real data"
    assert open_prepared(again.folder).info["parts"][0]["parts"] == parts
    # Real prints have no region, rendered ones have: an audit may wonder about that, and about nothing else.
    assert audit(summary.folder).problems == []


def test_other_settings_are_warned_of(tmp_path: Path) -> None:
    parts = [own(tmp_path, "home"), own(tmp_path, "office")]
    info = {"crop": CROP, "depth": "canonical", "own_boxes": False}
    write_manifest(parts[1], open_prepared(parts[1]).rows, info)
    warnings = join(tmp_path / "both", parts).warnings
    assert any("different own_boxes (home: True, office: False)" in said for said in warnings)


def test_copies_where_a_link_is_not_possible(tmp_path: Path, four: list[Path]) -> None:
    other = Path("/dev/shm")
    if not os.access(other, os.W_OK) or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("/dev/shm is no other file system, so links to it cannot fail")
    linked = join(tmp_path / "linked", four[2:]).folder
    with tempfile.TemporaryDirectory(dir=other) as place:
        copied = join(Path(place) / "copied", four[2:]).folder
        assert files(copied) == files(linked)
        assert not (copied / "faces/msu-mfsd/000000.png").samefile(four[3] / "faces/000000.png")


# What is refused.


def test_fewer_than_two(tmp_path: Path, four: list[Path]) -> None:
    refused(BadSetting, r"1 data set\(s\) are given to join; give two or more", tmp_path / "out", four[:1])


def test_what_is_not_prepared(tmp_path: Path, four: list[Path]) -> None:
    (tmp_path / "raw").mkdir()
    refused(BadFile, "raw is not a prepared data set", tmp_path / "out", [four[0], tmp_path / "raw"])


def test_a_folder_that_is_there(tmp_path: Path, four: list[Path]) -> None:
    kept = photo(tmp_path / "out" / "mine.png")
    with pytest.raises(BadSetting, match="already exists"):
        join(tmp_path / "out", four[2:])
    assert list(kept.parent.iterdir()) == [kept]


def test_one_data_set_twice(tmp_path: Path, four: list[Path]) -> None:
    words = (
        r"msu-mfsd and .*copy hold the same presentations of msu-mfsd \(release r\), e\.g\. 'msu-mfsd:scene01"
    )
    copy = shutil.copytree(four[3], tmp_path / "copy")
    refused(BadData, words, tmp_path / "out", [four[2], four[3], copy])
    refused(BadData, "hold the same presentations of replay-attack", tmp_path / "out", [four[2], four[2]])


def test_two_halves_of_a_data_set_are_joined(tmp_path: Path) -> None:
    halves = [
        published(tmp_path, name, list(casia(*who)))
        for name, who in {"a": ((1,), (1,)), "b": ((10,), (2,))}.items()
    ]
    assert join(tmp_path / "whole", halves).datasets == ["casia-mfsd"]
    assert select(open_prepared(tmp_path / "whole"), "casia:fold-1").dev.height == 12


def test_both_releases_of_siw_m(tmp_path: Path) -> None:
    first = published(tmp_path, "first", list(siw_m({"Paper": 5, "Replay": 5}, (5, 1))))
    second = published(tmp_path, "second", list(siw_m({"Makeup_Co": 5, "Mask_Mann": 5}, (0, 0), "v2")))
    refused(
        BadData, "together hold SiW-M v1 and v2, which are not comparable", tmp_path / "out", [first, second]
    )


@pytest.mark.parametrize(
    ("size", "scale", "words"),
    [
        (
            32,
            1.5,
            "size 32, scale 1.3, padding border, those of .*other by size 32, scale 1.5, padding border",
        ),
        (40, 1.3, "size 32, .* by size 40, scale 1.3"),
    ],
)
def test_trap_21_other_crops(tmp_path: Path, four: list[Path], size: int, scale: float, words: str) -> None:
    other = own(tmp_path, "other", size=size, scale=scale)
    refused(BadSetting, f"faces of .*msu-mfsd are cut by {words}", tmp_path / "out", [four[3], other])


def test_depth_in_some_parts_only(tmp_path: Path, four: list[Path]) -> None:
    flat = own(tmp_path, "flat", depth="none")
    refused(BadSetting, "flat was prepared without depth", tmp_path / "out", [four[3], flat])
    other = own(tmp_path, "other", depth="none")
    assert audit(join(tmp_path / "both", [flat, other]).folder).ok


def test_a_person_in_two_splits(tmp_path: Path) -> None:
    clips = list(msu({"train": ["02", "53"], "test": ["01"]}))
    one = published(tmp_path, "one", clips)
    torn = [
        {**clip, "dataset": "mine", "split": "test" if clip["split"] == "train" else clip["split"]}
        for clip in clips
    ]
    two = published(tmp_path, "two", torn)
    words = r"1 subject\(s\) are .* split, e\.g\. 'msu-mfsd:002' of .*one and .*two in test and train"
    refused(BadData, words, tmp_path / "out", [one, two])


def test_a_missing_image(tmp_path: Path, four: list[Path]) -> None:
    part = shutil.copytree(four[3], tmp_path / "damaged")
    (part / "faces/000003.png").unlink()
    refused(BadFile, r"damaged/faces/000003\.png is missing", tmp_path / "out", [four[2], part])


@pytest.mark.parametrize("path", ["/etc/hostname", "faces/../../secret.png", "other/0.png"])
def test_a_manifest_that_leads_out_of_its_folder(tmp_path: Path, four: list[Path], path: str) -> None:
    strange: FaceRow = replace(row(dataset="mine", presentation="mine"), image=path)
    (tmp_path / "strange").mkdir()
    write_manifest(tmp_path / "strange", [strange], {"crop": CROP, "depth": "canonical"})
    refused(BadFile, "does not lie in faces/", tmp_path / "out", [four[3], tmp_path / "strange"])
