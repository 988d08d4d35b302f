"""Placeholder."""

from mtfas.synthetic.attacks.silicone_mask import stage_silicone
from mtfas.synthetic.attacks.species import Attack

PAPER_MASK = Attack("paper_mask", stage_silicone)
