"""How settings are put together from a preset and checked: one sentence for whatever is out of range."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from mtfas.errors import BadSetting, unknown_name

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Ranges = Mapping[str, tuple[float, float]]
Choices = Mapping[str, tuple[str, ...]]


def merged(presets: Mapping[str, dict[str, Any]], preset: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return a preset's settings with what was given on top (None means not given).

    Raises:
        BadSetting: the preset is unknown.
    """
    if preset not in presets:
        raise unknown_name("preset", preset, presets)
    return {**presets[preset], **{name: value for name, value in given.items() if value is not None}}


def check(settings: "DataclassInstance", ranges: Ranges, choices: Choices) -> None:
    """Raise unless every number lies within its range and every name is one of its choices.

    Raises:
        BadSetting: one does not.
    """
    for field in fields(settings):
        value = asdict(settings)[field.name]
        flag = "--" + field.name.replace("_", "-")
        if field.name in ranges and value is not None and not _within(value, ranges[field.name]):
            low, high = ranges[field.name]
            raise BadSetting(f"{flag} must lie between {low:g} and {high:g}, got {value:g}.")
        if field.name in choices and value not in choices[field.name]:
            raise unknown_name(flag, value, choices[field.name])


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
