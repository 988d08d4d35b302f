"""Several things timed side by side: in turn, round after round, so that a machine's moods hit all alike."""

import statistics
import time
from collections.abc import Callable, Mapping

import torch

from mtfas.runtime.progress import track

WARM_UP = 4
"""Calls before the first that counts: libraries load, and an allocator needs some to find its places."""


def interleaved(calls: Mapping[str, Callable[[], object]], rounds: int, device: str) -> dict[str, float]:
    """Return the median seconds of each call.

    Args:
        calls: what to time, by name.
        rounds: how often each is called, A B C … A B C …, after a warm-up.
        device: "cuda" waits for the device before the clock is read.
    """
    for call in track(list(calls.values()), "warming up", len(calls)):
        for _ in range(WARM_UP):
            call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in track(range(rounds), "timing", rounds):
        for name, call in calls.items():
            seconds[name].append(_timed(call, device))
    return {name: statistics.median(found) for name, found in seconds.items()}


def _timed(call: Callable[[], object], device: str) -> float:
    _wait(device)
    begun = time.perf_counter()
    call()
    _wait(device)
    return time.perf_counter() - begun


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()
