"""From rows and protocols to run folders: teachers, then the detectors that learn from them.

A grid goes on where it stopped.

OUT/teachers/<method>_<protocol>_<seed>
OUT/runs/<row>_<protocol>_<seed>
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mtfas.errors import BadFile, BadSetting
from mtfas.paper.experiments import Row
from mtfas.runtime.files import read_json, sha256
from mtfas.training.distill_settings import distill_settings
from mtfas.training.grid import Job, run_all
from mtfas.training.influence_settings import influence_settings
from mtfas.training.settings import teach_settings, train_settings
from mtfas.training.teachers import INFLUENCE, META_TEACHER


@dataclass(frozen=True)
class Grid:
    """What all runs of a grid share.

    Attributes:
        data: the prepared set.
        out: where the run folders go.
        preset: of the teachers and the detectors.
        detector: the student.
        protocols: in order; a row with a foreign teacher takes that of the next one (after the last, of the
            first).
        iterations: of the detectors; the preset's when None.
        rate: of the detectors; likewise.
        device: "cpu" or "cuda".
    """

    data: Path
    out: Path
    preset: str
    detector: str
    protocols: tuple[str, ...]
    iterations: int | None = None
    rate: float | None = None
    device: str = "cpu"

    def lesson(self, method: str, protocol: str, seed: int, taught: Sequence[tuple[str, Any]] = ()) -> Job:
        """Return the run that teaches a teacher; its folder's name says which settings are its own."""
        common: dict[str, Any] = {"protocol": protocol, "seed": seed, "threads": 1, "device": self.device}
        given = {**common, **dict(taught)}
        if method == META_TEACHER:
            settings: Any = teach_settings(self.preset, **given)
        elif method == INFLUENCE:
            settings = influence_settings(self.preset, **given)
        else:
            settings = distill_settings(self.preset, method=method, **given)
        who = "-".join([method, *(f"{name}-{value}" for name, value in taught)])
        return self._job("teachers", who, protocol, seed, settings)

    def cell(self, row: Row, protocol: str, seed: int) -> "Cell":
        """Return the run of a row's detector, and the run that teaches its teacher."""
        taught_on = self._next(protocol) if row.foreign else protocol
        lesson = None if row.teacher is None else self.lesson(row.teacher, taught_on, seed, row.taught)
        settings = train_settings(
            self.preset, protocol=protocol, detector=self.detector, supervision=row.supervision,
            label_rule=row.rule, teacher=None if lesson is None else str(lesson.out),
            teacher_protocol="paper" if row.foreign else None, seed=seed, iterations=self.iterations,
            rate=self.rate, threads=1, device=self.device,
        )  # fmt: skip
        return Cell(row, protocol, seed, self._job("runs", row.name, protocol, seed, settings), lesson)

    def cells(self, rows: Sequence[Row], seeds: Iterable[int]) -> list["Cell"]:
        """Return every cell: seed by seed, protocol by protocol, row by row."""
        return [self.cell(row, name, seed) for seed in seeds for name in self.protocols for row in rows]

    def _next(self, protocol: str) -> str:
        if len(self.protocols) < 2:
            raise BadSetting(
                f"a teacher of another protocol than {protocol} needs a second protocol; name one more."
            )
        return self.protocols[(self.protocols.index(protocol) + 1) % len(self.protocols)]

    def _job(self, kind: str, who: str, protocol: str, seed: int, settings: Any) -> Job:
        name = f"{_slug(who)}_{_slug(protocol)}_{seed}"
        return Job(f"{who}, {protocol}, seed {seed}", self.data, self.out / kind / name, settings)


@dataclass(frozen=True)
class Cell:
    """A row's detector on a protocol with a seed.

    Attributes:
        row: how it is supervised.
        protocol: what it is trained and measured on.
        seed: of everything.
        job: its run.
        lesson: the run of its teacher, where it needs one.
    """

    row: Row
    protocol: str
    seed: int
    job: Job
    lesson: Job | None


def lessons(cells: Iterable[Cell]) -> list[Job]:
    """Return the teachers' runs that some cells need, each once, in the cells' order."""
    return list({cell.lesson.out: cell.lesson for cell in cells if cell.lesson is not None}.values())


def run_cells(cells: Sequence[Cell], workers: int) -> None:
    """Make every run that is not there: teachers and what needs none first, then what learns from them.

    Raises:
        MtfasError: from the first run that fails; what was done stays, and the same call goes on with it.
    """
    _run([*lessons(cells), *(cell.job for cell in cells if cell.lesson is None)], workers)
    _run([cell.job for cell in cells if cell.lesson is not None], workers)


def _run(jobs: Sequence[Job], workers: int) -> None:
    if left := [job for job in jobs if not is_done(job)]:
        run_all(left, workers)


def state(job: Job) -> str:
    """Return "finished", "begun" or "missing"."""
    record = _record(job)
    if record is None:
        return "missing"
    return "finished" if record.get("finished") else "begun"


def is_done(job: Job) -> bool:
    """Whether just this run is there and finished; in doubt no: opening it then tells what differs."""
    record = _record(job)
    if record is None or not record.get("finished"):
        return False
    theirs, ours = dict(record.get("settings", {})), asdict(job.settings)
    teacher = ours.pop("teacher", None)
    theirs.pop("teacher", None)  # a teacher is its weights, not the path they were found under
    same_data = record.get("data", {}).get("manifest_sha256") == _manifest_hash(job.data)
    return theirs == ours and same_data and (teacher is None or _labels_of(record, Path(teacher)))


def _labels_of(record: dict[str, Any], teacher: Path) -> bool:
    """Whether the labels came from a network that lies in the teacher's folder now."""
    named = record.get("labels", {}).get("weights_sha256")
    return named in {sha256(path.read_bytes()) for path in teacher.glob("*.safetensors")}


def _record(job: Job) -> dict[str, Any] | None:
    try:
        record = read_json(job.out / "run.json")
    except BadFile:
        return None
    return record if isinstance(record, dict) else None


def _manifest_hash(data: Path) -> Any:
    return read_json(data / "dataset.json").get("manifest_sha256")


def _slug(name: str) -> str:
    words = name.lower().replace(":", "-").replace("_", "-").replace(",", "").replace(" ", "-")
    return words.replace("/", "-")
