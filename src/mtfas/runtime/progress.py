"""One progress bar for all long work; plain lines where there is no terminal. Everything goes to stderr."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")

console = Console(stderr=True)


def track(items: Iterable[Item], what: str, total: int, done: int = 0) -> Iterator[Item]:
    """Yield the items, showing how far the work is and how long it will take.

    Args:
        items: what to work through.
        what: a few words for the person waiting, e.g. "rendering faces".
        total: the number of items of the whole work, those done earlier included.
        done: how many were done before (a resumed run).
    """
    if console.is_terminal:
        yield from _bar(items, what, total, done)
    else:
        yield from _lines(items, what, total, done)


def _bar(items: Iterable[Item], what: str, total: int, done: int) -> Iterator[Item]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(what, total=total, completed=done)
        for item in items:
            yield item
            progress.advance(task)


def _lines(items: Iterable[Item], what: str, total: int, done: int) -> Iterator[Item]:
    step = max(1, total // 10)
    for count, item in enumerate(items, start=done + 1):
        yield item
        if count % step == 0 or count == total:
            console.print(f"{what}: {count}/{total}", highlight=False)
