"""Real encoded videos through prepare: chosen frames, own boxes, and what is broken or odd."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import polars as pl
import pytest
from drawn_face import drawn_face
from raw_sets import write_csv
from videos import claim_frames, coded_frames, read_code, tag_rotation, truncate, write_jpegs, write_video

from mtfas.data.cut_jobs import plan_jobs
from mtfas.data.manifest import open_prepared
from mtfas.data.prepare import PrepareSummary, prepare
from mtfas.data.sources import SOURCES, RawItem, RawSet
from mtfas.data.tracks import REACH, Track
from mtfas.errors import BadSetting
from mtfas.faces.box_files import BoxFile
from mtfas.faces.crop import CropRule
from mtfas.faces.depth import canonical_depth
from mtfas.faces.image import read_grey, read_image
from mtfas.types import Box, Label

WHOLE = {"left": 0, "top": 0, "width": 96, "height": 64}
"""A box so large that a crop shows the whole coded frame."""


def clip_set(folder: Path, subjects: int = 3, frames: int = 12) -> Path:
    """People as clips of coded frames, each once live (.mp4) and once replayed (.avi), with given boxes."""
    folder.mkdir(parents=True)
    rows = []
    for person in range(subjects):
        for label, suffix, codec in (("live", "mp4", "libx264"), ("attack", "avi", "mjpeg")):
            name = f"{label}{person}.{suffix}"
            write_video(folder / name, coded_frames(frames), codec)
            species = "replay" if label == "attack" else ""
            rows.append({"file": name, "label": label, "species": species, "subject": f"s{person}", **WHOLE})
    return write_csv(folder / "clips.csv", rows)


def rows_of(summary: PrepareSummary) -> pl.DataFrame:
    return open_prepared(summary.folder).rows


@pytest.mark.parametrize(
    ("frames", "expected"),
    [("uniform:4", [1, 4, 7, 10]), ("first", [0]), ("all", list(range(12))), ("uniform:99", list(range(12)))],
)
def test_the_chosen_frames_are_cut_out(tmp_path: Path, frames: str, expected: list[int]) -> None:
    summary = prepare("csv", clip_set(tmp_path / "raw"), tmp_path / "out", size=96, scale=1.0, frames=frames)
    rows = rows_of(summary)
    assert summary.counts["presentations"] == 6
    for _, clip in rows.group_by("presentation"):
        assert clip["frame"].to_list() == expected
    for row in rows.iter_rows(named=True):
        assert read_code(read_image(summary.folder / row["image"])[16:80]) == row["frame"]
        assert (row["clip.frames"], row["clip.width"], row["clip.height"]) == (12.0, 96.0, 64.0)
        assert (row["depth"] is not None, row["depth_by"]) == (
            (True, "canonical") if row["label"] == Label.LIVE else (False, None)
        )
    assert open_prepared(summary.folder).info["frames"] == frames


def test_random_frames_depend_on_seed_and_clip_only(tmp_path: Path) -> None:
    raw = clip_set(tmp_path / "raw", frames=30)
    chosen = {
        (seed, workers): rows_of(
            prepare(
                "csv", raw, tmp_path / f"{seed}-{workers}", 32, frames="random:3", seed=seed, workers=workers
            )
        )["frame"].to_list()
        for seed, workers in ((0, 1), (0, 2), (1, 1))
    }
    assert chosen[0, 1] == chosen[0, 2] != chosen[1, 1]
    assert len({tuple(chosen[0, 1][i : i + 3]) for i in range(0, 18, 3)}) > 1


def test_broken_videos_are_rows_with_a_reason(tmp_path: Path) -> None:
    raw = clip_set(tmp_path / "raw", subjects=5)
    truncate(raw.parent / "live0.mp4", 0.5)
    (raw.parent / "attack1.avi").write_bytes(b"")
    (raw.parent / "attack2.avi").write_text("no video at all")
    summary = prepare("csv", raw, tmp_path / "out", size=32)
    reasons = dict(summary.non_responses)
    assert set(reasons) == {"live0.mp4", "attack1.avi", "attack2.avi"}
    assert all(reason.startswith(f"undecodable: {name}") for name, reason in reasons.items())
    assert str(tmp_path) not in "".join(reasons.values())
    assert summary.counts["non_responses"] == 3
    rows = rows_of(summary)
    assert rows.filter(pl.col("reason").is_not_null())["frame"].to_list() == [0, 0, 0]
    assert rows.filter(pl.col("source") == "live0.mp4")["split"].n_unique() == 1


def test_what_a_clip_declares_is_not_believed(tmp_path: Path) -> None:
    raw = clip_set(tmp_path / "raw")
    claim_frames(raw.parent / "attack0.avi", 50)
    truncate(raw.parent / "attack1.avi", 0.6)
    summary = prepare("csv", raw, tmp_path / "out", size=32, frames="all")
    frames = dict(rows_of(summary).group_by("source").agg(pl.len()).iter_rows())
    assert frames["attack0.avi"] == 12
    assert 0 < frames["attack1.avi"] < 12
    (short,) = (warning for warning in summary.warnings if "fewer frames than they declare" in warning)
    assert short.startswith("2 file(s)")


def test_frames_that_cannot_be_decoded_are_counted(tmp_path: Path) -> None:
    raw = clip_set(tmp_path / "raw")
    jpegs = [cv2.imencode(".jpg", frame[..., ::-1])[1].tobytes() for frame in coded_frames(6)]
    jpegs[2] = jpegs[2][: len(jpegs[2]) // 2]
    write_jpegs(raw.parent / "attack0.avi", jpegs, 96, 64)
    summary = prepare("csv", raw, tmp_path / "out", size=32, frames="all")
    (damaged,) = (warning for warning in summary.warnings if "cannot be decoded" in warning)
    assert damaged.startswith("1 file(s) have frames that cannot be decoded; the others were used")
    assert rows_of(summary).filter(pl.col("source") == "attack0.avi").height == 5


def test_trap_14_a_rotation_tag_is_honoured(tmp_path: Path) -> None:
    """Six live clips of MSU-MFSD stand on their head: read without the tag, only live faces would."""
    raw = clip_set(tmp_path / "raw")
    upside_down = [np.ascontiguousarray(frame[::-1, ::-1]) for frame in coded_frames(12)]
    write_video(raw.parent / "live0.mp4", upside_down, "libx264")
    tag_rotation(raw.parent / "live0.mp4", 180)
    summary = prepare("csv", raw, tmp_path / "out", size=96, scale=1.0, frames="all")
    rows = rows_of(summary).filter(pl.col("source") == "live0.mp4")
    codes = [read_code(read_image(summary.folder / name)[16:80]) for name in rows["image"]]
    assert codes == list(range(12))
    assert set(rows["clip.rotation"]) == {180.0}


def test_trap_15_a_frame_without_a_face_stays_a_row(tmp_path: Path) -> None:
    empty = np.full((320, 400, 3), 190, np.uint8)
    moving = [drawn_face(at=(180 + 8 * step, 160)) for step in range(3)]
    for person in range(3):
        for place in (f"live/p{person}", f"attack/replay/p{person}"):
            (tmp_path / "raw" / place).mkdir(parents=True)
            write_video(tmp_path / "raw" / place / "clip.mp4", [*moving, empty], "libx264")
    summary = prepare("folder", tmp_path / "raw", tmp_path / "out", size=32, frames="all")
    assert summary.counts["faces"] == 18
    name, reason = summary.non_responses[0]
    assert name == "live/p0/clip.mp4, frame 3"
    assert reason == "no face found: haar finds none in this frame"
    lefts = rows_of(summary).filter(pl.col("source") == "live/p0/clip.mp4")["box"].to_list()
    assert lefts[0][0] < lefts[1][0] < lefts[2][0]
    assert lefts[3] is None


def boxed_set(folder: Path, lines: Callable[[int], str]) -> RawSet:
    """Clips with files of face boxes as Replay-Attack has them; `lines` gives a person's file."""
    folder.mkdir()
    items = []
    for person in range(3):
        for label, species in ((0, "bona_fide"), (1, "replay")):
            name = f"{species}{person}.avi"
            write_video(folder / name, [drawn_face()] * 12)
            (folder / f"{name}.face").write_text(lines(person))
            file = BoxFile(folder / f"{name}.face", "frame-xywh")
            items.append(RawItem(folder / name, name, label, species, f"p{person}", name, box_file=file))
    return RawSet("boxed", items)


