"""Placeholder."""

from mtfas.synthetic.attacks.silicone_mask import stage_silicone
from mtfas.synthetic.attacks.species import Attack

COSMETIC_MAKEUP = Attack("cosmetic_makeup", stage_silicone)
