import os

import pytest

from mtfas.errors import BadSetting
from mtfas.runtime.pool import choose_workers, in_order


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_jobs(workers: int) -> None:
    assert list(in_order(abs, [-3, 1, -2, 5], workers)) == [3, 1, 2, 5]


def test_a_killed_worker_is_said() -> None:
    with pytest.raises(BadSetting, match="worker process ended too early"):
        list(in_order(os._exit, [1], 2))


def test_a_process_is_started_only_for_enough_work() -> None:
    assert choose_workers(None, 10, 100) == 1
    assert choose_workers(3, 10, 100) == 3
    with pytest.raises(BadSetting, match="workers is 0"):
        choose_workers(0, 10, 100)
