"""The loop of supervised learning: a learner's steps, looks at dev for the log, checkpoints."""

import time
from dataclasses import dataclass

from mtfas.data.ahead import Ahead
from mtfas.data.dataset import FaceSet
from mtfas.metrics.curves import auc
from mtfas.metrics.thresholds import equal_error
from mtfas.models import Detector
from mtfas.runtime.progress import track
from mtfas.training.hand_on import settle
from mtfas.training.learners import Learner, Taught
from mtfas.training.runs import Run, check_finite
from mtfas.training.scoring import score_faces
from mtfas.types import Direction

VALIDATION_STATISTICS = 256
"""Faces the running statistics are estimated over for a look at dev; the final ones use more."""


@dataclass(frozen=True)
class Practice:
    """Where a learner's steps are recorded, and what it is looked at with.

    Attributes:
        run: the run folder.
        dev: faces of the protocol's dev part.
        direction: which way the maps point.
        what: for the person waiting.
        before: steps of the run that were taken by others before the learner's first.
    """

    run: Run
    dev: FaceSet
    direction: Direction
    what: str
    before: int = 0


def practise(practice: Practice, learner: Learner, done: int) -> float:
    """Take the steps a learner has left; return the share of the time that was spent waiting for faces.

    Args:
        practice: where it is recorded.
        learner: in the state after `done` of its steps.
        done: its steps that are over.

    Raises:
        BadRun: its numbers are not finite any more.
    """
    settings = learner.settings

    def lesson_of(step: int) -> Taught:
        return learner.material.taught(learner.draw(step), step)

    begun = time.perf_counter()
    with Ahead(lesson_of, done, settings.iterations, background=settings.device == "cuda") as ahead:
        for step, taught in track(
            enumerate(ahead, start=done), practice.what, settings.iterations, done=done
        ):
            _iterate(practice, learner, step, taught)
    return round(ahead.waited / (time.perf_counter() - begun), 4)


def _iterate(practice: Practice, learner: Learner, step: int, taught: Taught) -> None:
    run, settings, now = practice.run, learner.settings, practice.before + step + 1
    loss = learner.learn(taught, step)
    check_finite({"loss": loss}, step, "--rate")
    last = step + 1 == settings.iterations
    if (step + 1) % settings.validate_every == 0 or last:
        run.log("validation", now, loss=loss, **_look_at_dev(practice, learner))
    if (step + 1) % settings.checkpoint_every == 0 or last:
        run.save(now, learner.tensors())


def _look_at_dev(practice: Practice, learner: Learner) -> dict[str, float]:
    settings = learner.settings
    settle(learner.net, learner.material.faces, settings.seed, settings.device, VALIDATION_STATISTICS)
    rates = rates_on(practice.dev, learner.net, practice.direction, settings.device)
    learner.net.train()
    return rates


def rates_on(dev: FaceSet, net: Detector, direction: Direction, device: str) -> dict[str, float]:
    """Return a network's error rates on dev, frame by frame: "eer" and "auc"."""
    scores, labels = score_faces(net, dev, direction, device).scores, dev.labels.numpy()
    live, attack = scores[labels == 0], scores[labels == 1]
    return {"eer": equal_error(live, attack).rate, "auc": auc(live, attack)}
