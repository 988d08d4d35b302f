"""Several runs at once: one process each, as many at a time as there are workers.

Every cell is a run folder, so a grid that was stopped goes on where it stopped.
"""

import multiprocessing
import queue
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from rich.progress import Progress

from mtfas.data.manifest import open_prepared
from mtfas.errors import BadRun
from mtfas.runtime import progress
from mtfas.runtime.pool import leave_with_parent
from mtfas.training.detector import TrainSummary, train
from mtfas.training.distill_settings import DistillSettings
from mtfas.training.distillation import DistillSummary, distil
from mtfas.training.influence_settings import InfluenceSettings
from mtfas.training.influence_teacher import InfluenceSummary, teach_by_influence
from mtfas.training.meta_teacher import TeachSummary, teach
from mtfas.training.settings import TeachSettings, TrainSettings

Report = tuple[str, int, int]
Summary = TeachSummary | InfluenceSummary | DistillSummary | TrainSummary


@dataclass(frozen=True)
class Job:
    """One run: a name for the person waiting, and what `teach` or `train` needs."""

    name: str
    data: Path
    out: Path
    settings: TeachSettings | InfluenceSettings | DistillSettings | TrainSettings


def run_all(jobs: Sequence[Job], workers: int) -> list[Summary]:
    """Do every run; the order and number of workers never change a result.

    Args:
        jobs: with `threads` set to what one process may use.
        workers: processes at a time.

    Raises:
        MtfasError: from the first job that fails; the others are stopped and can be resumed.
    """
    context = multiprocessing.get_context("spawn")
    reports: Queue[Report | None] = context.Queue()
    pool = ProcessPoolExecutor(min(workers, len(jobs)), context, _begin_worker, (reports,))
    try:
        with _Display(reports):
            futures = [pool.submit(_run_job, job) for job in jobs]
            ended, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in ended:
                future.result()  # the first failure, as soon as it happens
            return [future.result() for future in futures]
    except BrokenProcessPool as error:
        raise BadRun(
            "a worker process ended too early (out of memory?); give fewer --workers: the runs go on."
        ) from error
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _run_job(job: Job) -> Summary:
    _Worker.name = job.name
    prepared = open_prepared(job.data)
    if isinstance(job.settings, TeachSettings):
        return teach(prepared, job.out, job.settings)
    if isinstance(job.settings, InfluenceSettings):
        return teach_by_influence(prepared, job.out, job.settings)
    if isinstance(job.settings, DistillSettings):
        return distil(prepared, job.out, job.settings)
    return train(prepared, job.out, job.settings)


class _Worker:
    """What a worker process knows of its job."""

    name = ""


def _begin_worker(reports: "Queue[Report | None]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who ends the workers
    leave_with_parent()
    progress.listen(lambda what, done, total: _report(reports, done, total))


def _report(reports: "Queue[Report | None]", done: int, total: int) -> None:
    if done % 10 == 0 or done == total:
        reports.put((_Worker.name, done, total))


class _Display:
    """Shows what the workers report, a bar for each job."""

    def __init__(self, reports: "Queue[Report | None]") -> None:
        self._reports = reports
        self._thread = threading.Thread(target=self._show, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: Any) -> None:
        self._reports.put(None)
        self._thread.join(timeout=5)

    def _show(self) -> None:
        if not progress.console.is_terminal:
            lines = progress.Lines()
            for name, done, total in self._received():
                lines(name, done, total)
            return
        with progress.bars() as bars:
            tasks: dict[str, Any] = {}
            for name, done, total in self._received():
                _advance(bars, tasks, name, done, total)

    def _received(self) -> Any:
        while True:
            try:
                report = self._reports.get(timeout=60)
            except queue.Empty:
                continue
            if report is None:
                return
            yield report


def _advance(bars: Progress, tasks: dict[str, Any], name: str, done: int, total: int) -> None:
    if name not in tasks:
        tasks[name] = bars.add_task(name, total=total)
    bars.update(tasks[name], completed=done)
