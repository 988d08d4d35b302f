"""Cut photo attack: a print of the subject without its eyes; somebody looks and blinks through the holes.

The print is near the camera, the living eyes lie behind it: they are smaller, in the sheet's shade, and slide
behind the holes when the sheet moves.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.synthetic.attacks.bend import Bend
from mtfas.synthetic.attacks.plane import HAND, Plane, hold
from mtfas.synthetic.attacks.portrait import Portrait, eyes_seen, take_portrait
from mtfas.synthetic.attacks.prints import show_print
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.motion import sway
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.printing import PRINTERS, blank_paper
from mtfas.synthetic.raycast import View, rotation
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter
from mtfas.synthetic.surface import step

_GAPS = (0.05, 0.35)
"""From the sheet back to the eyes, head units, nearest and farthest."""


@dataclass(frozen=True)
class Holes:
    """How the eyes were cut out, in head units.

    Attributes:
        size: half width and half height of a hole.
        power: 2 cuts ellipses, higher cuts boxes.
        miss: by how far each cut missed its eye, right and down, [2, 2].
        turn: of each hole, radians, [2].
        rim: width of the bare cut edge.
        gap: from the sheet back to the eyes behind it.
        shade: share of the light that reaches the eyes through the holes.
    """

    size: tuple[float, float]
    power: float
    miss: Floats
    turn: Floats
    rim: float
    gap: float
    shade: float


def stage_cut_photo(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of a print with holes, the attacker's own blinking eyes behind them."""
    portrait = sitter.keep("cut portrait", lambda: take_portrait(sitter))
    holes, plane = draw_holes(shot), _sheet(shot)
    person = sitter.head(shot.session).person
    view = _behind(plane, portrait, holes, person.eye_distance, person.depth, shot)
    return cut(portrait, render(sitter.face(shot), view, shot.light, shot.background()), holes, plane, shot)


def recapture_cut(portrait: Portrait, behind: Scene, eyes: Floats, shot: Shot) -> Scene:
    """Return the scene of any portrait, printed and cut, before any picture of living eyes.

    Args:
        portrait: the photograph.
        behind: who looks through the holes, on the canvas.
        eyes: where that person's pupils are on the canvas, right and down, [2, 2].
        shot: conditions; `shot.medium` is one of PRINTERS.
    """
    holes, plane = draw_holes(shot), _sheet(shot)
    wanted = _on_canvas(plane, portrait.eyes)
    moved = _brought(behind, eyes, wanted)
    return cut(portrait, moved, holes, plane, shot)


def cut(portrait: Portrait, behind: Scene, holes: Holes, plane: Plane, shot: Shot) -> Scene:
    """Return the cut print over what is behind it.

    The region is the print without its holes; the depth in the holes is that of the eyes behind the sheet.
    """
    shown, made = show_print(portrait.picture, plane, shot)
    inward = _inward(portrait, holes, plane) * np.float32(portrait.unit)  # canvas pixels into a hole
    paper = step(inward, 0.5, -0.5) * plane.inside
    rim = step(inward, -holes.rim * portrait.unit - 0.5, -holes.rim * portrait.unit + 0.5)[..., None]
    bare = blank_paper(PRINTERS[shot.medium]) * (shot.light.above + 0.35 * shot.light.lamp)
    shown = shown + rim * (bare - shown)
    seen = behind.colour * _shade(paper, holes, shot, portrait.unit)[..., None]
    open_ = np.where(plane.region[..., None], seen, shot.background())
    colour = open_ + paper[..., None] * (shown - open_)
    region = plane.region & (inward < 0)
    deep = np.where(np.isfinite(behind.depth), plane.height - np.float32(holes.gap), np.float32(-np.inf))
    depth = np.where(region, plane.height, np.where(plane.region, deep, np.float32(-np.inf)))
    made = {**plane.made, **made, "hole": holes.size[0], "gap": holes.gap, "rim": holes.rim}
    return Scene(np.asarray(colour, np.float32), np.asarray(depth, np.float32), region, made)


def draw_holes(shot: Shot) -> Holes:
    """Draw how the eyes were cut out."""
    rng = shot.stream("holes")
    wide = float(rng.uniform(0.125, 0.185))
    return Holes(
        size=(wide, wide * float(rng.uniform(0.42, 0.75))),
        power=float(rng.uniform(1.8, 4.0)),
        miss=rng.normal(0, 0.015, (2, 2)).astype(np.float32),
        turn=rng.normal(0, 0.12, 2).astype(np.float32),
        rim=float(rng.uniform(0.002, 0.018)),
        gap=float(rng.uniform(*_GAPS)),
        shade=float(rng.uniform(0.35, 0.8)),
    )


