"""Would another pool of the map than its mean tell attacks better, and order the supervisions otherwise?

    python benchmarks/pools.py OUT/runs/* [--protocols siw-m,ocim:oci-m] [--baseline binary-map]
        [--pools "mean;top 4;learned"]

The folders are runs of `benchmarks/teachers.py`, named ROW_PROTOCOL_SEED; those that are not finished are
left out, and named. Nothing is trained but the learned pool: a logistic regression over the cells of each
run's dev maps, its L2 strength chosen by cross-validation over dev subjects; it needs scikit-learn. Test maps
are pooled only. AUC is of presentations, as in `mtfas evaluate`. Prints Markdown tables.
"""

import argparse
import math
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scipy.stats import kendalltau

from mtfas.errors import BadData, BadRun, BadSetting, chosen_names, in_one_sentence, unknown_name
from mtfas.evaluation.pooled import ALL_POOLS, CHOSEN, LEARNED, Areas, Rated, check_scikit_learn, rate
from mtfas.evaluation.runfolder import read_record
from mtfas.metrics.intervals import Interval
from mtfas.metrics.paired import Paired, paired
from mtfas.metrics.pools import MEAN
from mtfas.paper.study import FEWEST_FOLDS
from mtfas.runtime.files import read_json
from mtfas.runtime.progress import track


def is_finished(run: Path) -> bool:
    """Whether a folder holds a finished run; one whose run.json does not stand yet has only begun."""
    if not run.is_dir():
        raise BadRun(f"{run} is no folder; give run folders of benchmarks/teachers.py.")
    if not (run / "run.json").is_file():
        return False
    record = read_json(run / "run.json")
    return not isinstance(record, dict) or bool(record.get("finished"))  # read_record says what else it is


def check_together(runs: Sequence[Rated], baseline: str) -> None:
    """Refuse runs that are no pairs of each other, and a baseline without a run."""
    places = [(run.row, run.protocol, run.seed) for run in runs]
    if twice := [place for place in places if places.count(place) > 1]:
        row, protocol, seed = twice[0]
        raise BadSetting(f"{row} on {protocol} with seed {seed} is there twice; give each run once.")
    if len(made := {run.made for run in runs}) > 1:
        raise BadData(
            f"the runs are of {len(made)} different detectors, data sets or iterations, so there are no "
            "pairs; give runs of one study."
        )
    if baseline not in {run.row for run in runs}:
        raise unknown_name("baseline", baseline, {run.row for run in runs})


Values = Mapping[tuple[str, int], float]
"""(protocol, seed) → AUC, or a difference of two."""
Study = Mapping[str, Sequence[Rated]]
"""Row → its runs, in order."""


def values(runs: Sequence[Rated], pool: str) -> Values:
    return {(run.protocol, run.seed): run.test[pool] for run in runs}


def gains(runs: Sequence[Rated], pool: str) -> Values:
    return {(run.protocol, run.seed): run.test[pool] - run.test[MEAN] for run in runs}


def mean_gains(study: Study, pool: str) -> Values:
    """Return pool − mean of every protocol and seed, averaged over the rows that have it."""
    every = [gains(runs, pool) for runs in study.values()]
    places = dict.fromkeys(place for one in every for place in one)
    return {place: statistics.fmean(one[place] for one in every if place in one) for place in places}


def bounds(found: Paired) -> Interval:
    """Return the outer bounds of both intervals: each alone may be too narrow (`metrics.paired`)."""
    both = [found.t, found.drawn] if found.folds >= FEWEST_FOLDS else [found.t]
    return Interval(min(one.low for one in both), max(one.high for one in both))


def words(found: Paired) -> str:
    if not found.pairs:
        return "–"
    low, high = 100 * bounds(found).low, 100 * bounds(found).high
    mean = f"{100 * found.mean:+.1f}"
    return mean if math.isnan(low) else f"{mean} [{low:+.1f}, {high:+.1f}]"


