"""A tiny run and its bundle, made once; rendered heads as pictures and frames."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "making"))


@pytest.fixture(scope="session")
def run(built_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector whose score is half map, half branch, and whose maps are live-high: the longest way."""
    from mtfas.data.manifest import open_prepared
    from mtfas.training.detector import train
    from mtfas.training.settings import train_settings

    folder = tmp_path_factory.mktemp("runs") / "run"
    settings = train_settings(
        "tiny", protocol="grandtest", detector="fas-dr-bc", supervision="depth", iterations=20
    )
    train(open_prepared(built_in), folder, settings)
    return folder


@pytest.fixture(scope="session")
def bundle(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with an 8-bit network beside the other."""
    from mtfas.deploy.bundling import make_bundle

    pytest.importorskip("onnxruntime")
    return make_bundle(run, tmp_path_factory.mktemp("bundles") / "bundle", int8=True).folder


@pytest.fixture(scope="session")
def heads(tmp_path_factory: pytest.TempPathFactory) -> "list":  # type: ignore[type-arg]
    """Pictures [240, 320, 3] of rendered heads, in each of which one face is found."""
    import numpy as np
    from head_clips import _picture, render_heads

    found = render_heads(tmp_path_factory.mktemp("heads") / "data")
    return [_picture(head, 0, np.random.default_rng(0)) for head in found["live"] + found["attack"]]
