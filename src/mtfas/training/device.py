"""Where tensors live and how many threads work on them."""

import torch

from mtfas.errors import BadSetting


def use_device(device: str, threads: int) -> None:
    """Set torch's threads, and check that the device is there.

    Raises:
        BadSetting: a GPU is asked for and torch sees none.
    """
    torch.set_num_threads(threads)
    if device == "cuda" and not torch.cuda.is_available():
        raise BadSetting("--device cuda: this torch sees no GPU; use --device cpu, or install a CUDA build.")
