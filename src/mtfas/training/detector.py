"""`mtfas train`: a detector under a supervision. Labels are made once; then a loop of a learner's steps."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from mtfas.data.ahead import Ahead
from mtfas.data.augment import check_augmentations
from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import Selection, select
from mtfas.errors import unknown_name
from mtfas.metrics.curves import auc
from mtfas.metrics.thresholds import equal_error
from mtfas.models import DETECTORS, Detector
from mtfas.runtime.progress import track
from mtfas.supervision.labels import Supervision
from mtfas.training.device import use_device
from mtfas.training.hand_on import settle
from mtfas.training.learners import Learner, Material, Taught, check_start, learner_of
from mtfas.training.runs import Run, check_finite, open_run
from mtfas.training.scoring import label_faces, score_faces, write_split
from mtfas.training.settings import TrainSettings, augmentations
from mtfas.training.supervise import make_supervision

VALIDATION_STATISTICS = 256
"""Faces the running statistics are estimated over for a look at dev; the final ones use more."""


@dataclass(frozen=True)
class TrainSummary:
    """A finished train run: its folder and the error rates on dev of the handed-on detector."""

    folder: Path
    eer_dev: float
    auc_dev: float


def train(prepared: PreparedSet, out: Path, settings: TrainSettings) -> TrainSummary:
    """Train a detector into a run folder and score dev and test; go on where an earlier sitting stopped.

    Writes weights.safetensors, scores/{dev,test}.csv and the maps beside them. Nothing is chosen by dev or
    test: the last iterate is the detector.

    Raises:
        MtfasError: unknown names, a missing or foreign teacher, or a folder of another run.
    """
    check_augmentations(augmentations(settings.augment))
    if settings.detector not in DETECTORS:
        raise unknown_name("detector", settings.detector, DETECTORS)
    use_device(settings.device, settings.threads)
    selection = select(prepared, settings.protocol)
    faces = load_faces(prepared, selection.train)
    supervision, label_state = make_supervision(settings, prepared, faces)
    details = {"protocol": settings.protocol, "threshold_source": selection.protocol.threshold_source,
               "direction": str(supervision.direction), "side": faces.size,
               "labels": label_state}  # fmt: skip
    check_start(settings, faces)
    run = open_run(out, "train", asdict(settings), prepared, details)
    if not run.finished:
        _run(run, settings, prepared, selection, faces, supervision)
    return TrainSummary(out, run.record["dev"]["eer"], run.record["dev"]["auc"])


def _run(
    run: Run,
    settings: TrainSettings,
    prepared: PreparedSet,
    selection: Selection,
    faces: FaceSet,
    supervision: Supervision,
) -> None:
    learner = learner_of(Material(settings, faces, label_faces(supervision, faces, settings.device)))
    saved = run.resume()
    done = saved.step if saved else 0
    if saved:
        learner.restore(saved.tensors)
    dev = load_faces(prepared, selection.dev.filter(selection.dev["reason"].is_null()))

    def lesson_of(step: int) -> Taught:
        return learner.material.taught(learner.draw(step), step)

    begun = time.perf_counter()
    what = f"training {settings.detector}"
    with Ahead(lesson_of, done, settings.iterations, background=settings.device == "cuda") as ahead:
        for step, taught in track(enumerate(ahead, start=done), what, settings.iterations, done=done):
            _iterate(run, settings, faces, dev, supervision, learner, step, taught)
    seconds = time.perf_counter() - begun
    waiting = round(ahead.waited / seconds, 4)
    _hand_on(run, settings, prepared, selection, faces, supervision, learner.net, waiting)


def _iterate(
    run: Run, settings: TrainSettings, faces: FaceSet, dev: FaceSet, supervision: Supervision,
    learner: Learner, step: int, taught: Taught,
) -> None:  # fmt: skip
    loss = learner.learn(taught, step)
    check_finite({"loss": loss}, step, "--rate")
    last = step + 1 == settings.iterations
    if (step + 1) % settings.validate_every == 0 or last:
        run.log(
            "validation",
            step + 1,
            loss=loss,
            **_look_at_dev(learner.net, settings, faces, dev, supervision),
        )
    if (step + 1) % settings.checkpoint_every == 0 or last:
        run.save(step + 1, learner.tensors())


def _look_at_dev(
    net: Detector, settings: TrainSettings, faces: FaceSet, dev: FaceSet, supervision: Supervision
) -> dict[str, float]:
    settle(net, faces, settings.seed, settings.device, VALIDATION_STATISTICS)
    rates = _rates(net, dev, supervision, settings.device)
    net.train()
    return rates


def _rates(net: Detector, dev: FaceSet, supervision: Supervision, device: str) -> dict[str, float]:
    scores, labels = score_faces(net, dev, supervision.direction, device).scores, dev.labels.numpy()
    live, attack = scores[labels == 0], scores[labels == 1]
    return {"eer": equal_error(live, attack).rate, "auc": auc(live, attack)}


def _hand_on(
    run: Run, settings: TrainSettings, prepared: PreparedSet, selection: Selection, faces: FaceSet,
    supervision: Supervision, net: Detector, waiting: float,
) -> None:  # fmt: skip
    settle(net, faces, settings.seed, settings.device)
    run.save_network("weights", net)
    for name, rows in (("dev", selection.dev), ("test", selection.test)):
        write_split(run.folder, name, prepared, rows, net, supervision, settings.device)
    dev = load_faces(prepared, selection.dev.filter(selection.dev["reason"].is_null()))
    run.finish(dev=_rates(net, dev, supervision, settings.device), waiting=waiting)
