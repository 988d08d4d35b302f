"""The hypergradient by general libraries for differentiable optimisation, on the same networks and batches.

Both unroll the descent with a second-order graph. They run on torch's own normalisation and pooling, as a
network does that was not written for this (`layers.use_torchs_layers`): ours have second derivatives in
closed form, a part of this package's speed. So their distance to `unrolled`, in time and in cosine, is that
of the layers too; the ways that end in "-same" run on ours and show the library alone. To be installed by:
pip install 'mtfas[rivals]'.
"""

import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from mtfas.bilevel.lower_level import Params, gradient, lower_loss
from mtfas.models.layers import use_torchs_layers
from mtfas.supervision.teacher import teaching_map
from mtfas.training.lesson import Batches, Lesson
from mtfas.training.teach_state import TeachState
from mtfas.training.two_levels import yardstick

Rival = Callable[[Lesson, TeachState, Batches], Params]


def torchopt(lesson: Lesson, state: TeachState, batches: Batches) -> Params:
    """Unroll with TorchOpt's MetaSGD; the network is put back as it was."""
    with _quiet():
        import torchopt as library

        net, (lower,), (higher,) = _student(lesson, state), batches.lower, batches.higher
        wanted = yardstick(lesson, state, higher)
        optimiser = library.MetaSGD(net, lr=lesson.settings.alpha)
        saved = [library.extract_state_dict(part, by="reference") for part in (net, optimiser)]
        labels = teaching_map(lesson.logits(state.omega, lower.images), lower.labels)
        for _ in range(lesson.settings.inner_steps):
            optimiser.step(lower_loss(net(lower.images).map, labels, lesson.settings.loss))
        slope = gradient(lower_loss(net(higher.images).map, wanted, lesson.settings.loss), state.omega)
        library.recover_state_dict(net, saved[0])
        library.recover_state_dict(optimiser, saved[1])
    return slope


def higher(lesson: Lesson, state: TeachState, batches: Batches) -> Params:
    """Unroll with higher's differentiable copy of the network."""
    with _quiet():
        import higher as library

        net, (lower,), (outer,) = _student(lesson, state), batches.lower, batches.higher
        wanted = yardstick(lesson, state, outer)
        optimiser = torch.optim.SGD(net.parameters(), lr=lesson.settings.alpha)
        with library.innerloop_ctx(net, optimiser, copy_initial_weights=False) as (student, descent):
            labels = teaching_map(lesson.logits(state.omega, lower.images), lower.labels)
            for _ in range(lesson.settings.inner_steps):
                descent.step(lower_loss(student(lower.images).map, labels, lesson.settings.loss))
            loss: Tensor = lower_loss(student(outer.images).map, wanted, lesson.settings.loss)
            return gradient(loss, state.omega)


def on_torchs_layers(rival: Rival) -> Rival:
    """Return the rival with both networks on torch's own layers while it runs."""

    def run(lesson: Lesson, state: TeachState, batches: Batches) -> Params:
        for net in (lesson.teacher, lesson.surrogate):
            use_torchs_layers(net)
        try:
            return rival(lesson, state, batches)
        finally:
            for net in (lesson.teacher, lesson.surrogate):
                use_torchs_layers(net, False)

    return run


RIVALS: dict[str, Rival] = {
    "torchopt": on_torchs_layers(torchopt),
    "higher": on_torchs_layers(higher),
    "torchopt-same": torchopt,
    "higher-same": higher,
}
"""By way; "-same": on the same layers as our own ways."""


LIBRARIES = ("torchopt", "higher")
"""Also the ways that "all" holds, where installed."""


def library_of(way: str) -> str:
    """Return the library a way of RIVALS needs."""
    return way.removesuffix("-same")


def installed() -> list[str]:
    """Return the libraries that are there."""
    return [name for name in LIBRARIES if importlib.util.find_spec(name) is not None]


def missing() -> list[str]:
    """Return the libraries that are not there."""
    there = installed()
    return [name for name in LIBRARIES if name not in there]


def _student(lesson: Lesson, state: TeachState) -> nn.Module:
    with torch.no_grad():
        for name, parameter in lesson.surrogate.named_parameters():
            parameter.copy_(state.theta[name])
    return lesson.surrogate


class _quiet(warnings.catch_warnings):  # noqa: N801
    """Their warnings are about their own code."""

    def __enter__(self) -> Any:
        entered = super().__enter__()
        warnings.simplefilter("ignore")
        return entered
