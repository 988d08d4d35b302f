"""Shortcuts in words and as JSON values: the table, what passes its limit, and what was not measured."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from mtfas.data.shortcuts.area import LEVEL, Area
from mtfas.data.shortcuts.folds import HELD_OUT
from mtfas.data.shortcuts.search import Shortcuts
from mtfas.data.shortcuts.table import BACKGROUNDS, PARAMETERS

LIMITS = {
    "colour": 0.70,
    "brightness": 0.70,
    "contrast": 0.70,
    "sharpness": 0.70,
    "file_size": 0.70,
    "border": 0.70,
    "background": 0.60,
    "parameters": 0.70,
    "all": 0.70,
}
"""The highest AUC at which a group of cues is not called a shortcut."""

MARK = "!"
"""Stands beside an AUC above its limit."""

SHOWN = 6
"""So many cameras of a gap are printed by name; the JSON has all."""


def warnings(found: Shortcuts) -> list[str]:
    """Return one sentence for every AUC above its limit."""
    return [
        f"{group} tells {species} from live: AUC {area.auc:.2f} ({_interval(area)}; {area.live} live and "
        f"{area.attack} attack presentations), limit {LIMITS[group]:.2f}."
        for species, areas in found.areas.items()
        for group, area in areas.items()
        if _over(group, area) and area is not None
    ]


def notes(found: Shortcuts) -> list[str]:
    """Return what a reader has to know: what was not measured, and where the background comes from."""
    hidden = {name: n for name, n in found.hidden.items() if n}
    said = [f"tested on {HELD_OUT[found.folds.held_out]}.", *found.folds.notes]
    said.append(f"background: {BACKGROUNDS[found.table.background_from]}.")
    if hidden:
        counts = ", ".join(f"{name} {n}" for name, n in hidden.items())
        said.append(f"faces that show no background are left out of that group: {counts}.")
    if PARAMETERS not in found.table.groups:
        said.append(
            "parameters: the manifest has no generating parameters (made.…), so there is no such group."
        )
    for column in found.table.left_out:
        said.append(f"parameters: {column} has too many values to be a condition; it is left out.")
    if found.table.unreadable:
        first = found.table.unreadable[0]
        said.append(f"{len(found.table.unreadable)} faces cannot be read and are left out, e.g. {first}")
    return [*said, *_gaps(found)]


def table(found: Shortcuts) -> Iterator[str]:
    """Yield the lines of the table: one row a species, one column a group, AUCs above a limit marked."""
    groups = list(found.table.groups)
    wide = max(len(name) for name in ("species", *found.areas))
    yield f"{'AUC':<{wide}}  " + " ".join(f"{group:>11}" for group in groups) + "    live attack"
    yield f"{'limit':<{wide}}  " + " ".join(f"{LIMITS[group]:>10.2f} " for group in groups)
    for species, areas in found.areas.items():
        cells = " ".join(f"{_cell(group, areas[group]):>11}" for group in groups)
        most = [area for area in areas.values() if area]
        live, attack = (max((getattr(a, n) for a in most), default=0) for n in ("live", "attack"))
        yield f"{species:<{wide}}  {cells}   {live:>5} {attack:>6}"


def as_json(found: Shortcuts) -> dict[str, Any]:
    """Return everything as JSON values; an AUC that could not be measured is null."""
    return {
        "unit": "presentation",
        "held_out": found.folds.held_out,
        "held_out_words": HELD_OUT[found.folds.held_out],
        "limits": {group: LIMITS[group] for group in found.table.groups},
        "species": {
            species: {group: _values(group, area) for group, area in areas.items()}
            for species, areas in found.areas.items()
        },
        "intervals": {"level": LEVEL, "units": found.units, "repeats": found.repeats, "seed": found.seed},
        "background_from": found.table.background_from,
        "no_background": dict(found.hidden),
        "parameters": {species: list(columns) for species, columns in found.parameters.items()},
        "unreadable": list(found.table.unreadable),
        "gaps": [
            {**asdict(gap), "groups": list(gap.groups), "cameras": list(gap.cameras)} for gap in found.gaps
        ],
        "warnings": warnings(found),
        "notes": notes(found),
    }


def _over(group: str, area: Area | None) -> bool:
    return area is not None and area.auc > LIMITS[group]


def _cell(group: str, area: Area | None) -> str:
    if area is None:
        return "– "
    return f"{area.auc:.2f}{MARK if _over(group, area) else ' '}"


def _interval(area: Area) -> str:
    if math.isnan(area.interval.low):
        return "no interval"
    return f"{100 * LEVEL:g} % interval {area.interval.low:.2f} to {area.interval.high:.2f}"


def _values(group: str, area: Area | None) -> dict[str, Any]:
    if area is None:
        return {"auc": None, "interval": None, "live": 0, "attack": 0, "cameras": 0, "over": False}
    unknown = math.isnan(area.interval.low)
    return {
        "auc": area.auc,
        "interval": None if unknown else [area.interval.low, area.interval.high],
        "live": area.live,
        "attack": area.attack,
        "cameras": area.cameras,
        "over": _over(group, area),
    }


def _gaps(found: Shortcuts) -> Iterator[str]:
    """Say what was not measured, species that fail alike in one sentence."""
    alike: dict[tuple[tuple[str, ...], tuple[str, ...], str], list[str]] = {}
    for gap in found.gaps:
        alike.setdefault((gap.groups, gap.cameras, gap.reason), []).append(gap.species)
    for (groups, cameras, reason), species in alike.items():
        more = f" and {len(cameras) - SHOWN} more" if len(cameras) > SHOWN else ""
        where = f"under {', '.join(cameras[:SHOWN])}{more}" if cameras else "under any camera"
        cues = "" if len(groups) == len(found.table.groups) else f" ({', '.join(groups)})"
        yield f"{', '.join(species)}{cues}: not measured {where}: {reason}."
