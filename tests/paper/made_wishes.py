"""Wishes made by hand."""

from collections.abc import Sequence

import numpy as np

from mtfas.paper.wishes import Wish


def wish(
    change: Sequence[float],
    known: Sequence[bool] = (True,) * 4,
    kind: str = "species",
    name: str = "print",
    seed: int = 0,
) -> Wish:
    """Return a wish that wants the same of both pixels of a face."""
    values = np.repeat(np.array(change, dtype=np.float64)[:, None, None], 2, axis=2)
    return Wish(kind, name, seed, values, np.array(known))
