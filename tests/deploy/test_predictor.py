"""Answers: the scores of training, three verdicts, the right reason, and every kind of file."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from videos import truncate, write_video

from mtfas.data.dataset import load_faces
from mtfas.data.manifest import open_prepared
from mtfas.deploy.bundling import load_detector
from mtfas.deploy.clips import ClipRule, record, trimmed_mean
from mtfas.deploy.gates import Gates, brightness, distinct_faces, several, sharpness
from mtfas.deploy.overlay import draw
from mtfas.deploy.predictor import Predictor
from mtfas.errors import BadFile, BadSetting
from mtfas.evaluation.runfolder import read_record
from mtfas.faces.crop import CropRule
from mtfas.faces.image import read_image
from mtfas.training.scoring import score_faces
from mtfas.types import Box, ByteImage, Direction

pytest.importorskip("onnxruntime")
Heads = list[ByteImage]


@pytest.fixture(scope="module")
def predictor(bundle: Path) -> Predictor:
    return Predictor.open(bundle)


def test_scores_are_those_of_training(predictor: Predictor, run: Path, built_in: Path) -> None:
    prepared = open_prepared(built_in)
    rows = prepared.usable.head(70)  # more than one pass of the training side
    record = read_record(run, "train")
    net = load_detector(run, record).eval()
    wanted = score_faces(net, load_faces(prepared, rows), Direction(record["direction"]))
    crops = np.stack([read_image(built_in / image) for image in rows["image"]])
    scores, maps = predictor.session.run(crops)
    np.testing.assert_allclose(scores, wanted.scores, rtol=0, atol=1e-5)
    np.testing.assert_allclose(maps, (1.0 - wanted.maps).clip(0, 1), rtol=0, atol=1e-5)
    alone = np.concatenate([predictor.session.run(crop[None])[0] for crop in crops[:5]])
    np.testing.assert_allclose(alone, scores[:5], rtol=0, atol=1e-6)


def test_a_score_at_the_threshold_is_bona_fide(predictor: Predictor, heads: Heads) -> None:
    answer = predictor.picture(heads[0])
    assert answer.score is not None
    assert replace(predictor, threshold=answer.score).picture(heads[0]).verdict == "bona_fide"
    below = float(np.nextafter(answer.score, -1))
    assert replace(predictor, threshold=below).picture(heads[0]).verdict == "attack"
    assert answer.box is not None
    assert answer.heatmap is not None
    assert answer.to_json("a.png").keys() == {
        "path", "verdict", "score", "threshold", "reason", "advice", "box", "frames",
    }  # fmt: skip


def test_reasons(predictor: Predictor, heads: Heads) -> None:
    def reason(picture: ByteImage, judge: Predictor = predictor) -> str | None:
        answer = judge.picture(picture)
        assert (answer.verdict == "no_response") == (answer.score is None) == (answer.reason is not None)
        assert (answer.advice is None) == (answer.reason is None)
        return answer.reason

    head = heads[0]
    assert reason(head) is None
    assert reason(np.full_like(head, 128)) == "no_face"
    pair = np.concatenate([head, head], axis=1)
    assert reason(pair) == "several_faces"
    assert reason(pair, replace(predictor, several="largest")) is None
    far = replace(predictor.bundle, gates=replace(predictor.bundle.gates, smallest_face=1000.0))
    assert reason(head, replace(predictor, bundle=far)) == "face_too_small"
    assert reason((head * 0.35).astype(np.uint8)) == "too_dark"
    strict = replace(predictor.bundle, gates=replace(predictor.bundle.gates, dullest=1e3))
    assert reason(head, replace(predictor, bundle=strict)) == "blurred"


def test_blur_and_darkness_are_measured_in_the_face() -> None:
    """Sharpness against its definition, and neither contrast nor what is around the face changes it."""
    rule = CropRule(32, scale=2.0)
    crop = np.random.default_rng(0).integers(60, 190, (32, 32, 3), dtype=np.uint8)
    crop[:] = crop[:, :, :1]
    face = crop[8:24, 8:24, 0].astype(float)
    laplacian = face[:-2, 1:-1] + face[2:, 1:-1] + face[1:-1, :-2] + face[1:-1, 2:] - 4 * face[1:-1, 1:-1]
    assert sharpness(crop, rule) == pytest.approx(laplacian.var() / face.var(), rel=1e-5)
    assert brightness(crop, rule) == np.percentile(face, 90)
    around = crop.copy()
    around[:8] = 255
    assert sharpness(around, rule) == sharpness(crop, rule)
    assert sharpness(np.full_like(crop, 9), rule) == 0.0


def test_one_face_found_twice_is_one_face() -> None:
    large, on_it, beside = Box(0, 0, 90, 90), Box(10, 10, 40, 40), Box(80, 0, 40, 40)
    assert distinct_faces([large, on_it, beside]) == [large, beside]
    gates = Gates(24)
    assert several([large, Box(200, 0, 30, 30)], gates)
    assert not several([large, Box(200, 0, 29, 29)], gates)


def save(folder: Path, name: str, picture: Image.Image, **options: object) -> Path:
    picture.save(folder / name, **options)  # type: ignore[arg-type]
    return folder / name


def test_every_kind_of_picture(predictor: Predictor, heads: Heads, tmp_path: Path) -> None:
    picture = Image.fromarray(heads[0])
    wanted = predictor.picture(heads[0])
    turned = Image.Exif()
    turned[0x0112] = 6
    lying = picture.transpose(Image.Transpose.ROTATE_90)
    grey = np.asarray(picture.convert("L"))
    same = [save(tmp_path, "a.png", picture), save(tmp_path, "turned.png", lying, exif=turned)]
    for path in same:
        assert predictor.path(path) == wanted, path.name
    like = [
        save(tmp_path, "grey.png", picture.convert("L")),
        save(tmp_path, "16.png", Image.fromarray(grey.astype(np.uint16) * 257)),
        save(tmp_path, "cmyk.jpg", picture.convert("CMYK"), quality=95),
    ]
    for path in like:
        assert predictor.path(path).verdict != "no_response", path.name
    assert predictor.path(like[0]) == predictor.path(like[1])


def test_what_cannot_be_decoded_gets_an_answer(predictor: Predictor, heads: Heads, tmp_path: Path) -> None:
    jpeg = io.BytesIO()
    Image.fromarray(heads[0]).save(jpeg, "JPEG")
    contents = {"cut.jpg": jpeg.getvalue()[:900], "empty.png": b"", "text.jpg": b"dear", "note": b"dear",
                "cut.mp4": b"dear"}  # fmt: skip
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        answer = predictor.path(tmp_path / name)
        assert (answer.verdict, answer.reason, answer.score) == ("no_response", "unreadable", None), name
        assert answer.advice is not None
        assert name in answer.advice
    with pytest.raises(BadFile, match="is not a file"):
        predictor.path(tmp_path / "gone.jpg")


def test_a_clip_is_the_mean_of_its_frames(predictor: Predictor, heads: Heads, tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", [heads[0]] * 5 + [np.full_like(heads[0], 90)] * 3)
    answer = predictor.clip(path, ClipRule(frames=8))
    assert answer.frames == 5
    one = predictor.picture(heads[0]).score
    assert answer.score == pytest.approx(one, abs=0.05)  # MJPEG changes the pixels a little
    (tmp_path / "clip.avi").rename(tmp_path / "clip")  # no name says that it is a video
    assert predictor.path(tmp_path / "clip", ClipRule(frames=8)) == answer
    few = predictor.clip(tmp_path / "clip", ClipRule(frames=8, min_frames=6))
    assert (few.verdict, few.reason) == ("no_response", "too_few_frames")
    assert few.advice is not None
    assert few.advice.startswith("Only 5 of 8 frames could be judged (most others: no face) and 6 are needed")
    again = predictor.pictures([heads[0], heads[1], heads[1]], ClipRule(frames=3))
    alone = [predictor.picture(head).score for head in heads[:2]]
    assert again.score == pytest.approx((alone[0] + 2 * alone[1]) / 3, abs=1e-5)  # type: ignore[operator]
    cut = write_video(tmp_path / "cut.mp4", heads[:1] * 8, codec="libx264")
    assert predictor.path(truncate(cut, 0.3)).reason == "unreadable"


def test_ways_to_combine() -> None:
    assert trimmed_mean(np.array([0.9, 0.1, 0.2, 0.3, 0.0])) == pytest.approx(0.2)
    assert trimmed_mean(np.array([0.1, 0.5])) == pytest.approx(0.3)
    with pytest.raises(BadSetting, match="did you mean 'mean'"):
        ClipRule(combine="men")
    with pytest.raises(BadSetting, match="5 of 4 frames cannot be asked for"):
        ClipRule(frames=4, min_frames=5)


def test_no_camera_is_said() -> None:
    with pytest.raises(BadFile, match="there is no camera 99"):
        record(99, 3)


def test_an_overlay_colours_the_face_and_leaves_the_rest(predictor: Predictor, heads: Heads) -> None:
    large = np.ascontiguousarray(np.pad(heads[0], ((200, 200), (200, 200), (0, 0)), mode="edge"))
    answer = predictor.picture(large)
    assert answer.box is not None
    hot = replace(answer, heatmap=np.ones((4, 4), np.float32))
    drawn, cold = (
        draw(large, hot, predictor.bundle.crop),
        draw(large, replace(answer, heatmap=None), predictor.bundle.crop),
    )
    height, width = large.shape[:2]
    assert drawn.shape[0] > height
    assert drawn.shape[1] == width
    left, top, side, _ = (round(edge) for edge in answer.box)
    inside = np.abs(drawn.astype(int) - cold)[top : top + side, left : left + side]
    assert inside.mean() > 20
    np.testing.assert_array_equal(drawn[:100], large[:100])


def test_torch_is_never_imported(bundle: Path, heads: Heads, tmp_path: Path) -> None:
    Image.fromarray(heads[0]).save(tmp_path / "a.png")
    program = (
        "import sys; sys.modules['torch'] = None; sys.modules['polars'] = None\n"
        "from pathlib import Path; from mtfas.deploy.clips import ClipRule\n"
        "from mtfas.deploy.judging import judge; from mtfas.deploy.predictor import Predictor\n"
        "done = list(judge(Predictor.open(Path(sys.argv[1])), [sys.argv[2]], ClipRule()))\n"
        "print(done[0].answer.verdict)"
    )
    command = [sys.executable, "-c", program, str(bundle), str(tmp_path / "a.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in {"bona_fide", "attack"}


@pytest.mark.real
def test_real_portraits_get_an_answer(predictor: Predictor, real_data: Path) -> None:
    reasons = {path.name: predictor.path(path).reason for path in (real_data / "portraits").glob("*.jpg")}
    assert {name: why for name, why in reasons.items() if why} == {"azure_detection4.jpg": "several_faces"}
