"""How a sheet is bent: a profile across its axis, and what the camera meets of it."""

from dataclasses import dataclass

import cv2
import numpy as np

from mtfas.synthetic.noise import Floats

_REACH = 3.2
_STEPS = 512
_STEEPEST = 1.2
"""Radians: a sheet bent further would hide a part of itself."""


@dataclass(frozen=True)
class Bend:
    """A sheet bent about one axis that lies in it; a wave may run over it as well.

    Attributes:
        axis: radians from upright: 0 is bent like a standing can.
        curve: curvature per head unit; above 0 it bulges towards the camera.
        wave: greatest slope of the wave, radians; `length`: its length in head units; `phase`: radians.
    """

    axis: float = 0.0
    curve: float = 0.0
    wave: float = 0.0
    length: float = 1.5
    phase: float = 0.0

    @property
    def flat(self) -> bool:
        """Whether there is no bend at all."""
        return self.curve == 0 and self.wave == 0


@dataclass(frozen=True)
class Profile:
    """The bent sheet across its axis, as tables over the distance from its middle as the camera sees it."""

    along: Floats
    height: Floats
    slope: Floats

    def at(self, across: Floats) -> tuple[Floats, Floats]:
        """Return position along the paper and height, [H, W] each, `across` head units from the middle."""
        table = np.stack([self.along, self.height], axis=-1)[None]
        found = cv2.remap(table, *_place(across), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(found[..., 0]), np.asarray(found[..., 1])

    def slope_at(self, across: Floats) -> Floats:
        """Return the slope in radians, [H, W]; above 0 the sheet falls away in the axis' right."""
        table = self.slope[None]
        found = cv2.remap(table, *_place(across), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(found, np.float32)


def profile(bend: Bend) -> Profile:
    """Return the sheet's profile: its slope is summed up along the paper, then read off across the view."""
    line = np.linspace(-_REACH, _REACH, 2 * _STEPS + 1)
    wave = bend.wave * np.sin(2 * np.pi * line / bend.length + bend.phase)
    slope = _STEEPEST * np.tanh((bend.curve * line + wave) / _STEEPEST)
    across, height = (_summed(part, line) for part in (np.cos(slope), -np.sin(slope)))
    seen = np.linspace(-_REACH, _REACH, _STEPS)
    tables = (np.interp(seen, across, part) for part in (line, height, slope))
    return Profile(*(np.asarray(table, np.float32) for table in tables))


def _summed(change: np.ndarray, line: np.ndarray) -> np.ndarray:
    total = np.concatenate([[0], np.cumsum((change[1:] + change[:-1]) / 2 * np.diff(line))])
    return np.asarray(total - total[len(line) // 2])


def _place(across: Floats) -> tuple[Floats, Floats]:
    step = np.float32((_STEPS - 1) / (2 * _REACH))
    return np.asarray((across + np.float32(_REACH)) * step), np.zeros_like(across)
