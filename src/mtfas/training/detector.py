"""`mtfas train`: a detector under a supervision. Labels are made once; then a loop of a learner's steps."""

from dataclasses import asdict, dataclass
from pathlib import Path

from mtfas.data.augment import check_augmentations
from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import Selection, select
from mtfas.errors import unknown_name
from mtfas.models import DETECTORS
from mtfas.supervision import MetaTeacher, Supervision
from mtfas.training.device import use_device
from mtfas.training.hand_on import settle
from mtfas.training.learners import Material, check_start, learner_of
from mtfas.training.practice import Practice, practise, rates_on
from mtfas.training.runs import Run, open_run
from mtfas.training.scoring import label_faces, write_split
from mtfas.training.settings import TrainSettings, augmentations
from mtfas.training.supervise import make_supervision


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
    teacher = supervision.network if isinstance(supervision, MetaTeacher) else None
    targets = label_faces(supervision, faces, settings.device)
    learner = learner_of(Material(settings, faces, targets, teacher))
    saved = run.resume()
    if saved:
        learner.restore(saved.tensors)
    dev = load_faces(prepared, selection.dev.filter(selection.dev["reason"].is_null()))
    practice = Practice(run, dev, supervision.direction, f"training {settings.detector}")
    waiting = practise(practice, learner, saved.step if saved else 0)
    settle(learner.net, faces, settings.seed, settings.device)
    run.save_network("weights", learner.net)
    for name, rows in (("dev", selection.dev), ("test", selection.test)):
        write_split(run.folder, name, prepared, rows, learner.net, supervision, settings.device)
    run.finish(dev=rates_on(dev, learner.net, supervision.direction, settings.device), waiting=waiting)
