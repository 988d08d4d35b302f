"""What a bi-level iteration costs, by way of its hypergradient: python benchmarks/bilevel.py [--sizes 128].

Runs `mtfas bench bilevel` on rendered faces (the paper's M = 20, N = 10, two inner steps, FAS-DR-Light) and
prints its figures as a Markdown table. TorchOpt and higher take part where installed ('.[rivals]'). Other
options are those of the command.
"""

import argparse
import json
import subprocess
import sys
from typing import Any


def figures(size: int, more: list[str]) -> dict[str, Any]:
    """Return what the command prints for one size."""
    command = [sys.executable, "-m", "mtfas", "bench", "bilevel", "--size", str(size), "--json", *more]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def table(found: dict[str, Any]) -> str:
    """Return one size's rows as Markdown."""
    lines = [
        "| way | units | ms | peak MB over set-up | GFLOP | smallest cosine | largest relative error |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in found["rows"]:
        agreement = "– | –" if row["cosine"] is None else f"{row['cosine']:.6f} | {row['relative_error']:.1e}"
        units = "–" if row["units"] is None else f"{row['units']:.2f}"  # --ways without plain
        lines.append(
            f"| `{row['way']}` | {units} | {1e3 * row['seconds']:.0f} | "
            f"{row['peak_mb_over_setup']:.0f} | {row['flops'] / 1e9:.1f} | {agreement} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="128,256")
    wanted, more = parser.parse_known_args()
    for size in map(int, wanted.sizes.split(",")):
        found = figures(size, more)
        machine, settings = found["machine"], found["settings"]
        print(f"{size} px, {machine['processor']}, {machine['threads']} threads, torch {machine['torch']};")
        print(f"states after 0, 50, 100 % of {settings['bilevel_iterations']} bi-level iterations")
        print(table(found), flush=True)


if __name__ == "__main__":
    main()

# 2026-11-25, 2-core x86-64 (AMD EPYC, AVX-512), 2 threads, torch 2.13 CPU, nothing else running.
# Medians of 7 rounds in turn.
# `torchopt` and `higher` run on torch's own normalisation and pooling, the others on ours.
#
# python benchmarks/bilevel.py --sizes 128
# (200 iterations of pretraining, states after 0, 25, 50 bi-level ones)
# | way | units | ms | peak MB over set-up | GFLOP | smallest cosine | largest relative error |
# |---|---|---|---|---|---|---|
# | `plain` | 1.00 | 64 | 158 | 3.0 | – | – |
# | `unrolled` | 7.37 | 471 | 586 | 20.9 | 1.000000 | 0.0e+00 |
# | `exact` | 7.39 | 472 | 511 | 23.7 | 1.000000 | 7.3e-07 |
# | `finite-difference` | 5.02 | 320 | 236 | 15.4 | 0.999953 | 1.3e-02 |
# | `truncated` | 4.47 | 285 | 255 | 13.4 | 0.999746 | 9.4e-02 |
# | `torchopt` | 16.03 | 1024 | 826 | 20.9 | 0.999919 | 1.3e-02 |
# | `higher` | 15.79 | 1009 | 826 | 20.9 | 0.999919 | 1.3e-02 |
#
# python benchmarks/bilevel.py --sizes 256 --pretrain-iterations 100 --bilevel-iterations 20
# (states after 0, 10, 20)
# | way | units | ms | peak MB over set-up | GFLOP | smallest cosine | largest relative error |
# |---|---|---|---|---|---|---|
# | `plain` | 1.00 | 240 | 508 | 12.2 | – | – |
# | `unrolled` | 7.68 | 1843 | 2170 | 83.6 | 1.000000 | 0.0e+00 |
# | `exact` | 7.64 | 1836 | 1892 | 94.8 | 1.000000 | 5.8e-07 |
# | `finite-difference` | 4.81 | 1155 | 1005 | 61.5 | 0.999996 | 3.0e-03 |
# | `truncated` | 4.16 | 998 | 991 | 53.8 | 0.999990 | 2.2e-02 |
# | `torchopt` | 23.03 | 5529 | 3299 | 83.6 | 0.999984 | 5.8e-03 |
# | `higher` | 23.01 | 5525 | 3466 | 83.6 | 0.999984 | 5.8e-03 |
#
# mtfas bench bilevel --size 128 --ways plain,finite-difference,truncated --rounds 41
#   --pretrain-iterations 20 --bilevel-iterations 2: 5.24 units (305 of 58 ms), truncated 4.68
#
# mtfas bench bilevel --size 128 --ways plain,unrolled,exact,finite-difference,torchopt-same,higher-same
#   --rounds 11 --pretrain-iterations 30 --bilevel-iterations 4 (the libraries on our layers)
# way                 units        ms  peak MB    GFLOP    cosine rel. error
# plain                1.00      72.0      158      3.0         –          –
# unrolled             7.43     535.3      585     20.9  1.000000    0.0e+00
# exact                7.89     568.3      464     23.7  1.000000    6.1e-07
# finite-difference    5.50     395.9      254     15.4  0.999999    2.4e-03
# torchopt-same        7.87     566.7      542     20.9  1.000000    0.0e+00
# higher-same          7.79     561.0      636     20.9  1.000000    0.0e+00
#
# The same at --size 256 --rounds 7 --pretrain-iterations 10 --bilevel-iterations 2
# way                 units        ms  peak MB    GFLOP    cosine rel. error
# plain                1.00     255.9      625     12.2         –          –
# unrolled             7.57    1937.6     2217     83.6  1.000000    0.0e+00
# exact                7.57    1935.9     1989     94.8  1.000000    1.8e-06
# finite-difference    4.92    1259.2     1068     61.5  0.999987    5.6e-03
# torchopt-same        7.34    1878.9     2227     83.6  1.000000    0.0e+00
# higher-same          7.54    1930.7     2212     83.6  1.000000    0.0e+00
#
# Later the same day, since tangents forget their history and the teacher can be run twice:
# mtfas bench bilevel --size 128 --ways plain,unrolled,exact,exact-recompute,finite-difference,
#   finite-difference-recompute,torchopt-same,higher-same --rounds 11 --pretrain-iterations 30
#   --bilevel-iterations 4
# way                          units        ms  peak MB    GFLOP    cosine rel. error
# plain                         1.00      82.3      158      3.0         –          –
# unrolled                      7.22     594.1      575     20.9  1.000000    0.0e+00
# exact                         7.32     602.8      407     23.7  1.000000    6.1e-07
# exact-recompute               7.65     630.2      291     24.8  1.000000    6.1e-07
# finite-difference             4.86     400.0      234     15.4  0.999999    2.4e-03
# finite-difference-recompute   5.03     414.5      168     16.5  0.999999    2.4e-03
# torchopt-same                 6.93     570.4      565     20.9  1.000000    0.0e+00
# higher-same                   7.17     590.4      558     20.9  1.000000    0.0e+00
#
# The same at --size 256 --rounds 5 --pretrain-iterations 20 --bilevel-iterations 2, with tests running beside
# it from the timing on, so memory and operations only: plain 625 MB, unrolled 2138, exact 1446,
# exact-recompute 1193, finite-difference 1033, finite-difference-recompute 732, torchopt-same 2212,
# higher-same 2149.