def _sheet(shot: Shot) -> Plane:
    rng = shot.stream("sheet")
    curve = float(rng.uniform(-0.1, 0.3)) + sway(shot.stream("sheet", "curve"), shot.time, 0.03)
    return hold(shot, Bend(float(rng.normal(0, 0.2)), curve), HAND)


def _inward(portrait: Portrait, holes: Holes, plane: Plane) -> Floats:
    """Return how far inside a hole each pixel lies, in head units on the sheet; below 0 on the paper."""
    found = np.full(plane.x.shape, -9.0, np.float32)
    wide, high = holes.size
    for eye, miss, turn in zip(portrait.eyes, holes.miss, holes.turn, strict=True):
        right = plane.x / np.float32(portrait.unit) - np.float32(eye[0] / portrait.unit + miss[0])
        down = plane.y / np.float32(portrait.unit) - np.float32(eye[1] / portrait.unit + miss[1])
        across, along = np.cos(turn) * right + np.sin(turn) * down, np.cos(turn) * down - np.sin(turn) * right
        power = np.float32(holes.power)
        far = (np.abs(across / wide) ** power + np.abs(along / high) ** power) ** (1 / power)
        found = np.maximum(found, np.float32(high) * (1 - far))
    return np.asarray(found, np.float32)


def _shade(paper: Floats, holes: Holes, shot: Shot, unit: float) -> Floats:
    """Return the share of light on what is seen through the holes: the sheet throws a shadow off its edge."""
    away = shot.light.towards[:2] * np.float32(-unit * holes.gap * 0.5)
    matrix = np.array([[1, 0, away[0]], [0, 1, away[1]]], np.float64)
    size = (paper.shape[1], paper.shape[0])
    thrown = cv2.warpAffine(paper, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(thrown, (0, 0), max(0.8, 0.02 * unit))
    return np.asarray(holes.shade * (1 - 0.75 * soft), np.float32)


def _behind(
    plane: Plane, portrait: Portrait, holes: Holes, eye_distance: float, depth: float, shot: Shot
) -> View:
    """Return how the attacker's head stands so that the eyes are behind the holes, as well as it goes."""
    wanted = _on_canvas(plane, portrait.eyes).mean(axis=0)
    pose = [sway(shot.stream("behind", axis), shot.time, size) for axis, size in enumerate((2.5, 1.5, 1.0))]
    far = 7.0
    unit = shot.framing.unit * far / (far + depth + holes.gap)
    view = View(shot.framing.canvas, unit, (0.0, 0.0), rotation(*pose), far)
    missed = [sway(shot.stream("behind", "place", axis), shot.time, 0.012 * unit) for axis in range(2)]
    right, down = wanted - eyes_seen(view, eye_distance, depth).mean(axis=0) + missed
    return View(view.side, unit, (float(right), float(down)), view.rotation, far)


def _on_canvas(plane: Plane, points: Floats) -> Floats:
    """Return where points of the sheet are seen, right and down in canvas pixels, [n, 2]."""
    found = []
    for right, down in points:
        place = int(np.argmin((plane.x - right) ** 2 + (plane.y - down) ** 2))
        found.append((place % plane.x.shape[1], place // plane.x.shape[1]))
    return np.asarray(found, np.float32)


def _brought(behind: Scene, eyes: Floats, wanted: Floats) -> Scene:
    """Return a scene turned, scaled and moved so that its eyes come to lie where they are wanted."""
    (from_left, from_right), (to_left, to_right) = (
        [complex(*point) for point in pair] for pair in (eyes, wanted)
    )
    turn = (to_right - to_left) / (from_right - from_left)
    shift = to_left - turn * from_left
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    side = behind.depth.shape[0]
    colour = cv2.warpAffine(behind.colour, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    depth = cv2.warpAffine(behind.depth, matrix, (side, side), flags=cv2.INTER_NEAREST)
    return Scene(np.asarray(colour, np.float32), np.asarray(depth, np.float32), behind.region)


CUT_PHOTO = Attack("cut_photo", stage_cut_photo)
