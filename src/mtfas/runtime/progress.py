"""One progress bar for all long work; plain lines where there is no terminal. Everything goes to stderr."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")
Listener = Callable[[str, int, int], None]
"""Told (what, done, total) after every item."""

console = Console(stderr=True)
_listener: Listener | None = None


def listen(listener: Listener | None) -> None:
    """Send all progress of this process to a listener instead of the terminal (a worker tells its parent)."""
    global _listener
    _listener = listener


def track(items: Iterable[Item], what: str, total: int, done: int = 0) -> Iterator[Item]:
    """Yield the items, showing how far the work is and how long it will take.

    Args:
        items: what to work through.
        what: a few words for the person waiting, e.g. "rendering faces".
        total: the number of items of the whole work, those done earlier included.
        done: how many were done before (a resumed run).
    """
    if _listener is not None:
        yield from _told(items, what, total, done, _listener)
    elif console.is_terminal:
        with bars() as progress:
            task = progress.add_task(what, total=total, completed=done)
            yield from _told(
                items, what, total, done, lambda _, count, __: progress.update(task, completed=count)
            )
    else:
        yield from _told(items, what, total, done, Lines())


def bars() -> Progress:
    """Return the bar display: what, bar, done/total, time left."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


LONG = 10.0
"""Seconds below which nobody needs to be told how long it will take."""


class Lines:
    """A listener for logs: about ten lines for each piece of work, with an estimate where it is long."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next: dict[str, int] = {}
        self._begun: dict[str, tuple[float, int]] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Print a line when another tenth is done."""
        tenth = max(1, total // 10)
        begun, first = self._begun.setdefault(what, (self._clock(), done))
        if done >= self._next.get(what, tenth) or done == total:
            left = (total - done) * (self._clock() - begun) / max(done - first, 1)
            estimate = f", about {_duration(left)} left" if left >= LONG else ""
            console.print(f"{what}: {done}/{total}{estimate}", highlight=False)
            self._next[what] = done - done % tenth + tenth


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _told(items: Iterable[Item], what: str, total: int, done: int, listener: Listener) -> Iterator[Item]:
    for count, item in enumerate(items, start=done + 1):
        yield item
        listener(what, count, total)
