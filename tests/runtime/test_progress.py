"""Progress in a log: about ten lines, and an estimate where the work is long."""

from collections.abc import Iterator

import pytest

from mtfas.runtime.progress import Lines


def lines_of(
    seconds_an_item: float, total: int, capfd: pytest.CaptureFixture[str], first: int = 1
) -> list[str]:
    def clock() -> Iterator[float]:
        now = 0.0
        while True:
            yield now
            now += seconds_an_item

    ticks = clock()
    times = {done: next(ticks) for done in range(first, total + 1)}
    current = [first]
    lines = Lines(clock=lambda: times[current[0]])
    for done in range(first, total + 1):
        current[0] = done
        lines("cutting", done, total)
    return capfd.readouterr().err.strip().splitlines()


def test_short_work_has_ten_lines_and_no_estimate(capfd: pytest.CaptureFixture[str]) -> None:
    assert lines_of(0.01, 100, capfd) == [f"cutting: {n}0/100" for n in range(1, 11)]


def test_long_work_says_what_is_left(capfd: pytest.CaptureFixture[str]) -> None:
    said = lines_of(60.0, 100, capfd)
    assert said[0] == "cutting: 10/100, about 1.5 h left"
    assert said[4] == "cutting: 50/100, about 50 min left"
    assert said[-1] == "cutting: 100/100"
    assert lines_of(2.0, 40, capfd)[0] == "cutting: 4/40, about 72 s left"


def test_work_gone_on_with_is_estimated_from_what_was_done_now(capfd: pytest.CaptureFixture[str]) -> None:
    assert lines_of(60.0, 100, capfd, first=51)[0] == "cutting: 51/100"
    assert lines_of(60.0, 100, capfd, first=51)[1] == "cutting: 60/100, about 40 min left"
