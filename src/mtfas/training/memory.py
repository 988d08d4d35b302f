"""How many parts a batch must be worked on in, so that a process stays within its memory.

Almost all memory of a step is the graph: what the passes keep for the way back. Its size is counted exactly
by sending two faces through the networks without computing anything; what a backward pass takes on top, and
what an allocator loses between blocks, is a factor that was measured (docs/decisions/0012).
"""

import copy
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from mtfas.errors import BadSetting
from mtfas.models.detector import Detector
from mtfas.training.hand_on import STATISTICS_BATCH
from mtfas.training.settings import TeachSettings

GIB = 2**30
BASE = 0.7 * GIB
"""Python, torch and its libraries, the data set's table, weights and moments: what a CPU process takes before
its first face."""

OVER_GRAPH = {"finite-difference": 3.5, "exact": 10.0, "unrolled": 14.0}
"""Peak of a step of the student in units of its graph of one plain pass, by way."""

OVER_PLAIN = 2.5
"""The same of the teacher's pass and its way back."""

IN_FLIGHT = 4
"""Largest tensors alive at once in a pass without a way back, as when statistics are estimated."""

PIXEL_COPIES = 6
"""Float copies of a batch's images that are alive at once: loaded, augmented, normalised, in parts."""


@dataclass(frozen=True)
class Footprint:
    """Bytes of one face in a network: what a training pass keeps for the way back, and its largest tensor."""

    graph: int
    largest: int


def footprint(net: Detector, side: int) -> Footprint:
    """Count what a training pass keeps, without computing anything.

    Args:
        net: the network; only its shapes are used.
        side: of the faces, in pixels.
    """
    shadow = copy.deepcopy(net).to("meta").train()
    kept: dict[int, int] = {}
    held: list[Tensor] = []

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage._cdata] = storage.nbytes()
        held.append(tensor)  # a freed storage's number could come again
        return tensor

    weights = sum(parameter.numel() * parameter.element_size() for parameter in shadow.parameters())
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        shadow(torch.empty(2, 3, side, side, device="meta"))
    return Footprint(max(1, (sum(kept.values()) - weights) // 2), max(kept.values()) // 2)


def parts_within(settings: TeachSettings, way: str, teacher: Detector, surrogate: Detector, side: int) -> int:
    """Return into how many parts this process should divide its training faces; 1 without a limit.

    Args:
        settings: of the run; `max_memory` is the limit.
        way: how the hypergradient is found.
        teacher: its network.
        surrogate: the student's.
        side: of the faces, in pixels.

    Raises:
        BadSetting: the limit is too low even for one live face and one attack at a time.
    """
    if settings.max_memory is None:
        return 1
    for parts in range(1, settings.m // settings.processes + 1):
        need = step_bytes(settings, way, teacher, surrogate, side, parts)
        if need <= settings.max_memory * GIB:
            return parts
    raise BadSetting(
        f"--max-memory {settings.max_memory:g} (GiB) is too little for {settings.backbone} and "
        f"{settings.surrogate} at {side} px: even in the smallest parts they need about "
        f"{math.ceil(10 * need / GIB) / 10:g}; give that much, or smaller faces."
    )


def step_bytes(
    settings: TeachSettings, way: str, teacher: Detector, surrogate: Detector, side: int, parts: int
) -> float:
    """Return about how much memory a bi-level step takes with a batch in so many parts."""
    faces = 2 * math.ceil(settings.m / settings.processes / parts)
    student, own = footprint(surrogate, side), footprint(teacher, side)
    waiting = parts == 1 and not settings.recompute_teacher  # the teacher's graph
    in_step = OVER_GRAPH[way] * student.graph + (own.graph if waiting else 0)
    after = OVER_PLAIN * own.graph  # its own way back, when the student is done
    handed_on = STATISTICS_BATCH * IN_FLIGHT * max(student.largest, own.largest)
    pixels = PIXEL_COPIES * 4 * 3 * side * side * 2 * (settings.m + settings.n)
    base = BASE if settings.device == "cpu" else 0.0
    return base + pixels + max(faces * in_step, faces * after, handed_on)
