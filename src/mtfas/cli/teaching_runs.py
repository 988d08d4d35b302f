"""What `mtfas teach` runs for each method, and what it says at the end."""

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtfas.errors import BadSetting, unknown_name

if TYPE_CHECKING:
    from mtfas.data.manifest import PreparedSet
    from mtfas.training.health import Health

META_TEACHER, INFLUENCE = "meta-teacher", "influence"


def teach_by(method: str, prepared: "PreparedSet", out: Path, preset: str, given: dict[str, Any]) -> None:
    """Teach by a method and say what came of it.

    Raises:
        BadSetting: an unknown method, or an option it would ignore.
    """
    run = {META_TEACHER: _meta_teacher, INFLUENCE: _by_influence}.get(method, _distilled)
    run(prepared, out, preset, method, given)


def _refuse(given: dict[str, Any], settings: Any, method: str) -> None:
    """Raise when an option was given that this method would ignore."""
    known = {field.name for field in fields(settings)}
    for name, value in given.items():
        if name not in known and value is not None:
            flag = "--no-adapt" if name == "adapt" else "--" + name.replace("_", "-")
            raise BadSetting(
                f"{flag} has no meaning for --method {method}; leave it out "
                "('mtfas teach --help' groups the options)."
            )


def _meta_teacher(
    prepared: "PreparedSet", out: Path, preset: str, method: str, given: dict[str, Any]
) -> None:
    from mtfas.runtime import processes
    from mtfas.training.meta_teacher import teach as run
    from mtfas.training.settings import TeachSettings, teach_settings

    _refuse(given, TeachSettings, method)
    given = {**given, "processes": processes.count()}
    done = run(prepared, out, teach_settings(preset, **given))
    processes.leave()
    if not processes.leads():
        return
    print(f"hypergradient: {done.hypergradient} ({done.why})")
    if done.parts > 1:
        print(f"batches in {done.parts} parts")
    print(f"waiting for faces: {done.waiting:.1%} of the loop")
    _print_health(done.health)


def _print_health(state: "Health") -> None:
    print(
        f"teacher: mean level {state.level:.2f}, saturated {state.saturation:.1%}, "
        f"correlation with its start {state.correlation_with_start:.2f}, "
        f"template share {state.template_share:.0%}"
    )


def _by_influence(
    prepared: "PreparedSet", out: Path, preset: str, method: str, given: dict[str, Any]
) -> None:
    from mtfas.training.influence_settings import InfluenceSettings, influence_settings
    from mtfas.training.influence_teacher import teach_by_influence

    _refuse(given, InfluenceSettings, method)
    _alone(method)
    done = teach_by_influence(prepared, out, influence_settings(preset, **given))
    for number, hidden in enumerate(done.held_out, start=1):
        print(f"surrogate {number} never saw: {hidden}")
    _print_health(done.health)


def _alone(method: str) -> None:
    from mtfas.runtime import processes

    if processes.count() > 1:
        raise BadSetting(f"--method {method} runs in one process; start it without torchrun.")


def _distilled(prepared: "PreparedSet", out: Path, preset: str, method: str, given: dict[str, Any]) -> None:
    from mtfas.training.distill_settings import METHODS, DistillSettings, distill_settings
    from mtfas.training.distillation import distil

    if method not in METHODS:
        raise unknown_name("method", method, {META_TEACHER, INFLUENCE, *METHODS})
    _refuse(given, DistillSettings, method)
    _alone(method)
    done = distil(prepared, out, distill_settings(preset, **{**given, "method": method}))
    print(f"as a detector on dev (frames): EER {done.eer_dev:.1%}, AUC {done.auc_dev:.3f}")
