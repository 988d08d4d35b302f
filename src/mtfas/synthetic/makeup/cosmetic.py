"""Cosmetic make-up, heavier than what people wear every day: base, contour, eyes, brows, lips."""

from dataclasses import dataclass, replace

import numpy as np

from mtfas.data.manifest import Parameter
from mtfas.synthetic.eyes import find_eyes
from mtfas.synthetic.grid import Grid, band, bump, pair, step
from mtfas.synthetic.head import Head
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.makeup.colours import LIPS, SHADOWS, darker, foundation, lighter, pick
from mtfas.synthetic.makeup.layer import Layer, Makeup, face_part
from mtfas.synthetic.makeup.strokes import at_rows, brow_area, face_area, lid_area, liner, lip_area, stroke
from mtfas.synthetic.noise import Floats

_EYES, _MOUTH = (-0.34, 0.2), (0.42, 0.78)


@dataclass(frozen=True)
class Canvas:
    """The face that is made up: its part of the maps, in head units."""

    person: Identity
    grid: Grid
    texel: float

    @classmethod
    def of(cls, head: Head) -> "Canvas":
        """Return a head's face."""
        return cls(head.person, face_part(head)[1], head.grid.texel)

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return self.grid.x.shape


def draw_cosmetic(head: Head, rng: np.random.Generator) -> Makeup:
    """Return heavy make-up: always at least base, eyes and lips, each in its own strength."""
    face, person = Canvas.of(head), head.person
    base, eyes, lips = (float(part) for part in rng.uniform((0.6, 0.55, 0.7), (0.92, 1.0, 0.97)))
    gloss, contour, blush = (float(part) for part in rng.uniform((0, 0.15, 0.1), (1, 0.6, 0.6)))
    layers = [
        base_layer(face, foundation(person, rng, 0.10), base, float(rng.uniform(0.004, 0.02))),
        *contours(face, contour),
        blusher(face, pick(LIPS[[1, 4, 6]], rng), blush),
        *eye_layers(face, eyes, rng),
        brow_layer(face, person, np.asarray(person.hair, np.float32) * 0.6, eyes, rng),
        lip_layer(
            face,
            replace(person, lip=person.lip * float(rng.uniform(1.02, 1.3))),
            pick(LIPS, rng),
            lips,
            gloss,
        ),
    ]
    made: dict[str, Parameter] = {"base": base, "eyes": eyes, "lips": lips}
    made |= {"gloss": gloss, "contour": contour, "blusher": blush}
    return Makeup(tuple(layers), replace(person, eyeliner=float(rng.uniform(0.9, 1.5))), made=made)


def base_layer(face: Canvas, colour: Floats, strength: float, shine: float, low: float = 0.93) -> Layer:
    """Return foundation from the hairline to the jaw, the lips left out."""
    rows = band(face.grid, *_MOUTH)
    lips = at_rows(rows, lip_area(face.person, face.grid.cut(rows), face.texel)[0], face.shape)
    part = face_area(face.grid, low) * (1 - 0.7 * lips)
    return Layer(np.float32(strength) * part, colour, shine, fills=strength, shaded=0.45)


def contours(face: Canvas, strength: float) -> list[Layer]:
    """Return painted shadows below the cheekbones and beside the nose, and lights on ridge and bones."""
    grid, person = face.grid, face.person
    wide = np.abs(grid.x)
    dark = stroke(wide, grid.y, [(0.55, 0.18), (0.30, 0.42)], 0.11)
    dark = np.maximum(
        dark, 0.8 * stroke(wide, grid.y, [(0.075, -0.08), (0.07, person.nose_length - 0.04)], 0.045)
    )
    dark = np.maximum(dark, 0.6 * stroke(wide, grid.y, [(0.52, -0.5), (0.56, -0.2)], 0.14))
    light = 0.8 * bump(grid, 0, 0.08, 0.028, 0.2) + stroke(wide, grid.y, [(0.47, 0.05), (0.3, 0.15)], 0.07)
    light = (
        light
        + 0.5 * bump(grid, 0, -0.45, 0.2, 0.14)
        + 0.8 * pair(grid, person.eye_distance, 0.085, 0.1, 0.035)
    )
    return [
        Layer(np.float32(strength) * dark, darker(person, 0.55)),
        Layer(np.clip(np.float32(0.7 * strength) * light, 0, 1), lighter(person, 0.3), 0.03, 24.0),
    ]


