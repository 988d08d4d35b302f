"""`mtfas bench training`: faces a second of each detector, and what bounds it.

Two limits of the machine are measured in the same run: a large single-precision matrix product (arithmetic)
and a large copy (memory). A step's share of the first is its counted operations a second divided by that
limit; its share of the second, the bytes its operations read and wrote a second divided by that one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from mtfas.bench.bilevel import flops_of
from mtfas.bench.timing import interleaved
from mtfas.models import build_detector
from mtfas.models.detector import STRIDE
from mtfas.models.layers import use_torchs_layers

SIDE = 2048
"""Of the matrices multiplied."""
COPIED = 64 << 20
"""Numbers copied: 256 MB, far more than any cache holds."""
BUSY = 0.4
"""A share of a limit from which on it is named as the bound."""


@dataclass(frozen=True)
class Limits:
    """What the machine can do: floating-point operations and bytes a second."""

    flops: float
    bytes: float


@dataclass(frozen=True)
class TrainingCost:
    """What a supervised step of one detector costs.

    Attributes:
        detector: its name.
        faces_per_second: in training.
        flops_per_face: counted multiplications and additions, forward and backward.
        bytes_per_face: read and written by all operations, as if nothing stayed in a cache.
        of_matmul: share of the machine's matrix-product limit.
        of_copy: share of its copy limit; caches can lift it above 1.
        bound: "memory" or "arithmetic", whichever share is larger and at least 0.4; else "overhead".
    """

    detector: str
    faces_per_second: float
    flops_per_face: float
    bytes_per_face: float
    of_matmul: float
    of_copy: float
    bound: str


def training_costs(
    names: list[str], size: int, per_batch: int, rounds: int, device: str
) -> tuple[Limits, list[TrainingCost]]:
    """Time the detectors and the limits side by side.

    Args:
        names: of DETECTORS.
        size: side of the faces, pixels.
        per_batch: faces in a batch.
        rounds: of timing.
        device: "cpu" or "cuda".
    """
    steps = {name: supervised_step(name, size, per_batch, device) for name in names}
    seconds = interleaved({**steps, **_limit_calls(device)}, rounds, device)
    limits = Limits(2 * SIDE**3 / seconds["matmul"], 2 * 4 * COPIED / seconds["copy"])
    return limits, [_cost(name, steps[name], seconds[name], per_batch, limits) for name in names]


def _cost(name: str, step: Callable[[], object], seconds: float, faces: int, limits: Limits) -> TrainingCost:
    flops, moved = flops_of(step), bytes_of(step)
    of_matmul, of_copy = flops / seconds / limits.flops, moved / seconds / limits.bytes
    bound = "memory" if of_copy >= of_matmul else "arithmetic"
    if max(of_copy, of_matmul) < BUSY:
        bound = "overhead"
    return TrainingCost(name, faces / seconds, flops / faces, moved / faces, of_matmul, of_copy, bound)


def supervised_step(
    name: str, size: int, per_batch: int, device: str, own_layers: bool = False
) -> Callable[[], object]:
    """Return a training step of a detector on noise: forward, its own loss, backward, Adam.

    On torch's layers, as detectors are trained; `own_layers`: on those that have second derivatives.
    """
    net = build_detector(name, seed=0)
    use_torchs_layers(net, wanted=not own_layers)
    net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    net.train()
    images = torch.rand(per_batch, 3, size, size, device=device)
    images = images.contiguous(memory_format=torch.channels_last)
    maps = torch.rand(per_batch, 1, size // STRIDE, size // STRIDE, device=device)
    labels = torch.arange(per_batch, device=device) % 2
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-4)

    def step() -> None:
        optimiser.zero_grad()
        net.loss(net(images), maps, labels).backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    return step


def _limit_calls(device: str) -> dict[str, Callable[[], object]]:
    a = torch.rand(SIDE, SIDE, device=device)
    source = torch.rand(COPIED, device=device)
    target = torch.empty_like(source)
    return {"matmul": lambda: a @ a, "copy": lambda: target.copy_(source)}


class _Traffic(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the bytes of what operations read and write; views cost nothing."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if not func.is_view and not str(func).startswith(("aten.empty", "aten.detach")):
            flat = torch.utils._pytree.tree_leaves((args, kwargs, result))
            self.bytes += sum(t.numel() * t.element_size() for t in flat if isinstance(t, Tensor))
        return result


def bytes_of(call: Callable[[], object]) -> int:
    """Return the bytes that the operations of a call read and wrote."""
    with _Traffic() as traffic:
        call()
    return int(traffic.bytes)
