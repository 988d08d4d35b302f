"""Inference whose result for a face depends on that face alone, to the last bit."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mtfas.models.detector import Detector, DetectorOutput

CHUNK = 64
"""Faces a pass. A constant: convolution code may round differently for another number of faces."""


@dataclass(frozen=True)
class Prediction:
    """What a detector said about N faces: map [N, 1, h, w], and logit [N] where it has a binary branch."""

    map: Tensor
    logit: Tensor | None


def fixed_chunks(count: int, chunk: int = CHUNK) -> Iterator[tuple[Tensor, int]]:
    """Cut 0 … count-1 into chunks that all have the same length.

    Yields:
        the row numbers of a chunk, [chunk] int64, the last chunk filled up with its own last row; and how
        many of them count.
    """
    for start in range(0, count, chunk):
        yield torch.arange(start, start + chunk).clamp(max=count - 1), min(chunk, count - start)


@torch.no_grad()
def predict_all(net: Detector, images: Tensor, chunk: int = CHUNK) -> Prediction:
    """Run a detector on any number of faces, with running statistics and without gradients.

    Every pass has the same number of faces, the last one padded, so permuting, splitting or extending the
    faces changes no bit of any face's result. The net's mode is put back.

    Args:
        net: the detector; its weights are not changed.
        images: [N, 3, H, W] in [0, 1], N ≥ 1.
        chunk: faces a pass; the result's last bits may depend on it, so leave it alone within a study.

    Raises:
        ValueError: there are no images.
    """
    if len(images) == 0:
        raise ValueError("predict_all needs at least one face, but got none.")
    modes = {module: module.training for module in net.modules()}
    net.eval()
    try:
        said = [_said(net(images[rows]), kept) for rows, kept in fixed_chunks(len(images), chunk)]
    finally:
        _restore(modes)
    logits = [part.logit for part in said if part.logit is not None]
    return Prediction(torch.cat([part.map for part in said]), torch.cat(logits) if logits else None)


def _said(output: DetectorOutput, kept: int) -> Prediction:
    # The features would be a hundred times the maps; keeping them all would fill the memory.
    return Prediction(output.map[:kept], None if output.logit is None else output.logit[:kept])


def _restore(modes: dict[nn.Module, bool]) -> None:
    for module, training in modes.items():
        module.training = training
