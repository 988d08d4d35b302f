"""Learners of first order work on torch's layers: the same function, and the same step up to rounding."""

import pytest
import torch
from torch import Tensor

from mtfas.models import build_detector
from mtfas.models.layers import use_torchs_layers
from mtfas.training.learners import Learner, PlainLearner
from mtfas.training.learners.rf_meta import RfMetaLearner


@pytest.mark.parametrize("name", ["fas-dr-light", "fas-dr-8"])
def test_the_step_is_the_same(name: str) -> None:
    images = torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(6) % 2

    def slopes(torchs: bool) -> list[Tensor]:
        net = build_detector(name, seed=1).double().train()
        use_torchs_layers(net, torchs)
        wanted = labels.double()[:, None, None, None].expand(-1, 1, 4, 4)
        loss = net.loss(net(images.double()), wanted, labels)
        return list(torch.autograd.grad(loss, list(net.parameters())))

    for ours, theirs in zip(slopes(False), slopes(True), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("learner", "torchs"), [(PlainLearner, True), (RfMetaLearner, False)])
def test_who_needs_second_derivatives_keeps_ours(learner: type[Learner], torchs: bool) -> None:
    """`ready` alone is looked at: it is what every network of a learner passes through."""
    empty = learner.__new__(learner)
    empty.settings = type("Settings", (), {"device": "cpu"})()  # type: ignore[assignment]
    net = empty.ready(build_detector("fas-dr-light", seed=0))
    marked = {module.torchs_own for module in net.modules() if hasattr(module, "torchs_own")}
    assert marked == {torchs}
