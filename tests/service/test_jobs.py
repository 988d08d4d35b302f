"""Places, threads and time limits, without a network."""

import asyncio
import threading
import time

import pytest

pytest.importorskip("python_multipart")

from mtfas.deploy.service.jobs import Jobs
from mtfas.deploy.service.refusals import Refused


def test_places_are_bounded_and_given_back() -> None:
    async def scene() -> None:
        jobs = Jobs(concurrency=1, queue=1, timeout=5)
        with jobs.place(), jobs.place():
            assert jobs.taken == 2
            with pytest.raises(Refused, match="Too many requests"), jobs.place():
                pass
        assert jobs.taken == 0
        jobs.draining = True
        with pytest.raises(Refused, match="about to stop"), jobs.place():
            pass

    asyncio.run(scene())


def test_work_out_of_time_is_refused_and_keeps_its_thread() -> None:
    """The next work waits for the thread; it does not get a second one."""

    async def scene() -> None:
        jobs, release = Jobs(concurrency=1, queue=9, timeout=0.3), threading.Event()
        with pytest.raises(Refused, match="could not be judged in time") as refused:
            await jobs.run(lambda _: release.wait(30))
        assert refused.value.status == 503
        assert refused.value.headers["Retry-After"] == "1"
        assert jobs.working == 1
        with pytest.raises(Refused, match="could not be judged in time"):
            await jobs.run(lambda _: pytest.fail("no thread is free"))
        release.set()
        while jobs.working:
            await asyncio.sleep(0.01)
        assert await jobs.run(lambda deadline: deadline > time.monotonic())

    asyncio.run(scene())


def test_what_work_raises_reaches_who_asked() -> None:
    async def scene() -> None:
        jobs = Jobs(concurrency=2, queue=0, timeout=30)
        with pytest.raises(ZeroDivisionError):
            await jobs.run(lambda _: 1 / 0)
        assert await asyncio.gather(*(jobs.run(lambda _, n=n: n * n) for n in range(20))) == [
            n * n for n in range(20)
        ]
        assert jobs.working == 0

    asyncio.run(scene())
