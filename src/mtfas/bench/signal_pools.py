"""The pretrained states of `mtfas bench signal`: each trained once, with one surrogate or several."""

import copy
from collections.abc import Collection, Sequence
from dataclasses import replace

import torch

from mtfas.bench.signal_cases import Case
from mtfas.bilevel.lower_level import Params, gradient, lower_loss
from mtfas.runtime.progress import track
from mtfas.runtime.seeds import stream
from mtfas.training.lesson import Lesson
from mtfas.training.teach_state import TeachState, copied, fresh_state, networks
from mtfas.training.two_levels import begin_bilevel, class_map, pretrain_step


def pretrained_pools(lesson: Lesson, group: Sequence[Case]) -> dict[tuple[int, int], list[TeachState]]:
    """Return the pretrained states of every (iterations, surrogates) of some cases, trained once each.

    Args:
        lesson: on which all of them are pretrained.
        group: cases of the lesson's levels.
    """
    wanted = {(case.settings.pretrain_iterations, case.surrogates) for case in group}
    states = pretrained(lesson, {length for length, _ in wanted})
    thetas: dict[int, dict[int, Params]] = {}
    for k in range(1, max(count for _, count in wanted)):
        stops = {ages(*pool)[k] for pool in wanted if pool[1] > k}
        thetas[k] = further_surrogate(lesson, k, stops)
    return {
        (length, count): [states[length]]
        + [replace(states[length], theta=thetas[k][ages(length, count)[k]]) for k in range(1, count)]
        for length, count in wanted
    }


def ages(length: int, count: int) -> list[int]:
    """Return how many iterations each of some surrogates is pretrained: length · (1, …, 2/count, 1/count)."""
    return [-(-length * (count - k) // count) for k in range(count)]


def pretrained(lesson: Lesson, stops: Collection[int]) -> dict[int, TeachState]:
    """Pretrain teacher and surrogate (line 1); return the state after each of some numbers of iterations."""
    state, found, last = fresh_state(lesson.settings, lesson.teacher, lesson.surrogate), {}, max(stops)
    for step in track(range(last + 1), f"pretraining, {lesson.settings.higher_batch}", last + 1):
        if step in stops:
            found[step] = copy.deepcopy(state)
            begin_bilevel(lesson, found[step])
        if step < last:
            pretrain_step(lesson, state, lesson.pretraining_batch(step))
    return found


def further_surrogate(lesson: Lesson, k: int, stops: Collection[int]) -> dict[int, Params]:
    """Pretrain one more surrogate, on weights and batches of its own; return θ after some iterations.

    Args:
        lesson: whose levels it learns from.
        k: which; 0 is the lesson's own surrogate.
        stops: after how many iterations θ is wanted.
    """
    own = lesson.changed(seed=_seed(lesson.settings.seed, k))
    theta = fresh_state(own.settings, *networks(own.settings)).theta
    optimiser = torch.optim.Adam(theta.values(), lr=own.settings.pretrain_rate)
    found, last = {}, max(stops)
    for step in track(range(last + 1), f"surrogate {k + 1}, {own.settings.higher_batch}", last + 1):
        if step in stops:
            found[step] = copied(theta)
        if step < last:
            _learn(own, theta, optimiser, step)
    return found


def _seed(seed: int, k: int) -> int:
    return seed if k == 0 else int(stream(seed, "further surrogate", k).integers(2**31))


def _learn(lesson: Lesson, theta: Params, optimiser: torch.optim.Optimizer, step: int) -> None:
    (batch,) = lesson.pretraining_batch(step)
    slope = gradient(lower_loss(lesson.maps(theta, batch.images), class_map(batch)), theta)
    for name, parameter in theta.items():
        parameter.grad = slope[name]
    optimiser.step()
