"""Pseudo depth of live faces: 0 = background, 255 = nearest; cut out by the same geometry as the face."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from mtfas.errors import BadData, BadSetting, unknown_name
from mtfas.faces.crop import CropRule, crop_face, crop_square
from mtfas.types import Box, ByteImage

DepthBackend = Callable[[ByteImage, Box, CropRule], ByteImage | None]
Points = npt.NDArray[np.float64]

# The skull under a detector's box: an ellipsoid seen from the front, in units of the box.
FACE_CENTRE = (0.50, 0.52)
FACE_HALF_AXES = (0.41, 0.52)
# What stands out or sinks in: centre x, centre y, spread x, spread y (box units), height (skull depth = 1).
RELIEF = (
    (0.50, 0.50, 0.030, 0.100, 0.14),  # bridge of the nose
    (0.50, 0.60, 0.055, 0.045, 0.30),  # tip of the nose
    (0.50, 0.29, 0.200, 0.040, 0.05),  # brow
    (0.33, 0.38, 0.070, 0.045, -0.10),  # eye sockets
    (0.67, 0.38, 0.070, 0.045, -0.10),
    (0.50, 0.78, 0.100, 0.040, 0.06),  # lips
    (0.50, 0.95, 0.090, 0.050, 0.08),  # chin
)
MESH_POINTS = 468
MESH_INPUT = 256
# A point is hidden when one within this share of the crop is nearer by this share of the whole depth.
BESIDE, BEHIND = 0.05, 0.3


def require_depth(name: str) -> None:
    """Check that a depth backend exists and is installed, before any long work.

    Raises:
        BadSetting: it is unknown, or its optional extra is missing.
    """
    if name not in DEPTH_BACKENDS:
        raise unknown_name("depth", name, DEPTH_BACKENDS)
    if DEPTH_BACKENDS[name] is mesh_depth:
        _face_mesh()


def canonical_depth(box: Box, rule: CropRule) -> ByteImage:
    """Return the depth of a canonical frontal face standing in the box.

    A geometry of our own (ellipsoid, nose, brow, eye sockets, lips, chin); it follows place and size of the
    face, not its pose. The paper uses depth fitted to each face (PRNet); see the backend "mesh" for that.

    Returns:
        uint8 [size, size]; the nose tip is 255.
    """
    square = crop_square(box, rule)
    at = (np.arange(rule.size) + 0.5) / rule.size * square.width
    across = (square.left + at - box.left) / box.width
    down = (square.top + at - box.top) / box.height
    x, y = np.meshgrid(across, down)
    depth: Points = np.clip(_surface(x, y) / _highest(), 0.0, 1.0)
    return np.rint(255 * depth).astype(np.uint8)


def mesh_depth(image: ByteImage, box: Box, rule: CropRule) -> ByteImage:
    """Return the depth of MediaPipe's 468-point face mesh, fitted to this face.

    Needs the optional extra "mesh". The mesh is fitted to the crop, so the geometry is the crop's own.

    Returns:
        uint8 [size, size]; the nearest point is 255, the farthest visible 1.

    Raises:
        BadSetting: mediapipe is not installed.
        BadData: no mesh can be fitted to this face.
    """
    crop = crop_face(image, box, CropRule(MESH_INPUT, rule.scale, rule.padding))
    result = _face_mesh().process(crop)
    if not result.multi_face_landmarks:
        raise BadData("no face mesh can be fitted to this face; use --depth canonical for it.")
    marks = result.multi_face_landmarks[0].landmark[:MESH_POINTS]
    return depth_from_points(np.array([[mark.x, mark.y, mark.z] for mark in marks]), rule.size)


def depth_from_points(points: Points, size: int) -> ByteImage:
    """Return the depth of a surface through points, linear between them, 0 outside their hull.

    Points that lie behind others (the far cheek of a turned head) are left out.

    Args:
        points: [K, 3]; x and y in units of the crop's side (0 = left or top edge), z smaller = nearer.
        size: side of the result in pixels.

    Returns:
        uint8 [size, size]; the nearest point would be 255, the farthest 1.
    """
    from scipy.interpolate import LinearNDInterpolator  # slow to import, and for this backend only

    visible = points[_in_front(points)]
    z = visible[:, 2]
    near = 1.0 - (z - z.min()) / max(float(np.ptp(z)), 1e-9)
    centres = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(centres, centres)
    depth = LinearNDInterpolator(visible[:, :2], 1.0 + 254.0 * near, fill_value=0.0)(x, y)
    rounded: Points = np.rint(np.clip(depth, 0.0, 255.0))
    return rounded.astype(np.uint8)


def _in_front(points: Points) -> npt.NDArray[np.bool_]:
    """Say of each point that no point beside it in the picture is much nearer to the camera."""
    apart = np.hypot(*(points[:, None, :2] - points[None, :, :2]).transpose(2, 0, 1))
    nearest = np.where(apart < BESIDE, points[None, :, 2], np.inf).min(axis=1)
    in_front: npt.NDArray[np.bool_] = points[:, 2] - nearest < BEHIND * np.ptp(points[:, 2])
    return in_front


def _surface(x: Points, y: Points) -> Points:
    u = (x - FACE_CENTRE[0]) / FACE_HALF_AXES[0]
    v = (y - FACE_CENTRE[1]) / FACE_HALF_AXES[1]
    skull: Points = np.sqrt(np.clip(1.0 - u * u - v * v, 0.0, None))
    relief = np.zeros_like(skull)
    for centre_x, centre_y, spread_x, spread_y, height in RELIEF:
        bump = np.exp(-0.5 * (((x - centre_x) / spread_x) ** 2 + ((y - centre_y) / spread_y) ** 2))
        relief += height * bump
    return skull + relief * (skull > 0)


@functools.cache
def _highest() -> float:
    x, y = np.meshgrid(np.linspace(0.4, 0.6, 201), np.linspace(0.4, 0.8, 401))
    return float(_surface(x, y).max())


@functools.cache
def _face_mesh() -> Any:
    try:
        from mediapipe.python.solutions.face_mesh import FaceMesh
    except ImportError as error:
        raise BadSetting(
            "depth 'mesh' needs mediapipe, which is not installed; run: pip install 'mtfas[mesh]' "
            "(mediapipe==0.10.21), or use --depth canonical."
        ) from error
    return FaceMesh(static_image_mode=True, max_num_faces=1, min_detection_confidence=0.3)


def _canonical(image: ByteImage, box: Box, rule: CropRule) -> ByteImage:
    return canonical_depth(box, rule)


def _none(image: ByteImage, box: Box, rule: CropRule) -> None:
    return None


DEPTH_BACKENDS: dict[str, DepthBackend] = {"canonical": _canonical, "mesh": mesh_depth, "none": _none}
