"""From real files to a prepared set; what cannot be read becomes a counted row, never a crash."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from drawn_face import drawn_face
from PIL import Image
from raw_sets import csv_set, photo, write_csv

from mtfas.data.manifest import open_prepared
from mtfas.data.prepare import prepare
from mtfas.errors import BadData, BadFile, BadSetting
from mtfas.faces.crop import CropRule, crop_face
from mtfas.faces.depth import canonical_depth
from mtfas.faces.image import read_grey, read_image
from mtfas.runtime.files import sha256
from mtfas.types import Box

BOX = {"left": 10, "top": 8, "width": 20, "height": 24}


def nothing_written(out: Path) -> bool:
    return not out.exists() and not list(out.parent.glob(f".{out.name}*"))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_faces_are_the_crops_of_their_boxes(tmp_path: Path) -> None:
    raw = csv_set(tmp_path / "raw")
    summary = prepare("csv", raw, tmp_path / "out", size=32)
    assert summary.folder == tmp_path / "out"
    assert summary.counts == {
        "faces": 6,
        "live": 3,
        "attack": 3,
        "subjects": 3,
        "presentations": 6,
        "non_responses": 0,
    }
    assert (summary.non_responses, summary.warnings) == ([], [])
    data = open_prepared(tmp_path / "out")
    assert data.info["crop"] == {"size": 32, "scale": 1.3, "padding": "border"}
    assert (data.info["source"], data.info["depth"], data.info["seed"]) == ("csv", "canonical", 0)
    assert str(tmp_path) not in (tmp_path / "out" / "dataset.json").read_text()
    for row in data.rows.iter_rows(named=True):
        box, rule = Box(10, 8, 20, 24), CropRule(32)
        face = read_image(data.folder / row["image"])
        np.testing.assert_array_equal(face, crop_face(read_image(raw.parent / row["source"]), box, rule))
        assert row["sha256"] == sha256((data.folder / row["image"]).read_bytes())
        assert (row["box"], row["detector"]) == ([10, 8, 20, 24], "given")
        assert (row["depth"] is None) == (row["label"] == 1)
        if row["depth"]:
            np.testing.assert_array_equal(read_grey(data.folder / row["depth"]), canonical_depth(box, rule))
    assert data.rows["split"].n_unique() == 3


def test_bytes_do_not_depend_on_workers_or_place(tmp_path: Path) -> None:
    raw = csv_set(tmp_path / "raw", subjects=5)
    (raw.parent / "live1.png").write_bytes(b"")
    shutil.copytree(raw.parent, tmp_path / "elsewhere")
    prepare("csv", raw, tmp_path / "one", size=24, workers=1)
    prepare("csv", tmp_path / "elsewhere" / "faces.csv", tmp_path / "two", size=24, workers=2)
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert len(one) == 9 + 4 + 2
    assert one == two
    prepare("csv", raw, tmp_path / "three", size=24, seed=1)
    assert contents(tmp_path / "three")["manifest.parquet"] != one["manifest.parquet"]


def test_bad_images_become_non_responses(tmp_path: Path) -> None:
    raw = csv_set(tmp_path / "raw", subjects=4)
    folder = raw.parent
    whole = photo(folder / "whole.jpg", 99, (64, 64)).read_bytes()
    bad = {
        "zero.jpg": (b"", "is empty (0 bytes)"),
        "text.jpg": (b"no image", "is not an image"),
        "cut.jpg": (whole[: len(whole) // 3], "is damaged or cut short"),
    }
    for name, (content, _) in bad.items():
        (folder / name).write_bytes(content)
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    Image.new("1", (8200, 8200)).save(folder / "vast.png")
    sentences = {name: words for name, (_, words) in bad.items()}
    sentences |= {
        "dot.png": "1 × 1 pixels",
        "vast.png": "more than 67 million",
        "whole.jpg": "lies outside the image",
    }
    rows = [{"file": name, "label": "live", "subject": "s0", "species": ""} for name in sentences]
    table = raw.read_text().splitlines()
    for row in rows:
        box = "100,100,20,20" if row["file"] == "whole.jpg" else "10,8,20,24"
        table.append(f"{row['file']},live,,s0,{box}")
    raw.write_text("\n".join(table))
    summary = prepare("csv", raw, tmp_path / "out", size=24)
    assert summary.counts["faces"] == 8
    assert summary.counts["non_responses"] == len(sentences)
    reasons = dict(summary.non_responses)
    for name, words in sentences.items():
        assert words in reasons[name]
        assert str(tmp_path) not in reasons[name]
        assert reasons[name].startswith("bad box: " if name == "whole.jpg" else f"undecodable: {name}")
    data = open_prepared(tmp_path / "out")
    failed = data.rows.filter(data.rows["reason"].is_not_null())
    assert failed["image"].null_count() == failed["sha256"].null_count() == len(sentences)
    assert failed["split"].n_unique() == 1  # the person's
    assert set(failed["subject"]) == {"s0"}


def test_faces_are_found(tmp_path: Path) -> None:
    for person in range(3):
        for place in (f"live/p{person}", f"attack/print/p{person}"):
            (tmp_path / "raw" / place).mkdir(parents=True)
            Image.fromarray(drawn_face(120 + 10 * person)).save(tmp_path / "raw" / place / "a.png")
    photo(tmp_path / "raw/live/p0/noise.png", 1, (200, 200))
    Image.fromarray(np.concatenate([drawn_face(120), drawn_face(170)], 1)).save(
        tmp_path / "raw/live/p1/two.png"
    )
    summary = prepare("folder", tmp_path / "raw", tmp_path / "out", size=64)
    assert summary.counts["faces"] == 7
    (failed,) = summary.non_responses
    assert failed == ("live/p0/noise.png", "no face found: haar finds none in this image")
    (warning,) = summary.warnings
    assert warning == "1 file(s) show more than one face; the largest was taken, e.g. live/p1/two.png."
    data = open_prepared(tmp_path / "out")
    assert set(data.rows["detector"]) == {"haar"}
    centre = read_image(data.folder / data.usable["image"][0])[32, 32]
    assert centre[0] > centre[2]  # skin


def test_given_boxes_win(tmp_path: Path) -> None:
    raw = csv_set(tmp_path / "raw")
    rows = [{"file": "live0.png", **BOX, "left": 12}, {"file": "who.png", **BOX}]
    boxes = write_csv(tmp_path / "boxes.csv", rows)
    summary = prepare("csv", raw, tmp_path / "out", size=24, boxes=boxes)
    rows_by_source = {
        row["source"]: row["box"][0] for row in open_prepared(tmp_path / "out").rows.iter_rows(named=True)
    }
    assert rows_by_source["live0.png"] == 12
    assert rows_by_source["live1.png"] == 10
    assert summary.warnings == ["1 box(es) of boxes.csv are for no image of the data set, e.g. who.png."]
    with pytest.raises(BadData, match=r"no box for any image.*name files like 'live0.png'"):
        prepare(
            "csv", raw, tmp_path / "other", boxes=write_csv(tmp_path / "b.csv", [{"file": "x.png", **BOX}])
        )


@pytest.mark.parametrize("depth", ["canonical", "none"])
def test_depth_is_for_live_faces(tmp_path: Path, depth: str) -> None:
    prepare("csv", csv_set(tmp_path / "raw"), tmp_path / "out", size=24, depth=depth)
    rows = open_prepared(tmp_path / "out").rows
    live = rows.filter(rows["label"] == 0)
    assert live["depth"].null_count() == (0 if depth == "canonical" else 3)
    assert rows.filter(rows["label"] == 1)["depth"].null_count() == 3


def test_the_data_sets_own_splits_are_kept(tmp_path: Path) -> None:
    prepare("csv", csv_set(tmp_path / "raw", subjects=2, split="dev"), tmp_path / "out", size=24)
    assert set(open_prepared(tmp_path / "out").rows["split"]) == {"dev"}


def test_a_subject_in_two_splits_is_refused(tmp_path: Path) -> None:
    raw = csv_set(tmp_path / "raw", split="train")
    raw.write_text(raw.read_text().replace("train", "test", 1))
    with pytest.raises(
        BadData, match=r"1 subject\(s\) in more than one split, e\.g\. 's0' in test and train"
    ):
        prepare("csv", raw, tmp_path / "out")
    assert nothing_written(tmp_path / "out")


def test_one_class_only(tmp_path: Path) -> None:
    rows = [
        {"file": photo(tmp_path / "raw" / f"{i}.png").name, "label": "live", "subject": f"s{i}"}
        for i in range(4)
    ]
    raw = write_csv(tmp_path / "raw" / "a.csv", [{**row, "species": ""} for row in rows])
    with pytest.raises(BadData, match="has no attack faces; both live faces and attacks are needed"):
        prepare("csv", raw, tmp_path / "out")
    assert nothing_written(tmp_path / "out")


@pytest.mark.parametrize("broken", ["live", "attack", ""])
def test_a_class_without_a_usable_face(tmp_path: Path, broken: str) -> None:
    raw = csv_set(tmp_path / "raw")
    for path in raw.parent.glob(f"{broken}*.png"):
        path.write_bytes(b"")
    with pytest.raises(
        BadData, match=rf"none of the 3 {broken or 'live'} images gave a face \(undecodable × 3"
    ):
        prepare("csv", raw, tmp_path / "out")
    assert nothing_written(tmp_path / "out")


def test_two_people_cannot_be_split(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"2 subject\(s\) cannot be split"):
        prepare("csv", csv_set(tmp_path / "raw", subjects=2), tmp_path / "out")
    assert nothing_written(tmp_path / "out")


@pytest.mark.parametrize(
    ("wrong", "error", "sentence"),
    [
        ({"source": "csvv"}, BadSetting, "unknown source 'csvv'; did you mean 'csv'"),
        ({"depth": "mash"}, BadSetting, "unknown depth 'mash'; did you mean 'mesh'"),
        ({"size": 4}, BadSetting, "crop size is 4"),
        ({"size": 100}, BadSetting, "choose a multiple of 8"),
        ({"scale": 99.0}, BadSetting, "crop scale is 99"),
        ({"workers": 0}, BadSetting, "workers is 0"),
        ({"raw": Path("no.csv")}, BadFile, "no.csv cannot be read"),
        ({"boxes": Path("no.csv")}, BadFile, "no.csv cannot be read"),
    ],
)
def test_settings_are_checked_first(
    tmp_path: Path, wrong: dict[str, object], error: type[Exception], sentence: str
) -> None:
    settings = {"source": "csv", "raw": csv_set(tmp_path / "raw"), "out": tmp_path / "out", **wrong}
    with pytest.raises(error, match=sentence):
        prepare(**settings)
    assert nothing_written(tmp_path / "out")


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    with pytest.raises(BadSetting, match="already exists"):
        prepare("csv", csv_set(tmp_path / "raw"), tmp_path / "out")
    assert (tmp_path / "out" / "mine.txt").read_text() == "keep"


ATTEMPT = """
import sys
from pathlib import Path
from mtfas.data.prepare import prepare
if __name__ == "__main__":
    prepare("csv", Path(sys.argv[1]), Path(sys.argv[2]), size=256, workers=int(sys.argv[3]))
