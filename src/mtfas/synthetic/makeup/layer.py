"""Make-up as layers over the face's part of a head's maps, and the head that wears them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from mtfas.data.manifest import Parameter
from mtfas.synthetic.eyelids import STEPS, Lids, Socket
from mtfas.synthetic.eyes import find_eyes
from mtfas.synthetic.grid import Grid, Window, band, face_window, normals_in, sphere_of, step
from mtfas.synthetic.head import Head, blink
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.mouth import find_lips
from mtfas.synthetic.noise import Floats, unit_length
from mtfas.synthetic.skin import SKIN_GLOSS, Material, open_eyes
from mtfas.synthetic.surface import Surface

SEEN = 0.22
"""From this cover on a layer counts as seen."""
_HAIR = (0.36, 0.62)
"""Reflectance, relative to the skin's, below which something is hair, and above which it is skin."""


@dataclass(frozen=True)
class Layer:
    """One thing on the skin.

    Attributes:
        part: how far it covers the skin, [h, w] in [0, 1].
        colour: reflectance, [3] or [h, w, 3].
        shine: strength of its highlight; None keeps the skin's.
        gloss: exponent of its highlight.
        fills: how far it fills pores and fine lines, 0 to 1.
        hides_hair: whether it covers brows and beard as well: a thick paste, or hair itself.
        shaded: how far the skin's own shades (lines, sockets, spots) still show in its colour, 0 to 1.
        softness: as in Material; 1 for what light enters like skin.
    """

    part: Floats
    colour: Floats
    shine: float | None = None
    gloss: float = SKIN_GLOSS
    fills: float = 0.0
    hides_hair: bool = False
    shaded: float = 0.0
    softness: float = 1.0


@dataclass(frozen=True)
class Makeup:
    """All that one face wears.

    Attributes:
        layers: from the skin outwards, over the face's window.
        eyes_of: as whom the eyes are painted over it: eyeliner and mascara.
        relief: what it adds to the face, [h, w], head units, or nothing.
        made: the manifest's generating parameters.
    """

    layers: tuple[Layer, ...]
    eyes_of: Identity
    relief: Floats | None = None
    made: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True)
class MadeUp:
    """A head with make-up, eyes open; `under` is the region about the eyes as if there were no eyes."""

    head: Head
    under: Floats
    made: Mapping[str, Parameter]


def face_part(head: Head) -> tuple[Window, Grid]:
    """Return the window that layers lie on, and the grid cut to it."""
    window = face_window(head.grid)
    return window, head.grid.cut(window)


def put_on(head: Head, makeup: Makeup) -> MadeUp:
    """Return a live head with make-up, its `region` where the make-up is seen."""
    window, part = face_part(head)
    bare = _without_eyes(head)
    free, hairs = _paintable(head, window, part, bare)
    region = np.zeros(free.shape, np.float32)
    filled = np.zeros(free.shape, np.float32)
    for layer in makeup.layers:
        cover = layer.part * (free if layer.hides_hair else free * (1 - hairs))
        _lay(layer, cover, bare, window, head.person)
        region = np.maximum(region, step(cover, 0.5 * SEEN, 1.5 * SEEN))
        filled = np.maximum(filled, layer.fills * cover)
    surface = _shape(head.surface, window, filled, free, makeup.relief)
    return _with_eyes(head, makeup, surface, bare, window, region)


def with_lids(made_up: MadeUp, closed: int, lids: Lids) -> Head:
    """Return the made-up head with its lids lowered; the eye shadow on them comes down too.

    Args:
        made_up: from `put_on`.
        closed: how far, 0 open to STEPS closed.
        lids: from `close_eyes` of the made-up head, closed / STEPS.
    """
    if closed == 0:
        return made_up.head
    shut = blink(made_up.head, lids)
    region = shut.region.copy()
    region[shut.socket.window] = _around_eyes(shut, made_up.under, closed / STEPS)
    return replace(shut, region=region)


