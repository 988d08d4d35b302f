"""Placeholder."""

from mtfas.synthetic.attacks.silicone_mask import stage_silicone
from mtfas.synthetic.attacks.species import Attack

OBFUSCATION_MAKEUP = Attack("obfuscation_makeup", stage_silicone)
