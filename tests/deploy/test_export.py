"""Exported detectors answer as torch does, at any batch."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from mtfas.cli import app
from mtfas.data.dataset import load_faces
from mtfas.data.manifest import open_prepared
from mtfas.data.protocols import select
from mtfas.deploy import export
from mtfas.deploy.bundling import MAP_SHARE
from mtfas.deploy.export import PARITY, export_onnx
from mtfas.deploy.from_run import export_run
from mtfas.deploy.scored import scored, scored_graph
from mtfas.deploy.session import Session
from mtfas.errors import BadRun, BadSetting
from mtfas.evaluation.scores import read_scores
from mtfas.models import DETECTORS, Detector, build_detector
from mtfas.models.layers import estimate_statistics
from mtfas.training.detector import train
from mtfas.training.settings import train_settings
from mtfas.types import Direction

onnxruntime = pytest.importorskip("onnxruntime")
SIDE = 32
runner = CliRunner()


def faces(count: int, seed: int) -> torch.Tensor:
    drawn = torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(drawn, size=(SIDE, SIDE), mode="bilinear")


def settled(name: str) -> Detector:
    """A detector with running statistics, and maps of at most about 1, as trained ones have.

    A random head gives maps up to 6, and float32 rounds those (torch's as well) by more than 1e-5.
    """
    net = build_detector(name, seed=0)
    estimate_statistics(net, [faces(4, seed) for seed in range(3)])
    net.eval()
    with torch.no_grad():
        largest = net(faces(8, 9)).map.abs().max()
        if largest > 1.0:
            for layer in net.modules():
                if isinstance(layer, torch.nn.Conv2d) and layer.out_channels == 1:
                    for parameter in layer.parameters():
                        parameter /= largest
    return net


QUICK = ("fas-dr-light", "fas-dr-bc")
"""One map, and a map with a logit; the others are the same test, each up to half a minute for the tracing."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in DETECTORS]
)
def test_a_detector_answers_as_in_torch(name: str, tmp_path: Path) -> None:
    net, path = settled(name), tmp_path / "detector.onnx"
    check = export_onnx(net, path, SIDE)
    assert check.largest <= PARITY
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    images = faces(5, 77)
    with torch.no_grad():
        output = net(images)
    expected = [output.map] if output.logit is None else [output.map, output.logit]
    assert check.outputs == ("map", "logit")[: len(expected)] == tuple(o.name for o in session.get_outputs())
    assert session.get_inputs()[0].name == "images"
    for answer, wanted in zip(session.run(None, {"images": images.numpy()}), expected, strict=True):
        np.testing.assert_allclose(answer, wanted.numpy(), rtol=0, atol=2 * PARITY)
    assert [file.name for file in tmp_path.iterdir()] == ["detector.onnx"]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == "fas-dr-bc" else pytest.mark.slow) for name in DETECTORS]
)
def test_every_detector_scores_as_in_torch(name: str) -> None:
    """The score is written out here in float64, the way `score_faces` takes it from map and logit."""
    net = settled(name)
    graph, parity = scored_graph(scored(net, Direction.LIVE_HIGH), SIDE)
    assert parity["score"] <= PARITY
    assert parity["map"] <= MAP_SHARE * PARITY
    crops = (faces(5, 77).permute(0, 2, 3, 1) * 255).round().to(torch.uint8)
    score, maps = Session(graph).run(crops.numpy())
    with torch.no_grad():
        output = net(crops.permute(0, 3, 1, 2).float() / 255.0)
    wanted = (1.0 - output.map[:, 0].double().mean((1, 2))).clip(0, 1)
    if output.logit is not None and net.scored_by != "map":
        branch = torch.sigmoid(output.logit.double())
        wanted = branch if net.scored_by == "logit" else 0.5 * wanted + 0.5 * branch
    np.testing.assert_allclose(score, wanted.numpy(), rtol=0, atol=PARITY)
    assert maps.shape == (5, *output.map.shape[-2:])
    assert maps.min() >= 0.0
    assert maps.max() <= 1.0


def test_what_differs_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = settled("fas-dr-light").train()
    monkeypatch.setattr(export, "_largest_difference", lambda *_: 3e-3)
    with pytest.raises(BadRun, match=r"differs from torch by up to 3\.0e-03"):
        export_onnx(net, tmp_path / "detector.onnx", SIDE)
    assert not list(tmp_path.iterdir())
    assert net.training


def test_a_difference_is_seen() -> None:
    net = settled("fas-dr-light")
    graph, names = export._graph(net, SIDE)
    with torch.no_grad():
        next(p for p in net.parameters()).mul_(1.01)
    assert export._largest_difference(net, graph, names, SIDE) > PARITY


def test_a_size_that_no_detector_takes(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="multiple of 8, but came as 60"):
        export_onnx(settled("fas-dr-light"), tmp_path / "detector.onnx", 60)


def test_without_onnx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(BadSetting, match=r"needs onnxscript; install it with: pip install 'mtfas\[export\]'"):
        export_onnx(settled("fas-dr-light"), tmp_path / "detector.onnx", SIDE)


def test_a_run_becomes_a_file_that_says_how_to_score(built_in: Path, tmp_path: Path) -> None:
    """The run's own score file, computed again from the ONNX file's outputs and metadata alone."""
    prepared = open_prepared(built_in)
    settings = train_settings(
        "tiny", protocol="grandtest", detector="fas-dr-bc", supervision="depth", iterations=20
    )
    train(prepared, tmp_path / "run", settings)
    file = tmp_path / "detector.onnx"
    assert runner.invoke(app, ["export", str(tmp_path / "run"), str(file)]).exit_code == 0
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    notes = session.get_modelmeta().custom_metadata_map
    assert (notes["direction"], notes["score"], notes["detector"]) == ("live_high", "both", "fas-dr-bc")
    test = load_faces(prepared, select(prepared, "grandtest").test)
    images = test.batch(torch.arange(len(test))).images.numpy()
    maps, logits = session.run(["map", "logit"], {"images": images})
    by_map = np.clip(1.0 - maps.mean((1, 2, 3)), 0.0, 1.0)
    scores = 0.5 * by_map + 0.5 / (1.0 + np.exp(-logits))
    written = read_scores(tmp_path / "run" / "scores" / "test.csv").rows["score"].to_numpy()
    np.testing.assert_allclose(scores, written, atol=2e-5)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRun, match="is not a run folder"):
        export_run(tmp_path, tmp_path / "detector.onnx")