def blusher(face: Canvas, colour: Floats, strength: float) -> Layer:
    """Return rouge on the cheeks."""
    part = np.float32(0.6 * strength) * pair(face.grid, 0.38, 0.22, 0.15, 0.10)
    return Layer(part, colour, shaded=0.5)


def eye_layers(face: Canvas, strength: float, rng: np.random.Generator) -> list[Layer]:
    """Return eye shadow, a second tone in the crease, and a line along the lid with a wing."""
    rows = band(face.grid, *_EYES)
    part, person = face.grid.cut(rows), face.person
    eye = find_eyes(person, part, face.texel, 0.0)
    colour, crease = pick(SHADOWS, rng), pick(SHADOWS[[0, 1, 4]], rng)
    high, out = float(rng.uniform(0.07, 0.14)), float(rng.uniform(0.01, 0.07))
    lid = lid_area(eye, person, high, out)
    fold = np.exp(-(((eye.top - eye.down - 0.55 * high) / (0.4 * high)) ** 2)) * step(eye.across, -0.05, 0.08)
    smoky = float(rng.choice([0.0, rng.uniform(0.3, 0.8)]))
    below = (
        np.exp(-((np.maximum(eye.down - eye.bottom, 0) / 0.03) ** 2))
        * (eye.down > eye.bottom)
        * (eye.along < 1)
    )
    shimmer = float(rng.choice([0.006, rng.uniform(0.02, 0.06)]))
    line = liner(eye, person, float(rng.uniform(0.010, 0.022)), float(rng.uniform(0.02, 0.11)))
    weak = min(1.0, 0.02 / face.texel)
    return [
        Layer(at_rows(rows, np.float32(0.9 * strength) * lid, face.shape), colour, shimmer, 30.0),
        Layer(at_rows(rows, np.float32(0.6 * strength) * fold * lid, face.shape), crease),
        Layer(at_rows(rows, np.float32(smoky * strength) * below, face.shape), colour),
        Layer(
            at_rows(rows, np.float32(0.95 * weak) * line, face.shape),
            np.full(3, 0.008, np.float32),
            hides_hair=True,
        ),
    ]


def brow_layer(
    face: Canvas, drawn_as: Identity, colour: Floats, strength: float, rng: np.random.Generator
) -> Layer:
    """Return brows drawn with a pencil in the shape of somebody's."""
    rows = band(face.grid, -0.36, 0.0)
    thick = float(rng.uniform(0.022, 0.045))
    area = brow_area(drawn_as, face.grid.cut(rows), thick, face.texel)
    part = at_rows(rows, np.float32(0.75 * strength) * area, face.shape)
    return Layer(part, colour, 0.006, hides_hair=True)


def lip_layer(face: Canvas, drawn_as: Identity, colour: Floats, strength: float, gloss: float) -> Layer:
    """Return lipstick in the shape of somebody's lips; `gloss` 0 is matt, 1 wet."""
    rows = band(face.grid, *_MOUTH)
    area, shade = lip_area(drawn_as, face.grid.cut(rows), face.texel)
    painted = at_rows(rows, shade[..., None] * colour, face.shape)
    part = at_rows(rows, np.float32(strength) * area, face.shape)
    return Layer(part, painted, 0.008 + 0.09 * gloss**2, 20.0 + 70.0 * gloss, hides_hair=True)
