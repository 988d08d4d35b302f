"""A bundle's profiles: what `calibrate` found for a camera, kept beside the network it holds for.

BUNDLE/profiles/NAME.json has the threshold, what was wanted, how sure it is, what it was measured on, and the
hash of the bundle's record, which names every other file: a threshold of another network is refused.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mtfas import __version__
from mtfas.deploy.bundle import NAME, PROFILES, Bundle, record_hash
from mtfas.deploy.calibration import AtThreshold, Calibration, Estimate
from mtfas.deploy.clips import ClipRule
from mtfas.deploy.presented import Presented
from mtfas.errors import BadSetting
from mtfas.metrics.intervals import Interval
from mtfas.runtime.files import write_json

FORMAT = 1


def check_name(bundle: Bundle, name: str, force: bool = False) -> Path:
    """Return the file of a profile to be written.

    Raises:
        BadSetting: the name cannot be a file's, or it is taken and not to be replaced.
    """
    if not NAME.fullmatch(name):
        raise BadSetting(
            f"'{name}' cannot name a profile; use letters, digits, dots, dashes and underscores."
        )
    path = bundle.folder / PROFILES / f"{name}.json"
    if path.exists() and not force:
        raise BadSetting(f"{path} exists; give another --name, or --force to replace it.")
    return path


def write_profile(
    bundle: Bundle, name: str, found: Calibration, source: str, rule: ClipRule, force: bool = False
) -> Path:
    """Write a profile, whole or not at all; no other file of the bundle changes.

    Args:
        bundle: what it was measured with.
        name: of the camera.
        found: the calibration.
        source: where the presentations lay.
        rule: how the frames of clips became one score.
        force: replace a profile of this name.

    Raises:
        BadSetting: as `check_name`.
    """
    path = check_name(bundle, name, force)
    content = {
        "format": FORMAT,
        "mtfas": __version__,
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **as_json(found),
        "source": source,
        "clips": asdict(rule),
        "bundle": {"name": bundle.info.get("name"), "record": record_hash(bundle.folder)},
    }
    write_json(path, content)
    return path


def as_json(found: Calibration) -> dict[str, Any]:
    """Return what was found as JSON values."""
    wanted, laid = found.wanted, found.laid
    return {
        "threshold": laid.threshold,
        "wanted": {
            "rate": wanted.kind,
            "value": wanted.rate,
            "confidence": wanted.confidence,
            "guaranteed": wanted.guaranteed,
        },
        "laid_by": {"scores_of": laid.by, "n": laid.n, "may_err": laid.errors, "err": laid.made},
        "interval": _bounds(laid.interval(wanted.confidence)),
        "upper_bound": found.upper,
        "persons": found.persons,
        "by_person": _by_person(found),
        "before": _at(found.before),
        "after": _at(found.after),
        "non_response": {
            "bona_fide": _missing(found.bona_fide),
            "attack": {name: _missing(found.attacks.of(name)) for name in found.attacks.kinds},
        },
    }


def _by_person(found: Calibration) -> dict[str, Any] | None:
    drawn = found.by_person
    if drawn is None:
        return None
    threshold, rejected = drawn.intervals
    about = {"unit": drawn.unit, "units": drawn.units, "repeats": drawn.repeats}
    return {"threshold": _bounds(threshold), "bpcer": _bounds(rejected), **about}


def _at(rates: AtThreshold) -> dict[str, Any]:
    return {
        "threshold": rates.threshold,
        "bpcer": _estimate(rates.bpcer),
        "apcer": {name: _estimate(one) for name, one in rates.apcer.items()},
    }


def _estimate(one: Estimate) -> dict[str, Any]:
    value = one.rate.value if one.rate.n else None
    bounds = _bounds(one.interval) if one.rate.n else None
    return {"value": value, "errors": one.rate.errors, "n": one.rate.n, "interval": bounds}


def _missing(part: Presented) -> dict[str, Any]:
    rate = part.non_response
    return {"errors": rate.errors, "n": rate.n, "reasons": part.why_not}


def _bounds(interval: Interval) -> list[float]:
    return [interval.low, interval.high]