def table(title: str, heads: Sequence[str], lines: Mapping[str, Sequence[str]]) -> str:
    out = [f"### {title}", "", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    return "\n".join([*out, *(f"| {' | '.join([name, *cells])} |" for name, cells in lines.items())]) + "\n"


def area_table(title: str, study: Study, pools: Sequence[str], of: Callable[[Rated], Areas]) -> str:
    """Return the mean AUC of each row under each pool, and the pool of the highest."""
    lines = {}
    for row, runs in study.items():
        means = {pool: statistics.fmean(of(run)[pool] for run in runs) for pool in pools}
        lines[row] = [str(len(runs)), *(f"{100 * means[pool]:.1f}" for pool in pools)]
        lines[row].append(max((pool for pool in pools if pool != CHOSEN), key=means.__getitem__))
    return table(title, ["supervision", "cells", *pools, "highest"], lines)


def gain_table(study: Study, pools: Sequence[str]) -> str:
    lines = {row: [words(paired(gains(runs, pool), dict.fromkeys(gains(runs, pool), 0.0))) for pool in pools]
             for row, runs in study.items()}  # fmt: skip
    every = [mean_gains(study, pool) for pool in pools]
    lines["**mean of the rows**"] = [words(paired(one, dict.fromkeys(one, 0.0))) for one in every]
    return table("AUC on test, pool − mean", ["supervision", *pools], lines)


def against_table(
    title: str,
    study: Study,
    pools: Sequence[str],
    of: Callable[[Sequence[Rated], str], Values],
    baseline: str,
) -> str:
    lines = {
        row: [words(paired(of(runs, pool), of(study[baseline], pool))) for pool in pools]
        for row, runs in study.items()
        if row != baseline
    }
    return table(title, ["supervision", *pools], lines)


def order_table(study: Study, pools: Sequence[str]) -> str:
    """Return the order of the rows under each pool, over the protocols and seeds that all rows have."""
    shared = set.intersection(*({(run.protocol, run.seed) for run in runs} for runs in study.values()))
    if not shared or len(study) < 2:
        return "### Order of the supervisions\n\nNo two rows, or no protocol and seed that all rows have.\n"
    means = {
        pool: [statistics.fmean(values(runs, pool)[place] for place in shared) for runs in study.values()]
        for pool in pools
    }
    lines = {}
    for pool, found in means.items():
        order = sorted(zip(found, study, strict=True), key=lambda one: -one[0])
        tau = float(kendalltau(means[MEAN], found).statistic)
        lines[pool] = [f"{tau:+.2f}", ", ".join(f"{row} {100 * area:.1f}" for area, row in order)]
    title = f"Order of the supervisions over the {len(shared)} cells that all have"
    return table(title, ["pool", "Kendall's τ to the order under the mean", "highest AUC first"], lines)


LEGEND = (
    "AUC in per cent, differences in percentage points, paired by protocol and seed. In brackets the outer "
    "bounds of two 95 % intervals: Student's, and from three protocols on the bootstrap that draws protocols "
    "and seeds; none is corrected for the number of comparisons. The mean is clipped to [0, 1], as scores "
    f"are, the other pools are not. '{CHOSEN}' takes for each run the pool with the highest AUC on its dev "
    "presentations; that of the learned pool is over subjects left out of the fit."
)


def tables(study: Study, pools: Sequence[str], baseline: str) -> str:
    scored = [*pools, CHOSEN]
    others = [pool for pool in scored if pool != MEAN]
    gap = f"difference to {baseline}"
    return "\n".join([
        area_table("AUC on test", study, scored, lambda run: run.test),
        area_table("AUC on dev, where a pool is chosen", study, pools, lambda run: run.dev),
        gain_table(study, others),
        against_table(f"AUC on test, {gap} under each pool", study, scored, values, baseline),
        against_table(f"How much the pool changes the {gap}", study, others, gains, baseline),
        order_table(study, scored),
        LEGEND,
    ])  # fmt: skip


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--protocols", help="names or families, comma-separated; all by default")
    parser.add_argument("--baseline", default="binary-map", help="the row others are compared with")
    parser.add_argument(
        "--pools", default=";".join(ALL_POOLS), help="names with ';' between; always the mean"
    )
    return parser.parse_args(given)


def chosen_pools(wanted: str) -> list[str]:
    names = chosen_names(wanted, "pool", ALL_POOLS)
    return [name for name in ALL_POOLS if name in names or name == MEAN]


def chosen_runs(runs: Sequence[Path], wanted: str | None) -> list[Path]:
    """Return the finished runs of the protocols asked for; say which are not finished."""
    done = [run for run in runs if is_finished(run)]
    if waiting := [run.name for run in runs if run not in done]:
        print(f"left out, not finished: {', '.join(waiting)}", file=sys.stderr)
    names = [name.strip() for name in (wanted or "").split(",") if name.strip()]
    protocols = {run: str(read_record(run, "train")["protocol"]) for run in done}
    for name in names:
        if not any(name in (one, one.partition(":")[0]) for one in protocols.values()):
            raise unknown_name("protocol", name, set(protocols.values()))
    kept = [run for run, one in protocols.items() if not names or {one, one.partition(":")[0]} & set(names)]
    if not kept:
        raise BadRun("none of the runs given is finished; finish them with benchmarks/teachers.py.")
    return kept


def report(wanted: argparse.Namespace) -> str:
    pools = chosen_pools(wanted.pools)
    if LEARNED in pools:
        check_scikit_learn()
    folders = chosen_runs(wanted.runs, wanted.protocols)
    runs = [rate(run, pools) for run in track(folders, "pooling the maps of runs", len(folders))]
    check_together(runs, wanted.baseline)
    names = sorted({run.row for run in runs}, key=lambda row: (row != wanted.baseline, row))
    study = {name: [run for run in runs if run.row == name] for name in names}
    off = max(run.off for run in runs)
    said = f"\n{len(runs)} runs; the mean's AUC is within {100 * off:.3f} points of the score file's in each."
    return tables(study, pools, wanted.baseline) + "\n" + said


@in_one_sentence()
def main(given: Sequence[str] | None = None) -> None:
    print(report(arguments(given)))


if __name__ == "__main__":
    main()