def prepare_set(found: RawSet, out: Path, monkeypatch: pytest.MonkeyPatch, **more: object) -> PrepareSummary:
    monkeypatch.setitem(SOURCES, "boxed", lambda raw: found)
    return prepare("boxed", out.parent, out, size=32, frames="all", **more)  # type: ignore[arg-type]


def test_own_boxes_win_then_those_of_near_frames_then_detection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = boxed_set(tmp_path / "raw", lambda person: "0 50 60 70 80\n1 0 0 0 0\n2 51 61 71 81\n")
    summary = prepare_set(found, tmp_path / "out", monkeypatch)
    rows = rows_of(summary).filter(pl.col("source") == "replay1.avi")
    assert rows["detector"].to_list() == ["given", "given-near", "given", *["given-near"] * 5, *["haar"] * 4]
    assert rows["box"][0].to_list() == rows["box"][1].to_list() == [50, 60, 70, 80]
    assert rows["box"][7].to_list() == [51, 61, 71, 81]
    assert REACH == 5
    assert any("without an own box" in warning and "6 file(s)" in warning for warning in summary.warnings)
    detected = prepare_set(found, tmp_path / "other", monkeypatch, detect=True)
    assert set(rows_of(detected)["detector"]) == {"haar"}


def test_trap_27_one_rule_for_frames_without_a_box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame without a box is treated alike in live clips and attacks."""
    found = boxed_set(tmp_path / "raw", lambda person: "3 50 60 70 80\n")
    rows = rows_of(prepare_set(found, tmp_path / "out", monkeypatch))
    live, attack = (rows.filter(pl.col("label") == label) for label in (0, 1))
    assert live["detector"].to_list() == attack["detector"].to_list()
    assert live["frame"].to_list() == attack["frame"].to_list()


def test_trap_20_depth_is_cut_like_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One geometry for both: each frame's depth stands where that frame's box is in the crop."""
    found = boxed_set(tmp_path / "raw", lambda person: "0 50 60 70 80\n6 90 60 40 90\n")
    summary = prepare_set(found, tmp_path / "out", monkeypatch)
    live = rows_of(summary).filter(pl.col("depth").is_not_null())
    assert live["box"].n_unique() > 1
    for row in live.iter_rows(named=True):
        drawn = read_grey(summary.folder / row["depth"])
        np.testing.assert_array_equal(drawn, canonical_depth(Box(*row["box"]), CropRule(32)))


