"""What a teacher by influence regression carries from step to step."""

from dataclasses import dataclass

import torch

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
    """

    networks: dict[str, Detector]
    optimisers: dict[str, torch.optim.Optimizer]

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


def fresh_state(settings: InfluenceSettings, turn: int = 0) -> InfluenceState:
    """Return networks with the seeded first weights of a round, and Adam for pretraining.

    Args:
        settings: of the run.
        turn: the round; every round has new surrogates.
    """
    networks = {role: build_teacher(settings.backbone, settings.seed) for role in (TEACHER, ANCHOR, START)}
    for k in range(settings.surrogates):
        seed = int(stream(settings.seed, "surrogate", turn, k).integers(2**31))
        networks[surrogate_name(k)] = build_detector(settings.surrogate, seed)
    for net in networks.values():
        net.to(settings.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        net.train()
    for k in range(settings.surrogates):  # faster, as long as nobody asks for second derivatives
        use_torchs_layers(networks[surrogate_name(k)])
    learning = {role: net for role, net in networks.items() if role not in (ANCHOR, START)}
    rate = settings.pretrain_rate
    return InfluenceState(
        networks, {role: torch.optim.Adam(net.parameters(), lr=rate) for role, net in learning.items()}
    )


def begin_round(state: InfluenceState, settings: InfluenceSettings) -> None:
    """Fix the anchor (and in the first round the start) where the teacher is; new optimisers for all."""
    own = state.teacher.state_dict()
    state.networks[ANCHOR].load_state_dict(own)
    state.optimisers[TEACHER] = torch.optim.Adam(state.teacher.parameters(), lr=settings.rate)
    for k in range(settings.surrogates):
        use_torchs_layers(state.surrogate(k), wanted=False)
        parameters = state.surrogate(k).parameters()
        state.optimisers[surrogate_name(k)] = torch.optim.Adam(parameters, lr=settings.follow)


def renew_surrogates(state: InfluenceState, settings: InfluenceSettings, turn: int) -> None:
    """Give every surrogate the first weights of a round, and Adam for learning from them."""
    fresh = fresh_state(settings, turn)
    for k in range(settings.surrogates):
        state.networks[surrogate_name(k)] = fresh.surrogate(k)
        state.optimisers[surrogate_name(k)] = fresh.surrogate_optimiser(k)
