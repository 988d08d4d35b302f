"""A transparent mask: clear plastic moulded after a smooth face; the wearer's skin is seen through it."""

import cv2
import numpy as np

from mtfas.synthetic.coat import Coat, draw_lamp
from mtfas.synthetic.head import Head
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.masks.casting import cast_face, disguised
from mtfas.synthetic.masks.mask import Mask, texels
from mtfas.synthetic.masks.outline import covered, cut, eye_holes, face_oval, nostrils, slit, under_headwear
from mtfas.synthetic.noise import Floats, smooth

TINTS = {
    "clear": (1.0, 1.0, 1.0),
    "bluish": (0.92, 0.98, 1.05),
    "yellowed": (1.05, 1.0, 0.86),
    "greenish": (0.94, 1.04, 0.97),
    "smoky": (0.85, 0.84, 0.84),
}
"""What the plastic does to red, green and blue."""


def make_transparent(head: Head, stranger: Identity, rng: np.random.Generator) -> Mask:
    """Return a clear mask for the head.

    Args:
        head: who will wear it.
        stranger: whose features the plastic has, weakened by moulding.
        rng: its tint, milkiness, holes, fit and the waves of its surface.
    """
    tint = str(rng.choice(list(TINTS)))
    milk, fit = (float(rng.uniform(*ends)) for ends in ((0.05, 0.28), (0.03, 0.08)))
    lamp = draw_lamp(rng, (0.8, 4.0))
    cast = cast_face(disguised(head.person, stranger, 0.0), head.grid.x.shape[0])
    waves = np.float32(rng.uniform(0.001, 0.005)) * smooth(rng, cast.side, 22)
    shape = cast.smoothed(float(rng.uniform(0.06, 0.16))) + np.float32(fit) + waves
    area, holes = _area(head, rng)
    cover = covered(area)
    shine = float(rng.uniform(0.035, 0.075))
    edge = np.exp(-((area / float(rng.uniform(0.012, 0.022))) ** 2)) * float(rng.uniform(0.3, 0.8))
    return Mask(
        radius=np.asarray(shape, np.float32),
        cover=cover,
        colour=_seen_through(head, TINTS[tint], milk, np.asarray(edge, np.float32)),
        shine=0.02 + 0.1 * milk,
        gloss=20.0,
        softness=0.7,
        rim=float(rng.uniform(0.1, 0.35)),
        opacity=milk,
        inner=1.0 - milk,
        openness=np.asarray(0.3 + 0.7 * head.surface.openness, np.float32),
        coat=Coat(head.surface.normal, np.asarray(cover * np.float32(shine) * (1 + edge), np.float32), lamp),
        made={
            "mask_tint": 0.0,
            "mask_plastic": tint,
            "mask_milk": milk,
            "mask_fit": fit,
            "mask_shine": shine,
            "mask_lamp": max(lamp.half),
            "mask_kind": holes,
        },
    )


def _area(head: Head, rng: np.random.Generator) -> tuple[Floats, str]:
    """Return distances inside the plastic, and what is cut out of it."""
    grid, person = head.grid, head.person
    half = (float(rng.uniform(0.58, 0.70)), float(rng.uniform(0.78, 0.95)))
    area = face_oval(grid, half, float(rng.uniform(0.02, 0.1)), float(rng.uniform(2.2, 3.0)))
    holes = "closed"
    if rng.random() < 0.6:
        holes = "eyes"
        eyes = (float(rng.uniform(0.13, 0.18)), float(rng.uniform(0.065, 0.11)))
        area = cut(area, eye_holes(person, grid, eyes), nostrils(person, grid))
    if rng.random() < 0.4:
        holes += "+mouth"
        area = cut(area, slit(grid, float(rng.uniform(0.10, 0.2)), float(rng.uniform(0.015, 0.035))))
    return under_headwear(head, area), holes


def _seen_through(head: Head, tint: tuple[float, float, float], milk: float, edge: Floats) -> Floats:
    """Return the wearer's colour as plastic passes it on: blurred, tinted, paler, with a white edge."""
    own = head.material.colour
    spread = texels(0.008 + 0.03 * milk, own.shape[0])
    soft = np.asarray(cv2.GaussianBlur(own, (0, 0), max(0.6, spread)), np.float32)
    passed = soft * np.asarray(tint, np.float32)
    # Part of the haze is room light, part is light that the skin sends back into the plastic.
    glow = np.float32(0.7) * np.asarray(head.person.skin, np.float32)
    white = (np.float32(0.11) + glow) * np.asarray(tint, np.float32)
    haze = np.clip(milk * 0.8 + edge, 0, 0.9)[..., None]
    return np.asarray(passed + haze * (white - passed), np.float32)
