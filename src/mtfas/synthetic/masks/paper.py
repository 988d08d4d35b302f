"""A paper mask: a printed photograph of a stranger, cut out, bent or folded, and worn before the face."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.synthetic.decal import Decal
from mtfas.synthetic.hair import headwear_map
from mtfas.synthetic.head import Head
from mtfas.synthetic.masks.casting import directions, enlarged
from mtfas.synthetic.masks.mask import Mask
from mtfas.synthetic.masks.outline import covered, cut, oval, under_headwear
from mtfas.synthetic.masks.shell import Shell
from mtfas.synthetic.noise import Floats, smooth
from mtfas.synthetic.printing import PRINTERS, print_picture

SHELLS = {"bent": 0.45, "folded": 0.55}
HOLES = {"printed eyes": 0.45, "eye holes": 0.4, "eye and mouth holes": 0.15}
"""How a mask is shaped, and what is cut out of it."""
_DENSITY = 1.25
"""Texels of the flat sheet for each canvas pixel: enough for the printer's dots."""
_HALF = (1.0, 1.1)
_SHADED = 0.85
"""How bright bare paper is against clean, lit paper: cut and folded edges are soiled and lie in shade."""


@dataclass(frozen=True)
class Cutting:
    """How the scissors went, on the flat sheet in head units.

    Attributes:
        half: half width and height of the outline; `middle`: its height on the face; `power`: its shape.
        holes: a name in HOLES; `eyes`: half width and height of the eye holes, `eye`: where the right one is.
        white: width of the white margin inside the cut.
        frayed: how far the scissors strayed.
    """

    half: tuple[float, float]
    middle: float
    power: float
    holes: str
    eyes: tuple[float, float]
    eye: tuple[float, float]
    white: float
    frayed: float


