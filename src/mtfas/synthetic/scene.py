"""A person in front of a camera, rendered as linear light with exact depth and exact attack region."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from mtfas.synthetic.body import draw_body
from mtfas.synthetic.head import Head
from mtfas.synthetic.light import Light, ambient, diffuse, highlight
from mtfas.synthetic.noise import Floats, unit_length
from mtfas.synthetic.raycast import Hit, View, cast, lookup, rays, shadow, window_of
from mtfas.synthetic.sheet import Sheet, see_sheet

_SKIN_GLOSS = 14.0
_EYE_GLOSS = 90.0
_MARGIN = 0.15


@dataclass(frozen=True)
class Scene:
    """What stands before a camera.

    Attributes:
        colour: linear radiance, [H, W, 3].
        depth: head units towards the camera, -inf off the head, [H, W].
        region: True where an attack instrument is seen, [H, W].
    """

    colour: Floats
    depth: Floats
    region: npt.NDArray[np.bool_]


def render(head: Head, view: View, light: Light, background: Floats, worn: tuple[Sheet, ...] = ()) -> Scene:
    """Return the scene of one head (and what it wears) on [side, side] pixels.

    Args:
        head: a live head, or one that wears a mask.
        view: its pose and place.
        light: the session's light.
        background: lit background, [side, side, 3].
        worn: sheets before the eyes, the outermost last.
    """
    window = window_of(head.surface.radius, view, _MARGIN)
    start, way = rays(view, window)
    hit = cast(head.surface.radius, start, way)
    depth = np.full((view.side, view.side), -np.inf, np.float32)
    colour, region = background.copy(), np.zeros(depth.shape, np.bool_)
    draw_body(head.person, view, light, colour)
    depth[window], near = hit.depth, colour[window]
    near[hit.covered] = _shade(head, view, light, hit)[hit.covered]
    region[window] = hit.covered & (lookup(head.region, hit) > 0.5)
    for sheet in worn:
        cover, shown = see_sheet(sheet, view, light, hit.depth, start, way)
        shade = 0.3 * cv2.GaussianBlur(cover, (0, 0), view.unit * 0.03) * (hit.covered & (cover < 0.5))
        near *= (1 - shade)[..., None]
        near += cover[..., None] * (shown - near)
        region[window] = (cover > 0.5) if sheet.attack else region[window] & (cover <= 0.5)
    return Scene(colour, depth, region)


def _shade(head: Head, view: View, light: Light, hit: Hit) -> Floats:
    normal = unit_length(lookup(head.surface.normal, hit) @ view.rotation.T)
    solid = lookup(head.region, hit)
    lit = shadow(head.surface.radius, hit.point, light.towards @ view.rotation)
    direct = diffuse(light, normal, 1 - 0.7 * solid) * lit[..., None]
    around = ambient(light, normal[..., 1]) * lookup(head.surface.openness, hit)[..., None]
    gloss = head.gloss * solid + _SKIN_GLOSS * (1 - solid) + _EYE_GLOSS * lookup(head.material.eye, hit)
    shine = highlight(light, normal, lookup(head.material.shine, hit) * lit, gloss)
    grazing = 1 - np.clip(normal[..., 2], 0, 1)
    rim = np.float32(0.06) * (grazing * grazing) ** 2
    colour = lookup(head.material.colour, hit)
    return np.asarray(colour * (direct + around) + shine + rim[..., None] * around, np.float32)
