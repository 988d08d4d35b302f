"""A flat medium held before the camera: where it lies, how far it is seen, how it is lit."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from mtfas.synthetic.framing import Framing
from mtfas.synthetic.light import Light, ambient, diffuse, highlight
from mtfas.synthetic.noise import Floats

EDGE_SHARE = 0.22
"""Share of presentations in which an edge of the medium is seen; detectors must not live on edges."""


@dataclass(frozen=True)
class Plane:
    """A medium seen through every canvas pixel.

    Attributes:
        x: position on the medium in canvas pixels, 0 in its middle, [H, W]; `y` likewise.
        inside: 0 outside the medium; rises to 1 within a pixel of its edge.
        edge: distance inwards from the nearest visible edge in canvas pixels; large where none is seen.
        normal: unit normals, camera axes, [H, W, 3].
        height: how far it stands out towards the camera, head units, 0 in its middle, [H, W].
    """

    x: Floats
    y: Floats
    inside: Floats
    edge: Floats
    normal: Floats
    height: Floats

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


def hold(framing: Framing, bend: float, rng: np.random.Generator, hand: np.random.Generator) -> Plane:
    """Return a medium held by a hand.

    Args:
        framing: pixel counts.
        bend: greatest curvature, radians over the frame; 0 for a stiff display.
        rng: the presentation's numbers: tilt, bend, which edges are seen.
        hand: the frame's numbers: a small shake.
    """
    side = framing.canvas
    line = (np.arange(side, dtype=np.float32) - np.float32((side - 1) / 2)) / np.float32(side / 2)
    right, down = np.meshgrid(line, line)
    roll, scale = np.deg2rad(rng.normal(0, 3) + hand.normal(0, 0.7)), rng.uniform(0.93, 1.12)
    slant = rng.normal(0, 0.06, 2) + hand.normal(0, 0.01, 2)
    shift = rng.normal(0, 0.02, 2) + hand.normal(0, 0.008, 2)
    far = np.asarray(1 + slant[0] * right + slant[1] * down, np.float32)
    x = (np.cos(roll) * right + np.sin(roll) * down) / (far * scale) + shift[0]
    y = (-np.sin(roll) * right + np.cos(roll) * down) / (far * scale) + shift[1]
    curve = rng.uniform(-bend, bend)
    along = np.cos(rng.uniform(0, 0.6)) * x + np.sin(rng.uniform(0, 0.6)) * y
    x = x + 0.12 * curve * along**2
    edge = _edges(x, y, framing, rng)
    slope = np.stack([curve * along + 2 * slant[0], np.full_like(x, 2 * slant[1]), np.ones_like(x)], axis=-1)
    normal = slope / np.linalg.norm(slope, axis=-1, keepdims=True)
    half = np.float32(side / 2)
    inside = np.clip(edge * half + 0.5, 0, 1)
    height = -(0.5 * curve * along**2 + 2 * (slant[0] * right + slant[1] * down)) * half / framing.unit
    parts = (x * half, y * half, inside, edge * half, normal, height)
    return Plane(*(np.asarray(part, np.float32) for part in parts))


def _edges(x: Floats, y: Floats, framing: Framing, rng: np.random.Generator) -> Floats:
    """Return how far inside the medium each pixel lies, in half canvas sides; at most two edges are seen."""
    crop = framing.size / framing.sensor
    seen = rng.random() < EDGE_SHARE
    sides = rng.permutation(4)[: int(rng.integers(1, 3))]
    places = crop * rng.uniform(0.72, 0.97, 4)
    distance = np.full(x.shape, 9.0, np.float32)
    for side in sides if seen else ():
        along = (x, -x, y, -y)[side]
        distance = np.minimum(distance, places[side] - along)
    return distance


def light_paper(plane: Plane, reflectance: Floats, light: Light, shine: float, gloss: float) -> Floats:
    """Return the radiance of a lit sheet of paper."""
    lit = diffuse(light, plane.normal, 0.0) + ambient(light, plane.normal[..., 1])
    return np.asarray(reflectance * lit + highlight(light, plane.normal, shine, gloss), np.float32)


def lay(plane: Plane, medium: Floats, background: Floats) -> Floats:
    """Return the medium's radiance over the background's."""
    return np.asarray(background + plane.inside[..., None] * (medium - background), np.float32)
