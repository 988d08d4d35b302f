"""A person in front of a camera, rendered as linear light with exact depth and exact attack region."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from mtfas.synthetic.head import Head
from mtfas.synthetic.light import Light, ambient, diffuse, highlight
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.raycast import Hit, View, cast, lookup, meet_sheet, rays, shadow
from mtfas.synthetic.surface import step


@dataclass(frozen=True)
class Sheet:
    """Something flat worn before the eyes, bent round the face: spectacles, or glasses cut from paper.

    Attributes:
        cover: how opaque it is, [h, w]; the middle of the map lies between the eyes.
        colour: reflectance, [h, w, 3].
        texels: texels per head unit.
        height: distance of its middle from the head's centre, head units.
        bend: curvature, z = height - bend x².
        shine: strength of its highlight.
        attack: whether what it covers is an attack region.
    """

    cover: Floats
    colour: Floats
    texels: float
    height: float
    bend: float
    shine: float
    attack: bool


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
    start, way = rays(view)
    hit = cast(head.surface.radius, view, start, way)
    colour = _body(head, view, light, background)
    colour[hit.covered] = _shade(head, view, light, hit)[hit.covered]
    region = hit.covered & (lookup(head.region, hit) > 0.5)
    for sheet in worn:
        cover, shown = _lay_sheet(sheet, view, light, hit, start, way)
        shade = cv2.GaussianBlur(cover, (0, 0), view.unit * 0.03) * 0.3
        colour *= (1 - shade * (hit.covered & (cover < 0.5)))[..., None]
        colour += cover[..., None] * (shown - colour)
        region = (cover > 0.5) if sheet.attack else region & (cover <= 0.5)
    return Scene(colour, hit.depth, region)


def _shade(head: Head, view: View, light: Light, hit: Hit) -> Floats:
    normal = lookup(head.surface.normal, hit) @ view.rotation.T
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    solid = lookup(head.region, hit)
    eye = lookup(head.material.eye, hit)
    lit = shadow(head.surface.radius, hit.point, light.towards @ view.rotation)
    direct = diffuse(light, normal, 1 - 0.7 * solid) * lit[..., None]
    around = ambient(light, normal[..., 1]) * lookup(head.surface.openness, hit)[..., None]
    gloss = head.gloss * solid + 14.0 * (1 - solid) + 90.0 * eye
    shine = highlight(light, normal, lookup(head.material.shine, hit) * lit, gloss)
    rim = (1 - np.clip(normal[..., 2], 0, 1)) ** 4 * 0.06
    return np.asarray(
        lookup(head.material.colour, hit) * (direct + around) + shine + rim[..., None] * around, np.float32
    )


def _body(head: Head, view: View, light: Light, background: Floats) -> Floats:
    """Return the background with long hair, neck and shoulders before it; they follow the head's turn by half."""
    colour = background.copy()
    line = np.arange(view.side, dtype=np.float32)
    lean = view.rotation[:, 1] * np.float32(0.5)
    x = ((line - view.centre[0]) / view.unit)[None, :] - lean[0] * 0.8
    y = ((line - view.centre[1]) / view.unit)[:, None]
    if head.person.hair_length > 0.5 and head.person.hair_thickness > 0:
        _draw_long_hair(head, x, y, light, colour)
    narrow = 0.60 * head.person.width + 0.55 * np.maximum(y - 1.02, 0) ** 1.5
    inside = (np.abs(x) < narrow) & (y > 0.4)
    turn = np.clip(x / narrow, -1, 1)
    normal = np.stack(
        np.broadcast_arrays(turn, np.float32(0.1), np.sqrt(np.maximum(1 - turn**2, 0))), axis=-1
    )
    sheltered = step(np.broadcast_to(y, inside.shape), 0.85, 1.35)[..., None]
    lit = (
        diffuse(light, normal.astype(np.float32), 1.0) * (0.25 + 0.6 * sheltered)
        + ambient(light, normal[..., 1]) * 0.6
    )
    skin = lit * np.asarray(head.person.skin, np.float32)
    colour[inside] = skin[inside]
    cloth = y > 1.26 + 0.32 * np.exp(-((x / 0.36) ** 2)) * 0.4 + 0.12 * np.abs(x) - 0.05
    folds = 1 + 0.12 * np.sin(9 * x + 5 * y)
    fabric = (0.45 * light.lamp + light.above * 0.8) * np.asarray(head.person.cloth, np.float32)
    wide = np.abs(x) < 0.55 + 1.1 * np.sqrt(np.maximum(y - 1.05, 0))
    worn = np.broadcast_to(cloth & wide, inside.shape)
    colour[worn] = (fabric * folds[..., None])[worn]
    return colour


def _draw_long_hair(head: Head, x: Floats, y: Floats, light: Light, colour: Floats) -> None:
    wide = 0.84 * head.person.width / 0.72 + head.person.hair_thickness * 0.7
    behind = (np.abs(x) < wide + 0.04 * np.sin(7 * y)) & (y > -0.2) & (y < 0.35 + head.person.hair_length)
    streak = 0.75 + 0.25 * np.sin(70 * x + 4 * np.sin(3 * y)) * np.cos(31 * x)
    lit = (0.35 * light.lamp + 0.6 * light.above) * np.asarray(head.person.hair, np.float32)
    colour[behind] = (lit * np.broadcast_to(streak, behind.shape)[..., None])[behind]


def _lay_sheet(
    sheet: Sheet, view: View, light: Light, hit: Hit, start: Floats, way: Floats
) -> tuple[Floats, Floats]:
    z, x, y = meet_sheet(start, way, sheet.height, sheet.bend)
    high, wide = sheet.cover.shape
    across = (x * sheet.texels + (wide - 1) / 2).astype(np.float32)
    down = (y * sheet.texels + (high - 1) / 2).astype(np.float32)
    cover = np.asarray(cv2.remap(sheet.cover, across, down, cv2.INTER_LINEAR, borderValue=0.0), np.float32)
    cover = cover * (z > hit.depth) * (np.abs(across) < 1e4)
    paint = np.asarray(
        cv2.remap(sheet.colour, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    normal = np.stack([2 * sheet.bend * x, np.zeros_like(x), np.ones_like(x)], axis=-1)
    normal = (normal / np.linalg.norm(normal, axis=-1, keepdims=True)) @ view.rotation.T
    shown = paint * (diffuse(light, normal, 0.0) + ambient(light, normal[..., 1])) + highlight(
        light, normal, sheet.shine, 30.0
    )
    return np.asarray(cover, np.float32), np.asarray(shown, np.float32)
