"""Native recipes: every detector has one, and what the user gives comes first."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mtfas.data.manifest import open_prepared
from mtfas.errors import BadSetting, MtfasError
from mtfas.models import DETECTORS
from mtfas.models.deep_pix_bis import DeepPixBis
from mtfas.models.densenet import DenseNetTrunk, _homes
from mtfas.supervision import SUPERVISIONS
from mtfas.training.detector import train
from mtfas.training.learners.learner import first_network
from mtfas.training.native import NATIVE
from mtfas.training.schedules import SCHEDULES
from mtfas.training.settings import train_settings


@pytest.mark.parametrize("detector", DETECTORS)
def test_every_detector_has_a_native_recipe(detector: str) -> None:
    settings = train_settings("cpu", protocol="grandtest", detector=detector, recipe="native")
    assert settings.supervision == DETECTORS[detector].native_supervision
    assert settings.supervision in SUPERVISIONS
    assert settings.iterations == 1500


def test_recipes_are_of_detectors_that_exist() -> None:
    assert set(NATIVE) <= set(DETECTORS)


def test_what_is_given_comes_before_the_recipe() -> None:
    settings = train_settings(
        "cpu",
        protocol="grandtest",
        detector="rf-meta-fas",
        recipe="native",
        rate=0.5,
        supervision="binary-map",
    )
    assert (settings.rate, settings.supervision, settings.schedule) == (0.5, "binary-map", "constant")


def test_the_shared_recipe_is_the_same_for_all() -> None:
    first, second = (
        train_settings("cpu", protocol="grandtest", detector=name) for name in ("fas-dr", "rf-meta-fas")
    )
    assert (first.rate, first.supervision, first.augment) == (second.rate, second.supervision, second.augment)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(BadSetting, match="did you mean 'fas-dr-bc'"):
        train_settings("cpu", protocol="grandtest", detector="fas-dr-bd", recipe="native")
    with pytest.raises(BadSetting, match="native"):
        train_settings("cpu", protocol="grandtest", recipe="nativ")
    with pytest.raises(BadSetting, match="halved"):
        train_settings("cpu", protocol="grandtest", schedule="halve")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("tail", {0.0: 1.0, 0.7: 1.0, 0.85: 0.5, 1.0: 0.0}),
        ("constant", {0.0: 1.0, 1.0: 1.0}),
        ("halved", {0.0: 1.0, 0.35: 1.0, 0.36: 0.5, 0.71: 0.5, 0.72: 0.25, 1.0: 0.25}),
    ],
)
def test_schedules(name: str, values: dict[float, float]) -> None:
    for progress, share in values.items():
        assert SCHEDULES[name](progress) == pytest.approx(share)


def test_deep_pix_bis_starts_from_a_local_file(tmp_path: Path) -> None:
    file = tmp_path / "densenet161.safetensors"
    theirs = DenseNetTrunk()
    save_file({name: tensor.detach().contiguous() for name, tensor in _homes(theirs)}, file)
    settings = train_settings("tiny", protocol="grandtest", detector="deep-pix-bis", imagenet=str(file))
    net = first_network(settings)
    assert isinstance(net, DeepPixBis)
    assert torch.equal(net.trunk.conv.weight, theirs.conv.weight)


@pytest.mark.parametrize(
    ("detector", "sentence"),
    [("deep-pix-bis", "should be a safetensors file of DenseNet-161"), ("cdcn", "--imagenet is for")],
)
def test_wrong_first_weights_are_refused_before_anything_is_written(
    built_in: Path, tmp_path: Path, detector: str, sentence: str
) -> None:
    settings = train_settings(
        "tiny", protocol="grandtest", detector=detector, imagenet=str(tmp_path / "none")
    )
    with pytest.raises(MtfasError, match=sentence):
        train(open_prepared(built_in), tmp_path / "run", settings)
    assert not (tmp_path / "run").exists()
