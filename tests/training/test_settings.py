import pytest

from mtfas.errors import BadSetting
from mtfas.training.settings import augmentations, teach_settings, train_settings


def test_the_paper_preset_is_the_paper() -> None:
    s = teach_settings("paper", protocol="oulu:1")
    printed = (s.pretrain_iterations, s.bilevel_iterations, s.m, s.n, s.inner_steps, s.period)
    assert printed == (20_000, 10_000, 20, 10, 2, 10)
    assert (s.alpha, s.beta, s.mu, s.gamma) == (1e-3, 1e-3, 1e-3, 0.999)


def test_what_is_given_wins_over_the_preset() -> None:
    assert teach_settings("cpu", protocol="x", gamma=0.5).gamma == 0.5
    assert teach_settings("cpu", protocol="x", gamma=None).gamma == 0.98


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"gamma": 1.5}, "--gamma must lie between 0 and 1, got 1.5"),
        ({"m": 0}, "--m must lie between 1"),
        ({"yardstick": "momentun"}, "did you mean 'momentum'"),
        ({"hypergradient": "finite-diference"}, "did you mean 'finite-difference'"),
    ],
)
def test_a_wrong_teach_setting_is_one_sentence(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        teach_settings("cpu", protocol="x", **given)


def test_a_wrong_train_setting_or_preset_is_one_sentence() -> None:
    with pytest.raises(BadSetting, match="--iterations must lie between 1"):
        train_settings("cpu", protocol="x", iterations=0)
    with pytest.raises(BadSetting, match="unknown preset 'cpuu'; did you mean 'cpu'"):
        train_settings("cpuu", protocol="x")


def test_augmentations_are_read_from_one_word() -> None:
    assert augmentations("flip, colour") == ("flip", "colour")
    assert augmentations("none") == ()
