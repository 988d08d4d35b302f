"""How each detector was trained by its authors: `mtfas train --detector NAME --recipe native`.

A recipe names the supervision, Adam's numbers and the augmentation. What it leaves out stays the preset's:
the number of iterations and the size of a batch, which are a matter of the computer at hand. The loss is the
detector's own under every recipe. Sources and what is inferred stand in docs/detectors.md.
"""

from typing import Any

from mtfas.errors import unknown_name
from mtfas.models import DETECTORS

_CDCN = {"rate": 1e-4, "weight_decay": 5e-5, "schedule": "halved", "augment": "flip,colour,erase"}
_DEFAULT = {"rate": 1e-3, "schedule": "constant", "augment": "flip"}

NATIVE: dict[str, dict[str, Any]] = {
    "cdcn": _CDCN,
    "cdcn++": _CDCN,
    "depthnet": {"rate": 3e-5, "schedule": "constant", "augment": "none"},
    "fas-sgtd": {"rate": 1e-4, "weight_decay": 5e-4, "schedule": "constant", "augment": "none"},
    "dtn": {"rate": 1e-3, "beta1": 0.5, "schedule": "constant", "augment": "none"},
    "dtn-hsv": {"rate": 1e-3, "beta1": 0.5, "schedule": "constant", "augment": "none"},
    "rf-meta-fas": {"rate": 1e-3, "schedule": "constant", "augment": "none"},
    "maddg": {"rate": 1e-4, "schedule": "constant", "augment": "none"},
    "deep-pix-bis": {"rate": 1e-4, "weight_decay": 1e-5, "schedule": "constant", "augment": "flip,colour"},
    "bcn": {"rate": 1e-4, "weight_decay": 5e-5, "schedule": "constant", "augment": "flip"},
    "yang-cnn": {"rate": 1e-4, "weight_decay": 5e-4, "schedule": "constant", "augment": "flip"},
}


def native_recipe(detector: str) -> dict[str, Any]:
    """Return the settings of a detector's own recipe; where nothing was published, ours.

    Raises:
        BadSetting: the detector is unknown.
    """
    if detector not in DETECTORS:
        raise unknown_name("detector", detector, DETECTORS)
    supervision = DETECTORS[detector].native_supervision
    return {"supervision": supervision, **NATIVE.get(detector, _DEFAULT)}
