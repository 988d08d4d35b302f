"""`mtfas bench bilevel`: what a bi-level iteration costs, by way of its hypergradient, and how right each is.

The unit is a plain supervised step of the surrogate on the 2M training faces: forward, backward, Adam. An
iteration of every way holds the yardstick's pass, the teacher's, the inner steps, the validation loss and the
hypergradient; not the drawing of faces, which is timed by a teach run itself.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from mtfas.bench.faces import check_enough
from mtfas.bench.rivals import RIVALS, installed, library_of, missing
from mtfas.bench.timing import interleaved
from mtfas.bilevel.lower_level import Params
from mtfas.data.dataset import FaceSet
from mtfas.data.sampling import levels_of
from mtfas.errors import BadRun, BadSetting, unknown_name
from mtfas.models import DETECTORS, TEACHERS
from mtfas.runtime.progress import track
from mtfas.training.device import use_device
from mtfas.training.lesson import Batches, Lesson
from mtfas.training.settings import TeachSettings
from mtfas.training.teach_state import TeachState, fresh_state
from mtfas.training.two_levels import begin_bilevel, bilevel_step, class_map, differentiate, pretrain_step

OWN = ("unrolled", "exact", "finite-difference", "truncated")
RECOMPUTING = {f"{way}-recompute": way for way in ("exact", "finite-difference")}
"""The same ways with the teacher run twice instead of its graph kept; to be asked for by name."""

WAYS = ("plain", *OWN, *RECOMPUTING, *RIVALS)
REFERENCE = "unrolled"


@dataclass(frozen=True)
class WayCost:
    """What one way costs.

    Attributes:
        way: one of WAYS.
        units: seconds divided by those of `plain`; None where plain was not timed.
        seconds: median of an iteration.
        peak_mb_over_setup: most memory over what was there before the first iteration, MB; None where it was
            not measured.
        flops: multiplications and additions of an iteration, counted.
        cosine: smallest to `unrolled` over the states; None for `plain`.
        relative_error: largest to `unrolled` over the states.
    """

    way: str
    units: float | None
    seconds: float
    peak_mb_over_setup: float | None
    flops: int
    cosine: float | None
    relative_error: float | None


@dataclass(frozen=True)
class Agreement:
    """How near a way's hypergradient is to the unrolled one at one state of a real teach run.

    Attributes:
        way: one of WAYS without plain.
        progress: iterations done, as a part of the bi-level phase; 0 is pretrained.
        cosine: of the angle between the two.
        relative_error: length of their difference over that of the unrolled one.
    """

    way: str
    progress: float
    cosine: float
    relative_error: float


def chosen_ways(wanted: str) -> list[str]:
    """Return the ways in "plain,exact", each once; "all" is plain, OWN and the libraries that are installed.

    Raises:
        BadSetting: an unknown way, or a library that is not installed.
    """
    if wanted == "all":
        return ["plain", *OWN, *installed()]
    names = list(dict.fromkeys(name.strip() for name in wanted.split(",")))
    for name in names:
        if name not in WAYS:
            raise unknown_name("way", name, WAYS)
        if name in RIVALS and library_of(name) in missing():
            raise BadSetting(
                f"{library_of(name)} is not installed; install it with: pip install 'mtfas[rivals]'."
            )
    return names


def check_machine_and_networks(settings: TeachSettings) -> None:
    """Raise before any face is rendered where a later step would.

    Raises:
        BadSetting: an unknown network, or a device that is not there.
    """
    for kind, name, known in (
        ("teacher", settings.backbone, TEACHERS),
        ("detector", settings.surrogate, DETECTORS),
    ):
        if name not in known:
            raise unknown_name(kind, name, known)
    use_device(settings.device, settings.threads)


def lesson_for(settings: TeachSettings, faces: FaceSet) -> tuple[Lesson, TeachState]:
    """Return a lesson on some faces and its first state.

    Raises:
        BadData: there are too few faces of a class.
    """
    check_enough(faces, settings.m + settings.n)
    use_device(settings.device, settings.threads)
    lesson = Lesson(settings, faces, levels_of(faces.rows, "train", None, settings.seed))
    return lesson, fresh_state(settings, lesson.teacher, lesson.surrogate)


def taught(lesson: Lesson, state: TeachState, ways: Sequence[str], at: Sequence[float]) -> list[Agreement]:
    """Really teach, and compare the ways at some states on the way; the state is left where teaching ended.

    Args:
        lesson: settings (the length of both phases among them), networks, faces.
        state: where to start; changed.
        ways: to compare with `unrolled`.
        at: parts of the bi-level phase, 0 (pretrained) to 1; the nearest whole iterations are taken.

    Raises:
        BadRun: a hypergradient is not finite, or zero, so that there is nothing to compare.
    """
    settings = lesson.settings
    for step in track(range(settings.pretrain_iterations), "pretraining", settings.pretrain_iterations):
        pretrain_step(lesson, state, lesson.pretraining_batch(step))
    begin_bilevel(lesson, state)
    total, found = settings.bilevel_iterations, []
    stops = {round(part * total) for part in at}
    for iteration in track(range(total + 1), "teaching", total + 1):
        batches = lesson.batches(iteration)
        if iteration in stops:
            found += _agreements(lesson, state, batches, ways, iteration / max(total, 1))
        if iteration < total:
            bilevel_step(lesson, state, batches, iteration)
    return found


def _agreements(
    lesson: Lesson, state: TeachState, batches: Batches, ways: Sequence[str], part: float
) -> list[Agreement]:
    # The level term is the same in every way and would flatter all of them.
    without = lesson.changed(mu=0.0)
    wanted = _flat(hypergradient_by(without, state, batches, REFERENCE))
    compared = []
    for way in ways:
        if way != "plain":
            found = _flat(hypergradient_by(without, state, batches, way))
            cosine = torch.nn.functional.cosine_similarity(found, wanted, dim=0)
            error = (found - wanted).norm() / wanted.norm()
            if not math.isfinite(cosine + error):
                raise BadRun(
                    f"the hypergradient of {way} or {REFERENCE} is zero or not finite after {part:.0%} of "
                    "the bi-level phase, so there is nothing to compare; give more --pretrain-iterations."
                )
            compared.append(Agreement(way, part, min(1.0, float(cosine)), float(error)))
    return compared


def _flat(params: Params) -> torch.Tensor:
    return torch.cat([tensor.detach().flatten().double() for tensor in params.values()])


def hypergradient_by(lesson: Lesson, state: TeachState, batches: Batches, way: str) -> Params:
    """Return the hypergradient found by one of WAYS without plain."""
    if way in RECOMPUTING:
        return differentiate(lesson, state, batches, RECOMPUTING[way], recompute=True).gradient
    if way in RIVALS:
        return RIVALS[way](lesson, state, batches)
    if way == "truncated":
        return differentiate(lesson.changed(truncated=True), state, batches, "finite-difference").gradient
    return differentiate(lesson, state, batches, way).gradient


def calls_of(
    lesson: Lesson, state: TeachState, batches: Batches, ways: Sequence[str]
) -> dict[str, Callable[[], object]]:
    """Return an iteration of each way as a function; the state is not changed."""

    def call(way: str) -> Callable[[], object]:
        return lambda: hypergradient_by(lesson, state, batches, way)

    return {way: plain_step(lesson, batches) if way == "plain" else call(way) for way in ways}


def plain_step(lesson: Lesson, batches: Batches) -> Callable[[], object]:
    """Return a supervised step of the surrogate's network on the training faces: the unit."""
    net, (batch,) = lesson.surrogate, batches.lower
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-4)
    wanted = class_map(batch)

    def step() -> None:
        optimiser.zero_grad()
        loss = (net(batch.images).map - wanted).square().mean()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    return step