def _around_eyes(head: Head, under: Floats, lids: float) -> Floats:
    """Return the region about the eyes, the eyeballs left out."""
    part = head.grid.cut(head.socket.window)
    return np.asarray(under * (1 - find_eyes(head.person, part, head.grid.texel, lids).inside), np.float32)


def _without_eyes(head: Head) -> Material:
    """Return copies of a head's maps with lidless skin where the eyes are."""
    own, eyes = head.material, head.socket.window
    bare = Material(own.colour.copy(), own.shine.copy(), own.gloss.copy(), own.softness.copy())
    bare.colour[eyes], bare.shine[eyes], bare.gloss[eyes] = (
        head.socket.colour,
        head.socket.shine,
        head.socket.gloss,
    )
    return bare


def _paintable(head: Head, window: Window, part: Grid, bare: Material) -> tuple[Floats, Floats]:
    """Return where there is skin or lip rather than hair, cloth or teeth, and where brows and beard grow."""
    free = step(bare.softness[window], 0.75, 0.97) * part.front
    if head.person.mouth_open > 0:
        rows = band(part, 0.42, 0.78)
        free[rows] *= 1 - find_lips(head.person, part.cut(rows), head.grid.texel).inside
    grey = bare.colour[window] @ np.full(3, 1 / 3, np.float32)
    return np.asarray(free, np.float32), step(grey / np.float32(np.mean(head.person.skin)), *_HAIR[::-1])


def _lay(layer: Layer, cover: Floats, bare: Material, window: Window, person: Identity) -> None:
    """Lay one layer on the maps, in place."""
    under, colour = bare.colour[window], np.asarray(layer.colour, np.float32)
    if layer.shaded > 0:
        grey = under.mean(axis=-1) / np.float32(np.mean(person.skin))
        colour = colour * (1 + np.float32(layer.shaded) * (np.clip(grey, 0.1, 1.4) - 1))[..., None]
    under += cover[..., None] * (colour - under)
    if layer.shine is not None:
        bare.shine[window] += cover * (np.float32(layer.shine) - bare.shine[window])
        bare.gloss[window] += cover * (np.float32(layer.gloss) - bare.gloss[window])
    if layer.softness != 1:
        bare.softness[window] += cover * (np.float32(layer.softness) - bare.softness[window])


def _shape(own: Surface, window: Window, filled: Floats, free: Floats, relief: Floats | None) -> Surface:
    """Return the surface with pores filled and pieces added; nothing changes outside the window."""
    if relief is None and not filled.any():
        return own
    radius, normal = own.radius.copy(), own.normal.copy()
    if filled.any():
        smooth = cv2.GaussianBlur(radius[window], (0, 0), max(0.8, radius.shape[0] / 340))
        radius[window] += 0.6 * filled * (smooth - radius[window])
    if relief is not None:
        radius[window] += relief * free
    fresh = normals_in(window, radius[window], sphere_of(len(radius)))
    normal[window][1:-1, 1:-1] = unit_length(fresh[1:-1, 1:-1])
    return replace(own, radius=radius, normal=normal)


def _with_eyes(
    head: Head, makeup: Makeup, surface: Surface, bare: Material, window: Window, region: Floats
) -> MadeUp:
    np.clip(bare.colour[window], 0.004, 0.95, out=bare.colour[window])
    eyes = head.socket.window
    socket = Socket(eyes, bare.colour[eyes].copy(), bare.shine[eyes].copy(), bare.gloss[eyes].copy())
    open_eyes(makeup.eyes_of, head.grid, bare)
    whole = np.zeros_like(head.region)
    whole[window] = region
    under = whole[eyes].copy()
    whole[eyes] = _around_eyes(head, under, 0.0)
    worn = replace(head, person=makeup.eyes_of, surface=surface, material=bare, region=whole, socket=socket)
    return MadeUp(worn, under, makeup.made)
