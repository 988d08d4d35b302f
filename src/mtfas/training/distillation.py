"""Teachers that were trained to know: what the meta-teacher is compared with (Sec. 4.3).

A teacher of distillation learns as a detector does under the binary map, but its head is linear (OKDDip's
peers, who are students, keep a detector's); what it then says of a face becomes a label by Eq. 14. Its run
folder has the layout of a meta-teacher's.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from mtfas.data.augment import check_augmentations
from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import select
from mtfas.models import Detector
from mtfas.models.peers import Peers
from mtfas.runtime.seeds import stream
from mtfas.supervision.labels import BinaryMap, Supervision
from mtfas.supervision.rules import fit_rule
from mtfas.supervision.teacher import MetaTeacher
from mtfas.training.device import use_device
from mtfas.training.distill_settings import DistillSettings
from mtfas.training.hand_on import settle
from mtfas.training.learners import Learner, Material, PeerLearner, PlainLearner
from mtfas.training.practice import Practice, practise, rates_on
from mtfas.training.runs import Run, load_network, open_run
from mtfas.training.scoring import label_faces
from mtfas.training.settings import TrainSettings, augmentations
from mtfas.training.teachers import network_of
from mtfas.types import Direction

PAPER_RULE = "eq14"


@dataclass(frozen=True)
class DistillSummary:
    """A finished teacher of distillation: its folder, and how well it knows dev, as a detector."""

    folder: Path
    eer_dev: float
    auc_dev: float


def distil(prepared: PreparedSet, out: Path, settings: DistillSettings) -> DistillSummary:
    """Train a teacher of distillation into a run folder; go on where an earlier sitting stopped.

    Writes weights.safetensors; with several generations each earlier one as generation-K.safetensors.

    Raises:
        MtfasError: unknown names, a protocol without one of the classes, or a folder of another run.
    """
    check_augmentations(augmentations(settings.augment))
    use_device(settings.device, settings.threads)
    selection = select(prepared, settings.protocol)
    faces = load_faces(prepared, selection.train)
    dev = load_faces(prepared, selection.dev.filter(selection.dev["reason"].is_null()))
    details = {"protocol": settings.protocol, "method": settings.method, "side": faces.size}
    run = open_run(out, "teach", asdict(settings), prepared, details)
    if not run.finished:
        _run(run, settings, faces, dev)
    return DistillSummary(out, run.record["dev"]["eer"], run.record["dev"]["auc"])


def _run(run: Run, settings: DistillSettings, faces: FaceSet, dev: FaceSet) -> None:
    saved = run.resume()
    done = saved.step if saved else 0
    first = max(0, done - 1) // settings.iterations  # at its end a generation still has to be handed on
    for generation in range(first, settings.generations):
        learner = _learner(run, settings, faces, generation)
        before = generation * settings.iterations
        if saved and generation == first:
            learner.restore(saved.tensors)
        what = f"teaching {settings.method}" + (f", generation {generation + 1}" if generation else "")
        practice = Practice(run, dev, Direction.ATTACK_HIGH, what, before)
        waiting = practise(practice, learner, max(0, done - before))
        settle(learner.net, faces, settings.seed, settings.device)
        last = generation + 1 == settings.generations
        run.save_network("weights" if last else f"generation-{generation + 1}", learner.net)
    run.finish(dev=rates_on(dev, learner.net, Direction.ATTACK_HIGH, settings.device), waiting=waiting)


def _learner(run: Run, settings: DistillSettings, faces: FaceSet, generation: int) -> Learner:
    training = _as_training(settings, generation)
    material = Material(training, faces, _targets(run, settings, faces, generation))
    net = network_of(asdict(settings), training.seed)
    return PeerLearner(material, net) if isinstance(net, Peers) else PlainLearner(material, net)


def _as_training(settings: DistillSettings, generation: int) -> TrainSettings:
    """Return the same numbers as those of a detector's training; later generations draw their own."""
    shared: dict[str, Any] = {
        name: getattr(settings, name)
        for name in ("protocol", "iterations", "per_class", "rate", "schedule", "augment", "validate_every",
                     "checkpoint_every", "threads", "device", "peers")
    }  # fmt: skip
    seed = settings.seed
    if generation:
        seed = int(stream(settings.seed, "generation", generation).integers(2**31))
    return TrainSettings(detector=settings.backbone, seed=seed, **shared)


def _targets(run: Run, settings: DistillSettings, faces: FaceSet, generation: int) -> Tensor:
    """Return the zero- and one-maps, or the labels of the generation before."""
    labels: Supervision = BinaryMap()
    if generation:
        before: Detector = network_of(asdict(settings), seed=0).to(settings.device)
        load_network(before, run.folder, f"generation-{generation}")
        labels = MetaTeacher(before.eval(), fit_rule(PAPER_RULE, Tensor()))
    return label_faces(labels, faces, settings.device)
