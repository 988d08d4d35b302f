"""Where tensors live, how many threads work on them, and what becomes of the memory they leave."""

import ctypes
import platform
import resource

import torch

from mtfas.errors import BadSetting
from mtfas.runtime import processes


def use_device(device: str, threads: int) -> None:
    """Set torch's threads, keep single precision single, meet the other processes, check the device.

    TF32, a GPU's default for convolutions, keeps 10 bits; the finite difference of the hypergradient perturbs
    by less than that and would measure rounding.

    Raises:
        BadSetting: a GPU is asked for and torch sees none.
    """
    torch.set_num_threads(threads)
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    if device == "cuda" and not torch.cuda.is_available():
        raise BadSetting("--device cuda: this torch sees no GPU; use --device cpu, or install a CUDA build.")
    keep_freed_memory()
    processes.join(device)


def peak_memory(device: str) -> int:
    """Return the most memory this process has had, in MB: resident on a CPU, of torch's tensors on a GPU."""
    if device == "cuda":
        return int(torch.cuda.max_memory_allocated() / 1e6)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(kilobytes * (1 if platform.system() == "Darwin" else 1024) / 1e6)


_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
"""Parameters of glibc's mallopt (malloc.h)."""


def keep_freed_memory() -> bool:
    """Let the C library keep the memory of freed tensors for the next ones; return whether it could be told.

    By default glibc gets every large tensor from the system and gives it back when it is freed, so each
    training step waits for the system to clear the same gigabytes again: 160 of 417 ms of a FAS-DR-Light
    step at 256 px on two cores (docs/decisions/0011-bilevel-cost.md). Nothing is done with other C libraries.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    told = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 64 << 20))
    return all([mallopt(parameter, value) for parameter, value in told])
