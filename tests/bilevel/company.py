"""Run by two processes (torchrun): the hypergradient of a shared batch against that of one process.

python -m torch.distributed.run --nproc-per-node 2 -m tests.bilevel.company
"""

import copy
from dataclasses import replace

import torch

from mtfas.bilevel.influence import HYPERGRADIENTS
from mtfas.bilevel.lower_level import Company, Params
from mtfas.models.layers import synchronise
from mtfas.runtime import processes

from .halves import solve_in_parts
from .problem import Problem, make_problem, relative_error
from .test_parts import CUTS, WHOLE, with_fixed_statistics

HALVES = CUTS["halves"]


def own_half(problem: Problem, way: str) -> Params:
    rank = processes.rank()
    inner, outer = ([rows[rank]] for rows in HALVES)
    company = Company(2, processes.sum_over_processes)
    return solve_in_parts(problem, way, inner, outer, company).gradient


def synchronised(problem: Problem) -> Problem:
    nets = copy.deepcopy(problem.student), copy.deepcopy(problem.teacher)
    for net in nets:
        synchronise(net)
    return replace(problem, student=nets[0], teacher=nets[1])


def main() -> None:
    processes.join("cpu")
    for loss in ("mse", "norm"):
        batch, fixed = make_problem(loss=loss, alpha=0.05), with_fixed_statistics(loss)
        for way in HYPERGRADIENTS:
            alone = {
                "fixed statistics": (fixed, fixed, WHOLE),
                "own statistics": (batch, batch, HALVES),  # one process, a part for each of them
                "synchronised statistics": (synchronised(batch), batch, WHOLE),
            }
            for name, (shared, reference, cut) in alone.items():
                error = relative_error(own_half(shared, way), solve_in_parts(reference, way, *cut).gradient)
                print(f"{processes.rank()} {loss} {way} {name}: {error:.1e}", flush=True)
                # A perturbation of 3e-6 multiplies what is rounded differently in the statistics.
                bound = 1e-6 if way == "finite-difference" and name.startswith("sync") else 1e-9
                assert error < bound, (loss, way, name, error)
    processes.leave()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
