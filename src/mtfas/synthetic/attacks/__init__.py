"""The attack species of the built-in benchmark, one file each."""

from mtfas.synthetic.attacks.paper_glasses import PAPER_GLASSES
from mtfas.synthetic.attacks.prints import PRINT
from mtfas.synthetic.attacks.replay import REPLAY
from mtfas.synthetic.attacks.silicone import SILICONE_MASK
from mtfas.synthetic.attacks.species import Attack

ATTACKS: dict[str, Attack] = {
    attack.species: attack for attack in (PRINT, REPLAY, SILICONE_MASK, PAPER_GLASSES)
}

__all__ = ["ATTACKS", "Attack"]
