"""What every worn mask is: a shape, an area and a material; and a head that wears it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import cv2
import numpy as np

from mtfas.data.manifest import Parameter
from mtfas.synthetic.coat import Coat
from mtfas.synthetic.decal import Decal
from mtfas.synthetic.head import Head
from mtfas.synthetic.masked import Masked, masked
from mtfas.synthetic.noise import Floats, unit_length
from mtfas.synthetic.sheet import Sheet
from mtfas.synthetic.skin import Material, mix
from mtfas.synthetic.surface import REACH, Surface, normals

CLEARANCE = 0.012
"""Least distance from the wearer's skin to a mask's outside, head units."""
_PAD = 0.08
_GAP = 0.035
"""How far the gap's shadow reaches over the skin, head units."""


@dataclass(frozen=True)
class Mask:
    """A mask made for one wearer; maps are [T, T] over the wearer's head.

    Attributes:
        radius: distance of its outside from the head's centre.
        cover: 1 where the mask is, 0 elsewhere, its edge a texel or two wide.
        colour: reflectance, [T, T, 3].
        openness: to light, or one number.
        shine: of its own highlight, beside the coat's; `gloss`: its exponent; `softness` as in Material.
        rim: strength of the shadow in the gap along its edges, 0 to 1.
        opacity: 1 hides the skin below, less lets blinking eyes shine through.
        inner: how much of the skin's own relief shades what is seen, 0 for all but clear masks.
        coat: shine [T, T] and angles of a clear coat; its normals follow when it is worn.
        decal: a printed sheet.
        made: the manifest's generating parameters.
    """

    radius: Floats
    cover: Floats
    colour: Floats
    shine: Floats | float
    gloss: float
    softness: float
    rim: float
    openness: Floats | float = 1.0
    opacity: float = 1.0
    inner: float = 0.0
    coat: Coat | None = None
    decal: Decal | None = None
    made: Mapping[str, Parameter] = field(default_factory=dict)


Window = tuple[slice, slice]


def wear(head: Head, mask: Mask) -> Masked:
    """Return the head with the mask on; its `region` is the mask's exact area, eye holes left out."""
    window = _window(mask.cover, texels(_PAD, mask.cover.shape[0]))
    part = mask.cover[window]
    surface = _shape(head, mask, window)
    material = _material(head, mask, window, part)
    coat = mask.coat and replace(mask.coat, normal=_coat_normal(head, mask, surface.radius))
    if mask.inner:
        own, made = head.surface.normal[window], surface.normal[window]
        under = np.float32(mask.inner) * part[..., None]
        surface.normal[window] = unit_length(made + under * (own - made))
    return masked(head, surface, material, mask.cover, coat, mask.decal)


def blinking(worn: Masked, mask: Mask, still: Head, face: Head) -> Masked:
    """Return the worn mask when the eyes behind it move.

    Args:
        worn: from `wear`, made with `still`.
        mask: what is worn.
        still: the wearer's head with open eyes.
        face: the same head in one frame; it differs from `still` about the eyes only.
    """
    if face is still:
        return worn
    side = mask.cover.shape[0]
    window = (_middle(side, 0.06), _middle(side, 0.12))
    beside = partial(_stirred, window, 1 - mask.cover[window])
    through = partial(_stirred, window, 1 - np.float32(mask.opacity) * mask.cover[window])
    material, own, new = worn.material, still.material, face.material
    colour = through(material.colour, own.colour, new.colour)
    colour[window] = np.maximum(colour[window], np.float32(0.004))
    shine = beside(material.shine, own.shine, new.shine)
    gloss = beside(material.gloss, own.gloss, new.gloss)
    radius = beside(worn.surface.radius, still.surface.radius, face.surface.radius)
    normal = through(worn.surface.normal, still.surface.normal, face.surface.normal)
    return replace(
        worn,
        material=replace(material, colour=colour, shine=shine, gloss=gloss),
        surface=replace(worn.surface, radius=radius, normal=normal),
    )


def lifted(worn: tuple[Sheet, ...], head: Head, mask: Mask) -> tuple[Sheet, ...]:
    """Return what is worn before the eyes as it sits on the mask instead of on the nose."""
    row = slice(*(round(mask.cover.shape[0] * (0.5 + at)) for at in (-0.02, 0.0)))
    column = _middle(mask.cover.shape[0], 0.01)
    there = mask.cover[row, column]
    room = float(((mask.radius - head.surface.radius)[row, column] * there).max())
    return tuple(replace(sheet, height=sheet.height + max(0.0, room)) for sheet in worn)


def texels(length: float, side: int) -> int:
    """Return how many texels of a head's map a length on the face (head units) takes."""
    return max(1, round(length * side / (2 * REACH * 1.76)))


def _shape(head: Head, mask: Mask, window: Window) -> Surface:
    own, part = head.surface, mask.cover[window]
    radius, normal, openness = own.radius.copy(), own.normal.copy(), own.openness.copy()
    over = np.maximum(mask.radius[window], own.radius[window] + np.float32(CLEARANCE))
    radius[window] += part * (over - own.radius[window])
    normal[window] = normals(radius, head.grid.direction)[window]
    opened = mask.openness[window] if isinstance(mask.openness, np.ndarray) else np.float32(mask.openness)
    openness[window] += part * (opened - openness[window])
    return Surface(radius, normal, openness)


def _coat_normal(head: Head, mask: Mask, radius: Floats) -> Floats:
    """Return the coat's normals: the mask's own shape, running on over its holes and past its rim."""
    return normals(np.maximum(mask.radius, radius), head.grid.direction)


def _material(head: Head, mask: Mask, window: Window, part: Floats) -> Material:
    own = head.material
    maps = [own.colour.copy(), own.shine.copy(), own.gloss.copy(), own.softness.copy()]
    shade = 1 - np.float32(mask.rim) * _gap(part, texels(_GAP, mask.cover.shape[0]))
    maps[0][window] = mix(maps[0][window], mask.colour[window], part) * shade[..., None]
    shine = mask.shine[window] if isinstance(mask.shine, np.ndarray) else np.float32(mask.shine)
    for number, value in enumerate((shine, np.float32(mask.gloss), np.float32(mask.softness)), 1):
        maps[number][window] += part * (value - maps[number][window])
    return Material(*maps)


def _gap(cover: Floats, reach: int) -> Floats:
    """Return the shadow along a mask's edges: deep on the skin beside it, a dark line on the edge itself."""
    near = cv2.GaussianBlur(cover, (0, 0), max(0.7, reach / 2))
    return np.asarray(np.clip(2 * near * (1 - cover) + 1.6 * cover * (1 - cover), 0, 1), np.float32)


def _window(cover: Floats, pad: int) -> Window:
    rows, columns = (np.flatnonzero(cover.any(axis=axis)) for axis in (1, 0))
    side = cover.shape[0]
    ends = [(max(0, int(at[0]) - pad), min(side, int(at[-1]) + pad + 1)) for at in (rows, columns)]
    return slice(*ends[0]), slice(*ends[1])


def _middle(side: int, half: float) -> slice:
    return slice(round(side * (0.5 - half)), round(side * (0.5 + half)) + 1)


def _stirred(window: Window, through: Floats, worn: Floats, before: Floats, after: Floats) -> Floats:
    """Return a map of the worn mask with the part of a change below it that is seen through it."""
    seen = through if worn.ndim == 2 else through[..., None]
    stirred = worn.copy()
    stirred[window] += seen * (after[window] - before[window])
    return stirred
