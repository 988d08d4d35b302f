"""How far teachers have moved after fewer and more of their iterations, from the logs of their runs.

    python benchmarks/teaching_health.py runs/study/teachers/meta-teacher_*

One group of finished `mtfas teach` runs of the same method and length, one round each: means over runs ±
standard deviation; a row is taken after that iteration, counted from 0. Where the correlation with the
untaught maps still falls the teacher has not arrived; where it no longer changes it may have.
"""

import argparse
import statistics
from pathlib import Path

from mtfas.errors import BadRun, in_one_sentence
from mtfas.evaluation.lesson import health_events
from mtfas.evaluation.runfolder import read_record

FIGURES = ("level", "saturation", "correlation_with_start", "template_share")
HEADS = (
    "iteration", "runs", "mean level, of 0 to 2", "saturated cells", "correlation with the untaught maps",
    "share of one template",
)  # fmt: skip

Curve = dict[int, dict[str, float]]


@in_one_sentence()
def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("teachers", type=Path, nargs="+")
    curves = [curve_of(run) for run in parser.parse_args().teachers]
    common = sorted(set.intersection(*(set(curve) for curve in curves)))
    if not common:
        raise BadRun("these teachers have no iteration in common; give runs of one method and length.")
    print(f"| {' | '.join(HEADS)} |\n{'|---' * len(HEADS)}|")
    for iteration in common:
        said = [spread([curve[iteration][figure] for curve in curves]) for figure in FIGURES]
        print(f"| {iteration} | {len(curves)} | {' | '.join(said)} |")


def curve_of(run: Path) -> Curve:
    """Return a run's health by iteration after pretraining.

    Raises:
        BadRun: not a finished run of `mtfas teach`, or one of several rounds.
        BadFile: its log is gone or damaged.
    """
    settings = read_record(run, "teach")["settings"]
    if settings.get("rounds", 1) != 1 or "pretrain_iterations" not in settings:
        raise BadRun(f"{run} is no teacher of one pretraining and one round; leave it out.")
    before = settings["pretrain_iterations"] + 1
    return {event["step"] - before: event for event in health_events(run / "log.jsonl")}


def spread(values: list[float]) -> str:
    deviation = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.2f}{deviation}"


if __name__ == "__main__":
    main()
