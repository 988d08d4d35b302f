"""Everything Algorithm 1 carries from one iteration to the next, as named tensors."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mtfas.bilevel.lower_level import Params
from mtfas.errors import BadSetting
from mtfas.models import DETECTORS, SURROGATES, Detector, build_detector, build_teacher
from mtfas.training.settings import TeachSettings


@dataclass
class TeachState:
    """The weights of the four roles, and the outer optimiser.

    Attributes:
        omega: MT_t, ω; leaves that require gradients.
        omega_hat: MT_v, ω̂.
        omega_start: the pretrained teacher, the control kept beside the taught one.
        theta: the surrogate detector, θ; leaves that require gradients.
        teacher_optimiser: of ω; Adam in pretraining, the chosen one in the bi-level phase.
        surrogate_optimiser: of θ in pretraining.
        statistics: running statistics that stay fixed in the bi-level phase, "role/buffer"; empty where
            statistics are the batch's.
    """

    omega: Params
    omega_hat: Params
    omega_start: Params
    theta: Params
    teacher_optimiser: torch.optim.Optimizer
    surrogate_optimiser: torch.optim.Optimizer
    statistics: Params = field(default_factory=dict)

    def tensors(self) -> dict[str, Tensor]:
        """Return the state as tensors for a checkpoint."""
        weights = {
            "omega": self.omega,
            "omega_hat": self.omega_hat,
            "omega_start": self.omega_start,
            "theta": self.theta,
            "statistics": self.statistics,
        }
        named = {
            f"{role}/{name}": tensor for role, params in weights.items() for name, tensor in params.items()
        }
        return (
            named
            | _moments("teacher", self.teacher_optimiser)
            | _moments("surrogate", self.surrogate_optimiser)
        )


def networks(settings: TeachSettings) -> tuple[Detector, Detector]:
    """Return the teacher's and the surrogate's network with their seeded first weights, in training mode.

    Raises:
        BadSetting: an unknown name, or a surrogate that does not learn by its map alone.
    """
    if settings.surrogate in DETECTORS and settings.surrogate not in SURROGATES:
        raise BadSetting(
            f"--surrogate {settings.surrogate} cannot be taught by its map alone; choose one of "
            f"{', '.join(SURROGATES)}."
        )
    teacher = build_teacher(settings.backbone, seed=settings.seed)
    surrogate = build_detector(settings.surrogate, seed=settings.seed + 1)
    for net in (teacher, surrogate):
        net.to(settings.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        net.train()
    return teacher, surrogate


def fresh_state(settings: TeachSettings, teacher: Detector, surrogate: Detector) -> TeachState:
    """Return the state before the first iteration."""
    omega, theta = _leaves(dict(teacher.named_parameters())), _leaves(dict(surrogate.named_parameters()))
    return TeachState(
        omega, copied(omega), copied(omega), theta,
        torch.optim.Adam(omega.values(), lr=settings.pretrain_rate),
        torch.optim.Adam(theta.values(), lr=settings.pretrain_rate),
    )  # fmt: skip


def outer_optimiser(omega: Params, settings: TeachSettings) -> torch.optim.Optimizer:
    """Return the optimiser of the higher level; its direction is Eq. 12."""
    if settings.optimiser == "sgd":
        return torch.optim.SGD(omega.values(), lr=settings.beta)
    return torch.optim.Adam(omega.values(), lr=settings.beta)


def restored_state(
    settings: TeachSettings, teacher: Detector, surrogate: Detector, step: int, tensors: Mapping[str, Tensor]
) -> TeachState:
    """Return the state a checkpoint holds."""
    state = fresh_state(settings, teacher, surrogate)
    tensors = {name: tensor.to(settings.device) for name, tensor in tensors.items()}
    with torch.no_grad():
        for role in ("omega", "omega_hat", "omega_start", "theta"):
            for name, tensor in getattr(state, role).items():
                tensor.copy_(tensors[f"{role}/{name}"])
    prefix = "statistics/"
    state.statistics = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
    if step > settings.pretrain_iterations:
        state.teacher_optimiser = outer_optimiser(state.omega, settings)
    _restore_moments("teacher", state.teacher_optimiser, tensors)
    _restore_moments("surrogate", state.surrogate_optimiser, tensors)
    return state


def _leaves(params: Params) -> Params:
    return {name: tensor.detach().clone().requires_grad_() for name, tensor in params.items()}


def copied(params: Params) -> Params:
    """Return the same numbers in memory of their own."""
    return {name: tensor.detach().clone() for name, tensor in params.items()}


def _moments(role: str, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"{role}_optimiser/{index}/{name}": value
        for index, moments in optimiser.state_dict()["state"].items()
        for name, value in moments.items()
        if isinstance(value, Tensor)
    }


def _restore_moments(role: str, optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        owner, _, rest = key.partition("/")
        if owner == f"{role}_optimiser":
            index, _, name = rest.partition("/")
            moments.setdefault(int(index), {})[name] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": moments})
