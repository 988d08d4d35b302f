"""Random numbers that depend on a seed and a name, never on what was drawn before.

Because every stream is addressed by name (and, in training, by iteration), nothing about randomness has to be
saved to resume a run, and results do not depend on the number of workers.
"""

import zlib

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the random generator of one named purpose.

    Args:
        seed: the run's seed, >= 0.
        names: what the numbers are for, e.g. ("subject", 12) or ("batch", iteration).

    Example:
        >>> stream(1, "batch", 7).integers(100) == stream(1, "batch", 7).integers(100)
        True
    """
    words = [name if isinstance(name, int) else zlib.crc32(name.encode()) for name in names]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))
