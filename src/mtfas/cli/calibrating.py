"""The command that lays a bundle's threshold for one's own camera."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtfas.cli.options import Json, Seed, answer

if TYPE_CHECKING:
    from mtfas.deploy.calibration import AtThreshold, Calibration, Estimate, Wanted
    from mtfas.deploy.clips import ClipRule
    from mtfas.deploy.predictor import Predictor
    from mtfas.deploy.presented import Presented

HALF_WIDTH = 0.01
"""Half of an interval's width that the needed number of presentations is told for."""


def calibrate(
    bundle: Annotated[Path, typer.Argument(help="A bundle of 'mtfas export'.")],
    data: Annotated[
        Path,
        typer.Argument(
            help="Bona fide pictures or clips of your camera, best a subfolder a person; or a prepared set."
        ),
    ],
    attacks: Annotated[
        Path | None, typer.Option(help="Attacks before this camera, best a subfolder a PAI species.")
    ] = None,
    bpcer: Annotated[
        float | None, typer.Option(help="Reject at most this share of bona fide presentations; 0.05 if none.")
    ] = None,
    apcer: Annotated[
        float | None, typer.Option(help="Let at most this share of each PAI species pass instead.")
    ] = None,
    confidence: Annotated[float, typer.Option(help="Of every interval.")] = 0.95,
    guarantee: Annotated[
        bool,
        typer.Option("--guarantee", help="Keep the wanted rate on new presentations too, so confidently."),
    ] = False,
    name: Annotated[str, typer.Option(help="Of the profile: 'predict --profile NAME' uses it.")] = "camera-1",
    force: Annotated[bool, typer.Option("--force", help="Replace a profile of this name.")] = False,
    split: Annotated[list[str] | None, typer.Option(help="Of a prepared set: only this split.")] = None,
    camera: Annotated[str | None, typer.Option(help="Of a prepared set: only this camera.")] = None,
    frames: Annotated[int, typer.Option(min=1, help="As of 'predict'.")] = 16,
    combine: Annotated[str, typer.Option(help="As of 'predict'.")] = "mean",
    min_frames: Annotated[int, typer.Option(min=1, help="As of 'predict'.")] = 3,
    json: Json = False,
    seed: Seed = 0,
    threads: Annotated[int, typer.Option(min=1, help="Threads of ONNX Runtime.")] = 1,
) -> None:
    """Lay the threshold for your own camera, and say how sure its error rate is. No torch needed.

    The rate on new presentations has an exact interval that holds for any distribution of scores; persons are
    drawn again beside it where subfolders name them. It is written as a profile of the bundle, whose other
    files stay as they are.

    Example: mtfas calibrate bundle visitors/ --bpcer 0.05 --attacks attacks/ --name front-door
    """
    from mtfas.deploy.calibration import Wanted
    from mtfas.deploy.calibration import calibrate as lay
    from mtfas.deploy.cautions import cautions
    from mtfas.deploy.clips import ClipRule
    from mtfas.deploy.predictor import Predictor
    from mtfas.deploy.profiles import as_json, check_name, write_profile
    from mtfas.errors import BadSetting

    if bpcer is not None and apcer is not None:
        raise BadSetting("--bpcer and --apcer each fix the threshold; give one of them.")
    rate = 0.05 if bpcer is None else bpcer
    wanted = Wanted(
        "bpcer" if apcer is None else "apcer", rate if apcer is None else apcer, confidence, guarantee
    )
    rule = ClipRule(frames, combine, min_frames)
    opened = Predictor.open(bundle, threads=threads)
    check_name(opened.bundle, name, force)
    judged = _judge(opened, data, attacks, split or [], camera, rule)
    found = lay(judged, wanted, opened.threshold, seed)
    path = write_profile(opened.bundle, name, found, str(data), rule, force)
    if json:
        answer({"profile": str(path), **as_json(found), "cautions": cautions(found)})
        return
    _print(found)
    print(f"{path}; use it with: mtfas predict {bundle} PATH --profile {name}")


def _judge(
    opened: "Predictor",
    data: Path,
    attacks: Path | None,
    splits: list[str],
    camera: str | None,
    rule: "ClipRule",
) -> "Presented":
    from mtfas.deploy.presented import MANIFEST, from_folders, from_prepared
    from mtfas.errors import BadSetting

    if (data / MANIFEST).is_file():
        if attacks is not None:
            raise BadSetting(f"{data} is a prepared set and holds its attacks itself; leave --attacks out.")
        return from_prepared(opened, data, splits, camera, rule)
    if splits or camera:
        raise BadSetting(f"{data} is no prepared set, so it has no --split and no --camera; leave them out.")
    return from_folders(opened, data, attacks, rule)


def _print(found: "Calibration") -> None:
    from mtfas.deploy.cautions import cautions

    wanted, laid = found.wanted, found.laid
    for title, part in (("bona fide", found.bona_fide), *_species(found)):
        missing = part.non_response
        if missing.errors:
            print(f"{missing.errors} of {missing.n} {title} presentations got no response: {_reasons(part)}")
    _print_rates("bundle's threshold", found.before, wanted)
    _print_rates("calibrated", found.after, wanted)
    name = wanted.kind.upper() + ("" if wanted.kind == "bpcer" else f" ({laid.by})")
    interval = laid.interval(wanted.confidence)
    sure, both = f"{wanted.confidence:.0%} sure", _span(interval.low, interval.high)
    print(f"{name} on new presentations: {sure} {both}, and {sure} at most {found.upper:.2%}")
    if found.by_person is not None:
        low, high = found.by_person.intervals[1].low, found.by_person.intervals[1].high
        print(f"BPCER, {found.by_person.units} persons drawn again: {_span(low, high)}")
    print(_needed(wanted, laid.n))
    for sentence in cautions(found):
        typer.echo(f"note: {sentence}", err=True)


def _species(found: "Calibration") -> list[tuple[str, "Presented"]]:
    return [(name, found.attacks.of(name)) for name in found.attacks.kinds]


def _reasons(part: "Presented") -> str:
    return ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in part.why_not.items())


def _print_rates(title: str, rates: "AtThreshold", wanted: "Wanted") -> None:
    print(f"{title:<18}  attack above {rates.threshold:.6f}  {_rate('BPCER', rates.bpcer)}")
    for name, one in rates.apcer.items():
        print(f"{'':<18}  {_rate(f'APCER {name}', one)}")


def _rate(name: str, one: "Estimate") -> str:
    if not one.rate.n:
        return f"{name} –"
    counted = f"{one.rate.errors} of {one.rate.n}"
    return f"{name} {one.rate.value:.2%} ({counted}; {_span(one.interval.low, one.interval.high)})"


def _span(low: float, high: float) -> str:
    return f"{low:.2%} to {high:.2%}"


def _needed(wanted: "Wanted", n: int) -> str:
    from mtfas.deploy.order_statistic import needed_for_guarantee, needed_for_half_width

    narrow = needed_for_half_width(wanted.rate, HALF_WIDTH, wanted.confidence)
    sure = needed_for_guarantee(wanted.rate, wanted.confidence)
    width = f"an interval of ±{HALF_WIDTH:.0%} needs {narrow} presentations"
    return f"laid by {n}; {width}, a guarantee at least {sure}"
