"""Learners of several domains on the built-in benchmark: balanced batches, a clear refusal, resumed bits."""

from pathlib import Path

import pytest
import torch

from mtfas.data.dataset import load_faces
from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import select
from mtfas.errors import BadSetting
from mtfas.evaluation.runfolder import read_record
from mtfas.evaluation.scores import read_scores
from mtfas.supervision import build_supervision
from mtfas.training.detector import train
from mtfas.training.learners import LEARNERS, Material, learner_of
from mtfas.training.learners.domains import by_domain
from mtfas.training.learners.maddg import MaddgLearner
from mtfas.training.scoring import label_faces
from mtfas.training.settings import TrainSettings, train_settings


@pytest.fixture(scope="module")
def prepared(built_in: Path) -> PreparedSet:
    return open_prepared(built_in)


def settings(detector: str, **given: object) -> TrainSettings:
    return train_settings(
        "tiny", **{"protocol": "ocim:oci-m", "detector": detector, "supervision": "depth", **given}
    )


def material(prepared: PreparedSet, wanted: TrainSettings) -> Material:
    faces = load_faces(prepared, select(prepared, wanted.protocol).train)
    return Material(wanted, faces, label_faces(build_supervision(wanted.supervision), faces))


@pytest.mark.parametrize("detector", LEARNERS)
def test_a_batch_has_as_many_faces_of_every_domain_and_class(prepared: PreparedSet, detector: str) -> None:
    learner = learner_of(material(prepared, settings(detector, per_class=3)))
    index = learner.draw(0)
    rows = learner.material.faces.rows[index.tolist()]
    counts = rows.group_by("dataset", "label").len()
    assert counts.height == 6
    assert set(counts["len"]) == {3}
    for part in by_domain(learner.material.taught(index, 0), 3):
        assert part.faces.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert not torch.equal(index, learner.draw(1))


@pytest.mark.parametrize("detector", LEARNERS)
@pytest.mark.parametrize("protocol", ["msu", "grandtest"])
def test_fewer_or_more_domains_are_refused_before_anything_is_written(
    prepared: PreparedSet, tmp_path: Path, detector: str, protocol: str
) -> None:
    with pytest.raises(BadSetting, match=rf"'{detector}' learns from 3 source data sets.*--protocol ocim"):
        train(prepared, tmp_path / "run", settings(detector, protocol=protocol))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("detector", LEARNERS)
def test_a_learner_put_back_goes_on_with_the_same_bits(prepared: PreparedSet, detector: str) -> None:
    """Stops in the middle, and for MADDG between its two stages."""
    given = material(prepared, settings(detector, iterations=8, per_class=2))
    whole, halves = learner_of(given), learner_of(given)
    for step in range(4):
        whole.learn(given.taught(whole.draw(step), step), step)
        kept = {name: value.clone() for name, value in halves.tensors().items()}
        halves = learner_of(given)
        halves.restore(kept)
        halves.learn(given.taught(halves.draw(step), step), step)
    first, second = whole.tensors(), halves.tensors()
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_maddg_freezes_the_domains_after_the_first_stage(prepared: PreparedSet) -> None:
    learner = learner_of(material(prepared, settings("maddg", iterations=8, per_class=2)))
    assert isinstance(learner, MaddgLearner)
    assert learner.first == 2

    def moved(step: int) -> set[str]:
        before = {name: value.clone() for name, value in learner.tensors().items()}
        learner.learn(learner.material.taught(learner.draw(step), step), step)
        after = learner.tensors()
        changed = {n for n, v in after.items() if n in before and not torch.equal(v, before[n])}
        return {name.split("/")[0] for name in changed if "running" not in name} - {"adam"}

    assert moved(0) == {"own"}
    assert moved(1) == {"own"}
    statistics = {n: v for n, v in learner.tensors().items() if n.startswith("own/") and "running_mean" in n}
    assert all(value.any() for value in statistics.values())
    assert moved(2) == {"net", "judges"}


@pytest.mark.slow
@pytest.mark.parametrize("detector", LEARNERS)
def test_a_run_on_three_domains_scores_the_fourth(
    prepared: PreparedSet, tmp_path: Path, detector: str
) -> None:
    wanted = settings(detector, recipe="native", supervision=None, iterations=4, per_class=1)
    train(prepared, tmp_path / "run", wanted)
    assert read_record(tmp_path / "run", "train")["direction"] == "live_high"
    rows = read_scores(tmp_path / "run" / "scores" / "test.csv").rows
    assert rows.height == select(prepared, wanted.protocol).test.height
    assert rows["score"].is_between(0, 1).all()
    assert rows["score"].n_unique() > rows.height // 2, "a decision, not a constant"
