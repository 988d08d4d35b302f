"""One Markdown table of several answers of `mtfas bench signal … --json`.

mtfas bench signal DATA --protocol ocim:oci-m … --json > results/teaching/signal/oci.json
python benchmarks/signal_table.py results/teaching/signal/*.json
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEADS = (
    "protocol", "L_v looks at", "L_v compares with", "M × N", "steps", "α", "pretrained", "surrogates",
    "coherent", "without the level", "batches for signal = noise", "wanted level", "wanted at the attack",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("answers", type=Path, nargs="+")
    print(f"| {' | '.join(HEADS)} |\n{'|---' * len(HEADS)}|")
    for path in parser.parse_args().answers:
        answer = json.loads(path.read_text(encoding="utf-8"))
        for row in answer["rows"]:
            print(f"| {' | '.join(cells(answer['settings']['protocol'], row))} |")


def cells(protocol: str, row: Mapping[str, Any]) -> list[str]:
    hidden = f"{row['higher_batch']} ({row['held_out']})" if row["held_out"] else row["higher_batch"]
    needed = row["batches_needed"]
    return [
        protocol, hidden, row["yardstick"], f"{row['m']} × {row['n']}", str(row["inner_steps"]),
        f"{row['alpha']:g}", str(row["pretrain_iterations"]), str(row["surrogates"]),
        f"{row['coherent']:.3f} ± {row['coherent_se']:.3f}", f"{row['placed']:.3f} ± {row['placed_se']:.3f}",
        "–" if needed is None else f"{needed:.1f}", mean_of(row["level"]), mean_of(row["region"]),
    ]  # fmt: skip


def mean_of(by_species: Mapping[str, Mapping[str, float]]) -> str:
    """Return the plain mean over the PAI species, and how many they are."""
    means = [found["mean"] for found in by_species.values()]
    return f"{sum(means) / len(means):+.2f} ({len(means)})" if means else "–"


if __name__ == "__main__":
    main()
