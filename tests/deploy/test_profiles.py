"""Profiles belong to one bundle; what is said beside a calibration's numbers."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtfas.deploy.bundle import open_bundle
from mtfas.deploy.calibration import Wanted, calibrate
from mtfas.deploy.cautions import cautions
from mtfas.deploy.clips import ClipRule
from mtfas.deploy.presented import Presented
from mtfas.deploy.profiles import write_profile
from mtfas.errors import BadFile, BadSetting
from mtfas.types import BONA_FIDE, ByteImage

pytest.importorskip("onnxruntime")


def presented(live: list[float], persons: list[str], prints: list[float] | None = None) -> Presented:
    scores = np.array([*live, *(prints or [])])
    who = np.array([*persons, *(["unknown"] * len(prints or []))])
    species = np.array([BONA_FIDE] * len(live) + ["print"] * len(prints or []))
    return Presented(scores, who, species, np.full(len(scores), ""))


def test_a_profile_is_read_by_its_own_bundle_only(bundle: Path, tmp_path: Path) -> None:
    mine = open_bundle(Path(shutil.copytree(bundle, tmp_path / "mine")))
    found = calibrate(presented([0.1, 0.2, 0.3], ["a", "b", "c"]), Wanted("bpcer", 0.4), 0.9)
    path = write_profile(mine, "door", found, "people", ClipRule())
    assert mine.profile("door")["threshold"] == 0.2
    moved = open_bundle(Path(shutil.copytree(mine.folder, tmp_path / "moved")))
    assert moved.profile("door")["threshold"] == 0.2
    record = mine.folder / "bundle.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"name": "another"}))
    other = open_bundle(mine.folder)
    with pytest.raises(BadFile, match="was measured with another bundle"):
        other.profile("door")
    path.write_text("[]")
    with pytest.raises(BadFile, match="was measured with another bundle"):
        other.profile("door")
    with pytest.raises(BadSetting, match="did you mean 'door'"):
        other.profile("dor")


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        (presented([0.1] * 20, ["unknown"] * 20), "who was recorded is not known"),
        (presented([0.1] * 20, ["a", "b"] * 10), "20 presentations come from 2 persons"),
        (
            presented(np.linspace(0, 1, 20).tolist(), list("abcdefghijklmnopqrst")),
            "a mean of 9.52% is expected",
        ),
        (presented([0.1] * 20, ["a", "b"] * 10), "scores are tied at the threshold, so 0 err where 1 may"),
        (presented([0.1] * 20, ["a"] * 20), "what this threshold lets pass is not known"),
        (presented([0.8] * 20, ["a"] * 20, [0.7, 0.9, 0.95]), "33% of 'print' pass, 0% did before."),
        (presented([0.8] * 20, ["a"] * 20, [0.7, 0.75]), "the detector does not tell them apart here"),
    ],
)
def test_what_weakens_the_numbers_is_said(judged: Presented, said: str) -> None:
    assert any(said in sentence for sentence in cautions(calibrate(judged, Wanted(), own_threshold=0.5)))


def test_nothing_is_said_where_nothing_is_wrong() -> None:
    """A person each, enough of them for the mean to be within, attacks that do not pass."""
    live = np.linspace(0, 0.4, 200).tolist()
    judged = presented(live, [str(number) for number in range(200)], [0.8, 0.9])
    assert cautions(calibrate(judged, Wanted("bpcer", 0.05, guaranteed=True), 0.5)) == []


def test_a_folder_is_calibrated_without_torch_or_polars(
    bundle: Path, heads: list[ByteImage], tmp_path: Path
) -> None:
    (tmp_path / "people" / "ann").mkdir(parents=True)
    for number, head in enumerate(heads[:2]):
        Image.fromarray(head).save(tmp_path / "people" / "ann" / f"{number}.png")
    program = (
        "import sys; sys.modules['torch'] = None; sys.modules['polars'] = None\n"
        "sys.argv = ['mtfas', 'calibrate', *sys.argv[1:]]\n"
        "from mtfas.cli import main; main()"
    )
    mine = shutil.copytree(bundle, tmp_path / "mine")
    command = [sys.executable, "-c", program, str(mine), str(tmp_path / "people"), "--bpcer", "0.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "camera-1.json; use it with: mtfas predict" in done.stdout
    assert "2 presentations come from 1 person" in done.stderr
