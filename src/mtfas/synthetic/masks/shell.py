"""Paper before a face: bent over it or folded into facets, as a height over the plane behind the face."""

from dataclasses import dataclass

import numpy as np

from mtfas.synthetic.noise import Floats

_ROUNDS = 7
_END = 1.3
_LENGTHS = 521


@dataclass(frozen=True)
class Shell:
    """A sheet z = top - drop(x) - down * y² before a face; lengths in head units.

    Attributes:
        top: z of its middle.
        folds: x of the folds on the right half; the left half mirrors them. None: bent without a fold.
        slopes: how fast each facet falls away from the middle, one more than folds.
        bend: for a sheet without folds, drop = bend * x².
        down: curvature downwards, for paper that was cut and glued round the chin; 0 for a cylinder.
    """

    top: float
    folds: tuple[float, ...]
    slopes: tuple[float, ...]
    bend: float
    down: float

    def drop(self, x: Floats) -> Floats:
        """Return how far the sheet lies behind its middle line."""
        away = np.abs(x)
        fallen = np.asarray(np.float32(self.bend) * away * away, np.float32)
        for fold, before, after in zip((0.0, *self.folds), (0.0, *self.slopes), self.slopes, strict=False):
            fallen += np.float32(after - before) * np.maximum(away - np.float32(fold), 0)
        return np.asarray(fallen, np.float32)

    def slope(self, x: Floats) -> Floats:
        """Return d drop / dx."""
        away = np.abs(x)
        steep = np.asarray(np.float32(2 * self.bend) * away, np.float32)
        for fold, before, after in zip((0.0, *self.folds), (0.0, *self.slopes), self.slopes, strict=False):
            steep += np.float32(after - before) * (away > fold)
        return np.asarray(np.sign(x) * steep, np.float32)

    def along(self, x: Floats) -> Floats:
        """Return the length of paper from the middle line to x: where x lies on the flat sheet."""
        line = np.linspace(0, _END, _LENGTHS, dtype=np.float32)
        length = np.cumsum(np.sqrt(1 + self.slope(line) ** 2)) * np.float32(_END / (_LENGTHS - 1))
        return np.asarray(np.sign(x) * np.interp(np.abs(x), line, length - length[0]), np.float32)

    def radius(self, direction: Floats) -> Floats:
        """Return the sheet's distance from the head's centre in directions [t, t, 3], by Newton's method."""
        dx, dy = direction[..., 0], direction[..., 1]
        dz = np.maximum(direction[..., 2], np.float32(0.12))
        far = np.full(dx.shape, self.top, np.float32)
        for _ in range(_ROUNDS):
            x, y = far * dx, far * dy
            miss = far * dz - (self.top - self.drop(x) - np.float32(self.down) * y * y)
            rate = dz + self.slope(x) * dx + np.float32(2 * self.down) * y * dy
            far = np.clip(far - miss / np.maximum(rate, np.float32(0.1)), 0.3, 1.8)
        return np.asarray(far, np.float32)
