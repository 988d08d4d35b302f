"""A tiny bundle, rendered heads as files, and services that run."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mtfas.types import ByteImage

if TYPE_CHECKING:
    from running import Running

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / "making")]


@pytest.fixture(scope="session")
def bundle(built_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector that has learned next to nothing, exported."""
    for needed in ("onnxruntime", "fastapi", "uvicorn", "python_multipart", "prometheus_client"):
        pytest.importorskip(needed)
    from mtfas.data.manifest import open_prepared
    from mtfas.deploy.bundling import make_bundle
    from mtfas.training.detector import train
    from mtfas.training.settings import train_settings

    folder = tmp_path_factory.mktemp("service")
    settings = train_settings(
        "tiny", protocol="grandtest", detector="fas-dr-light", supervision="binary-map", iterations=40
    )
    train(open_prepared(built_in), folder / "run", settings)
    return make_bundle(folder / "run", folder / "bundle").folder


@pytest.fixture(scope="session")
def heads(tmp_path_factory: pytest.TempPathFactory) -> list[ByteImage]:
    """Pictures [240, 320, 3] of rendered heads, in each of which one face is found."""
    from head_clips import _picture, render_heads

    found = render_heads(tmp_path_factory.mktemp("heads") / "data")
    return [_picture(head, 0, np.random.default_rng(0)) for head in found["live"] + found["attack"]]


@pytest.fixture(scope="session")
def files(heads: list[ByteImage], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same heads as files of many kinds, and pictures without an answer."""
    from videos import write_video

    folder = tmp_path_factory.mktemp("files")
    frames = [heads[number % 2] for number in range(8)]
    write_video(folder / "clip.mp4", frames, codec="libx264")
    write_video(folder / "clip.avi", frames)
    made = {f"{number}.png": head for number, head in enumerate(heads)}
    made |= {"a.jpg": heads[0], "a.webp": heads[1], "dark.png": (heads[0] * 0.2).astype(np.uint8),
             "nobody.png": np.full_like(heads[0], 128),
             "pair.png": np.concatenate([heads[0], heads[0]], axis=1)}  # fmt: skip
    for name, picture in made.items():
        Image.fromarray(picture).save(folder / name)
    turned = Image.Exif()
    turned[0x0112] = 6
    lying = Image.fromarray(heads[0]).transpose(Image.Transpose.ROTATE_90)
    lying.save(folder / "turned.jpg", exif=turned, quality=95)
    return {path.name: path for path in sorted(folder.iterdir())}


@pytest.fixture(scope="session")
def samples(files: dict[str, Path]) -> dict[str, bytes]:
    """Good files to damage."""
    names = ("a.jpg", "0.png", "a.webp", "clip.mp4", "clip.avi")
    return {Path(name).suffix[1:]: files[name].read_bytes() for name in names}


@pytest.fixture(scope="session")
def service(bundle: Path) -> "Iterator[Running]":
    """Patient and open to all: a busy machine is no bug."""
    from running import running

    with running(bundle, "--timeout", "60", "--max-body", "1", "--max-pixels", "2e6") as found:
        yield found


@pytest.fixture(scope="session")
def strict(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Running]":
    """One file at a time, one waiting, two seconds, few frames, and keys."""
    from running import KEYS, running

    path = tmp_path_factory.mktemp("keys") / "keys.txt"
    path.write_text("# who may ask\n" + "".join(f"{name}: {key}\n" for name, key in KEYS.items()))
    options = ["--concurrency", "1", "--queue", "1", "--timeout", "2", "--max-frames", "4"]
    with running(bundle, *options, "--api-key-file", str(path)) as found:
        yield found
