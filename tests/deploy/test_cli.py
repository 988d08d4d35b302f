"""From a run to verdicts by the command line, with bad paths among good ones."""

import json
from pathlib import Path

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner
from videos import write_video

from mtfas.cli import deploying
from mtfas.errors import BadSetting
from mtfas.types import ByteImage

pytest.importorskip("onnxruntime")
app = typer.Typer()
app.command()(deploying.export)
app.command()(deploying.predict)
runner = CliRunner()
KEYS = {"path", "verdict", "score", "threshold", "reason", "advice", "box", "frames"}


def test_from_a_run_to_verdicts(run: Path, heads: list[ByteImage], tmp_path: Path) -> None:
    bundle, seen = tmp_path / "bundle", tmp_path / "seen"
    done = runner.invoke(app, ["export", str(run), str(bundle)])
    assert done.exit_code == 0, done.output
    assert "largest difference of a score to torch" in done.stdout
    (tmp_path / "faces" / "deep").mkdir(parents=True)
    Image.fromarray(heads[0]).save(tmp_path / "faces" / "a.png")
    write_video(tmp_path / "faces" / "deep" / "b.avi", heads[:1] * 4)
    (tmp_path / "faces" / "c.jpg").write_bytes(b"")
    paths = [str(tmp_path / "gone.png"), str(tmp_path / "faces"), "camera:99"]
    done = runner.invoke(app, ["predict", str(bundle), *paths, "--json", "--heatmap", str(seen)])
    assert done.exit_code == 2
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(answer.keys() == KEYS for answer in answers)
    assert [Path(answer["path"]).name for answer in answers] == [
        "gone.png",
        "a.png",
        "c.jpg",
        "b.avi",
        "camera:99",
    ]
    assert [answer["frames"] for answer in answers] == [0, 1, 0, 4, 0]
    assert [answer["reason"] for answer in answers] == ["unreadable", None, "unreadable", None, "unreadable"]
    for answer in (answers[1], answers[3]):
        attack = answer["score"] > answer["threshold"]
        assert answer["verdict"] == ("attack" if attack else "bona_fide")
    assert sorted(path.name for path in seen.iterdir()) == ["0002-a.png", "0004-b.png"]
    good = runner.invoke(app, ["predict", str(bundle), str(tmp_path / "faces")])
    assert good.exit_code == 0
    assert len(good.stdout.splitlines()) == 3
    assert "unreadable" in good.stdout


def test_options_that_do_not_go_together(run: Path, tmp_path: Path) -> None:
    for name, option, match in [
        ("bundle", ["--size", "64"], "--size cannot be given for a bundle"),
        ("a.onnx", ["--int8", "--force"], "--int8 and --force cannot be given for a .onnx file"),
    ]:
        done = runner.invoke(app, ["export", str(run), str(tmp_path / name), *option])
        assert isinstance(done.exception, BadSetting)
        assert match in str(done.exception)
    assert not list(tmp_path.iterdir())
