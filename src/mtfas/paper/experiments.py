"""What each table of the paper is, as data: rows, protocols, the student by preset, and figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mtfas.errors import BadSetting, unknown_name
from mtfas.evaluation.report import Evaluation


@dataclass(frozen=True)
class Row:
    """One way of supervising the student.

    Attributes:
        name: as in the paper, without the student's name around it.
        supervision: a name of SUPERVISIONS.
        teacher: method of `mtfas teach` whose run gives the labels (or hints); None where no run is needed.
        rule: how a teacher's output becomes a label; None where the supervision has no choice.
        control: whether the row is ours alone: the paper has none to stand beside it.
        foreign: whether the teacher is that of the next protocol in the list (`--teacher-protocol paper`).
        taught: (setting, value) of the teacher where it differs from the preset's.
    """

    name: str
    supervision: str
    teacher: str | None = None
    rule: str | None = None
    control: bool = False
    foreign: bool = False
    taught: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Figure:
    """A figure of a table: its printed name, and how it is had from an evaluation, in per cent."""

    name: str
    of: Callable[[Evaluation], float]


@dataclass(frozen=True)
class Part:
    """A group of columns of a table.

    Attributes:
        head: as printed, e.g. "O&C&I to M".
        printed: the name it has in published.csv.
        protocols: what it is measured on; the mean is over them where there are several.
    """

    head: str
    printed: str
    protocols: tuple[str, ...]


@dataclass(frozen=True)
class Experiment:
    """A table of the paper.

    Attributes:
        name: "table4", …
        title: what it compares.
        rows: in the paper's order, controls last.
        parts: the groups of columns, as printed.
        students: detector by preset.
        figures: those of every part.
        costs: whether the table also has FLOPs_T, Time_T and FLOPs_S.
        notes: what the reader must know.
    """

    name: str
    title: str
    rows: tuple[Row, ...]
    parts: tuple[Part, ...]
    students: Mapping[str, str]
    figures: tuple[Figure, ...]
    costs: bool
    notes: tuple[str, ...]

    @property
    def protocols(self) -> tuple[str, ...]:
        """Every protocol of the table, in order."""
        return tuple(name for part in self.parts for name in part.protocols)


ROWS = (
    Row("Depth", "depth"),
    Row("Distill", "distill", teacher="distill", rule="eq14"),
    Row("BANs", "bans", teacher="bans", rule="eq14"),
    Row("FitNets", "fitnets", teacher="distill", rule="eq14"),  # Sec. 4.3: the same deep teacher
    Row("Distill_Light", "distill-light", teacher="distill-light", rule="eq14"),
    Row("OKDDip", "okddip"),
    Row("MT", "meta-teacher", teacher="meta-teacher", rule="eq13"),
    Row("Binary map", "binary-map", control=True),
    Row("Pretrained teacher", "pretrained-teacher", teacher="meta-teacher", rule="eq13", control=True),
)
"""Table 4 and Table 5 have the same ones. The controls say what a gain of MT would be owed to."""

THRESHOLDS = (
    "Every threshold is the equal-error threshold of the development set, HTER's too; nothing is chosen by "
    "the test set."
)
SMALL_STUDENTS = (
    "At presets cpu and tiny the student and the meta-teacher's backbone are both FAS-DR-Light, so "
    "Distill_Light's teacher and a one-generation BANs teacher would be the same network; BANs therefore "
    "runs two generations there. At preset paper the student is the paper's and BANs runs one."
)
TEACHERS = (
    "Every teacher is taught on the protocol's own training set. Distill and FitNets have the same deep "
    "teacher. OKDDip has none: its peers and the detector learn together."
)
CONTROLS = (
    "Controls, not in the paper: the binary map, and the meta-teacher as it was before its bi-level phase "
    "under the same label rule."
)

TABLE_4 = Experiment(
    name="table4",
    title="Table 4: FAS-DR under the meta-teacher and under other teachers, OULU-NPU protocol 4",
    rows=ROWS,
    parts=(Part("Protocol 4", "oulu:4", tuple(f"oulu:4.{k}" for k in range(1, 7))),),
    students={"paper": "fas-dr", "cpu": "fas-dr-light", "tiny": "fas-dr-light"},
    figures=(Figure("ACER", lambda e: 100 * e.rates.acer_worst),),
    costs=True,
    notes=(
        "ACER takes the worst species' APCER. Mean ± sample standard deviation (ddof 1) over the six "
        "sub-protocols, each the mean of its seeds.",
        THRESHOLDS,
        TEACHERS,
        "The paper's Table 1 takes its meta-teacher from protocol 1, which has seen what protocol 4 holds "
        "out; here it is taught on each sub-protocol.",
        SMALL_STUDENTS,
        CONTROLS,
    ),
)

TABLE_5 = Experiment(
    name="table5",
    title="Table 5: FAS-DR-BC under the meta-teacher and under other teachers, across data sets",
    rows=ROWS,
    parts=(
        Part("O&C&I to M", "ocim:oci-m", ("ocim:oci-m",)),
        Part("O&M&I to C", "ocim:omi-c", ("ocim:omi-c",)),
        Part("O&C&M to I", "ocim:ocm-i", ("ocim:ocm-i",)),
        Part("I&C&M to O", "ocim:icm-o", ("ocim:icm-o",)),
    ),
    students={"paper": "fas-dr-bc", "cpu": "fas-dr-light-bc", "tiny": "fas-dr-light-bc"},
    figures=(Figure("HTER", lambda e: 100 * e.rates.hter), Figure("AUC", lambda e: 100 * e.auc)),
    costs=False,
    notes=(
        "Mean ± sample standard deviation (ddof 1) over the seeds. The protocols follow the strict "
        "convention: the sources' train and dev splits, every split of the target.",
        THRESHOLDS,
        TEACHERS,
        SMALL_STUDENTS,
        CONTROLS,
    ),
)

EXPERIMENTS = {experiment.name: experiment for experiment in (TABLE_4, TABLE_5)}


def find_experiment(name: str) -> Experiment:
    """Return a table by name.

    Raises:
        BadSetting: there is none of that name.
    """
    if name not in EXPERIMENTS:
        raise unknown_name("table", name, EXPERIMENTS)
    return EXPERIMENTS[name]


def student_of(experiment: Experiment, preset: str) -> str:
    """Return the detector a table trains at a preset.

    Raises:
        BadSetting: the preset is unknown.
    """
    if preset not in experiment.students:
        raise unknown_name("preset", preset, experiment.students)
    return experiment.students[preset]


def choose_rows(experiment: Experiment, only: str | None) -> tuple[Row, ...]:
    """Return the rows named in "Depth,MT", in the table's order; all without a choice.

    Raises:
        BadSetting: a name is not a row of the table, or none is given.
    """
    if only is None:
        return experiment.rows
    known = {row.name.lower(): row for row in experiment.rows}
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    for name in wanted:
        if name.lower() not in known:
            raise unknown_name("row", name, [row.name for row in experiment.rows])
    if not wanted:
        raise BadSetting("--only names no row; give e.g. --only Depth,MT or leave it out.")
    return tuple(row for row in experiment.rows if row.name.lower() in {name.lower() for name in wanted})
