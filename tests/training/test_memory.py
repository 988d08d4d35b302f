"""The memory guard: the graph is counted right, more parts need less, and a run under it is held to it."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from mtfas.errors import BadSetting
from mtfas.models import build_detector, build_teacher
from mtfas.training.memory import GIB, footprint, parts_within, step_bytes
from mtfas.training.settings import teach_settings

PAPER = teach_settings("paper", protocol="grandtest", backbone="fas-dr", surrogate="fas-dr")
TEACHER, SURROGATE = build_teacher("fas-dr", 0), build_detector("fas-dr", 0)


@pytest.mark.parametrize("name", ["fas-dr-light", "fas-dr-8", "resnet8"])
def test_the_graph_is_what_a_real_pass_keeps(name: str) -> None:
    net, kept = build_detector(name, seed=0).train(), {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = net(torch.rand(4, 3, 32, 32))  # kept alive, so that no address is used twice
    weights = sum(parameter.numel() * 4 for parameter in net.parameters())
    assert footprint(net, 32).graph == pytest.approx((sum(kept.values()) - weights) / 4, rel=0.05)
    assert output.map.requires_grad


def test_paper_size_needs_parts_for_8_gib_and_none_without_a_limit() -> None:
    assert parts_within(PAPER, "finite-difference", TEACHER, SURROGATE, 256) == 1
    limited = replace(PAPER, max_memory=8.0)
    parts = parts_within(limited, "finite-difference", TEACHER, SURROGATE, 256)
    assert 1 < parts <= 20
    need = step_bytes(limited, "finite-difference", TEACHER, SURROGATE, 256, parts)
    assert need <= 8 * GIB < step_bytes(limited, "finite-difference", TEACHER, SURROGATE, 256, parts - 1)


def test_more_parts_less_memory_and_more_processes_fewer_parts() -> None:
    needs = [step_bytes(PAPER, "exact", TEACHER, SURROGATE, 256, parts) for parts in (1, 2, 4, 10, 20)]
    assert needs == sorted(needs, reverse=True)
    alone, four = (replace(PAPER, max_memory=8.0, processes=count) for count in (1, 4))
    ways = [parts_within(s, "exact", TEACHER, SURROGATE, 256) for s in (alone, four)]
    assert ways[1] < ways[0]


def test_too_little_memory_is_said_before_anything_starts() -> None:
    with pytest.raises(
        BadSetting, match=r"--max-memory 0.5 \(GiB\) is too little for fas-dr and fas-dr at 256"
    ):
        parts_within(replace(PAPER, max_memory=0.5), "exact", TEACHER, SURROGATE, 256)
    with pytest.raises(BadSetting, match="choose exact or finite-difference"):
        teach_settings("paper", protocol="grandtest", max_memory=8.0, hypergradient="unrolled")
