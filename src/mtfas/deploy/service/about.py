"""What the service tells of its bundle."""

from collections.abc import Mapping
from typing import Any

from mtfas.deploy.predictor import Predictor
from mtfas.deploy.service.settings import MEGABYTE, Limits

WARNING = "Trained on rendered faces: a demonstration, which must not guard anything."


def about(predictor: Predictor, limits: Limits, profile: str | None) -> dict[str, Any]:
    """Return the bundle's name, threshold with its source, error rates, data, and the service's limits."""
    info = predictor.bundle.info
    threshold = info["threshold"]
    rendered = bool(info["data"]["rendered"])
    return {
        "name": info["name"],
        "created": info["created"],
        "mtfas": info["mtfas"],
        "size": info["size"],
        "detector": info["training"]["detector"],
        "protocol": info["protocol"],
        "dataset": info["data"]["dataset"],
        "rendered": rendered,
        "warning": WARNING if rendered else None,
        "threshold": {
            "value": predictor.threshold,
            "profile": profile,
            "source": threshold["source"] if profile is None else "calibrated",
            "words": threshold["words"] if profile is None else f"profile {profile}",
            "interval": threshold["interval"] if profile is None else None,
        },
        # Measured at the bundle's own threshold; a profile's makes others.
        "test": _errors(info["errors"]["test"]) if profile is None else None,
        "gates": predictor.bundle.gates.as_dict(),
        "limits": {
            "max_body_mb": limits.max_body / MEGABYTE,
            "max_pixels": limits.max_pixels,
            "max_frames": limits.max_frames,
            "timeout_s": limits.timeout,
        },
    }


def _errors(test: Mapping[str, Any]) -> dict[str, Any]:
    return {name: test[name] for name in ("bpcer", "apcer_worst")}