def flops_of(call: Callable[[], object]) -> int:
    """Return the floating-point operations of a call, counted by torch: convolutions and matrix products."""
    with FlopCounterMode(display=False) as counter:
        call()
    return int(counter.get_total_flops())


def costs(
    lesson: Lesson,
    state: TeachState,
    ways: Sequence[str],
    rounds: int,
    agreements: Sequence[Agreement],
    peaks: dict[str, float],
) -> list[WayCost]:
    """Time the ways side by side and put together what is known of each.

    Args:
        lesson: settings, networks, faces.
        state: where the networks stand.
        ways: of WAYS.
        rounds: at least 1; 7 or more for a figure worth quoting.
        agreements: from `taught`.
        peaks: memory by way, from bench.memory; may be empty.
    """
    calls = calls_of(lesson, state, lesson.batches(0), ways)
    seconds = interleaved(calls, rounds, lesson.settings.device)
    unit = seconds.get("plain")
    rows = []
    for way in ways:
        own = [one for one in agreements if one.way == way]
        rows.append(
            WayCost(
                way,
                None if unit is None else seconds[way] / unit,
                seconds[way],
                peaks.get(way),
                flops_of(calls[way]),
                min((one.cosine for one in own), default=None),
                max((one.relative_error for one in own), default=None),
            )
        )
    return rows


def as_json(rows: Sequence[WayCost], agreements: Sequence[Agreement]) -> dict[str, Any]:
    """Return the figures as JSON values."""
    unit = next((row.seconds for row in rows if row.way == "plain"), None)
    return {
        "unit_seconds": unit,
        "rows": [asdict(row) for row in rows],
        "states": [asdict(one) for one in agreements],
    }
