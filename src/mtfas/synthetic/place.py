"""Where a presentation happens: the light that may fall there and what stands behind the person."""

from dataclasses import dataclass

import numpy as np

from mtfas.synthetic.background import BACKGROUNDS
from mtfas.synthetic.light import Lighting

_USUAL = 0.7
"""Share of presentations with one of the place's own backgrounds; the others may have any."""


@dataclass(frozen=True)
class Place:
    """One session of a domain.

    Attributes:
        name: the manifest's `session`.
        lighting: what light may fall.
        backgrounds: names in BACKGROUNDS that this place favours. Others occur too, and the ranges of light
            overlap, so that the session alone does not give a picture away.
    """

    name: str
    lighting: Lighting
    backgrounds: tuple[str, ...]

    def draw_background_kind(self, rng: np.random.Generator) -> str:
        """Return what stands behind the person in one presentation."""
        kinds = self.backgrounds if rng.random() < _USUAL else tuple(BACKGROUNDS)
        return kinds[int(rng.integers(len(kinds)))]


DAYLIGHT = Lighting((0, 45), (10, 60), (-0.10, 0.10), (0.5, 1.1), (0.30, 0.60), 0.05, (0.15, 0.6))
EVENING = Lighting((15, 75), (0, 45), (0.05, 0.32), (0.7, 1.4), (0.12, 0.40), 0.08, (0.0, 0.35), 0.4)
CEILING = Lighting((0, 30), (40, 75), (-0.02, 0.15), (0.5, 1.1), (0.25, 0.50))
BACKLIT = Lighting((60, 110), (0, 40), (-0.10, 0.15), (0.8, 1.8), (0.30, 0.60))
SUN = Lighting((10, 80), (20, 70), (-0.02, 0.12), (1.0, 2.2), (0.25, 0.50), 0.0, (0.0, 0.15), 0.1)
COLOURED = Lighting((10, 80), (-10, 45), (-0.20, 0.35), (0.6, 1.4), (0.15, 0.45), 0.35, (0.0, 0.5), 0.5)
