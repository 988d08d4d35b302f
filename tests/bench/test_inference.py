"""Timing a bundle at work: the timed way is the predictor's, and the table is whole."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtfas.bench.inference import BATCHES, STAGES, THREADS, net_costs, picture_costs, pictures_to_time, stages
from mtfas.bench.pictures import EACH, SIZES, before_background, render_pictures
from mtfas.deploy.bundle import open_bundle
from mtfas.deploy.predictor import Predictor
from mtfas.errors import BadData, BadFile
from mtfas.faces.image import read_image

pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def bundle(built_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from mtfas.data.manifest import open_prepared
    from mtfas.deploy.bundling import make_bundle
    from mtfas.training.detector import train
    from mtfas.training.settings import train_settings

    folder = tmp_path_factory.mktemp("timed")
    settings = train_settings("tiny", protocol="grandtest", detector="fas-dr-light", iterations=5)
    train(open_prepared(built_in), folder / "run", settings)
    return make_bundle(folder / "run", folder / "bundle").folder


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    return render_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.mark.slow
def test_rendered_pictures_have_faces_and_the_timed_way_is_whole(
    bundle: Path, rendered: dict[str, list[Path]]
) -> None:
    predictor = Predictor.open(bundle)
    assert {name: len(paths) for name, paths in rendered.items()} == dict.fromkeys(SIZES, EACH)
    for name, (width, height) in SIZES.items():
        assert read_image(rendered[name][0]).shape == (height, width, 3)
    for path in (path for paths in rendered.values() for path in paths):
        assert (stages(predictor, path) is None) == (predictor.path(path).reason == "no_face"), path.name
    for cost in picture_costs(predictor, rendered, rounds=2):
        assert cost.n + cost.without_face == EACH
        assert cost.n >= EACH // 2
        assert set(cost.milliseconds) == set(STAGES)
        assert cost.milliseconds[cost.bound] == max(cost.milliseconds.values())
        assert cost.share == pytest.approx(max(cost.milliseconds.values()) / sum(cost.milliseconds.values()))
        assert 0 < cost.per_second < 1e3 / cost.milliseconds["detect"] * 3


def test_the_network_is_timed_in_every_way(bundle: Path) -> None:
    found = net_costs(open_bundle(bundle), rounds=2)
    assert {(one.threads, one.batch) for one in found} == {(t, b) for t in THREADS for b in BATCHES}
    assert {one.runtime for one in found} == {"onnxruntime", "torch"}
    assert all(0 < one.best <= one.milliseconds for one in found)


def test_a_background_keeps_the_head() -> None:
    head = np.full((32, 32, 3), 200, np.uint8)
    picture = before_background(head, 640, 480, np.random.default_rng(0))
    assert picture.shape == (480, 640, 3)
    assert np.all(picture[200:280, 280:360] == 200)
    assert picture[:40].std() > 0


def test_pictures_without_a_face_are_refused(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="is no folder of pictures"), pictures_to_time(tmp_path, 0):
        pass
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(tmp_path / "wall.png")
    with (
        pictures_to_time(tmp_path, 0) as files,
        pytest.raises(BadData, match="no face is found in any of the 1"),
    ):
        picture_costs(Predictor.open(bundle), files, rounds=1)


@pytest.mark.slow
def test_it_runs_without_torch(bundle: Path, rendered: dict[str, list[Path]]) -> None:
    folder = next(iter(rendered.values()))[0].parent
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "sys.argv = ['mtfas', 'bench', 'inference', *sys.argv[1:]]\n"
        "from mtfas.cli import main; main()"
    )
    command = [
        sys.executable,
        "-c",
        program,
        str(bundle),
        "--pictures",
        str(folder),
        "--rounds",
        "1",
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {one["runtime"] for one in found["net"]} == {"onnxruntime"}
    assert [one["pictures"] for one in found["pictures"]] == ["given"]
    assert found["size"] == 32
