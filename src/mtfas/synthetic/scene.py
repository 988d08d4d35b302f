"""A person in front of a camera, rendered as linear light with exact depth and exact attack region."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from mtfas.data.manifest import Parameter
from mtfas.synthetic.body import draw_body
from mtfas.synthetic.coat import mirror
from mtfas.synthetic.decal import laid_on
from mtfas.synthetic.head import Head
from mtfas.synthetic.light import Light, ambient, diffuse, highlight
from mtfas.synthetic.masked import Masked
from mtfas.synthetic.noise import Floats, unit_length
from mtfas.synthetic.raycast import Hit, View, cast, lookup, rays, shadow, window_of
from mtfas.synthetic.sheet import Sheet, see_sheet

_MARGIN = 0.15
_HELD = 0.2
"""How much farther a hand or a scarf before the face reaches out than the head."""
_BEHIND = 0.3
"""How far behind the head's edge neck and shoulders are taken to lie, head units."""


@dataclass(frozen=True)
class Scene:
    """What stands before a camera.

    Attributes:
        colour: linear radiance, [H, W, 3].
        depth: head units towards the camera of the head or the attack instrument, -inf off both, [H, W].
        region: True where an attack instrument is seen, [H, W].
        made: what it was made with: generating parameters for the manifest.
        body: True where the person is seen at all: also neck, shoulders, long hair and what is worn, whose
            depth is not known, [H, W]; None where there is only an instrument.
    """

    colour: Floats
    depth: Floats
    region: npt.NDArray[np.bool_]
    made: Mapping[str, Parameter] = field(default_factory=dict)
    body: npt.NDArray[np.bool_] | None = None

    @property
    def geometry(self) -> Floats:
        """The depth with all of the person in it: what has no depth of its own lies behind, [H, W]."""
        if self.body is None:
            return self.depth
        bare = np.isfinite(self.depth)
        back = (self.depth[bare].min() if bare.any() else 0.0) - _BEHIND
        return np.where(self.body & ~bare, np.float32(back), self.depth)


def render(head: Head, view: View, light: Light, background: Floats, worn: tuple[Sheet, ...] = ()) -> Scene:
    """Return the scene of one head (and what it wears) on [side, side] pixels.

    Args:
        head: a live head, or one that wears a mask.
        view: its pose and place.
        light: the session's light.
        background: lit background, [side, side, 3].
        worn: sheets before the eyes, the outermost last.
    """
    window = window_of(head.surface.radius, view, _MARGIN + (_HELD if worn else 0.0))
    start, way = rays(view, window)
    hit = cast(head.surface.radius, start, way)
    depth = np.full((view.side, view.side), -np.inf, np.float32)
    colour, region = background.copy(), np.zeros(depth.shape, np.bool_)
    draw_body(head.person, view, light, colour)
    depth[window], near = hit.depth, colour[window]
    near[hit.covered] = _shade(head, view, light, hit)[hit.covered]
    region[window] = hit.covered & (lookup(head.region, hit) > 0.5)
    for sheet in worn:
        cover, shown, reach = see_sheet(sheet, view, light, hit.depth, start, way)
        shade = 0.3 * cv2.GaussianBlur(cover, (0, 0), view.unit * 0.03) * (hit.covered & (cover < 0.5))
        near *= (1 - shade)[..., None]
        near += cover[..., None] * (shown - near)
        hidden = cover > 0.5
        region[window] = hidden | region[window] if sheet.attack else region[window] & ~hidden
        if sheet.attack:
            depth[window] = np.where(hidden, np.maximum(depth[window], reach), depth[window])
    made = dict(zip(("yaw", "pitch", "roll"), view.pose, strict=True))
    return Scene(colour, depth, region, made, (colour != background).any(axis=-1))


def _shade(head: Head, view: View, light: Light, hit: Hit) -> Floats:
    material = head.material
    normal = unit_length(lookup(head.surface.normal, hit) @ view.rotation.T)
    answer = lookup(
        np.dstack([material.shine, material.gloss, material.softness, head.surface.openness]), hit
    )
    shine, gloss, softness, openness = np.moveaxis(answer, -1, 0)
    lit = shadow(head.surface.radius, hit.point, light.towards @ view.rotation)
    direct = diffuse(light, normal, softness) * lit[..., None]
    around = ambient(light, normal[..., 1]) * openness[..., None]
    spark = highlight(light, normal, shine * lit, gloss)
    grazing = 1 - np.clip(normal[..., 2], 0, 1)
    rim = np.float32(0.06) * (grazing * grazing) ** 2
    colour = lookup(material.colour, hit)
    if isinstance(head, Masked) and head.decal:
        colour = laid_on(head.decal, colour, hit)
    if isinstance(head, Masked) and head.coat:
        spark = spark + mirror(head.coat, view, light, hit, lit)
    return np.asarray(colour * (direct + around) + spark + rim[..., None] * around, np.float32)
