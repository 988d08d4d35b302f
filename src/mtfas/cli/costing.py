"""The command that counts what a training iteration of every method of Table 4 costs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtfas.cli.options import Device, Json, Threads, answer

if TYPE_CHECKING:
    from mtfas.bench.costplan import Study
    from mtfas.bench.costs import MethodCost

PAPER_SIDE = 256
DASH = "–"


def costs(
    preset: Annotated[
        str, typer.Option(help="tiny, cpu or paper: networks, faces a batch, iterations.")
    ] = "paper",
    size: Annotated[
        int | None, typer.Option(help="Side of the faces in pixels; that of the preset's data by default.")
    ] = None,
    surrogate: Annotated[
        str | None, typer.Option(help="Network of the meta-teacher's surrogate detector.")
    ] = None,
    inner_steps: Annotated[int | None, typer.Option(help="Steps of the surrogate on Φ_t.")] = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option(help="A finished 'mtfas teach' run, for its real time; can be given several times."),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of timing; medians are printed.")] = 3,
    json: Json = False,
    threads: Threads = None,
    device: Device = "cpu",
) -> None:
    """Operations and time of every method of the paper's Table 4: of its teacher, and of its student.

    Operations are counted on real training steps, second-order terms included. A step too large for 3 GiB
    is run in part and multiplied up, which is exact for operations; the table says where.

    Example: mtfas costs --preset cpu
    """
    from mtfas.bench.costplan import study_of
    from mtfas.bench.costs import as_json, method_costs
    from mtfas.runtime.record import default_threads, hardware, versions

    study = study_of(preset, size, surrogate, inner_steps, device, threads or default_threads())
    rows = method_costs(study, rounds, runs or [])
    machine = {**hardware(), "threads": study.student.threads, "torch": versions().get("torch")}
    if json:
        answer(as_json(rows, study, machine))
        return
    show(rows, study, machine)


def show(rows: "Sequence[MethodCost]", study: "Study", machine: Mapping[str, Any]) -> None:
    """Print the table, the meta-teacher's iteration way by way, and what the reader must know."""
    comparable = study.preset == "paper" and study.size == PAPER_SIDE
    print(f"{study.size} px, {2 * study.student.per_class} faces a batch, student {study.student.detector}")
    print(f"{machine['processor']}, {machine['threads']} threads, torch {machine['torch']}")
    print("G: 10⁹ an iteration. MA: multiply–adds, the paper's unit; FLOPs are twice as many")
    _print_table(rows, _printed() if comparable else {})
    _print_meta_teacher(rows[-1], study, comparable)
    _print_notes(rows)


def _printed() -> dict[tuple[str, str], str]:
    """Return the cells of the paper's Table 4, by method and figure."""
    from mtfas.paper.experiments import TABLE_4
    from mtfas.paper.published import published

    cells = published(TABLE_4.name)
    return {
        (row.supervision, figure): cells[row.name, TABLE_4.parts[0].printed, figure].text
        for row in TABLE_4.rows
        if not row.control
        for figure in ("FLOPs_T", "FLOPs_S", "Time_T")
    }


def _print_table(rows: "Sequence[MethodCost]", printed: Mapping[tuple[str, str], str]) -> None:
    def paper(row: "MethodCost", figure: str) -> str:
        return f"{printed[row.method, figure]:>6}" if printed else ""

    head = f"{'paper':>6}" if printed else ""
    print(
        f"{'method':<14}{'teacher':<18}{'FLOPs_T':>8}{'MA_T':>8}{head}{'FLOPs_S':>9}{'MA_S':>8}{head}"
        f"{'MA_S ours':>11}{'iterations':>11}{'Time_T':>10} {head}"
    )
    for row in rows:
        time = DASH if row.teacher_seconds is None else _time(row.teacher_seconds)
        time += "*" if row.seconds_from == "estimate" else " "
        print(
            f"{row.method:<14}{row.teacher or DASH:<18}{_giga(row.flops_teacher):>8}"
            f"{_giga(row.flops_teacher, 2):>8}{paper(row, 'FLOPs_T')}{_giga(row.flops_student):>9}"
            f"{_giga(row.flops_student, 2):>8}{paper(row, 'FLOPs_S')}{_giga(row.flops_student_ours, 2):>11}"
            f"{row.iterations or DASH:>11}{time:>11}{paper(row, 'Time_T')}".rstrip()
        )


def _print_meta_teacher(row: "MethodCost", study: "Study", comparable: bool) -> None:
    meta = study.meta
    print(
        f"meta-teacher: {2 * meta.m} + {2 * meta.n} faces, {meta.inner_steps} inner steps, "
        f"surrogate {meta.surrogate}; MA of an iteration, by the way of its hypergradient:"
    )
    pretraining, chosen = row.steps
    print(f"  {'pretraining':<18}{_giga(pretraining.flops, 2):>8} G  × {pretraining.iterations}")
    words = {"unrolled": "as the paper does (Eq. 10)" + ("; it prints 781 G" if comparable else "")}
    for way, flops in row.ways.items():
        note = words.get(way, "")
        if flops == chosen.flops:
            note = f"{note} chosen by the preset, × {chosen.iterations}".strip()
        print(f"  {way:<18}{_giga(flops, 2):>8} G  {note}".rstrip())


def _print_notes(rows: "Sequence[MethodCost]") -> None:
    print(
        "MA_S: the teacher labels each batch within the step, as the paper counts; ours: labels made before"
    )
    if any(row.seconds_from == "estimate" for row in rows):
        print("* an estimate: iterations × seconds of a step on this machine; --runs gives real times")
    parts = {f"{step.phase} of {row.method}'s teacher": step.measured for row in rows for step in row.steps}
    parts |= {f"{row.method}'s student": row.measured for row in rows}
    for words in dict.fromkeys(parts.values()):
        if words:
            steps = ", ".join(name for name, own in parts.items() if own == words)
            print(f"run in part and multiplied up ({words}): {steps}")


def _giga(flops: float | None, divisor: int = 1) -> str:
    return DASH if flops is None else f"{flops / divisor / 1e9:#.4g}".rstrip(".")


def _time(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{seconds:.3g} s"
