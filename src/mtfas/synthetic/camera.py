"""Cameras: from linear light to the 8-bit picture that a phone hands out."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.synthetic.noise import Floats
from mtfas.types import ByteImage

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True)
class Camera:
    """One camera's optics, sensor and processing.

    Attributes:
        name: the manifest's `camera`.
        blur: standard deviation of the optics, sensor pixels.
        vignette: loss of light in the corners, 0 to 1.
        brightness: mean linear luminance that the exposure aims at.
        balance: what is left of red and blue after its own idea of white, (red, blue).
        correction: share of the light's tint that automatic white balance removes, 0 to 1.
        saturation: 1 keeps colours, higher strengthens them.
        gamma: exponent of the tone curve's inverse (2.2 is sRGB-like).
        contrast: strength of the S-curve, 0 none.
        shot: noise variance per unit of light; `read`: noise deviation in the dark.
        sharpening: strength of the unsharp mask.
        quality: JPEG quality, lowest and highest.
    """

    name: str
    blur: float
    vignette: float
    brightness: float
    balance: tuple[float, float]
    correction: float
    saturation: float
    gamma: float
    contrast: float
    shot: float
    read: float
    sharpening: float
    quality: tuple[int, int]


CAMERAS: dict[str, Camera] = {
    camera.name: camera
    for camera in (
        Camera(
            "camera-1", 0.42, 0.10, 0.24, (1.00, 1.00), 0.7, 1.10, 2.2, 0.10, 0.0006, 0.003, 0.5, (85, 95)
        ),
        Camera(
            "camera-2", 0.58, 0.22, 0.20, (1.06, 0.95), 0.5, 0.92, 2.1, 0.00, 0.0011, 0.005, 0.2, (70, 85)
        ),
        Camera(
            "camera-3", 0.70, 0.15, 0.27, (0.96, 1.06), 0.85, 1.25, 2.3, 0.20, 0.0009, 0.004, 0.7, (78, 92)
        ),
    )
}

SOURCE_CAMERA = Camera(
    "source", 0.5, 0.08, 0.22, (1.0, 1.0), 0.7, 1.05, 2.2, 0.05, 0.0004, 0.002, 0.3, (90, 95)
)
"""What an attacker photographs the target with."""


def capture(camera: Camera, radiance: Floats, side: int, rng: np.random.Generator) -> ByteImage:
    """Return the picture that a camera takes, RGB [side, side, 3].

    Args:
        camera: which camera.
        radiance: linear light before the lens, [n, n, 3] with n at least side.
        side: sensor pixels along an edge of the frame.
        rng: focus, exposure, white balance, noise and JPEG quality of this one picture.
    """
    blurred = _lens(camera, radiance, side, rng)
    sensor = np.asarray(cv2.resize(blurred, (side, side), interpolation=cv2.INTER_AREA), np.float32)
    sensor *= (
        _vignette(camera, side)[..., None]
        * _exposure(camera, sensor, rng)
        * _white_balance(camera, sensor, rng)
    )
    vivid = camera.saturation * float(rng.uniform(0.85, 1.15))
    picture = _develop(camera, _demosaic(_noisy(camera, sensor, rng)), vivid)
    return _jpeg(picture, int(rng.integers(camera.quality[0], camera.quality[1] + 1)))


def _lens(camera: Camera, radiance: Floats, side: int, rng: np.random.Generator) -> Floats:
    spread = camera.blur * radiance.shape[0] / side * rng.uniform(0.8, 1.35)
    along = spread * (1 + (rng.uniform(0.5, 1.5) if rng.random() < 0.12 else 0.0))  # a moving hand
    across = (spread, along) if rng.random() < 0.5 else (along, spread)
    return np.asarray(cv2.GaussianBlur(radiance, (0, 0), across[0], sigmaY=across[1]), np.float32)


def _flare(sensor: Floats, rng: np.random.Generator) -> Floats:
    """Return the veil of stray light, [3]: mostly faint, strong through a smeared lens."""
    return np.asarray(min(float(rng.exponential(0.04)), 0.2) * sensor.mean(axis=(0, 1)), np.float32)


def _vignette(camera: Camera, side: int) -> Floats:
    line = np.linspace(-1, 1, side, dtype=np.float32) ** 2
    return np.asarray(1 - camera.vignette * 0.5 * (line[None, :] + line[:, None]), np.float32)


def _exposure(camera: Camera, sensor: Floats, rng: np.random.Generator) -> np.float32:
    inner = sensor.shape[0] // 5
    luminance = sensor[inner:-inner, inner:-inner] @ _LUMA
    metered = 0.5 * luminance.mean() + 0.5 * np.sqrt(np.mean(luminance**2))
    return np.float32(camera.brightness * rng.uniform(0.7, 1.4) / max(float(metered), 1e-4))


def _white_balance(camera: Camera, sensor: Floats, rng: np.random.Generator) -> Floats:
    mean = sensor.reshape(-1, 3).mean(axis=0)
    expected = np.array([1.12, 1.0, 0.88], np.float32)  # pictures of faces are warmer than grey
    gain = (expected * mean[1] / np.maximum(mean, 1e-5)) ** (camera.correction * rng.uniform(0.7, 1.0))
    gain *= np.array([camera.balance[0], 1.0, camera.balance[1]]) * np.exp(rng.normal(0, 0.03, 3))
    return np.asarray(gain / gain[1], np.float32)


def _noisy(camera: Camera, sensor: Floats, rng: np.random.Generator) -> Floats:
    """Return the raw mosaic [side, side], red first, with shot and read noise."""
    raw = sensor[..., 1].copy()
    raw[0::2, 0::2] = sensor[0::2, 0::2, 0]
    raw[1::2, 1::2] = sensor[1::2, 1::2, 2]
    gain = np.float32(rng.uniform(0.7, 1.8))
    deviation = np.sqrt(gain * camera.shot * np.maximum(raw, 0) + (gain * camera.read) ** 2)
    return np.asarray(raw + deviation * rng.standard_normal(raw.shape, dtype=np.float32), np.float32)


def _demosaic(raw: Floats) -> Floats:
    counts = np.clip(raw * 32768 + 512, 0, 65535).astype(np.uint16)
    colour = cv2.cvtColor(counts, cv2.COLOR_BayerBG2RGB_EA)
    return (colour.astype(np.float32) - 512) / np.float32(32768)


def _develop(camera: Camera, light: Floats, saturation: float) -> ByteImage:
    grey = (light @ _LUMA)[..., None]
    vivid = np.maximum(grey + np.float32(saturation) * (light - grey), 0)
    shoulder = vivid * 1.12 / (1 + 0.12 * vivid)
    tone = np.asarray(np.minimum(shoulder, 1) ** np.float32(1 / camera.gamma), np.float32)
    tone += np.float32(camera.contrast) * (tone * tone * (3 - 2 * tone) - tone)
    sharp = tone + np.float32(camera.sharpening) * (tone - cv2.GaussianBlur(tone, (0, 0), 1.0))
    return np.clip(sharp * 255 + 0.5, 0, 255).astype(np.uint8)


def _jpeg(picture: ByteImage, quality: int) -> ByteImage:
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
    code = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), settings)[1]
    back = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR))
    return np.asarray(cv2.cvtColor(back, cv2.COLOR_BGR2RGB), np.uint8)
