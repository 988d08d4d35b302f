"""`mtfas train`: a detector under a supervision. Labels are made once; then a plain loop."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from mtfas.bilevel.lower_level import lower_loss
from mtfas.data.ahead import Ahead
from mtfas.data.augment import augment, check_augmentations
from mtfas.data.batch import FaceBatch
from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import PreparedSet
from mtfas.data.protocols import Selection, select
from mtfas.data.sampling import pool_of
from mtfas.errors import unknown_name
from mtfas.metrics.curves import auc
from mtfas.metrics.thresholds import equal_error
from mtfas.models import DETECTORS, Detector, DetectorOutput, build_detector
from mtfas.runtime.progress import track
from mtfas.runtime.seeds import stream
from mtfas.supervision.labels import Supervision
from mtfas.training.device import use_device
from mtfas.training.hand_on import settle
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


_Batch = tuple[FaceBatch, Tensor | None]
"""Augmented faces and their labels' maps."""


@dataclass
class _Learning:
    """What the loop carries: the detector and its optimiser."""

    net: Detector
    optimiser: torch.optim.Optimizer


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
               "direction": str(supervision.direction), "labels": label_state}  # fmt: skip
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
    learning = _start(settings)
    saved = run.resume()
    done = saved.step if saved else 0
    if saved:
        _restore(learning, saved.tensors)
    targets = label_faces(supervision, faces, settings.device)
    dev = load_faces(prepared, selection.dev.filter(selection.dev["reason"].is_null()))
    pool, names = pool_of(faces.rows), augmentations(settings.augment)

    def lesson_of(step: int) -> _Batch:
        index = pool.draw(settings.per_class, stream(settings.seed, "train", step))
        rng = stream(settings.seed, "augment", "train", step)
        batch = faces.batch(index, settings.device)
        return augment(batch, targets[index].to(settings.device), names, rng)

    begun = time.perf_counter()
    what = f"training {settings.detector}"
    with Ahead(lesson_of, done, settings.iterations, background=settings.device == "cuda") as ahead:
        for step, batch in track(enumerate(ahead, start=done), what, settings.iterations, done=done):
            _iterate(run, settings, faces, dev, supervision, learning, step, batch)
    seconds = time.perf_counter() - begun
    waiting = round(ahead.waited / seconds, 4)
    _hand_on(run, settings, prepared, selection, faces, supervision, learning.net, waiting)


def _iterate(
    run: Run, settings: TrainSettings, faces: FaceSet, dev: FaceSet, supervision: Supervision,
    learning: _Learning, step: int, batch: _Batch,
) -> None:  # fmt: skip
    loss = _learn(learning, settings, batch, step)
    check_finite({"loss": loss}, step, "--rate")
    last = step + 1 == settings.iterations
    if (step + 1) % settings.validate_every == 0 or last:
        run.log(
            "validation",
            step + 1,
            loss=loss,
            **_look_at_dev(learning.net, settings, faces, dev, supervision),
        )
    if (step + 1) % settings.checkpoint_every == 0 or last:
        run.save(step + 1, _tensors(learning))


def _start(settings: TrainSettings) -> _Learning:
    net = build_detector(settings.detector, seed=settings.seed)
    net.to(settings.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    net.train()
    return _Learning(net, torch.optim.Adam(net.parameters(), lr=settings.rate))


def _learn(learning: _Learning, settings: TrainSettings, faces: _Batch, step: int) -> float:
    """One optimiser step on a balanced batch; returns the loss."""
    for group in learning.optimiser.param_groups:
        group["lr"] = settings.rate * _decay(step, settings.iterations)
    batch, wanted = faces
    assert wanted is not None
    loss = detector_loss(learning.net(batch.images), wanted, batch.labels)
    learning.optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    learning.optimiser.step()
    return loss.item()


def detector_loss(output: DetectorOutput, target: Tensor, labels: Tensor) -> Tensor:
    """Return the mean squared error of the map, plus the cross-entropy of a binary branch where there is one.

    Args:
        output: of the detector.
        target: [N, 1, h, w] label maps.
        labels: [N], live = 0, attack = 1.
    """
    on_map = lower_loss(output.map, target)
    if output.logit is None:
        return on_map
    return on_map + functional.binary_cross_entropy_with_logits(output.logit, labels.to(output.logit.dtype))


def _decay(step: int, iterations: int) -> float:
    """1 for the first 70 % of the iterations, then linearly down to (nearly) 0."""
    return min(1.0, (iterations - step) / max(1.0, 0.3 * iterations))


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


def _tensors(learning: _Learning) -> dict[str, Tensor]:
    moments = learning.optimiser.state_dict()["state"]
    named = {f"net/{name}": tensor for name, tensor in learning.net.named_parameters()}
    return named | {f"adam/{k}/{name}": v for k, values in moments.items() for name, v in values.items()}


def _restore(learning: _Learning, tensors: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        for name, parameter in learning.net.named_parameters():
            parameter.copy_(tensors[f"net/{name}"])
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith("adam/"):
            _, index, name = key.split("/")
            state.setdefault(int(index), {})[name] = value
    learning.optimiser.load_state_dict({**learning.optimiser.state_dict(), "state": state})
