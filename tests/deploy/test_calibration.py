"""A threshold for one's own camera: laid by real bundles on real files, and used by predict afterwards."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from mtfas.cli import app
from mtfas.data.manifest import open_prepared
from mtfas.data.protocols import select
from mtfas.deploy.calibration import Wanted, calibrate
from mtfas.deploy.predictor import Predictor
from mtfas.deploy.presented import Presented, from_folders, from_prepared
from mtfas.errors import BadData, BadFile, BadSetting
from mtfas.runtime.files import sha256
from mtfas.types import BONA_FIDE, ByteImage

onnxruntime = pytest.importorskip("onnxruntime")
runner = CliRunner()


@pytest.fixture(scope="module")
def camera(heads: list[ByteImage], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bona fide pictures of two persons, and attacks of one species, beside them."""
    folder = tmp_path_factory.mktemp("camera")
    rng = np.random.default_rng(0)
    for kind, heads_of in (("live/ann", heads[:1]), ("live/bob", heads[1:2]), ("attacks/print", heads[-1:])):
        (folder / kind).mkdir(parents=True)
        for number in range(6):
            noisy = heads_of[0] + rng.normal(0, 4, heads_of[0].shape)
            Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(folder / kind / f"{number}.png")
    return folder


def presented(live: list[float], attacks: dict[str, list[float]], missing: int = 0) -> Presented:
    scores = [*live, *([np.nan] * missing), *(score for own in attacks.values() for score in own)]
    species = [BONA_FIDE] * (len(live) + missing) + [name for name, own in attacks.items() for _ in own]
    persons = [f"p{number % 4}" for number in range(len(scores))]
    reasons = ["no_face" if np.isnan(score) else "" for score in scores]
    return Presented(np.array(scores), np.array(persons), np.array(species), np.array(reasons))


def test_what_a_threshold_does_before_and_after() -> None:
    live = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    judged = presented(live, {"print": [0.5, 0.99], "mask": [0.85, 0.86, 0.99]}, missing=2)
    found = calibrate(judged, Wanted("bpcer", 0.2), own_threshold=0.45)
    assert found.before.bpcer.rate.value == 0.6
    assert (found.laid.threshold, found.laid.errors, found.laid.made) == (0.8, 2, 2)
    assert found.after.bpcer.rate.value == 0.2
    assert {name: one.rate.value for name, one in found.after.apcer.items()} == {"print": 0.5, "mask": 0.0}
    assert (found.bona_fide.non_response.errors, found.bona_fide.non_response.n) == (2, 12)
    assert found.by_person is not None
    assert found.by_person.units == 4


def test_a_wanted_apcer_holds_for_every_species() -> None:
    judged = presented([0.1, 0.3, 0.6], {"print": [0.5, 0.7, 0.9, 0.9], "mask": [0.4, 0.8, 0.8, 0.8]})
    found = calibrate(judged, Wanted("apcer", 0.25), own_threshold=0.95)
    assert found.laid.by == "print"  # the second lowest print is below the second lowest mask
    assert {name: one.rate.value for name, one in found.after.apcer.items()} == {"print": 0.25, "mask": 0.25}
    assert found.after.bpcer.rate.value == 0.0
    with pytest.raises(BadData, match="give a folder of them"):
        calibrate(presented([0.1], {}), Wanted("apcer", 0.25), 0.5)


def test_a_guarantee_needs_enough() -> None:
    rng = np.random.default_rng(0)
    few, enough = rng.random(58).tolist(), rng.random(200).tolist()
    sure = Wanted("bpcer", 0.05, guaranteed=True)
    with pytest.raises(BadData, match="59 are needed; record 1 more"):
        calibrate(presented(few, {}), sure, 0.5)
    found = calibrate(presented(enough, {}), sure, 0.5)
    assert found.upper <= 0.05
    assert found.laid.errors < calibrate(presented(enough, {}), Wanted("bpcer", 0.05), 0.5).laid.errors


@pytest.mark.parametrize(("kind", "rate"), [("bpcer", 0.0), ("bpcer", 1.0), ("apcer", 5.0), ("acer", 0.1)])
def test_what_cannot_be_wanted(kind: str, rate: float) -> None:
    with pytest.raises(BadSetting):
        Wanted(kind, rate)


