"""How stiff paper lies on a face: bent from side to side over whatever sticks out most, never through it."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.synthetic.head import Head
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.raycast import cast

_CELLS = (33, 65)
"""Places, down and across, at which the face below is felt."""
_STEEPEST = 1.3
"""Greatest slope of paper away from the middle, and what is felt of the head's sides."""


@dataclass(frozen=True)
class Fold:
    """A sheet's shape in head axes: z = height - bend x² + relief.

    Attributes:
        height: where the bend's top lies, head units from the head's centre.
        bend: curvature per head unit.
        relief: what the paper's true profile adds, [h, w], head units.
    """

    height: float
    bend: float
    relief: Floats


def drape(head: Head, x: Floats, y: Floats, touches: Floats, gap: float, smooth: float = 0.0) -> Fold:
    """Return how paper rests on a face.

    Args:
        head: the wearer's.
        x: of the sheet's texels in head axes, head units, [h, w]; the same in every row.
        y: the same downwards, the same in every column.
        touches: above 0 where there is paper, [h, w].
        gap: from the face to the paper, head units.
        smooth: how far sharp folds are rounded, head units.
    """
    columns, highest = _felt(head, x, y, touches)
    tops = _envelope(columns, highest) + np.float32(gap)
    width = float(columns[1] - columns[0])
    if smooth > 0:
        tops = np.maximum(tops, cv2.GaussianBlur(tops[None], (0, 0), smooth / width)[0])
    weight = np.polynomial.polynomial.polyfit(columns, tops, [0, 2])
    height, bend = float(weight[0]), float(max(0.0, -weight[2]))
    profile = np.interp(x[0], columns, tops) - (height - bend * x[0] ** 2)
    return Fold(height, bend, np.repeat(profile.astype(np.float32)[None], x.shape[0], axis=0))


def curled(fold: Fold, x: Floats, y: Floats, edge: float, lift: float) -> Fold:
    """Return a fold whose paper lifts off the face towards its lower (edge > 0) or upper edge.

    Args:
        fold: from `drape`.
        x: of the sheet's texels, head units from the middle of the curl, [h, w].
        y: the same downwards.
        edge: where the lift reaches its full height, head units from y = 0.
        lift: that height, head units.
    """
    part = np.clip(y / np.float32(edge), 0, 1.5) ** 2
    return Fold(fold.height, fold.bend, np.asarray(fold.relief + np.float32(lift) * part, np.float32))


def _felt(head: Head, x: Floats, y: Floats, touches: Floats) -> tuple[Floats, Floats]:
    """Return columns of the sheet and how far the head sticks out below the paper of each."""
    rows, columns = (
        np.linspace(0, side - 1, min(side, cells)).astype(int)
        for side, cells in zip(x.shape, _CELLS, strict=True)
    )
    across, down = np.meshgrid(x[0, columns], y[rows, 0])
    start = np.dstack([across, down, np.zeros_like(across)]).astype(np.float32)
    way = np.zeros_like(start)
    way[..., 2] = 1
    depth = cast(head.surface.radius, start, way).depth
    paper = touches[np.ix_(rows, columns)] > 0
    felt = np.where(paper & np.isfinite(depth), depth, -np.inf).max(axis=0)
    return x[0, columns].astype(np.float32), np.asarray(felt, np.float32)


def _envelope(x: Floats, z: Floats) -> Floats:
    """Return the tightest profile over all heights that paper can follow: convex, and nowhere too steep."""
    reach = z[None, :] - np.float32(_STEEPEST) * np.abs(x[:, None] - x[None, :])
    eased = reach.max(axis=1)
    ends: list[int] = []
    for number in range(len(x)):
        while len(ends) > 1 and _below(x, eased, ends[-2], ends[-1], number):
            ends.pop()
        ends.append(number)
    return np.asarray(np.interp(x, x[ends], eased[ends]), np.float32)


def _below(x: Floats, z: Floats, first: int, middle: int, last: int) -> bool:
    chord = z[first] + (z[last] - z[first]) * (x[middle] - x[first]) / (x[last] - x[first])
    return bool(z[middle] <= chord)
