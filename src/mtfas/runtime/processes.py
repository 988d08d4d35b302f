"""The processes of one run, where torchrun started several: who they are, and sums over all of them.

A sum over processes is differentiable in every way the hypergradient needs: backward, twice backward, and
forward mode. Its backward pass is the same sum again, since every process's loss counts.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

PATIENCE = timedelta(minutes=30)
"""How long a process waits for the others, e.g. while one of them decodes a data set."""


def count() -> int:
    """Return how many processes torchrun started; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """Return which of the processes this is, from 0."""
    return int(os.environ.get("RANK", "0"))


def leads() -> bool:
    """Return whether this process writes the run folder and speaks: the first one does."""
    return rank() == 0


def join(device: str) -> None:
    """Meet the other processes, over NCCL on GPUs (one GPU a process) and Gloo otherwise.

    Does nothing where there is one process, or they have met.

    Args:
        device: "cpu" or "cuda".
    """
    if count() == 1 or dist.is_initialized():
        return
    if device == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    dist.init_process_group("nccl" if device == "cuda" else "gloo", timeout=PATIENCE)


def wait_for_all() -> None:
    """Return when every process has come here."""
    if count() > 1:
        dist.barrier()


def leave() -> None:
    """Part from the other processes, so that the interpreter can end."""
    if dist.is_initialized():
        dist.destroy_process_group()


def sum_over_processes(tensor: Tensor) -> Tensor:
    """Return the sum of a tensor over all processes; the tensor itself where there is one process.

    Every process must come here in the same order with the same shape.
    """
    return tensor if count() == 1 else apply_sum(tensor)


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(tensor: Tensor) -> Tensor:
        total = tensor.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        return apply_sum(slope.contiguous())

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor) -> Tensor:
        return apply_sum(tangent.contiguous())


apply_sum: Callable[[Tensor], Tensor] = _Sum.apply