def test_files_are_judged_as_predict_judges_them(bundle: Path, camera: Path) -> None:
    predictor = Predictor.open(bundle)
    judged = from_folders(predictor, camera / "live", camera / "attacks")
    assert judged.persons.tolist() == ["ann"] * 6 + ["bob"] * 6 + ["unknown"] * 6
    assert judged.species.tolist() == [BONA_FIDE] * 12 + ["print"] * 6
    files = [*sorted((camera / "live").rglob("*.png")), *sorted((camera / "attacks").rglob("*.png"))]
    scores = [predictor.path(file).score for file in files]
    assert np.array_equal(judged.scores, np.array([np.nan if s is None else s for s in scores]), True)


def test_a_prepared_set_gives_its_own_faces_but_not_those_that_trained(bundle: Path, built_in: Path) -> None:
    predictor, prepared = Predictor.open(bundle), open_prepared(built_in)
    with pytest.raises(BadData, match="trained this detector"):
        from_prepared(predictor, built_in, ["train"])
    judged = from_prepared(predictor, built_in, ["dev"])
    dev = select(prepared, "grandtest").dev
    assert (
        len(judged.scores) == prepared.rows.filter(prepared.rows["split"] == "dev")["presentation"].n_unique()
    )
    assert set(judged.persons) == set(dev["subject"])
    with pytest.raises(BadData, match="has no camera 'moon'"):
        from_prepared(predictor, built_in, ["dev"], "moon")


def test_from_files_to_a_profile_that_predict_uses(bundle: Path, camera: Path, tmp_path: Path) -> None:
    import shutil

    mine = Path(shutil.copytree(bundle, tmp_path / "bundle"))
    hashes = {path.name: sha256(path.read_bytes()) for path in mine.iterdir() if path.is_file()}
    given = ["calibrate", str(mine), str(camera / "live"), "--bpcer", "0.25", "--name", "door"]
    done = runner.invoke(app, [*given, "--attacks", str(camera / "attacks"), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    profile = json.loads((mine / "profiles" / "door.json").read_text())
    assert profile["threshold"] == found["threshold"]
    assert found["after"]["bpcer"]["value"] <= 0.25
    assert found["persons"] == 2
    assert set(found["after"]["apcer"]) == {"print"}
    assert {p.name: sha256(p.read_bytes()) for p in mine.iterdir() if p.is_file()} == hashes
    assert Predictor.open(mine, profile="door").threshold == found["threshold"]
    judged = runner.invoke(app, ["predict", str(mine), str(camera / "live"), "--profile", "door", "--json"])
    answers = [json.loads(line) for line in judged.stdout.splitlines()]
    rejected = sum(answer["verdict"] == "attack" for answer in answers)
    assert rejected == found["after"]["bpcer"]["errors"]
    again = runner.invoke(app, given)
    assert isinstance(again.exception, BadSetting)
    assert "--force to replace it" in str(again.exception)
    assert runner.invoke(app, [*given, "--force"]).exit_code == 0


def test_what_cannot_be_calibrated_leaves_nothing(bundle: Path, camera: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    cases: list[tuple[list[str], type[Exception], str]] = [
        ([str(tmp_path / "gone")], BadFile, "is not a folder"),
        ([str(empty)], BadFile, "holds no picture and no clip"),
        ([str(camera / "live"), "--attacks", str(camera)], BadSetting, "lie in one another"),
        ([str(camera / "live"), "--split", "dev"], BadSetting, "is no prepared set"),
        ([str(camera / "live"), "--name", "../x"], BadSetting, "cannot name a profile"),
        ([str(camera / "live"), "--guarantee"], BadData, "59 are needed"),
        ([str(camera / "live"), "--bpcer", "0.1", "--apcer", "0.1"], BadSetting, "give one of them"),
    ]
    for arguments, kind, sentence in cases:
        done = runner.invoke(app, ["calibrate", str(bundle), *arguments])
        assert isinstance(done.exception, kind), arguments
        assert sentence in str(done.exception)
    assert not (bundle / "profiles").exists()
