"""Items come in order, errors reach the caller, and no thread outlives the loop."""

import os
import signal
import threading
import time

import pytest

from mtfas.data.ahead import Ahead

both = pytest.mark.parametrize("background", [False, True], ids=["in turn", "ahead"])


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


@both
def test_items_come_in_order(background: bool) -> None:
    with Ahead(lambda step: step**2, 3, 8, background) as ahead:
        assert list(ahead) == [9, 16, 25, 36, 49]
    with Ahead(lambda step: step, 4, 4, background) as ahead:
        assert list(ahead) == []
    assert not threads()


@both
def test_an_error_comes_in_its_items_turn(background: bool) -> None:
    def make(step: int) -> float:
        return 1 / (2 - step)

    seen: list[float] = []
    with pytest.raises(ZeroDivisionError), Ahead(make, 0, 5, background) as ahead:
        seen.extend(ahead)
    assert seen == [0.5, 1.0]
    assert not threads()


@both
def test_leaving_early_leaves_no_thread(background: bool) -> None:
    made = []
    with Ahead(made.append, 0, 1000, background) as ahead:
        for _ in ahead:
            break
    assert made in ([0], [0, 1])
    assert not threads()


def test_only_the_next_item_is_made_ahead() -> None:
    made: list[int] = []
    with Ahead(made.append, 0, 10, background=True) as ahead:
        for step, _ in enumerate(ahead):
            time.sleep(0.01)
            assert len(made) <= step + 2
    assert made == list(range(10))


def test_ctrl_c_while_waiting() -> None:
    def make(step: int) -> None:
        if step == 1:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)

    with pytest.raises(KeyboardInterrupt), Ahead(make, 0, 10, background=True) as ahead:
        list(ahead)
    assert not threads()


@both
def test_waiting_is_counted_and_working_is_not(background: bool) -> None:
    def make(step: int) -> None:
        time.sleep(0.03)

    with Ahead(make, 0, 4, background) as ahead:
        for _ in ahead:
            time.sleep(0.05)
    if background:
        assert 0.03 <= ahead.waited < 4 * 0.03, "only the first item had to be waited for"
    else:
        assert ahead.waited >= 4 * 0.03
