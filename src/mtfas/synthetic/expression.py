"""How a face is held in one session: smile, mouth, brows, eyes."""

from typing import Any

import numpy as np


def draw_expression(rng: np.random.Generator) -> dict[str, Any]:
    """Draw an expression, as fields of an Identity.

    smile: -0.2 (sad) to 1 (broad); mouth_open: half the gap between the lips in head units, mostly 0;
    brow_raise: -0.3 to 1; frown: 0 to 1; squint: 0 to 1; gaze: (right, down) of the irises, head units.
    """
    smiling = rng.random() < 0.35
    opened = rng.random() < (0.55 if smiling else 0.15)
    right, down = rng.normal(0, (0.012, 0.004)).clip(-0.03, 0.03)
    return {
        "smile": rng.uniform(0.3, 1.0) if smiling else rng.uniform(-0.2, 0.2),
        "mouth_open": rng.uniform(0.012, 0.04) if opened else 0.0,
        "brow_raise": rng.uniform(-0.3, 1.0) if rng.random() < 0.3 else rng.normal(0, 0.08),
        "frown": rng.uniform(0.2, 1.0) if rng.random() < 0.15 else 0.0,
        "squint": rng.uniform(0.2, 0.9) if rng.random() < 0.2 else (0.25 if smiling else 0.0),
        "gaze": (float(right), float(down)),
    }
