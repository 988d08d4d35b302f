"""Networks and their Adam optimisers as named tensors, and back: what a checkpoint of a loop holds."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


def tensors_of(
    networks: Mapping[str, nn.Module], optimisers: Mapping[str, torch.optim.Optimizer]
) -> dict[str, Tensor]:
    """Return every network's parameters and buffers, "role/name", and every moment, "adam/role/k/name"."""
    named = {
        f"{role}/{name}": value for role, net in networks.items() for name, value in net.state_dict().items()
    }
    for role, optimiser in optimisers.items():
        for k, values in optimiser.state_dict()["state"].items():
            named |= {f"adam/{role}/{k}/{name}": value for name, value in values.items()}
    return named


def put_back(
    tensors: Mapping[str, Tensor],
    networks: Mapping[str, nn.Module],
    optimisers: Mapping[str, torch.optim.Optimizer],
) -> None:
    """Give networks and optimisers the state that `tensors_of` returned."""
    for role, net in networks.items():
        net.load_state_dict(_below(tensors, f"{role}/"))
    for role, optimiser in optimisers.items():
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in _below(tensors, f"adam/{role}/").items():
            index, name = key.split("/")
            state.setdefault(int(index), {})[name] = value
        optimiser.load_state_dict({**optimiser.state_dict(), "state": state})


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
