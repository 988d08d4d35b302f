"""Is the teacher still a teacher? Four numbers on a fixed set of attack faces, logged as it learns.

L_v is no progress bar: MT_v moves with the teacher, and L_v fell most in runs whose maps were vanishing.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Health:
    """What a teacher's maps 2σ(g) look like on the probe faces.

    Attributes:
        level: mean map value; 1 at the end of perfect pretraining, 0 or 2 when all is lost.
        saturation: share of map cells below 0.1 or above 1.9.
        correlation_with_start: mean over faces of the correlation between the map and the pretrained map.
        template_share: share of the maps' spatial variance that one map, the same for all faces, explains.
    """

    level: float
    saturation: float
    correlation_with_start: float
    template_share: float

    def warnings(self) -> dict[str, str]:
        """Return a sentence for everything that is going wrong, by kind."""
        found = {}
        if self.level < 0.5:
            level = f"mean level {self.level:.2f}, below 0.5"
            found["level"] = f"the teacher's maps are vanishing ({level}); raise --mu or lower --beta."
        if self.saturation > 0.1:
            share = f"{self.saturation:.0%} of the cells, above 10 %"
            found["saturation"] = f"the teacher's maps saturate ({share}); lower --beta."
        if self.correlation_with_start < 0.1:
            correlation = f"correlation {self.correlation_with_start:.2f}, below 0.1"
            found["start"] = f"little of the pretrained teacher is left ({correlation}); lower --beta."
        return found


def health(maps: Tensor, start: Tensor) -> Health:
    """Measure a teacher's maps.

    Args:
        maps: [K, 1, h, w] 2σ(g) of the teacher on the probe's attack faces.
        start: [K, 1, h, w] the pretrained teacher's maps on the same faces.
    """
    flat, origin = maps.flatten(1).double(), start.flatten(1).double()
    centred, centred_start = (m - m.mean(dim=1, keepdim=True) for m in (flat, origin))
    return Health(
        level=float(flat.mean()),
        saturation=float(((flat < 0.1) | (flat > 1.9)).double().mean()),
        correlation_with_start=float(_correlation(centred, centred_start).mean()),
        template_share=float(
            centred.mean(dim=0).square().sum() / centred.square().sum(dim=1).mean().clamp_min(1e-12)
        ),
    )


def _correlation(a: Tensor, b: Tensor) -> Tensor:
    # A constant map has no shape to correlate: 0.
    norm = torch.linalg.vector_norm(a, dim=1) * torch.linalg.vector_norm(b, dim=1)
    correlation: Tensor = (a * b).sum(dim=1) / norm.clamp_min(1e-12)
    return correlation
