"""Who a rendered person is: shape, skin, hair and habits, drawn once for each subject."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mtfas.synthetic.expression import draw_expression
from mtfas.synthetic.palette import CLOTH, HAIR, IRIS, SKIN, Colour, between, linear

__all__ = ["Colour", "Identity", "another_day", "draw_identity", "linear"]

BALD, CROPPED, PARTED, CURLY, FRINGE, TIED, CROWN = range(7)
"""Styles of hair: none, very short, combed aside, round and curly, over the forehead, tied, bald on top."""
FULL, GOATEE, MOUSTACHE, STUBBLE, CHINSTRAP = range(5)
"""Beard styles."""
NO_HEADWEAR, CAP, BEANIE, SCARF, HOOD = range(5)
"""What is worn on the head."""
HEADWEAR = ("none", "cap", "beanie", "headscarf", "hood")
"""Names of headwear in the manifest."""
OLDEST, YOUNGEST = 82.0, 9.0
"""Ages in years that occur."""


@dataclass(frozen=True)
class Identity:
    """One person, and how the face is held. Lengths are in head units (a head is about two units high).

    Attributes:
        tone: place on the range of skin colours, 0 lightest to 7 darkest; `age` is in years.
        asymmetry: (tilt, shift, bend): how far the left side differs from the right.
        pores: depth of the skin's fine relief, 0 for a surface that is cast or moulded.
        weathering: how early wrinkles come, times the usual.
        fold: how marked the upper eyelid's crease is, 0 to 1; `eye_tilt` lifts the outer corners.
        freckles, lipstick, eyeliner: strengths, 0 to 1.
        hair_style, beard_style, headwear: see the names above.
        mouth_open, brow_raise, frown, squint, gaze: expression, see `draw_expression`.
    """

    tone: float
    age: float
    width: float
    height: float
    depth: float
    squareness: float
    jaw: float
    asymmetry: tuple[float, float, float]
    brow: float
    eye_distance: float
    eye_width: float
    eye_opening: float
    eye_tilt: float
    fold: float
    nose_length: float
    nose_width: float
    nose_height: float
    nose_bridge: float
    cheek: float
    mouth_width: float
    lip: float
    chin: float
    ear: float
    skin: Colour
    blush: float
    mottling: float
    oiliness: float
    pores: float
    weathering: float
    freckles: float
    hair: Colour
    hair_style: int
    hair_thickness: float
    hairline: float
    hair_length: float
    parting: float
    brow_density: float
    brow_arch: float
    beard: float
    beard_style: int
    headwear: int
    headwear_colour: Colour
    lipstick: float
    lipstick_colour: Colour
    eyeliner: float
    iris: Colour
    spectacles: int
    cloth: Colour
    smile: float
    mouth_open: float
    brow_raise: float
    frown: float
    squint: float
    gaze: tuple[float, float]
    texture_seed: int


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw a person; skin tones and ages are uniform over their whole ranges."""
    tone, age = float(rng.uniform(0, len(SKIN) - 1)), float(rng.uniform(YOUNGEST, OLDEST))
    return Identity(
        tone=tone,
        age=age,
        **_shape(rng, age),
        **_surface(rng, tone, age),
        **_hair(rng, tone, age),
        **_things(rng),
        **draw_expression(rng),
        texture_seed=int(rng.integers(2**31)),
    )


def another_day(person: Identity, rng: np.random.Generator) -> Identity:
    """Return the same person in another session: expression, beard, hair and clothes change."""
    return replace(
        person,
        beard=min(1.0, person.beard * rng.uniform(0.7, 1.2)),
        hair_thickness=person.hair_thickness * rng.uniform(0.85, 1.1),
        cloth=_cloth(rng),
        oiliness=person.oiliness * rng.uniform(0.7, 1.4),
        **draw_expression(rng),
    )


def _shape(rng: np.random.Generator, age: float) -> dict[str, Any]:
    """Draw lengths; children have larger eyes, smaller noses and rounder jaws, old people longer ears."""
    child, old = float(np.clip((17 - age) / 8, 0, 1)), float(np.clip((age - 45) / 35, 0, 1))
    tilt, shift, bend = rng.normal(0, (0.012, 0.006, 0.02))
    return {
        "width": rng.normal(0.69, 0.025),
        "height": rng.normal(1.0, 0.03),
        "depth": rng.normal(0.87, 0.025),
        "squareness": rng.uniform(2.1, 2.6),
        "jaw": rng.uniform(0.05, 0.2) * (1 - 0.5 * child),
        "asymmetry": (float(tilt), float(shift), float(bend)),
        "brow": rng.uniform(0.005, 0.05) * (1 - 0.8 * child),
        "eye_distance": rng.normal(0.285, 0.014),
        "eye_width": rng.normal(0.132, 0.007) * (1 + 0.08 * child),
        "eye_opening": rng.uniform(0.038, 0.058) * (1 + 0.2 * child - 0.2 * old),
        "eye_tilt": rng.normal(0.06 - 0.08 * old, 0.06),
        "fold": rng.uniform(0.1, 1.0),
        "nose_length": rng.normal(0.35, 0.026) * (1 - 0.1 * child + 0.05 * old),
        "nose_width": rng.uniform(0.085, 0.135) * (1 - 0.1 * child),
        "nose_height": rng.uniform(0.11, 0.19) * (1 - 0.25 * child),
        "nose_bridge": rng.uniform(0.05, 0.42) * (1 - 0.5 * child),
        "cheek": rng.uniform(0.0, 0.07) * (1 - 0.6 * old) + 0.04 * child,
        "mouth_width": rng.normal(0.235, 0.02) * (1 - 0.08 * child),
        "lip": rng.uniform(0.036, 0.066) * (1 - 0.3 * old),
        "chin": rng.uniform(0.01, 0.08),
        "ear": rng.uniform(0.09, 0.15) * (1 + 0.15 * old),
    }


