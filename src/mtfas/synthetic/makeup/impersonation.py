"""Make-up in the likeness of another person: their tone, brows, lips and shadows, sometimes their nose."""

from dataclasses import replace

import cv2
import numpy as np

from mtfas.data.manifest import Parameter
from mtfas.synthetic.features import relief
from mtfas.synthetic.grid import Grid, bump, pair, step
from mtfas.synthetic.head import Head, bald
from mtfas.synthetic.identity import Identity
from mtfas.synthetic.makeup.colours import darker, lighter
from mtfas.synthetic.makeup.cosmetic import Canvas, base_layer, brow_layer, lip_layer
from mtfas.synthetic.makeup.layer import Layer, Makeup
from mtfas.synthetic.makeup.strokes import brow_area, ragged
from mtfas.synthetic.noise import Floats

_SHARE = 4
"""Shapes are smooth: they are compared on a grid this much coarser."""


def draw_impersonation(head: Head, model: Identity, rng: np.random.Generator) -> Makeup:
    """Return make-up that turns a face into the model's likeness.

    Args:
        head: who wears it.
        model: whom it should look like.
        rng: how well the artist does.
    """
    face, person = Canvas.of(head), head.person
    base, shadows = (float(part) for part in rng.uniform((0.82, 0.7), (0.97, 1.0)))
    low, shine = float(rng.uniform(0.78, 0.97)), float(rng.uniform(0.003, 0.02))
    tone, far = _tone(person, model, rng)
    like = _likeness(person, model)
    other = _model_relief(face, like) - _model_relief(face, bald(person))
    skin = replace(base_layer(face, tone, base, shine, low), shaded=0.25)
    pasted = np.asarray(skin.part * (1 + 0.12 * ragged(rng, face.grid, face.texel, 0.06)), np.float32)
    layers = [
        replace(skin, part=np.clip(pasted, 0, 1)),
        _concealed(face, tone, float(rng.uniform(0.6, 0.95))),
        *_painted_shape(face, other, replace(person, skin=_as_colour(tone)), shadows),
    ]
    added = _prosthesis(face, other, rng)
    if added is not None:
        mould = step(added, 0.003, 0.012)
        layers.append(
            Layer(
                np.float32(0.95) * mould,
                tone * np.float32(rng.uniform(0.85, 1.1)),
                0.02,
                fills=1.0,
                shaded=0.2,
            )
        )
    brow_colour = np.asarray(model.hair, np.float32) * 0.6
    layers.append(brow_layer(face, like, brow_colour, float(rng.uniform(0.9, 1.2)), rng))
    red = np.asarray(model.skin, np.float32) * np.array([0.95, 0.42, 0.45], np.float32)
    layers.append(lip_layer(face, like, red, float(rng.uniform(0.8, 0.95)), float(rng.uniform(0, 0.6))))
    made: dict[str, Parameter] = {"base": base, "shadows": shadows, "jaw_line": low, "tone_change": far}
    made["prosthesis"] = 0.0 if added is None else float(added.max())
    eyes_of = replace(person, eyeliner=float(rng.uniform(0.2, 1.3)))
    return Makeup(tuple(layers), eyes_of, added, made)


def _tone(person: Identity, model: Identity, rng: np.random.Generator) -> tuple[Floats, float]:
    """Return a foundation between the own tone and the model's, and how far its brightness is from the own.

    Nobody impersonates a person whose skin is altogether another colour.
    """
    own, wanted = np.log(np.asarray(person.skin)), np.log(np.asarray(model.skin))
    change = np.clip(rng.uniform(0.6, 1.0) * (wanted - own), -0.6, 0.6) + rng.normal(0, 0.08)
    mixed = np.clip(np.exp(own + change + rng.normal(0, 0.03, 3)), 0.01, 0.9)
    return np.asarray(mixed, np.float32), float(change.mean())


