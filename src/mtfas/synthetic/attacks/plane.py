"""A sheet or display held before the camera: where it lies, how far it is seen, how it moves and is lit."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from mtfas.data.manifest import Parameter
from mtfas.synthetic.attacks.bend import Bend, profile
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.light import Light, ambient, diffuse
from mtfas.synthetic.motion import sway
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.raycast import rotation
from mtfas.synthetic.shot import Shot

EDGE_SHARE = 0.24
"""Share of presentations in which an edge of the medium is seen; detectors must not live on edges."""
STAND = (0.0, 0.25)
HAND = (0.6, 1.5)
"""How much the support lets the medium move, lowest and highest: a stand, a hand."""
FLAT = Bend()
_MEETINGS = 3


@dataclass(frozen=True)
class Plane:
    """A medium seen through every canvas pixel; one that is not bent has the same normal everywhere.

    Attributes:
        x: position on the medium in canvas pixels, 0 in its middle, [H, W]; `y` likewise.
        inside: 0 outside the medium; rises to 1 within a pixel of its edge.
        edge: distance inwards from the nearest visible edge in canvas pixels; large where none is seen.
        normal: unit normals, camera axes, [H, W, 3] or [1, 1, 3].
        glancing: where its mirror image of the room looks, right and down, [H, W, 2]; 0 is the camera.
        height: how far it stands out towards the camera, head units, 0 in its middle, [H, W].
        made: how it is held: generating parameters.
    """

    x: Floats
    y: Floats
    inside: Floats
    edge: Floats
    normal: Floats
    glancing: Floats
    height: Floats
    made: Mapping[str, Parameter]

    @property
    def region(self) -> npt.NDArray[np.bool_]:
        """The medium's exact visible area."""
        return self.inside > 0.5

    @property
    def depth(self) -> Floats:
        """Its height where it is seen, -inf elsewhere, [H, W]."""
        return np.where(self.region, self.height, np.float32(-np.inf))

    def show(self, picture: Floats) -> Floats:
        """Return a picture [n, n, 3] laid on the middle of the medium, as the camera sees it."""
        middle = np.float32((picture.shape[0] - 1) / 2)
        seen = cv2.remap(
            picture, self.x + middle, self.y + middle, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(seen, np.float32)


def support(take: int) -> tuple[float, float]:
    """Return how much a medium may move: the first take is on a stand, later ones are in a hand."""
    return STAND if take == 1 else HAND


def hold(shot: Shot, bend: Bend = FLAT, shake: tuple[float, float] | None = None) -> Plane:
    """Return how a medium is held before the camera in one frame.

    Args:
        shot: tilt, place, size and seen edges come from the presentation, the movement from the time.
        bend: of the sheet.
        shake: how much it moves, lowest and highest; by default as the take's support lets it.
    """
    rng, framing = shot.stream("hold"), shot.framing
    moves = float(rng.uniform(*(shake or support(shot.clip.take))))
    far, scale = float(rng.uniform(5.5, 9.0)), float(rng.uniform(0.93, 1.12))
    tilt, place = _moved(shot, rng, moves)
    met = _meet(framing, tilt, far, bend)
    on = np.float32(framing.unit / scale)
    x, y = (part * on + np.float32(off * framing.canvas) for part, off in zip(met.sheet, place, strict=True))
    edge, seen = _edges(x, y, framing, rng)
    made = {"tilt_yaw": tilt[0], "tilt_pitch": tilt[1], "shake": moves, "curve": bend.curve, "edge": seen}
    inside = np.clip(edge + np.float32(0.5), 0, 1)
    return Plane(x, y, inside, edge, met.normal, met.glancing, met.height, made)


def light_paper(plane: Plane, reflectance: Floats, light: Light, uneven: Floats | float = 1.0) -> Floats:
    """Return the radiance of a lit sheet of matt paper, [H, W, 3]; `uneven` is a factor of the light."""
    lit = diffuse(light, plane.normal, 0.0) + ambient(light, plane.normal[..., 1])
    factor = uneven[..., None] if isinstance(uneven, np.ndarray) else np.float32(uneven)
    return np.asarray(reflectance * lit * factor, np.float32)


def lay(plane: Plane, medium: Floats, background: Floats) -> Floats:
    """Return the medium's radiance over the background's."""
    return np.asarray(background + plane.inside[..., None] * (medium - background), np.float32)


@dataclass(frozen=True)
class _Met:
    """Where the rays meet a sheet: right and down on it in head units; the rest as in Plane."""

    sheet: tuple[Floats, Floats]
    normal: Floats
    glancing: Floats
    height: Floats


def _moved(
    shot: Shot, rng: np.random.Generator, moves: float
) -> tuple[tuple[float, float, float], tuple[float, float]]:
    """Return yaw, pitch and roll in degrees, and the shift in canvas sides, at the shot's time."""
    base = rng.normal(0, (7, 7, 3, 0.012, 0.012))
    sizes = moves * np.array([0.9, 0.9, 0.7, 0.006, 0.006])
    swayed = [sway(shot.stream("hold", number), shot.time, size) for number, size in enumerate(sizes)]
    yaw, pitch, roll, right, down = (float(part) for part in base + swayed)
    return (yaw, pitch, roll), (right, down)


def _meet(framing: Framing, tilt: tuple[float, float, float], far: float, bend: Bend) -> _Met:
    """Follow each pixel's ray to the sheet, whose middle lies in the middle of the view, `far` units away."""
    side, turn = framing.canvas, rotation(*tilt)
    line = (np.arange(side, dtype=np.float32) - np.float32((side - 1) / 2)) / np.float32(framing.unit)
    start = [line[None, :] * turn[0, axis] + line[:, None] * turn[1, axis] for axis in range(3)]
    way = [turn[2, axis] - part / np.float32(far) for axis, part in enumerate(start)]
    z = -start[2] / way[2]
    right, down = start[0] + z * way[0], start[1] + z * way[1]
    normal = np.asarray(turn[:, 2][None, None], np.float32)
    if not bend.flat:
        shape = profile(bend)
        cosine, sine = np.float32(np.cos(bend.axis)), np.float32(np.sin(bend.axis))
        for _ in range(_MEETINGS):
            across = cosine * right + sine * down
            along, height = shape.at(across)
            z = (height - start[2]) / way[2]
            right, down = start[0] + z * way[0], start[1] + z * way[1]
        slope = shape.slope_at(across)
        aside = np.sin(slope)
        local = cv2.merge([cosine * aside, sine * aside, np.cos(slope)])
        normal = np.asarray(cv2.transform(local, turn), np.float32)
        right, down = right + cosine * (along - across), down + sine * (along - across)
    aim = [
        2 * normal[..., 0] + line[None, :] / np.float32(far),
        2 * normal[..., 1] + line[:, None] / np.float32(far),
    ]
    glancing = cv2.merge([np.ascontiguousarray(np.broadcast_to(part, z.shape), np.float32) for part in aim])
    return _Met((right, down), normal, np.asarray(glancing, np.float32), np.asarray(z, np.float32))


def _edges(x: Floats, y: Floats, framing: Framing, rng: np.random.Generator) -> tuple[Floats, float]:
    """Return how far inside the medium each pixel lies, in canvas pixels, and how many edges show."""
    crop = framing.size / framing.sensor * framing.canvas / 2
    count = int(rng.integers(1, 3)) if rng.random() < EDGE_SHARE else 0
    distance = np.full(x.shape, 9.0 * framing.canvas, np.float32)
    places = crop * rng.uniform(0.72, 0.97, 4)
    for side in rng.permutation(4)[:count]:
        distance = np.minimum(distance, np.float32(places[side]) - (x, -x, y, -y)[side])
    return distance, float(count)
