"""Who a rendered person is: shape, skin, hair and habits, drawn once for each subject."""

from dataclasses import dataclass, replace

import numpy as np

# sRGB skin colours from the lightest to the darkest; an identity lies anywhere between.
_SKIN = np.array(
    [
        [244, 210, 190],
        [232, 190, 160],
        [214, 166, 130],
        [186, 134, 98],
        [150, 100, 70],
        [112, 72, 50],
        [78, 50, 38],
        [58, 38, 31],
    ],
    np.float64,
)
_HAIR = np.array(
    [[18, 15, 14], [40, 27, 20], [78, 50, 30], [128, 86, 48], [188, 150, 94], [150, 145, 140]], np.float64
)
_IRIS = np.array([[60, 36, 20], [92, 60, 32], [96, 100, 66], [88, 118, 140], [70, 90, 110]], np.float64)

Colour = tuple[float, float, float]
"""Linear-light RGB reflectance in [0, 1]."""


@dataclass(frozen=True)
class Identity:
    """One person. Lengths are in head units (a head is about two units high)."""

    width: float
    height: float
    depth: float
    squareness: float
    jaw: float
    brow: float
    eye_distance: float
    eye_width: float
    eye_opening: float
    nose_length: float
    nose_width: float
    nose_height: float
    cheek: float
    mouth_width: float
    lip: float
    chin: float
    ear: float
    skin: Colour
    blush: float
    mottling: float
    oiliness: float
    hair: Colour
    hair_thickness: float
    hairline: float
    hair_length: float
    parting: float
    brow_density: float
    beard: float
    iris: Colour
    spectacles: int
    cloth: Colour
    smile: float
    texture_seed: int


def linear(srgb: np.ndarray) -> Colour:
    """Return linear reflectance of an 8-bit sRGB colour (a pure 2.2 power)."""
    red, green, blue = (np.asarray(srgb, np.float64) / 255.0) ** 2.2
    return float(red), float(green), float(blue)


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw a person; skin tones are uniform over the whole human range."""
    tone = rng.uniform(0, len(_SKIN) - 1)
    dark_hair = min(0.97, 0.3 + 0.17 * tone)
    hair = linear(_HAIR[0] if rng.random() < dark_hair else _HAIR[rng.integers(1, len(_HAIR))])
    skin = _between(_SKIN, tone) * rng.uniform(0.96, 1.04, 3)
    bearded = rng.random() < 0.3
    return Identity(
        width=rng.normal(0.72, 0.03),
        height=rng.normal(1.0, 0.035),
        depth=rng.normal(0.88, 0.03),
        squareness=rng.uniform(2.1, 2.6),
        jaw=rng.uniform(0.05, 0.2),
        brow=rng.uniform(0.01, 0.06),
        eye_distance=rng.normal(0.29, 0.014),
        eye_width=rng.normal(0.125, 0.008),
        eye_opening=rng.uniform(0.036, 0.062),
        nose_length=rng.normal(0.36, 0.03),
        nose_width=rng.uniform(0.075, 0.125),
        nose_height=rng.uniform(0.13, 0.23),
        cheek=rng.uniform(0.0, 0.07),
        mouth_width=rng.normal(0.25, 0.022),
        lip=rng.uniform(0.03, 0.065),
        chin=rng.uniform(0.02, 0.09),
        ear=rng.uniform(0.09, 0.16),
        skin=linear(np.clip(skin, 0, 255)),
        blush=rng.uniform(0.02, 0.14),
        mottling=rng.uniform(0.02, 0.07),
        oiliness=rng.uniform(0.4, 1.6),
        hair=hair,
        hair_thickness=0.0 if rng.random() < 0.1 else rng.uniform(0.04, 0.15),
        hairline=rng.normal(-0.60, 0.05),
        hair_length=float(rng.choice([0.0, 0.25, 0.7, 1.3], p=[0.35, 0.25, 0.15, 0.25])),
        parting=rng.uniform(-0.35, 0.35),
        brow_density=rng.uniform(0.35, 0.9),
        beard=rng.uniform(0.25, 0.95) if bearded else 0.0,
        iris=linear(_between(_IRIS, rng.uniform(0, 1.5 if tone > 4 else len(_IRIS) - 1))),
        spectacles=int(rng.choice([0, 1, 2], p=[0.72, 0.14, 0.14])),
        cloth=linear(rng.uniform(25, 215) + rng.uniform(-40, 40, 3).clip(-25, 40)),
        smile=rng.uniform(-0.1, 0.35),
        texture_seed=int(rng.integers(2**31)),
    )


def another_day(person: Identity, rng: np.random.Generator) -> Identity:
    """Return the same person in another session: expression, eyelids, beard and clothes change."""
    cloth = linear(np.clip(rng.uniform(25, 215) + rng.uniform(-40, 40, 3), 0, 255))
    return replace(
        person,
        smile=rng.uniform(-0.1, 0.4),
        eye_opening=person.eye_opening * rng.uniform(0.8, 1.1),
        beard=min(1.0, person.beard * rng.uniform(0.7, 1.2)),
        hair_thickness=person.hair_thickness * rng.uniform(0.85, 1.1),
        cloth=cloth,
    )


def _between(colours: np.ndarray, place: float) -> np.ndarray:
    low = min(int(place), len(colours) - 2)
    part = place - low
    return np.asarray((1 - part) * colours[low] + part * colours[low + 1])