def _surface(rng: np.random.Generator, tone: float, age: float) -> dict[str, Any]:
    skin = between(SKIN, tone) * rng.uniform(0.96, 1.04, 3)
    freckled = rng.random() < (0.3 if tone < 2.5 else 0.06)
    made_up = rng.random() < 0.15 and age > 15
    return {
        "skin": linear(np.clip(skin, 0, 255)),
        "blush": rng.uniform(0.04, 0.2),
        "mottling": rng.uniform(0.02, 0.05) * (1 + np.clip((age - 30) / 50, 0, 1)),
        "oiliness": rng.uniform(0.4, 1.6),
        "pores": rng.uniform(0.4, 1.2) * float(np.clip((age - 4) / 18, 0.25, 1)),
        "weathering": rng.uniform(0.6, 1.3),
        "freckles": rng.uniform(0.3, 1.0) if freckled else 0.0,
        "lipstick": rng.uniform(0.25, 0.7) if made_up else 0.0,
        "lipstick_colour": linear(rng.uniform((120, 20, 40), (190, 80, 95))),
        "eyeliner": rng.uniform(0.3, 1.0) if made_up and rng.random() < 0.8 else 0.0,
        "iris": linear(between(IRIS, rng.uniform(0, 1.5 if tone > 4 else len(IRIS) - 1))),
    }


def _hair(rng: np.random.Generator, tone: float, age: float) -> dict[str, Any]:
    dark = rng.random() < min(0.97, 0.3 + 0.17 * tone)
    own = HAIR[0] if dark else HAIR[rng.integers(1, len(HAIR))]
    grey = float(np.clip((age - 35) / 40, 0, 1) ** 1.2 * rng.uniform(0.2, 1.3)) if rng.random() < 0.8 else 0.0
    colour = own + min(grey, 0.95) * (np.array([172, 168, 164]) - own)
    losing = rng.random() < 0.45 * np.clip((age - 25) / 35, 0, 1)
    hairless = [BALD, CROWN, CROPPED] if losing else [CROPPED, PARTED, CURLY, FRINGE, TIED]
    style = int(rng.choice(hairless))
    long_ = style in (PARTED, FRINGE, CURLY) and rng.random() < 0.5
    thick = {BALD: 0.0, CROPPED: 0.03, PARTED: 0.085, CURLY: 0.16, FRINGE: 0.09, TIED: 0.045, CROWN: 0.035}
    bearded = age > 17 and rng.random() < 0.36
    return {
        "hair": linear(colour),
        "hair_style": style,
        "hair_thickness": thick[style] * rng.uniform(0.75, 1.5),
        "hairline": rng.normal(-0.70, 0.04) - (0.1 * rng.random() if losing else 0.0),
        "hair_length": float(rng.choice([0.35, 0.8, 1.3])) if long_ else 0.0,
        "parting": rng.uniform(-0.35, 0.35),
        "brow_density": rng.uniform(0.35, 0.95) * (1 - 0.3 * grey),
        "brow_arch": rng.uniform(0.4, 1.6),
        "beard": rng.uniform(0.3, 0.95) if bearded else 0.0,
        "beard_style": int(rng.choice(5, p=[0.3, 0.15, 0.15, 0.3, 0.1])),
    }


def _things(rng: np.random.Generator) -> dict[str, Any]:
    wears = rng.random() < 0.14
    return {
        "headwear": int(rng.choice([CAP, BEANIE, SCARF, HOOD])) if wears else NO_HEADWEAR,
        "headwear_colour": _cloth(rng),
        "spectacles": int(rng.choice([0, 1, 2], p=[0.72, 0.14, 0.14])),
        "cloth": _cloth(rng),
    }


def _cloth(rng: np.random.Generator) -> Colour:
    low, high = CLOTH
    return linear(np.clip(rng.uniform(low, high) + rng.uniform(-40, 40, 3), 8, 235))
