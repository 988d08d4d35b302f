"""Where tensors live and how many threads work on them."""

import torch

from mtfas.errors import BadSetting


def use_device(device: str, threads: int) -> None:
    """Set torch's threads, keep single precision single, and check that the device is there.

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
