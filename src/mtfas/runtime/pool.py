"""The same work in this process or in several, in the same order, with the same results."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from typing import TypeVar

import cv2

from mtfas.errors import BadSetting
from mtfas.runtime.record import cores

Job = TypeVar("Job")
Result = TypeVar("Result")


def choose_workers(workers: int | None, items: int, items_a_worker: int) -> int:
    """Return the number of processes: the one asked for, or as many as cores and work allow.

    Args:
        workers: what was asked for; None to choose.
        items: how much there is to do.
        items_a_worker: below this a process costs more to start than it saves.

    Raises:
        BadSetting: fewer than one was asked for.
    """
    if workers is not None and workers < 1:
        raise BadSetting(f"workers is {workers}; give 1 or more.")
    return workers or max(1, min(cores(), items // items_a_worker))


def in_order(work: Callable[[Job], Result], jobs: Sequence[Job], workers: int) -> Iterator[Result]:
    """Yield work(job) for each job, in order.

    Args:
        work: a module-level function (it is sent to other processes).
        jobs: what to do; no job's result may depend on another's.
        workers: processes; 1 works in this one. On an error or Ctrl-C jobs not yet begun are dropped.

    Raises:
        BadSetting: a worker process was killed.
    """
    if workers == 1:
        yield from _one_thread(work, jobs)
        return
    context = multiprocessing.get_context("spawn")  # forking a process that has threads may hang
    stop = context.Event()
    pool = ProcessPoolExecutor(
        min(workers, len(jobs)), mp_context=context, initializer=_start_worker, initargs=(stop,)
    )
    try:
        yield from pool.map(work, jobs)
    except BrokenProcessPool as error:
        raise BadSetting("a worker process ended too early (out of memory?); give fewer workers.") from error
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


class GivenUp(Exception):
    """Raised in a worker process whose parent no longer wants the result; nobody sees it."""


def give_up_if_stopped() -> None:
    """Leave a long job between two steps when the parent was interrupted; does nothing in the parent.

    Raises:
        GivenUp: the parent has stopped.
    """
    if _stop is not None and _stop.is_set():
        raise GivenUp


def _one_thread(work: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # for images this small a thread costs more than it saves
    try:
        yield from map(work, jobs)
    finally:
        cv2.setNumThreads(threads)


_stop: Event | None = None


def _start_worker(stop: Event) -> None:
    global _stop
    _stop = stop
    # Ctrl-C reaches every process of the terminal; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    leave_with_parent()


def leave_with_parent() -> None:
    """In a worker: end when the parent is killed. It would wait for work, and hold memory, for ever."""
    threading.Thread(target=_wait_and_leave, daemon=True).start()


def _wait_and_leave() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