def test_boxes_after_the_last_frame_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some MSU-MFSD files have a box for one frame more than decodes."""
    lines = "".join(f"{frame} 50 60 70 80\n" for frame in range(13))
    summary = prepare_set(boxed_set(tmp_path / "raw", lambda person: lines), tmp_path / "out", monkeypatch)
    assert any(w.startswith("6 file(s) have face boxes for frames after the last") for w in summary.warnings)
    assert summary.counts["faces"] == 72


def test_a_damaged_box_file_is_said_and_faces_are_searched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = boxed_set(tmp_path / "raw", lambda person: "0 1\n" if person == 0 else "0 50 60 70 80\n")
    summary = prepare_set(found, tmp_path / "out", monkeypatch)
    assert any("2 file(s) have a file of face boxes that cannot be read" in w for w in summary.warnings)
    assert set(rows_of(summary).filter(pl.col("subject") == "p0")["detector"]) == {"haar"}


def test_a_set_known_to_lie_on_its_side_is_turned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = boxed_set(tmp_path / "raw", lambda person: "0 50 60 70 80\n")
    stored = [np.rot90(drawn_face())] * 2  # counter-clockwise, so it must be turned clockwise
    items = []
    for item in found.items:
        write_video(item.path, stored)
        items.append(replace(item, turn=90, box_file=None))
    summary = prepare_set(replace(found, items=items), tmp_path / "out", monkeypatch)
    assert summary.counts["faces"] == 12


def test_a_video_has_no_frame_and_is_a_presentation_alone(tmp_path: Path) -> None:
    raw = clip_set(tmp_path / "raw")
    raw.write_text(
        "file,label,species,subject,presentation\nlive0.mp4,live,,a,x\nlive1.mp4,live,,a,x\n"
        "attack0.avi,attack,replay,b,\n"
    )
    with pytest.raises(Exception, match="row 2: a video is a presentation of its own"):
        prepare("csv", raw, tmp_path / "out")


def test_without_pyav_videos_are_refused_before_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = clip_set(tmp_path / "raw")
    monkeypatch.setattr("mtfas.data.prepare.find_spec", lambda name: None)
    with pytest.raises(BadSetting, match=r"pip install 'mtfas\[video\]'"):
        prepare("csv", raw, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw"]


def test_jobs_are_clips_alone_and_images_together(tmp_path: Path) -> None:
    names = [f"{n}.jpg" for n in range(40)] + ["a.mp4", "b.avi", "z.png"]
    items = [RawItem(tmp_path / name, name, 0, "bona_fide", "s", name) for name in names]
    jobs = list(plan_jobs(items))
    assert [(job.first, len(job.items)) for job in jobs] == [(0, 32), (32, 8), (40, 1), (41, 1), (42, 1)]
    assert [item for job in jobs for item in job.items] == items


def test_a_near_box_is_the_nearest_and_the_earlier_of_two() -> None:
    track = Track({0: Box(0, 0, 1, 1), 4: Box(4, 0, 1, 1)})
    assert [track.at(frame)[0].left for frame in (0, 1, 2, 3, 9)] == [0, 0, 0, 4, 4]  # type: ignore[union-attr]
    assert track.at(10) == (None, "given-near")
    assert Track({}).last == -1
