"""Which frames of a clip are taken: a sampler is picked by name, and knows only how many frames there are."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from mtfas.errors import BadSetting, unknown_name
from mtfas.runtime.seeds import stream


@dataclass(frozen=True)
class Sampler:
    """A way to choose frames.

    Attributes:
        name: as a user writes it: "uniform:8", "random:4", "first", "all".
        seed: decides what "random" takes; >= 0.

    Raises:
        BadSetting: the name is unknown, its number is missing, zero or too much, or the seed is negative.
    """

    name: str
    seed: int

    def __post_init__(self) -> None:
        _check(self.name)
        if self.seed < 0:
            raise BadSetting(f"the seed of sampler '{self.name}' is {self.seed}; give 0 or more.")

    def choose(self, total: int, clip: str) -> list[int]:
        """Return the numbers of the frames to take, ascending and distinct.

        Args:
            total: frames of the clip; of an empty clip nothing is taken.
            clip: the clip's name; what is taken of it does not depend on any other clip.

        Returns:
            Numbers in [0, total); at most as many as there are frames.
        """
        kind, _, number = self.name.partition(":")
        return SAMPLERS[kind].choose(total, min(int(number or 1), total), (self.seed, clip))


def find_sampler(name: str, seed: int = 0) -> Sampler:
    """Return the sampler of this name.

    Raises:
        BadSetting: the name is unknown, its number is missing, zero or too much, or the seed is negative.
    """
    return Sampler(name, seed)


def _uniform(total: int, count: int, key: tuple[int, str]) -> list[int]:
    # floor((i + 1/2) · total / count), the middles of equal parts, in whole numbers so that it is exact.
    return [(2 * part + 1) * total // (2 * count) for part in range(count)]


def _random(total: int, count: int, key: tuple[int, str]) -> list[int]:
    seed, clip = key
    return sorted(stream(seed, "frames", clip).permutation(total)[:count].tolist())


def _first(total: int, count: int, key: tuple[int, str]) -> list[int]:
    return list(range(total))[:1]


def _all(total: int, count: int, key: tuple[int, str]) -> list[int]:
    return list(range(total))


@dataclass(frozen=True)
class Kind:
    """What a sampler's name stands for.

    Attributes:
        choose: from the clip's frames, the number to take (never more than there are) and (seed, clip).
        counted: whether the name ends in a number of frames.
    """

    choose: Callable[[int, int, tuple[int, str]], list[int]]
    counted: bool


SAMPLERS: dict[str, Kind] = {
    "uniform": Kind(_uniform, counted=True),
    "random": Kind(_random, counted=True),
    "first": Kind(_first, counted=False),
    "all": Kind(_all, counted=False),
}


def _check(name: str) -> None:
    kind, colon, number = name.partition(":")
    if kind not in SAMPLERS:
        raise unknown_name(
            "sampler", kind, [f"{known}:N" * SAMPLERS[known].counted or known for known in SAMPLERS]
        )
    if not SAMPLERS[kind].counted and colon:
        raise BadSetting(f"sampler '{name}' takes no number; write '{kind}', or e.g. 'uniform:8'.")
    if SAMPLERS[kind].counted and not re.fullmatch("[0-9]+", number):
        raise BadSetting(f"sampler '{name}' needs a whole number of frames; write e.g. '{kind}:8'.")
    if SAMPLERS[kind].counted and int(number) == 0:
        raise BadSetting(f"sampler '{name}' would take no frame; give 1 or more, e.g. '{kind}:8'.")