def make_paper(head: Head, photo: Floats, eye_distance: float, unit: float, rng: np.random.Generator) -> Mask:
    """Return a paper mask for the head.

    Args:
        head: who will wear it.
        photo: what is printed: a frontal face, linear light, [n, n, 3], its middle between eyes and nose.
        eye_distance: from the middle of that face to its eyes, head units.
        unit: photo and canvas pixels for each head unit.
        rng: printer, shape, outline, holes and creases.
    """
    name = str(rng.choice(list(PRINTERS)))
    kind, shell = _shape(head, rng)
    cutting = _cutting(head, shell, rng)
    sheet = _printed(photo, name, shell, cutting, (eye_distance, unit), rng)
    side = head.grid.x.shape[0]
    coarse = directions(max(side // 2, min(side, 256)))
    radius = enlarged(_crumpled(shell.radius(coarse), rng), side)
    x, y = (radius * head.grid.direction[..., axis] for axis in (0, 1))
    right = shell.along(x)
    inside = np.minimum(_outline(right, y, cutting), head.grid.direction[..., 2] - np.float32(0.15))
    cover = covered(under_headwear(head, np.asarray(inside, np.float32)))
    dense = np.float32(_DENSITY * unit)
    where = [(part + half) * dense for part, half in zip((right, y), _HALF, strict=True)]
    printer = PRINTERS[name]
    return Mask(
        radius=radius,
        cover=cover,
        colour=np.broadcast_to(np.float32(0.4), (side, side, 3)),
        shine=0.6 * printer.shine,
        gloss=printer.gloss,
        softness=0.0,
        rim=float(rng.uniform(0.5, 0.9)),
        decal=Decal(sheet, np.asarray(cv2.merge(where), np.float32), cover),
        made={
            "mask_kind": kind, "mask_print": name, "mask_holes": cutting.holes,
            "mask_fit": shell.top - head.person.depth, "mask_edge": cutting.white,
        },
    )  # fmt: skip


def _shape(head: Head, rng: np.random.Generator) -> tuple[str, Shell]:
    """Return a shape that clears the face but for the tip of the nose, which presses against the paper."""
    kind = str(rng.choice(list(SHELLS), p=list(SHELLS.values())))
    down = float(rng.choice([0.0, rng.uniform(0.05, 0.2)]))
    flat = Shell(0.0, (), (), float(rng.uniform(0.35, 0.85)), down)
    if kind == "folded":
        flat = Shell(0.0, *_facets(rng), 0.0, down)
    radius, direction = head.surface.radius[::4, ::4], head.grid.direction[::4, ::4]
    point = radius[..., None] * direction
    cloth = headwear_map(head.person, head.grid)
    free = np.full(radius.shape, True) if cloth is None else cloth[::4, ::4] < 0.1
    ahead = (np.abs(point[..., 0]) < 0.5) & (np.abs(point[..., 1]) < 0.75) & (direction[..., 2] > 0.3)
    ahead &= free
    reach = point[..., 2] + flat.drop(point[..., 0]) + np.float32(down) * point[..., 1] ** 2
    top = float(reach[ahead].max()) - float(rng.uniform(-0.02, 0.08))
    return kind, Shell(top, flat.folds, flat.slopes, flat.bend, down)


def _facets(rng: np.random.Generator) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return folds and slopes of three facets to a side, or of two."""
    if rng.random() < 0.35:
        return (float(rng.uniform(0.4, 0.5)),), (float(rng.uniform(0.2, 0.4)), float(rng.uniform(0.7, 1.2)))
    folds = (float(rng.uniform(0.1, 0.22)), float(rng.uniform(0.38, 0.5)))
    first, second, third = (float(rng.uniform(*ends)) for ends in ((0.0, 0.15), (0.3, 0.55), (0.8, 1.4)))
    return folds, (first, second, third)


def _cutting(head: Head, shell: Shell, rng: np.random.Generator) -> Cutting:
    wide = float(shell.along(np.asarray([head.person.eye_distance], np.float32))[0])
    return Cutting(
        half=(float(rng.uniform(0.58, 0.76)), float(rng.uniform(0.78, 0.98))),
        middle=float(rng.uniform(0.02, 0.12)),
        power=float(rng.uniform(2.0, 3.4)),
        holes=str(rng.choice(list(HOLES), p=list(HOLES.values()))),
        eyes=(float(rng.uniform(0.085, 0.15)), float(rng.uniform(0.05, 0.09))),
        eye=(wide + float(rng.normal(0, 0.012)), -0.02 + float(rng.normal(0, 0.012))),
        white=float(rng.choice([0.0, rng.uniform(0.005, 0.035)], p=[0.55, 0.45])),
        frayed=float(rng.uniform(0.0, 0.012)),
    )


def _outer(x: Floats, y: Floats, cutting: Cutting) -> Floats:
    """Return how far inside the paper's outline points of the flat sheet lie, head units."""
    inside = oval(x, y, (0.0, cutting.middle), cutting.half, cutting.power)
    return np.asarray(inside + _stray(x, y, cutting), np.float32)


def _outline(x: Floats, y: Floats, cutting: Cutting) -> Floats:
    """Return how far inside the paper, holes left out, points of the flat sheet lie, head units."""
    inside, stray = _outer(x, y, cutting), 0.6 * _stray(x, y, cutting)
    if cutting.holes != "printed eyes":
        inside = cut(inside, oval(np.abs(x), y, cutting.eye, cutting.eyes) + stray)
    if cutting.holes == "eye and mouth holes":
        inside = cut(inside, oval(x, y, (0.0, 0.6), (0.16, 0.045)) + stray)
    return np.asarray(inside, np.float32)


def _stray(x: Floats, y: Floats, cutting: Cutting) -> Floats:
    return np.asarray(
        np.float32(cutting.frayed) * (np.sin(9 * x + 5 * y) + np.sin(17 * y - 6 * x)), np.float32
    )


def _printed(
    photo: Floats,
    name: str,
    shell: Shell,
    cutting: Cutting,
    scale: tuple[float, float],
    rng: np.random.Generator,
) -> Floats:
    """Return the flat sheet's reflectance, [h, w, 3]: the photograph in ink, worn folds, white cut edges."""
    eye_distance, unit = scale
    x, y = (np.arange(round(2 * half * _DENSITY * unit), dtype=np.float32) for half in _HALF)
    across, down = np.meshgrid(x / (_DENSITY * unit) - _HALF[0], y / (_DENSITY * unit) - _HALF[1])
    across, down = across.astype(np.float32), down.astype(np.float32)
    # The face is printed so large that its eyes come before the wearer's.
    size = np.float32(eye_distance / cutting.eye[0] * rng.uniform(0.94, 1.06) * unit)
    middle = np.float32((photo.shape[0] - 1) / 2)
    shown = cv2.remap(photo, across * size + middle, down * size + middle, cv2.INTER_LINEAR)
    strength, units = float(rng.uniform(0.08, 0.42)), np.float32(unit)
    ink = print_picture(PRINTERS[name], np.asarray(shown), across * units, down * units, strength, rng)
    bare = _bare(across, down, shell, cutting, unit, rng)[..., None]
    return np.asarray(
        ink + bare * (np.float32(0.85) * np.asarray(PRINTERS[name].paper, np.float32) - ink), np.float32
    )


def _bare(
    x: Floats, y: Floats, shell: Shell, cutting: Cutting, unit: float, rng: np.random.Generator
) -> Floats:
    """Return where the ink is gone or never was: outside the picture, on cut edges, worn off along folds."""
    soft = np.float32(1.0 / unit)
    margin = np.float32(cutting.white) - _outer(x, y, cutting)
    edge = np.maximum(margin, np.float32(0.7 / unit) - _outline(x, y, cutting))
    bare = np.clip(edge / (2 * soft) + 0.5, 0, 1)
    if not shell.folds:
        return np.asarray(bare, np.float32)
    worn = float(rng.uniform(0.0, 0.35)) * np.clip(0.5 + 0.5 * smooth(rng, x.shape[0], (24, 4)), 0, 1)
    worn = worn[:, : x.shape[1]]
    for line in shell.along(np.asarray(shell.folds, np.float32)):
        fold = np.exp(-(((np.abs(x) - line) / (0.003 + soft)) ** 2))
        bare = np.maximum(bare, worn * fold)
    return np.asarray(bare, np.float32)


def _crumpled(radius: Floats, rng: np.random.Generator) -> Floats:
    """Return the shell with the shallow dents that handling leaves."""
    dents = np.abs(smooth(rng, radius.shape[0], 26)) + 0.5 * np.abs(smooth(rng, radius.shape[0], 48))
    return np.asarray(radius + np.float32(rng.uniform(0.0, 0.0035)) * dents, np.float32)
