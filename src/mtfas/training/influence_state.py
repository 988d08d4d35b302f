"""What a teacher by influence regression carries from step to step."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from mtfas.models import Detector, build_detector, build_teacher
from mtfas.models.layers import use_torchs_layers
from mtfas.runtime.seeds import stream
from mtfas.training.influence_settings import InfluenceSettings

TEACHER, ANCHOR, START = "teacher", "anchor", "start"


def surrogate_name(k: int) -> str:
    """Return the role of the k-th surrogate."""
    return f"surrogate-{k}"


@dataclass(frozen=True)
class InfluenceState:
    """The networks, all in training mode (normalised by the batch), and the optimisers of those that learn.

    Attributes:
        networks: "teacher"; "anchor", the teacher when the round began; "start", when the first one did;
            "surrogate-K".
        optimisers: of the teacher and the surrogates.
        slopes: ∇L_v of the k-th surrogate, where it is found once in a round; found again when a run goes on.
    """

    networks: dict[str, Detector]
    optimisers: dict[str, torch.optim.Optimizer]
    slopes: dict[int, dict[str, Tensor]] = field(default_factory=dict)

    @property
    def teacher(self) -> Detector:
        """The network that learns to teach."""
        return self.networks[TEACHER]

    def surrogate(self, k: int) -> Detector:
        """The k-th surrogate."""
        return self.networks[surrogate_name(k)]

    def surrogate_optimiser(self, k: int) -> torch.optim.Optimizer:
        """Its optimiser."""
        return self.optimisers[surrogate_name(k)]


def fresh_state(settings: InfluenceSettings) -> InfluenceState:
    """Return teachers with their seeded first weights, the first round's surrogates, Adam for pretraining."""
    networks = {
        role: _ready(build_teacher(settings.backbone, settings.seed), settings)
        for role in (TEACHER, ANCHOR, START)
    }
    adam = torch.optim.Adam(networks[TEACHER].parameters(), lr=settings.pretrain_rate)
    state = InfluenceState(networks, {TEACHER: adam})
    renew_surrogates(state, settings, turn=0)
    return state


def begin_round(state: InfluenceState, settings: InfluenceSettings, turn: int) -> None:
    """Fix the anchor (and in the first round the start) where the teacher is; a new optimiser for it.

    The surrogates keep theirs, at the rate they follow with: its moments tell how large their steps were.
    """
    for role in (ANCHOR, START) if turn == 0 else (ANCHOR,):
        state.networks[role].load_state_dict(state.teacher.state_dict())
    state.optimisers[TEACHER] = torch.optim.Adam(state.teacher.parameters(), lr=settings.rate)
    state.slopes.clear()
    for k in range(settings.surrogates):
        use_torchs_layers(state.surrogate(k), wanted=False)
        for group in state.surrogate_optimiser(k).param_groups:
            group["lr"] = settings.follow


def renew_surrogates(state: InfluenceState, settings: InfluenceSettings, turn: int) -> None:
    """Give every surrogate the first weights of a round, and Adam for learning from them."""
    for k in range(settings.surrogates):
        seed = int(stream(settings.seed, "surrogate", turn, k).integers(2**31))
        net = _ready(build_detector(settings.surrogate, seed), settings)
        use_torchs_layers(net)  # faster, as long as nobody asks for second derivatives
        state.networks[surrogate_name(k)] = net
        state.optimisers[surrogate_name(k)] = torch.optim.Adam(net.parameters(), lr=settings.pretrain_rate)


def inner_units(state: InfluenceState, k: int, inner: str) -> dict[str, Tensor] | None:
    """Return the units of the k-th surrogate's inner steps, "adam" or "plain"; None is all ones."""
    return units_of(state.surrogate(k), state.surrogate_optimiser(k)) if inner == "adam" else None


def units_of(net: Detector, adam: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return by name, u = (√v + ε)^(-1/2), v Adam's second moment of a parameter, corrected for its start.

    A plain step of θ/u moves θ by α ∇L/(√v + ε): Adam's step without its momentum.
    """
    group = adam.param_groups[0]
    decay, epsilon = group["betas"][1], group["eps"]
    units = {}
    for name, parameter in net.named_parameters():
        seen = adam.state[parameter]
        moment = seen["exp_avg_sq"] / (1 - decay ** float(seen["step"]))
        units[name] = (moment.sqrt() + epsilon).rsqrt()
    return units


def _ready(net: Detector, settings: InfluenceSettings) -> Detector:
    net.to(settings.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net.train()
