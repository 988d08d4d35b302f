"""Cut all items of a raw set in one process or several; an interrupted attempt is gone on with."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mtfas.data.cutting import Cut, CutRule, Outcome, cut_item
from mtfas.data.sources import RawItem
from mtfas.runtime.files import UNFINISHED, read_json, write_json
from mtfas.runtime.pool import choose_workers, give_up_if_stopped, in_order
from mtfas.runtime.progress import track
from mtfas.types import Box

IMAGES_A_JOB = 32
"""Images that are noted as done together; a clip is a job of its own."""

IMAGES_A_WORKER, CLIPS_A_WORKER = 64, 2
"""Below this much work for each, starting a worker process costs more than it saves."""

NOTES = f"{UNFINISHED}/cuts"


@dataclass(frozen=True)
class CutJob:
    """Some neighbouring items: the number of the first, and the items."""

    first: int
    items: Sequence[RawItem]

    @property
    def note(self) -> str:
        """The file that says what became of them, relative to the unfinished set."""
        return f"{NOTES}/{self.first:07d}.json"


def cut_all(items: Sequence[RawItem], rule: CutRule, out: Path, workers: int | None) -> None:
    """Cut every item and note on disk what became of it; those noted already are left alone.

    Args:
        items: of a raw set; their order numbers the files.
        rule: what is done with each.
        out: an unfinished set with faces/ and depth/.
        workers: processes; None = one a core, fewer for little work.

    Raises:
        BadSetting: a worker process was killed.
    """
    open_jobs = [job for job in plan_jobs(items) if not (out / job.note).is_file()]
    clips = sum(item.is_clip for job in open_jobs for item in job.items)
    images = sum(len(job.items) for job in open_jobs) - clips
    work = clips * IMAGES_A_WORKER // CLIPS_A_WORKER + images
    count = choose_workers(workers, work, IMAGES_A_WORKER) if open_jobs else 1
    done = in_order(partial(_cut_job, rule=rule, out=out), open_jobs, count)
    for _ in track(_counted(done), "cutting out faces", len(items), len(items) - clips - images):
        pass  # outcomes wait on disk


def outcomes(items: Sequence[RawItem], out: Path) -> Iterator[Outcome]:
    """Yield what became of each item, in order, after `cut_all`; few are in memory at a time."""
    for job in plan_jobs(items):
        yield from (_outcome(note) for note in read_json(out / job.note))


def plan_jobs(items: Sequence[RawItem]) -> Iterator[CutJob]:
    """Yield the items in order: each clip alone, neighbouring images in parts of IMAGES_A_JOB."""
    part: list[RawItem] = []
    for index, item in enumerate(items):
        if part and (item.is_clip or part[0].is_clip or len(part) == IMAGES_A_JOB):
            yield CutJob(index - len(part), part)
            part = []
        part.append(item)
    if part:
        yield CutJob(len(items) - len(part), part)


def _cut_job(job: CutJob, rule: CutRule, out: Path) -> int:
    outcomes = []
    for index, item in enumerate(job.items, job.first):
        give_up_if_stopped()
        outcomes.append(cut_item(index, item, rule, out))
    write_json(out / job.note, [asdict(outcome) for outcome in outcomes])
    return len(outcomes)


def _counted(done: Iterable[int]) -> Iterator[int]:
    """Yield once an item, for a progress bar that counts items."""
    for number in done:
        yield from range(number)


def _outcome(note: dict[str, Any]) -> Outcome:
    cuts = [Cut(**{**cut, "box": Box(**cut["box"]) if cut["box"] else None}) for cut in note["cuts"]]
    return Outcome(cuts, note["clip"], note["odd"])
