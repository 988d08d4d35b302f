"""A bundle is whole or not there, says what it was measured on, and refuses to work once it was changed."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from mtfas.deploy import bundling
from mtfas.deploy.bundle import open_bundle, record_hash
from mtfas.deploy.bundling import make_bundle
from mtfas.deploy.predictor import Predictor
from mtfas.errors import BadFile, BadRun, BadSetting
from mtfas.evaluation.runfolder import read_run_scores
from mtfas.runtime.files import sha256

onnxruntime = pytest.importorskip("onnxruntime")


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "copy"))


def rewrite(folder: Path, **changes: object) -> None:
    path = folder / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_it_says_what_it_was_measured_on(bundle: Path, run: Path) -> None:
    info = json.loads((bundle / "bundle.json").read_text())
    rated = read_run_scores(run).evaluation
    assert info["threshold"]["value"] == rated.rates.threshold == open_bundle(bundle).threshold()
    assert info["threshold"]["source"] == "dev"
    test = info["errors"]["test"]
    assert test["bpcer"]["value"] == rated.rates.bpcer.value
    assert set(test["apcer"]) == set(rated.rates.apcer)
    assert info["data"]["rendered"] is True
    for name, hashed in info["hashes"].items():
        assert sha256((bundle / name).read_bytes()) == hashed
    card = (bundle / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "NOT FOR REAL USE" in card
    assert f"{rated.rates.threshold:.6f}" in card
    for species in rated.rates.apcer:
        assert f"| APCER {species} |" in card
    assert not re.search(r"\b(None|nan)\b", card)


def test_the_8_bit_network_is_measured_beside_the_other(bundle: Path) -> None:
    int8 = json.loads((bundle / "bundle.json").read_text())["int8"]
    assert int8["quantisation"] == "static"
    assert int8["why_not_static"] is None
    assert set(int8["loss"]["dev"]) == {"float32", "int8"}
    assert int8["bytes"]["int8"] < int8["bytes"]["float32"]
    assert int8["loss"]["largest_score_change"] > 0
    opened = Predictor.open(bundle, precision="int8")
    assert opened.threshold == int8["threshold"]["value"]


@pytest.mark.parametrize("name", ["model.onnx", "probes.npz", "MODEL_CARD.md", "model-int8.onnx"])
def test_a_changed_file_is_refused(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BadFile, match=rf"{name} is not the file that was exported"):
        Predictor.open(copy)


def test_other_scores_than_at_export_are_refused(copy: Path, bundle: Path) -> None:
    """The hash is right, the network is another: what a new ONNX Runtime might do."""
    info = json.loads((copy / "bundle.json").read_text())
    images, scores = open_bundle(bundle).probes()
    content = bundling._npz(images=images, scores_float32=scores + np.float32(2e-4))
    (copy / "probes.npz").write_bytes(content)
    rewrite(copy, hashes=info["hashes"] | {"probes.npz": sha256(content)})
    with pytest.raises(BadFile, match=r"gives other scores here .* \(by up to 2\.0e-04"):
        Predictor.open(copy)


def test_what_is_no_bundle_is_refused(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="is not a bundle"):
        open_bundle(tmp_path)
    (copy / "probes.npz").unlink()
    with pytest.raises(BadFile, match=r"probes\.npz cannot be read; copy the bundle again"):
        open_bundle(copy)
    rewrite(copy, format=99)
    with pytest.raises(BadFile, match="has format 99"):
        open_bundle(copy)
    rewrite(copy, format=1, hashes={}, gates={"brightest": 1})
    with pytest.raises(BadFile, match="lacks or misstates"):
        open_bundle(copy)


def test_a_threshold_is_a_number(copy: Path) -> None:
    rewrite(copy, threshold={"value": "high"})
    with pytest.raises(BadFile, match="gives no number as its threshold"):
        open_bundle(copy)


def test_profiles(copy: Path) -> None:
    (copy / "profiles").mkdir()
    about = {"bundle": {"record": record_hash(copy)}}
    (copy / "profiles" / "door.json").write_text(json.dumps({"threshold": {"value": 0.25}, **about}))
    assert Predictor.open(copy, profile="door").threshold == 0.25
    for wrong in ("dor", "../profiles/door"):
        with pytest.raises(BadSetting, match=r"unknown profile .* Known: door"):
            Predictor.open(copy, profile=wrong)
    with pytest.raises(BadSetting, match="leave --int8 out"):
        Predictor.open(copy, profile="door", precision="int8")


def test_an_older_bundle_stays_unless_forced(run: Path, copy: Path, tmp_path: Path) -> None:
    before = (copy / "bundle.json").read_bytes()
    with pytest.raises(BadSetting, match="already exists"):
        make_bundle(run, copy)
    assert (copy / "bundle.json").read_bytes() == before
    done = make_bundle(run, copy, threshold="fixed:0.4", force=True)
    assert done.sha256 == sha256((copy / "bundle.json").read_bytes())
    assert open_bundle(copy).threshold() == 0.4
    assert open_bundle(copy).info["threshold"]["interval"] is None
    assert not (copy / "model-int8.onnx").exists()
    with pytest.raises(BadSetting, match="has no int8 network; export it with --int8"):
        Predictor.open(copy, precision="int8")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    with pytest.raises(BadSetting, match="is no bundle, so it is not replaced"):
        make_bundle(run, mine, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "mine"]


def test_nothing_is_left_of_a_bundle_that_fails(run: Path, tmp_path: Path) -> None:
    with pytest.raises(BadRun, match="differs from torch"):
        make_bundle(run, tmp_path / "bundle", tolerance=0.0)
    with pytest.raises(BadSetting, match="chosen on the test set"):
        make_bundle(run, tmp_path / "bundle", threshold="test-oracle")
    with pytest.raises(BadRun, match="say where it is with --data"):
        make_bundle(run, tmp_path / "bundle", data=tmp_path / "gone")
    assert not list(tmp_path.iterdir())