def _likeness(person: Identity, model: Identity) -> Identity:
    """Return the model's features where the wearer's own eyes and mouth are, held as they hold them."""
    return replace(
        bald(model),
        asymmetry=person.asymmetry,
        eye_distance=person.eye_distance,
        smile=person.smile,
        mouth_open=person.mouth_open,
        brow_raise=person.brow_raise + 0.25,
        brow_density=max(0.6, model.brow_density),
    )


def _model_relief(face: Canvas, person: Identity) -> Floats:
    """Return a person's features as relief over the wearer's face, [h, w]."""
    coarse = face.grid.cut((slice(None, None, _SHARE), slice(None, None, _SHARE)))
    found = relief(replace(person, age=30.0), coarse, _SHARE * face.texel)
    return _fine(found, face.shape)


def _fine(coarse: Floats, shape: tuple[int, ...]) -> Floats:
    matrix = np.array([[_SHARE, 0, 0], [0, _SHARE, 0]], np.float64)  # texel k was taken at _SHARE k
    size = (shape[1], shape[0])
    return np.asarray(cv2.warpAffine(coarse, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _concealed(face: Canvas, tone: Floats, strength: float) -> Layer:
    """Return paste that hides the own brows, so that others can be drawn."""
    area = brow_area(face.person, face.grid, 0.05, face.texel)
    return Layer(np.float32(strength) * area, tone, 0.006, hides_hair=True)


def _painted_shape(face: Canvas, other: Floats, painted: Identity, strength: float) -> list[Layer]:
    """Return lights where the model's face stands out further than the own, shadows where it lies back."""
    size = max(0.8, 0.03 / face.texel)
    soft = cv2.GaussianBlur(other, (0, 0), size)
    ridges = soft - cv2.GaussianBlur(other, (0, 0), 4 * size)
    above = cv2.Scharr(soft, cv2.CV_32F, 0, 1, scale=1 / (32 * face.texel))
    shade = np.asarray(ridges * 28 - 0.9 * above, np.float32) * face.grid.front
    bones = _bones(face.grid)
    dark = np.clip(-shade + 0.5 * bones, 0, 1)
    light = np.clip(shade, 0, 1)
    return [
        Layer(np.asarray(np.float32(0.9 * strength) * dark, np.float32), darker(painted, 0.6)),
        Layer(np.asarray(np.float32(0.8 * strength) * light, np.float32), lighter(painted, 0.35)),
    ]


def _bones(grid: Grid) -> Floats:
    """Return where stage make-up darkens any face: temples, beside the nose, hollows of the cheeks."""
    total = 0.7 * pair(grid, 0.40, 0.36, 0.13, 0.12) + 0.6 * pair(grid, 0.09, 0.12, 0.025, 0.16)
    return np.asarray(total + 0.5 * pair(grid, 0.52, -0.3, 0.08, 0.18), np.float32)


def _prosthesis(face: Canvas, other: Floats, rng: np.random.Generator) -> Floats | None:
    """Return a moulded nose, cheeks or chin in the model's shape, head units, [h, w]; most have none."""
    if rng.random() < 0.55:
        return None
    grid, kind = face.grid, str(rng.choice(["nose", "nose", "cheeks", "chin"]))
    where = {
        "nose": step(bump(grid, 0, 0.22, 0.17, 0.26), 0.3, 0.75),
        "cheeks": step(pair(grid, 0.36, 0.25, 0.18, 0.16), 0.3, 0.75),
        "chin": step(bump(grid, 0, 0.85, 0.22, 0.13), 0.3, 0.75),
    }[kind]
    smooth = cv2.GaussianBlur(other, (0, 0), max(0.8, 0.02 / face.texel))
    room = float(rng.uniform(0.008, 0.03))
    return np.asarray(where * np.clip(smooth + room, 0.004, 0.09), np.float32)


def _as_colour(tone: Floats) -> tuple[float, float, float]:
    red, green, blue = (float(part) for part in tone)
    return red, green, blue