"""


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_preparation_goes_on(tmp_path: Path, workers: int, blow: signal.Signals) -> None:
    raw = csv_set(tmp_path / "raw", subjects=80)
    script = tmp_path / "script.py"
    script.write_text(ATTEMPT)
    out, unfinished = tmp_path / "out", tmp_path / ".out.unfinished"
    command = [sys.executable, str(script), str(raw), str(out), str(workers)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while process.poll() is None and not list(unfinished.glob("unfinished/cuts/*.json")):
        time.sleep(0.005)
    os.killpg(process.pid, blow)  # as a terminal does, or a power cut
    _, messages = process.communicate(timeout=60)
    assert process.returncode != 0, messages
    assert not out.exists()
    done = {path: path.stat().st_mtime_ns for path in unfinished.glob("unfinished/cuts/*.json")}
    assert done
    with pytest.raises(BadSetting, match=r"holds an unfinished attempt .* with other settings"):
        prepare("csv", raw, out, size=128, workers=1)
    assert {path: path.stat().st_mtime_ns for path in done} == done  # and nothing of it was touched
    prepare("csv", raw, out, size=256, workers=1)
    prepare("csv", raw, tmp_path / "at-once", size=256, workers=1)
    assert contents(out) == contents(tmp_path / "at-once")
    assert not unfinished.exists()


def test_other_files_are_no_continuation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = csv_set(tmp_path / "raw", subjects=3)
    shutil.copytree(raw.parent, tmp_path / "before")
    with monkeypatch.context() as patch:
        patch.setattr("mtfas.data.prepare.write_manifest", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            prepare("csv", raw, tmp_path / "out", size=24)
    photo(raw.parent / "live0.png", 99, (64, 64))
    with pytest.raises(BadSetting, match="holds an unfinished attempt"):
        prepare("csv", raw, tmp_path / "out", size=24)
    prepare("csv", tmp_path / "before" / "faces.csv", tmp_path / "out", size=24)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.real
def test_portraits(tmp_path: Path, real_data: Path) -> None:
    """23 real portraits as live faces, and as stand-ins for attacks: every one gives a face."""
    for path in (real_data / "portraits").glob("*.jpg"):
        for place in ("live", "attack/print"):
            (tmp_path / "raw" / place / path.stem).mkdir(parents=True)
            shutil.copy(path, tmp_path / "raw" / place / path.stem / path.name)
    summary = prepare("folder", tmp_path / "raw", tmp_path / "out", size=64, workers=1)
    assert summary.counts["faces"] == 46
    assert summary.non_responses == []
