"""How much at once: a bounded number of requests, of which a few are worked on, each in a thread."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from mtfas.deploy.service.refusals import Refused

T = TypeVar("T")


class Jobs:
    """Places for requests and threads for their work. Used from one event loop."""

    def __init__(self, concurrency: int, queue: int, timeout: float) -> None:
        """Start with nothing to do.

        Args:
            concurrency: threads.
            queue: requests beyond those, whose bodies are read or which wait.
            timeout: seconds from a read body to its answer.
        """
        self.places, self.timeout, self.draining = concurrency + queue, timeout, False
        self.taken = 0
        self.working = 0
        self._slots = asyncio.Semaphore(concurrency)
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="judge")

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place from the head of a request to its answer.

        Raises:
            Refused: 503, all places are taken or the service is about to stop.
        """
        if self.draining:
            raise Refused("draining", "The service is about to stop; send the request to another one.")
        if self.taken >= self.places:
            raise Refused("busy", "Too many requests are waiting; send it again in a moment.")
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    async def run(self, work: Callable[[float], T]) -> T:
        """Run work(deadline) in a thread, once one is free.

        A thread cannot be stopped from outside: where work does not look at its deadline it keeps its thread
        after the request was refused, and no other work takes that thread's place.

        Raises:
            Refused: 503, the time was over first.
        """
        deadline = time.monotonic() + self.timeout
        try:
            async with asyncio.timeout(self.timeout):
                await self._slots.acquire()
                self.working += 1
                future = asyncio.get_running_loop().run_in_executor(self._threads, work, deadline)
                future.add_done_callback(self._done)
                return await asyncio.shield(future)
        except TimeoutError:
            raise Refused(
                "too_slow", "The file could not be judged in time; send a smaller one, or try later."
            ) from None

    def close(self) -> None:
        """Take no more work; threads end when theirs is done."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _done(self, future: "asyncio.Future[T]") -> None:
        self.working -= 1
        self._slots.release()
        if not future.cancelled():
            future.exception()  # whoever waited for it has been told, or has left
