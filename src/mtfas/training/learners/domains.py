"""Batches of several source domains: as many faces of each, one domain after the other."""

import numpy as np
import torch
from torch import Tensor

from mtfas.data.dataset import FaceSet
from mtfas.data.sampling import Pool, pool_of
from mtfas.errors import BadSetting
from mtfas.runtime.seeds import stream
from mtfas.training.learners.learner import Taught

SOURCES = 3
"""How many source domains the two methods were published with, and need here."""


def domain_pools(faces: FaceSet, detector: str) -> dict[str, Pool]:
    """Return the pool of each source domain, by the data set's name.

    Raises:
        BadSetting: there are not exactly three data sets among the training faces.
        BadData: one of them lacks a class.
    """
    names = sorted(faces.rows["dataset"].unique().to_list())
    if len(names) != SOURCES:
        raise BadSetting(
            f"the detector '{detector}' learns from {SOURCES} source data sets, but this protocol trains on "
            f"{len(names)} ({', '.join(names)}); choose a cross-domain protocol, e.g. --protocol ocim:oci-m."
        )
    of_row = faces.rows["dataset"].to_numpy()
    return {name: pool_of(faces.rows, np.asarray(of_row == name)) for name in names}


def draw_domains(pools: dict[str, Pool], per_class: int, seed: int, step: int) -> Tensor:
    """Return the rows of one batch: for every domain `per_class` live faces, then as many attacks."""
    return torch.cat(
        [pool.draw(per_class, stream(seed, "train", name, step)) for name, pool in pools.items()]
    )


def by_domain(taught: Taught, domains: int) -> list[Taught]:
    """Cut a batch of `draw_domains` into its domains."""
    size = len(taught.faces) // domains
    return [taught[k * size : (k + 1) * size] for k in range(domains)]
