"""Real training steps on faces of noise, of which only as many are run as fit in memory.

What is counted of a part of a step is multiplied up to the whole. For convolutions that is exact: their
operations are linear in faces and in pixels (tests/bench/test_costs.py). Linear layers do not grow with the
side, so where there are some the side is never halved.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from mtfas.bench.bilevel import flops_of, lesson_for
from mtfas.bench.memory import noise
from mtfas.errors import BadRun, BadSetting
from mtfas.models import Detector
from mtfas.models.detector import STRIDE
from mtfas.training.learners import Learner, Material
from mtfas.training.lesson import Lesson
from mtfas.training.memory import BASE, GIB, OVER_PLAIN, footprint, step_bytes
from mtfas.training.settings import TeachSettings, TrainSettings
from mtfas.training.teach_state import TeachState
from mtfas.training.two_levels import begin_bilevel, bilevel_step, pretrain_step

MEMORY = 3 * GIB
"""A step takes no more than about this beside what Python and torch take."""

SMALLEST = 32
"""Side below which faces are not made smaller."""

Build = Callable[[Material], Learner]
"""Makes the learner whose step is counted."""


@dataclass(frozen=True)
class Share:
    """The part of a step that is really run.

    Attributes:
        parts: the step's batch has so many times the faces.
        halvings: how often the side of the faces was halved.
    """

    parts: int = 1
    halvings: int = 0

    @property
    def factor(self) -> int:
        """How many times the whole step's operations are the part's."""
        return self.parts << 2 * self.halvings


@dataclass(frozen=True)
class RealStep:
    """A training step that can be called, and what it stands for.

    Attributes:
        call: takes the step.
        faces: in the whole batch.
        side: of the faces, pixels.
        share: how much of it the call takes.
    """

    call: Callable[[], object]
    faces: int
    side: int
    share: Share

    def flops(self) -> int:
        """Return the floating-point operations of the whole step: one is taken and counted."""
        return flops_of(self.call) * self.share.factor

    def words(self) -> str:
        """Say how much of the step was run, e.g. "8 of 32 faces"; empty when all of it."""
        if self.share == Share():
            return ""
        side = f" at {self.side >> self.share.halvings} px" if self.share.halvings else ""
        return f"{self.faces // self.share.parts} of {self.faces} faces{side}"


def share_within(
    divisible: int, side: int, need: Callable[[int, int], float], limit: float, halve: bool = True
) -> Share:
    """Return the largest part of a step that fits in memory: fewer faces first, then smaller ones.

    Args:
        divisible: by whose divisors the batch can be divided.
        side: of the faces, pixels.
        need: (parts, side) → bytes.
        limit: in bytes.
        halve: whether the side may be halved, where the operations are linear in pixels.

    Raises:
        BadSetting: not even the smallest part fits.
    """
    divisors = [k for k in range(1, divisible + 1) if divisible % k == 0]
    sizes = [Share(divisors[-1], k) for k in range(1, 8)] if halve else []
    for share in [*map(Share, divisors), *sizes]:
        small, rest = divmod(side, 2**share.halvings)
        if share.halvings and (rest or small % STRIDE or small < SMALLEST):
            break
        if need(share.parts, small) <= limit:
            return share
    raise BadSetting(
        f"even the smallest part of a training step at {side} px takes more than {limit / GIB:g} GiB; "
        "give a smaller --size."
    )


def supervised(
    settings: TrainSettings,
    side: int,
    build: Build,
    learning: Sequence[Detector],
    teacher: Detector | None = None,
    labels_inside: bool = False,
    limit: float = MEMORY,
) -> RealStep:
    """Return a real step of a learner.

    Args:
        settings: of the training; its batch is `per_class` live faces and as many attacks.
        side: of the faces, pixels.
        build: makes the learner.
        learning: networks like those that learn in it, to know the memory from.
        teacher: for learners that ask it, and for `labels_inside`.
        labels_inside: the teacher labels the batch within the step, as the paper counts (Table 4).
        limit: of memory, bytes.
    """

    def need(parts: int, small: int) -> float:
        graphs = sum(footprint(net, small).graph for net in learning)
        return OVER_PLAIN * graphs * 2 * settings.per_class / parts

    share = share_within(settings.per_class, side, need, limit, halve=not _has_linear(learning))
    per_class, small = settings.per_class // share.parts, side >> share.halvings
    faces = noise(small, per_class)
    targets = torch.rand(len(faces), 1, small // STRIDE, small // STRIDE)
    learner = build(Material(replace(settings, per_class=per_class), faces, targets, teacher))
    taught = learner.material.taught(learner.draw(0), 0)

    def call() -> None:
        if labels_inside and teacher is not None:
            label(teacher, taught.faces.images)
        learner.learn(taught, 0)

    return RealStep(call, 2 * settings.per_class, side, share)


@torch.no_grad()
def label(teacher: Detector, images: torch.Tensor) -> torch.Tensor:
    """Return a teacher's maps of one batch, [N, 1, h, w], without padding it to inference's fixed size."""
    return teacher.to(images.device).eval()(images).map


def _has_linear(nets: Sequence[nn.Module]) -> bool:
    return any(isinstance(layer, nn.Linear) for net in nets for layer in net.modules())


def pretraining(settings: TeachSettings, side: int, limit: float = MEMORY) -> RealStep:
    """Return a real pretraining iteration of the meta-teacher and its surrogate (line 1 of Algorithm 1)."""

    def need(lesson: Lesson, parts: int, small: int) -> float:
        graphs = sum(footprint(net, small).graph for net in (lesson.teacher, lesson.surrogate))
        return OVER_PLAIN * graphs * 2 * settings.m / parts

    def call(lesson: Lesson, state: TeachState) -> Callable[[], object]:
        batch = lesson.pretraining_batch(0)
        return lambda: pretrain_step(lesson, state, batch)

    return _of_lesson(settings, side, limit, 2 * settings.m, need, call)


def bilevel(settings: TeachSettings, side: int, limit: float = MEMORY) -> RealStep:
    """Return a real bi-level iteration (lines 6–12), in the settings' way, second-order terms included."""

    def need(lesson: Lesson, parts: int, small: int) -> float:
        fewer = replace(settings, m=settings.m // parts, n=settings.n // parts)
        return step_bytes(fewer, lesson.way, lesson.teacher, lesson.surrogate, small, 1) - BASE

    def call(lesson: Lesson, state: TeachState) -> Callable[[], object]:
        begin_bilevel(lesson, state)
        batches = lesson.batches(0)
        return lambda: _alive(bilevel_step(lesson, state, batches, 1))

    return _of_lesson(settings, side, limit, 2 * (settings.m + settings.n), need, call)


def _alive(figures: dict[str, float]) -> None:
    """Raise where the hypergradient vanished: a shorter iteration would have been counted."""
    norm = figures["hypergradient_norm"]
    if not (math.isfinite(norm) and norm > 0):
        raise BadRun(
            f"the hypergradient's length on faces of noise is {norm}, so the counted iteration is not a "
            "whole one; give another --size."
        )


def _of_lesson(
    settings: TeachSettings,
    side: int,
    limit: float,
    faces: int,
    need: Callable[[Lesson, int, int], float],
    call: Callable[[Lesson, TeachState], Callable[[], object]],
) -> RealStep:
    measured, _ = lesson_for(settings, noise(SMALLEST, settings.m + settings.n))
    halve = not _has_linear([measured.teacher, measured.surrogate])
    divisible = math.gcd(settings.m, settings.n)
    share = share_within(divisible, side, lambda parts, small: need(measured, parts, small), limit, halve)
    fewer = replace(settings, m=settings.m // share.parts, n=settings.n // share.parts)
    lesson, state = lesson_for(fewer, noise(side >> share.halvings, fewer.m + fewer.n))
    return RealStep(call(lesson, state), faces, side, share)
