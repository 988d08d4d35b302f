"""Placeholder."""

from mtfas.synthetic.attacks.silicone_mask import stage_silicone
from mtfas.synthetic.attacks.species import Attack

TRANSPARENT_MASK = Attack("transparent_mask", stage_silicone)
