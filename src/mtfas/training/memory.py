"""How many parts a batch must be worked on in, so that a process stays within its memory.

Almost all memory of a step is the graph: what the passes keep for the way back. Its size is counted exactly
by sending two faces through the networks without computing anything; what a backward pass takes on top, and
what an allocator loses between blocks, is a factor that was measured (docs/decisions/0011-bilevel-cost.md).
"""

import copy
import math

import torch
from torch import Tensor

from mtfas.errors import BadSetting
from mtfas.models.detector import Detector
from mtfas.training.settings import TeachSettings

GIB = 2**30
BASE = 0.7 * GIB
"""Python, torch and its libraries, the data set's table, weights and moments: what a CPU process takes before
its first face."""

OVER_GRAPH = {"finite-difference": 1.6, "exact": 4.0, "unrolled": 12.0}
"""Peak of a step of the student in units of its graph of one plain pass, by way."""

PIXEL_COPIES = 6
"""Float copies of a batch's images that are alive at once: loaded, augmented, normalised, in parts."""


def graph_bytes(net: Detector, side: int) -> int:
    """Return the bytes that a training pass of one face keeps for the way back.

    Args:
        net: the network; only its shapes are used.
        side: of the faces, in pixels.
    """
    shadow = copy.deepcopy(net).to("meta").train()
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept[storage._cdata] = storage.nbytes()
        held.append(tensor)  # a freed storage's number could come again
        return tensor

    held: list[Tensor] = []
    weights = sum(parameter.numel() * parameter.element_size() for parameter in shadow.parameters())
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        shadow(torch.empty(2, 3, side, side, device="meta"))
    return max(1, (sum(kept.values()) - weights) // 2)


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
    own = settings.m // settings.processes
    limit = settings.max_memory * GIB
    needs = [step_bytes(settings, way, teacher, surrogate, side, parts) for parts in range(1, own + 1)]
    fitting = [parts for parts, need in enumerate(needs, start=1) if need <= limit]
    if not fitting:
        raise BadSetting(
            f"--max-memory {settings.max_memory:g} (GiB) is too little for {settings.backbone} and "
            f"{settings.surrogate} at {side} px: with one face of each class at a time they need about "
            f"{math.ceil(10 * needs[-1] / GIB) / 10:g}; give that much, or smaller faces."
        )
    return fitting[0]


def step_bytes(
    settings: TeachSettings, way: str, teacher: Detector, surrogate: Detector, side: int, parts: int
) -> float:
    """Return about how much memory a bi-level step takes with a batch in so many parts."""
    faces = 2 * math.ceil(settings.m / settings.processes / parts)
    student, own = graph_bytes(surrogate, side), graph_bytes(teacher, side)
    in_step = OVER_GRAPH[way] * student + (own if parts == 1 else 0)  # the teacher's graph waits meanwhile
    after = OVER_GRAPH["finite-difference"] * own  # its own way back, when the student is done
    pixels = PIXEL_COPIES * 4 * 3 * side * side * 2 * (settings.m + settings.n)
    base = BASE if settings.device == "cpu" else 0.0
    return base + pixels + faces * max(in_step, after)
