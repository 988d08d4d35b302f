"""Hand a trained network on: re-estimate its running statistics over training faces, then save it.

Inside the loops BatchNorm uses batch statistics and keeps no memory; from here on a face's map depends on
that face alone.
"""

import io
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from mtfas.bilevel.lower_level import Params
from mtfas.data.dataset import FaceSet
from mtfas.data.sampling import pool_of
from mtfas.models.detector import Detector
from mtfas.models.layers import estimate_statistics
from mtfas.models.predict import predict_all
from mtfas.runtime import processes
from mtfas.runtime.files import write_bytes
from mtfas.runtime.seeds import stream
from mtfas.training.runs import Run
from mtfas.training.settings import TeachSettings
from mtfas.training.teach_state import TeachState
from mtfas.types import Label

STATISTICS_FACES = 1024
"""Faces the running statistics are estimated over: balanced, clean, drawn by the seed; fewer where there are
fewer. A face may be drawn in two batches."""
STATISTICS_BATCH = 64
SAMPLES_PER_SPECIES = 4


def settle(
    net: Detector, faces: FaceSet, seed: int, device: str = "cpu", count: int = STATISTICS_FACES
) -> Detector:
    """Re-estimate a network's running statistics over balanced clean training faces; return it in eval mode.

    Args:
        net: the network; its parameters stay.
        faces: training faces.
        seed: chooses the faces, the same for every network of a comparison.
        device: where the network lives.
        count: how many faces, in batches of 64.
    """
    estimate_statistics(net, _balanced(faces, seed, device, count))
    return net.eval()


def save_teachers(
    run: Run,
    teacher: Detector,
    surrogate: Detector,
    state: TeachState,
    faces: FaceSet,
    settings: TeachSettings,
) -> None:
    """Save MT_t, its pretrained self, MT_v and the surrogate, and a few maps to look at.

    Statistics are re-estimated for each, except where they were fixed for the bi-level phase: those are kept.
    """

    def settled(net: Detector, role: str) -> Detector:
        if any(name.startswith(f"{role}/") for name in state.statistics):
            return net.eval()
        return settle(net, faces, settings.seed, settings.device)

    samples = _samples(faces)
    pictures = {}
    for name, params in (
        ("momentum", state.omega_hat),
        ("pretrained", state.omega_start),
        ("weights", state.omega),
    ):
        put(teacher, params)
        run.save_network(name, settled(teacher, "teacher"))
        if name != "momentum":
            logits = predict_all(teacher, faces.batch(samples).images.to(settings.device)).map
            pictures[name] = 2.0 * torch.sigmoid(logits)
    put(surrogate, state.theta)
    run.save_network("surrogate", settled(surrogate, "surrogate"))
    _save_samples(run, faces, samples, pictures["pretrained"], pictures["weights"])


def save_maps(run: Run, faces: FaceSet, start: Detector, final: Detector, device: str) -> None:
    """Save a few attacks' maps 2σ(g) of a teacher before and after, to look at (teacher-maps.npz)."""
    samples = _samples(faces)
    images = faces.batch(samples).images.to(device)
    before, after = (2.0 * torch.sigmoid(predict_all(net, images).map) for net in (start, final))
    _save_samples(run, faces, samples, before, after)


def put(net: Detector, params: Params) -> None:
    """Give a network these parameters."""
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.copy_(params[name])


def _balanced(faces: FaceSet, seed: int, device: str, count: int) -> Iterator[Tensor]:
    pool = pool_of(faces.rows)
    for index in range(max(1, min(count, len(faces)) // STATISTICS_BATCH)):
        chosen = pool.draw(STATISTICS_BATCH // 2, stream(seed, "statistics", index))
        yield faces.batch(chosen).images.to(device)


def _samples(faces: FaceSet) -> Tensor:
    chosen: list[int] = []
    labels, species = faces.rows["label"].to_list(), faces.rows["species"].to_list()
    for name in sorted({s for s, label in zip(species, labels, strict=True) if label == Label.ATTACK}):
        chosen += [k for k, s in enumerate(species) if s == name][:SAMPLES_PER_SPECIES]
    return torch.tensor(chosen)


def _save_samples(run: Run, faces: FaceSet, samples: Tensor, start: Tensor, final: Tensor) -> None:
    rows = faces.rows[samples.tolist()]
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        image=np.array(rows["image"].to_list(), dtype=np.str_),
        species=np.array(rows["species"].to_list(), dtype=np.str_),
        start_map=start[:, 0].cpu().numpy().astype(np.float16),
        final_map=final[:, 0].cpu().numpy().astype(np.float16),
    )
    if processes.leads():
        write_bytes(run.folder / "teacher-maps.npz", buffer.getvalue())
