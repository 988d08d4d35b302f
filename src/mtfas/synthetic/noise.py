"""Smooth random textures: skin mottling, hair, paper, walls."""

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
"""A float32 image or map; colours are linear light."""


def smooth(rng: np.random.Generator, side: int, cells: int | tuple[int, int]) -> Floats:
    """Return smooth noise [side, side] of zero mean and unit deviation at the grid points.

    Args:
        rng: where the numbers come from.
        side: side of the map in pixels.
        cells: how many random values lie along an edge; (down, across) stretches the pattern.
    """
    down, across = (cells, cells) if isinstance(cells, int) else cells
    grid = rng.standard_normal((min(down, side) + 2, min(across, side) + 2), dtype=np.float32)
    return np.asarray(cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC), np.float32)


def fractal(rng: np.random.Generator, side: int, cells: int, octaves: int = 3) -> Floats:
    """Return noise with detail at several scales, each octave twice as fine and half as strong."""
    total = np.zeros((side, side), np.float32)
    for octave in range(octaves):
        total += 0.5**octave * smooth(rng, side, cells * 2**octave)
    return total


def unit_length(vectors: Floats) -> Floats:
    """Return vectors [..., 3] scaled to length 1."""
    square = np.einsum("...i,...i->...", vectors, vectors)
    return np.asarray(vectors / np.sqrt(np.maximum(square, 1e-18))[..., None], np.float32)


def grain(rng: np.random.Generator, shape: tuple[int, ...], texel: float, size: float) -> Floats:
    """Return smooth noise [h, w] of about unit deviation whose grains have a size in head units.

    Args:
        rng: where the numbers come from.
        shape: (h, w) in texels.
        texel: side of a texel, head units.
        size: of a grain, head units; no finer than a texel.
    """
    share = min(1.0, texel / size)
    cells = [max(2, round(side * share)) for side in shape]
    numbers = rng.standard_normal((cells[0], cells[1]), dtype=np.float32)
    return np.asarray(cv2.resize(numbers, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)
