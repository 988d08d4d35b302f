"""Cameras: from linear light to the 8-bit picture that a phone hands out."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.data.manifest import Parameter
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
        detail: its own pixels for each pixel of the frame; below 1 it sees less than the crop can hold.
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
    detail: float = 1.0


SOURCE_CAMERA = Camera(
    "source", 0.5, 0.08, 0.22, (1.0, 1.0), 0.7, 1.05, 2.2, 0.05, 0.0004, 0.002, 0.3, (90, 95)
)
"""What an attacker photographs the target with."""


@dataclass(frozen=True)
class Exposure:
    """What differs between two clips of one camera: focus, exposure, colour, gain and JPEG quality.

    Attributes:
        blur: of the lens, times the camera's.
        smear: (right, down) blur by a moving hand, times the lens's blur, 0 for none.
        brightness: times the camera's aim.
        balance: share of the light's tint that is corrected, times the camera's.
        tint: gain of red, green and blue beyond that.
        vivid: saturation, times the camera's.
        gain: of sensor noise.
        quality: of the JPEG.
    """

    blur: float
    smear: tuple[float, float]
    brightness: float
    balance: float
    tint: tuple[float, float, float]
    vivid: float
    gain: float
    quality: int

    @property
    def made(self) -> dict[str, Parameter]:
        """The manifest's generating parameters."""
        return {
            "blur": self.blur,
            "smear": max(self.smear),
            "exposure": self.brightness,
            "noise_gain": self.gain,
            "saturation": self.vivid,
            "jpeg_quality": float(self.quality),
        }


def expose(camera: Camera, rng: np.random.Generator) -> Exposure:
    """Draw how one clip is taken.

    Focus and noise differ much from clip to clip, as they do between real captures: how sharp or grainy a
    picture is as a whole should tell little about what it shows.
    """
    along = float(rng.uniform(0.5, 1.5)) if rng.random() < 0.12 else 0.0
    red, green, blue = np.exp(rng.normal(0, 0.03, 3))
    return Exposure(
        blur=float(np.exp(rng.uniform(-0.35, 0.3))),
        smear=(along, 0.0) if rng.random() < 0.5 else (0.0, along),
        brightness=float(np.exp(rng.uniform(-0.45, 0.4))),
        balance=float(rng.uniform(0.7, 1.0)),
        tint=(float(red), float(green), float(blue)),
        vivid=float(rng.uniform(0.75, 1.25)),
        gain=float(np.exp(np.clip(rng.normal(-0.2, 0.5), -1.2, 0.9))),
        quality=int(rng.integers(camera.quality[0], camera.quality[1] + 1)),
    )


def capture(
    camera: Camera, radiance: Floats, side: int, exposure: Exposure, rng: np.random.Generator
) -> ByteImage:
    """Return the picture that a camera takes, RGB [side, side, 3].

    Args:
        camera: which camera.
        radiance: linear light before the lens, [n, n, 3] with n at least side.
        side: sensor pixels along an edge of the frame.
        exposure: focus, exposure, white balance and JPEG quality.
        rng: the noise of this one picture.
    """
    own = max(16, 2 * round(side * camera.detail / 2))
    blurred = _lens(camera, radiance, own, exposure)
    sensor = np.asarray(cv2.resize(blurred, (own, own), interpolation=cv2.INTER_AREA), np.float32)
    sensor *= (
        _vignette(camera, own)[..., None]
        * _metered(camera, sensor, exposure)
        * _white_balance(camera, sensor, exposure)
    )
    picture = _develop(
        camera, _demosaic(_noisy(camera, sensor, exposure, rng)), camera.saturation * exposure.vivid
    )
    stored = _jpeg(picture, exposure.quality)
    if own == side:
        return stored
    return np.asarray(cv2.resize(stored, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def _lens(camera: Camera, radiance: Floats, side: int, exposure: Exposure) -> Floats:
    spread = camera.blur * radiance.shape[0] / side * exposure.blur
    across, down = (spread * (1 + smear) for smear in exposure.smear)
    return np.asarray(cv2.GaussianBlur(radiance, (0, 0), across, sigmaY=down), np.float32)


def _vignette(camera: Camera, side: int) -> Floats:
    line = np.linspace(-1, 1, side, dtype=np.float32) ** 2
    return np.asarray(1 - camera.vignette * 0.5 * (line[None, :] + line[:, None]), np.float32)


def _metered(camera: Camera, sensor: Floats, exposure: Exposure) -> np.float32:
    inner = sensor.shape[0] // 5
    luminance = sensor[inner:-inner, inner:-inner] @ _LUMA
    metered = 0.5 * luminance.mean() + 0.5 * np.sqrt(np.mean(luminance**2))
    return np.float32(camera.brightness * exposure.brightness / max(float(metered), 1e-4))


def _white_balance(camera: Camera, sensor: Floats, exposure: Exposure) -> Floats:
    mean = sensor.reshape(-1, 3).mean(axis=0)
    expected = np.array([1.12, 1.0, 0.88], np.float32)  # pictures of faces are warmer than grey
    gain = (expected * mean[1] / np.maximum(mean, 1e-5)) ** (camera.correction * exposure.balance)
    gain *= np.array([camera.balance[0], 1.0, camera.balance[1]]) * np.asarray(exposure.tint)
    return np.asarray(gain / gain[1], np.float32)


def _noisy(camera: Camera, sensor: Floats, exposure: Exposure, rng: np.random.Generator) -> Floats:
    """Return the raw mosaic [side, side], red first, with shot and read noise."""
    raw = sensor[..., 1].copy()
    raw[0::2, 0::2] = sensor[0::2, 0::2, 0]
    raw[1::2, 1::2] = sensor[1::2, 1::2, 2]
    gain = np.float32(exposure.gain)
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
