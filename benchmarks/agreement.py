"""Do conditions hidden within the training set want of labels what the unseen test condition wants?

    python benchmarks/agreement.py DATA [--protocols siw-m:replay,ocim:oci-m] [--seeds 4] [--conditions 6]
        [--yardstick class,ranking] [--inner plain,adam] [--out FILE.json]

For every protocol and seed: surrogates that have learned without one data set, camera or PAI species of the
training set, and one that has learned all of it and is asked what the test part wants (an oracle: nothing is
taught by it). Prints by how much their wishes for the labels of the same faces agree: cosine; correlation
(the common level out); that divided by what two surrogates agree on about one condition. Means over pairs of
surrogates of different seeds ± standard error by the jackknife over seeds. DATA is
`mtfas synthesize DATA --preset cpu`.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import select
from mtfas.errors import in_one_sentence, unknown_name
from mtfas.paper.agreement import Agreement, Compared, Estimate, agreements, compared
from mtfas.paper.wishes import TEST, Wish, grown, hidden_conditions, mean_wish, probe_of, wishes
from mtfas.runtime.files import write_json
from mtfas.training.device import use_device
from mtfas.training.influence_settings import influence_settings

DRAWS = 8
"""Batches of 40 + 40 unseen faces that a wish is the mean of."""
YARDSTICKS, INNER = ("class", "ranking"), ("plain", "adam")
HEADS = ("protocol", "L_v", "inner steps", "wishes of", "pairs", "cosine", "correlation", "corrected")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--protocols", default="siw-m:replay,ocim:oci-m")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--conditions", type=int, default=6, help="hidden in turn, at most")
    parser.add_argument("--yardstick", default="class,ranking")
    parser.add_argument("--inner", default="plain,adam")
    parser.add_argument("--preset", default="cpu")
    parser.add_argument("--out", type=Path, help="a JSON of all agreements")
    return parser.parse_args()


@in_one_sentence()
def main() -> None:
    wanted = arguments()
    prepared, told = open_prepared(wanted.data), list[dict[str, Any]]()
    protocols, ways = wanted.protocols.split(","), ways_of(wanted)
    for protocol in protocols:
        select(prepared, protocol)  # a misspelt one is told before anything is learned
    settings = {name: getattr(wanted, name) for name in ("preset", "seeds", "conditions")}
    use_device("cpu", 1)
    print(f"| {' | '.join(HEADS)} |\n{'|---' * len(HEADS)}|")
    for protocol in protocols:
        for (yardstick, inner), by in measured(prepared, wanted, protocol, ways).items():
            for relation, row in compared(by).items():
                print(f"| {' | '.join([protocol, yardstick, inner, relation, *cells(row)])} |", flush=True)
                told.append({"protocol": protocol, "yardstick": yardstick, "inner": inner,
                             "relation": relation, **asdict(row)})  # fmt: skip
        if wanted.out is not None:  # after every protocol: each takes minutes
            write_json(wanted.out, {"settings": settings, "rows": told})


def ways_of(wanted: argparse.Namespace) -> list[tuple[str, str]]:
    """Return every yardstick with every kind of inner step."""
    for yardstick, inner in (ways := list(product(wanted.yardstick.split(","), wanted.inner.split(",")))):
        if yardstick not in YARDSTICKS:
            raise unknown_name("yardstick", yardstick, YARDSTICKS)
        if inner not in INNER:
            raise unknown_name("kind of inner step", inner, INNER)
    return ways


def measured(
    prepared: PreparedSet, wanted: argparse.Namespace, protocol: str, ways: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, list[Agreement]]]:
    """Return a protocol's agreements by yardstick and inner steps, then by relation."""
    rows = select(prepared, protocol).train
    hidden, probe = hidden_conditions(rows, wanted.conditions), probe_of(rows)
    found: dict[tuple[str, str], list[Wish]] = {way: [] for way in ways}
    for seed in range(wanted.seeds):
        settings = influence_settings(
            wanted.preset, protocol=protocol, seed=seed, threads=1, n=40, inner_steps=1, draws=DRAWS
        )
        surrogates = grown(prepared, settings, hidden)
        for way in ways:
            own = wishes(surrogates, *way, probe)
            found[way] += [*own, mean_wish([wish for wish in own if wish.kind != TEST])]
    return {way: agreements(own) for way, own in found.items()}


def cells(row: Compared) -> list[str]:
    return [str(row.pairs), *(shown(value) for value in (row.whole, row.placed, row.corrected))]


def shown(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{estimate.value:+.2f}" + ("" if estimate.se is None else f" ± {estimate.se:.2f}")


if __name__ == "__main__":
    main()
