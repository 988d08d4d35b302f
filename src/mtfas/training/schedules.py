"""How a learning rate changes over a training run, as a function of the share that is over."""

from collections.abc import Callable


def tail(progress: float) -> float:
    """Return 1 for the first 70 % of the run, then linearly down to 0."""
    return min(1.0, (1.0 - progress) / 0.3)


def constant(progress: float) -> float:
    """Return 1."""
    return 1.0


def halved(progress: float) -> float:
    """Return 1, halved after 500 and again after 1000 of 1400 epochs: CDCN's schedule."""
    return 0.5 ** int(progress * 1400 / 500)


SCHEDULES: dict[str, Callable[[float], float]] = {"tail": tail, "constant": constant, "halved": halved}
