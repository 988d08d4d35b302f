"""Every detector learns on the tiny built-in benchmark: its loss falls, dev is told better than by chance.

Three source domains, because two detectors need them; live faces against one species, which a few steps
suffice for. Weak figures are expected of so few faces and steps; the test is that nothing is turned the wrong
way.
"""

from pathlib import Path

import polars as pl
import pytest
import torch

from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import select
from mtfas.errors import BadSetting
from mtfas.metrics.curves import auc
from mtfas.models import DETECTORS, SURROGATES, Detector
from mtfas.supervision import build_supervision
from mtfas.training.hand_on import settle
from mtfas.training.learners import LEARNERS, Learner, Material, Taught, learner_of
from mtfas.training.meta_teacher import teach
from mtfas.training.scoring import label_faces, score_faces
from mtfas.training.settings import teach_settings, train_settings

PROTOCOL = "ocim:oci-m"
STEPS = 30
LONGER = {"dtn": 60}
"""A tree needs more: after 30 steps its AUC lies anywhere between 0.2 and 0.8, by the seed."""
SPECIES = {"cdcn": "print", "cdcn++": "print"}
"""The species that a few steps suffice for; replays for all others. At 32 pixels central differences see
little of a screen."""


@pytest.fixture(scope="module")
def prepared(built_in: Path) -> PreparedSet:
    return open_prepared(built_in)


def against(species: str, prepared: PreparedSet, part: str) -> FaceSet:
    rows = getattr(select(prepared, PROTOCOL), part)
    return load_faces(prepared, rows.filter(pl.col("species").is_in(["bona_fide", species])))


def loss_on(net: Detector, taught: Taught) -> float:
    """The detector's own loss before its schedule has done anything."""
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(0)
        return net.loss(net(taught.faces.images), taught.maps, taught.faces.labels, 0.0).item()


def taught_steps(learner: Learner, steps: int) -> None:
    for step in range(steps):
        learner.learn(learner.material.taught(learner.draw(step), step), step)


@pytest.mark.slow
@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_learns(prepared: PreparedSet, name: str) -> None:
    steps = LONGER.get(name, STEPS)
    settings = train_settings(
        "tiny", protocol=PROTOCOL, detector=name, supervision="binary-map", iterations=steps, rate=1e-3,
        augment="none", per_class=1 if name in LEARNERS else 3,
    )  # fmt: skip
    supervision, species = build_supervision(settings.supervision), SPECIES.get(name, "replay")
    faces = against(species, prepared, "train")
    learner = learner_of(Material(settings, faces, label_faces(supervision, faces)))
    sample = learner.material.taught(torch.arange(0, len(faces), 9), 0)
    before = loss_on(learner.net, sample)
    taught_steps(learner, steps)
    assert loss_on(learner.net, sample) < before
    dev = against(species, prepared, "dev")
    scores = score_faces(settle(learner.net, faces, 0, count=64), dev, supervision.direction).scores
    labels = dev.labels.numpy()
    assert auc(scores[labels == 0], scores[labels == 1]) > 0.5


@pytest.mark.parametrize("name", sorted(set(DETECTORS) - set(SURROGATES)))
def test_other_surrogates_are_refused(prepared: PreparedSet, tmp_path: Path, name: str) -> None:
    settings = teach_settings("tiny", protocol=PROTOCOL, surrogate=name)
    with pytest.raises(BadSetting, match=f"--surrogate {name} cannot be taught by its map alone"):
        teach(prepared, tmp_path / "run", settings)
    assert not (tmp_path / "run").exists()
